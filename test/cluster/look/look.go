// Package look is for tests of one service on the hosts of a lab: they look at it as
// umm-cluster does.
package look

import (
	"context"
	"os"
	"testing"
	"time"

	"umm/internal/cluster/rollout"
	"umm/internal/cluster/service"
	"umm/internal/cluster/service/detect"
	"umm/internal/execx"
	"umm/internal/lab"
)

// tick is the time between looks.
const tick = 250 * time.Millisecond

// Up brings up three hosts with those packages, unless a lab of that name is up. It goes
// down with the test, unless the environment variable keep is set.
func Up(ctx context.Context, t *testing.T, name, keep string, packages ...string) *lab.Lab {
	t.Helper()
	l, err := lab.Open(name)
	if err != nil {
		l, err = lab.Up(ctx, lab.Spec{Name: name, Log: os.Stderr, N: 3, Image: lab.Image{Packages: packages}})
	}
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv(keep) == "" {
		t.Cleanup(func() { _ = l.Down(context.Background()) })
	}
	return l
}

// Shell runs a line on a host, which has to succeed, and returns what it prints.
func Shell(ctx context.Context, t *testing.T, h *lab.Host, line string) string {
	t.Helper()
	out, err := h.Output(ctx, "sh", "-c", line)
	if err != nil {
		t.Fatalf("%s: %v", h.Name(), err)
	}
	return string(out)
}

// Cluster is a lab with that service on all hosts.
func Cluster(l *lab.Lab, s service.Service) rollout.Cluster {
	c := rollout.Cluster{Services: []service.Service{s}, Members: map[string][]string{}}
	runners := map[string]execx.Runner{}
	for _, h := range l.Hosts() {
		c.Members[s.Name()] = append(c.Members[s.Name()], h.Name())
		runners[h.Name()] = h.Runner()
	}
	c.Runner = func(host string) execx.Runner { return runners[host] }
	return c
}

// At looks once.
func At(ctx context.Context, c rollout.Cluster) service.View {
	limits := rollout.DefaultLimits()
	limits.Ask = 15 * time.Second
	return c.Observe(ctx, limits).Views[0].View
}

// Until looks until nothing is bad any more, for three minutes at most.
func Until(ctx context.Context, t *testing.T, c rollout.Cluster, what string, bad func(service.View) []service.Verdict) service.View {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		v := At(ctx, c)
		not := bad(v)
		if len(not) == 0 {
			return v
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: %+v", what, not)
		case <-ticker.C:
		}
	}
}

// Health is what is bad while the hosts out are known to be away.
func Health(out ...string) func(service.View) []service.Verdict {
	return func(v service.View) []service.Verdict { return service.Bad(v.Health(out)) }
}

// Settled is what is bad while a change is not done, or not undone.
func Settled(change service.Change, done bool) func(service.View) []service.Verdict {
	return func(v service.View) []service.Verdict { return service.Bad([]service.Verdict{v.Settled(change, done)}) }
}

// Found wants the service to be detected on a host.
func Found(ctx context.Context, t *testing.T, h *lab.Host, name string) {
	t.Helper()
	ask := detect.Ask()
	res, err := h.Runner().Run(ctx, execx.Cmd{Argv: ask.Argv})
	if got, err := detect.Parse(service.Answer{Result: res, Err: err}); err != nil || got[name] != detect.Runs {
		t.Errorf("%v, %v", got, err)
	}
}
