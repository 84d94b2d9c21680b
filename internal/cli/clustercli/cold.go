package clustercli

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"umm/internal/execx"
	"umm/internal/rollout"
	"umm/internal/service"
	"umm/internal/service/galera"
	"umm/internal/service/rabbitmq"
)

// How long to look again at a service that is on its way, and what one question
// may take: the recovery of a position reads the whole log.
const (
	coldPatience = 3 * time.Minute
	coldAsk      = 5 * time.Minute
	coldEvery    = time.Second
	// together is how long a member is waited for that comes up only with others.
	together = time.Second
)

// colds are the services that have to be started in the right order when none of
// their members runs.
var colds = []struct {
	name  string
	asks  func(host string) []service.Ask
	start func(members []string, a service.Answers, accepted []string) (service.Start, []service.Verdict)
}{
	{"galera", galera.ColdAsks, galera.ColdStart},
	{"rabbitmq", rabbitmq.ColdAsks, rabbitmq.ColdStart},
}

// coldStart decides what has to be started before hosts leave maintenance mode.
func (a *app) coldStart(ctx context.Context, s *site) ([]rollout.Start, error) {
	var starts []rollout.Start
	for _, c := range colds {
		members := s.cluster.Members[c.name]
		if len(members) == 0 {
			continue
		}
		asks := map[string][]service.Ask{}
		for _, m := range members {
			asks[m] = c.asks(m)
		}
		start, err := s.decide(ctx, members, asks, c.start)
		if err != nil {
			return nil, fmt.Errorf("cannot tell how to start %s: %w", c.name, err)
		}
		for _, group := range start.Groups {
			for i, change := range group {
				if i < len(group)-1 {
					change.Soft, change.Patience = true, together
				}
				starts = append(starts, rollout.Start{Host: change.Target, Change: change, Why: "its " + c.name + " starts before the hosts return"})
			}
		}
	}
	return starts, nil
}

// decide asks until it can be told, as long as waiting helps.
func (s *site) decide(ctx context.Context, members []string, asks map[string][]service.Ask,
	decide func([]string, service.Answers, []string) (service.Start, []service.Verdict)) (service.Start, error) {
	ctx, cancel := context.WithTimeout(ctx, coldPatience)
	defer cancel()
	tick := time.NewTicker(coldEvery)
	defer tick.Stop()
	for {
		answers := s.ask(ctx, asks, service.Answers{})
		start, vs := decide(members, answers, nil)
		if len(start.More) > 0 {
			start, vs = decide(members, s.ask(ctx, start.More, answers), nil)
		}
		bad := service.Bad(vs)
		switch {
		case len(start.Groups) > 0 || len(bad) == 0:
			return start, nil
		case service.Worst(bad) != service.Wait:
			return start, fmt.Errorf("%s", reasons(bad))
		}
		select {
		case <-ctx.Done():
			return start, fmt.Errorf("%s", reasons(bad))
		case <-tick.C:
		}
	}
}

// ask asks hosts and adds their answers.
func (s *site) ask(ctx context.Context, asks map[string][]service.Ask, have service.Answers) service.Answers {
	all := service.Answers{}
	for host, answers := range have {
		all[host] = maps.Clone(answers)
	}
	var lock sync.Mutex
	var work sync.WaitGroup
	for host := range asks {
		if all[host] == nil {
			all[host] = map[string]service.Answer{}
		}
	}
	for host, list := range asks {
		for _, ask := range list {
			work.Go(func() {
				res, err := s.runner(host).Run(ctx, execx.Cmd{Argv: ask.Argv, Stdin: ask.Stdin, Limit: coldAsk})
				lock.Lock()
				defer lock.Unlock()
				all[host][ask.ID] = service.Answer{Result: res, Err: err}
			})
		}
	}
	work.Wait()
	return all
}

func reasons(vs []service.Verdict) string {
	var all []string
	for _, v := range vs {
		all = append(all, v.Reason)
	}
	return strings.Join(all, "; ")
}

// useMembers takes up the services of a run that is gone on with.
func (s *site) useMembers() {
	s.cluster.Services = nil
	for _, svc := range s.known() {
		if len(s.cluster.Members[svc.Name()]) > 0 {
			s.cluster.Services = append(s.cluster.Services, svc)
		}
	}
}
