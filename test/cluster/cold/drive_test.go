//go:build e2e

package cold_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/galera"
	"umm/internal/cluster/service/rabbitmq"
	"umm/internal/execx"
	"umm/internal/lab"
)

// starter is a service that can be started cold, as umm-cluster sees it.
type starter struct {
	service.Service
	asks  func(host string) []service.Ask
	start func(members []string, a service.Answers, accepted []string) (service.Start, []service.Verdict)
}

func both() []starter {
	return []starter{
		{galera.Service{}, galera.ColdAsks, galera.ColdStart},
		{rabbitmq.Service{}, rabbitmq.ColdAsks, rabbitmq.ColdStart},
	}
}

func ask(ctx context.Context, l *lab.Lab, asks map[string][]service.Ask, into service.Answers) service.Answers {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for host, list := range asks {
		if into[host] == nil {
			into[host] = map[string]service.Answer{}
		}
		for _, a := range list {
			wg.Add(1)
			go func() {
				defer wg.Done()
				res, err := l.Host(host).Runner().Run(ctx, execx.Cmd{Argv: a.Argv, Stdin: a.Stdin, Limit: 2 * time.Minute})
				mu.Lock()
				defer mu.Unlock()
				into[host][a.ID] = service.Answer{Result: res, Err: err}
			}()
		}
	}
	wg.Wait()
	return into
}

func each(members []string, asks func(host string) []service.Ask) map[string][]service.Ask {
	all := map[string][]service.Ask{}
	for _, m := range members {
		all[m] = asks(m)
	}
	return all
}

// view asks a service of all members once.
func view(ctx context.Context, l *lab.Lab, s service.Service, members []string) service.View {
	if both, ok := s.(starter); ok {
		s = both.Service // what else it can
	}
	asks := each(members, func(host string) []service.Ask {
		if more, ok := s.(service.Spokesman); ok && host == members[0] {
			return more.AsksMore(host, members)
		}
		return s.Asks(host, members)
	})
	return s.Read(members, ask(ctx, l, asks, service.Answers{}))
}

// coldStart decides and starts until everything is whole; it gives the hosts that
// were first.
func coldStart(ctx context.Context, t *testing.T, l *lab.Lab, s starter, members []string) []string {
	t.Helper()
	began := time.Now()
	say := func(format string, args ...any) {
		t.Logf("%s +%.1fs %s", s.Name(), time.Since(began).Seconds(), fmt.Sprintf(format, args...))
	}
	answers := service.Answers{}
	asks := each(members, s.asks)
	var start service.Start
	for {
		answers = ask(ctx, l, asks, answers)
		var vs []service.Verdict
		start, vs = s.start(members, answers, nil)
		for _, v := range vs {
			say("%s %s %s: %s [%s]", v.State, v.Name, v.Host, v.Reason, v.Evidence)
		}
		if len(start.More) > 0 {
			asks = start.More
			continue
		}
		if len(start.Groups) > 0 || service.Good(vs) {
			break
		}
		if ctx.Err() != nil || service.Worst(vs) != service.Wait {
			t.Fatalf("%s cannot be started", s.Name())
		}
		asks, answers = each(members, s.asks), service.Answers{}
		<-time.After(time.Second)
	}
	for _, group := range start.Groups {
		for _, c := range group {
			say("%s", c.Title)
			res, err := l.Host(c.On[0]).Runner().Run(ctx, execx.Cmd{Argv: c.Do.Argv, Stdin: []byte(c.Do.Stdin)})
			if err != nil || res.Code != 0 {
				t.Fatalf("%s: %v, status %d: %s%s", c.Title, err, res.Code, res.Stdout, res.Stderr)
			}
		}
		for _, c := range group {
			await(ctx, t, c.Title, func() service.Verdict { return view(ctx, l, s, members).Settled(c, true) })
			say("done: %s", c.Title)
		}
	}
	await(ctx, t, s.Name()+" is whole", whole(ctx, l, s, members))
	say("whole")
	if len(start.Groups) == 0 {
		return nil
	}
	var first []string
	for _, c := range start.Groups[0] {
		first = append(first, c.Target)
	}
	return first
}

func whole(ctx context.Context, l *lab.Lab, s service.Service, members []string) func() service.Verdict {
	return func() service.Verdict {
		if bad := service.Bad(view(ctx, l, s, members).Health(nil)); len(bad) > 0 {
			return bad[0]
		}
		return service.Verdict{State: service.OK}
	}
}

// operational asks a host whether its own default target is reached again.
func operational(ctx context.Context, h *lab.Host) func() service.Verdict {
	return func() service.Verdict {
		res, err := h.Shell(ctx, "systemctl is-active multi-user.target && ! systemctl list-jobs --no-legend | grep -q .")
		if err != nil || res.Code != 0 {
			return service.Verdict{State: service.Wait, Reason: string(res.Stdout)}
		}
		return service.Verdict{State: service.OK}
	}
}

func await(ctx context.Context, t *testing.T, what string, state func() service.Verdict) {
	t.Helper()
	var last service.Verdict
	for {
		if last = state(); last.State == service.OK {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not in time: %s [%s]", what, last.Reason, last.Evidence)
		case <-time.After(time.Second):
		}
	}
}

// must runs a line of shell on a host.
func must(ctx context.Context, t *testing.T, h *lab.Host, line string) string {
	t.Helper()
	res, err := h.Shell(ctx, line)
	if err != nil || res.Code != 0 {
		t.Fatalf("%s: %s: %v, status %d: %s%s", h.Name(), line, err, res.Code, res.Stdout, res.Stderr)
	}
	return strings.TrimSpace(string(res.Stdout))
}
