package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// pair is a service whose members come up only once all of them were started.
type pair struct {
	lock    sync.Mutex
	ran     []string
	started map[string]bool
	// broken members fail when all were started; silent ones never tell.
	broken, silent string
}

func (*pair) Name() string                                  { return "pair" }
func (*pair) Asks(string, []string) []service.Ask           { return nil }
func (p *pair) Read([]string, service.Answers) service.View { return p }
func (*pair) Exit(string) service.Exit                      { return service.Exit{} }
func (*pair) Leave(string) []service.Verdict                { return nil }
func (p *pair) Health([]string) []service.Verdict {
	return []service.Verdict{p.Settled(service.Change{Target: "n1"}, true)}
}

func (p *pair) Settled(c service.Change, _ bool) service.Verdict {
	p.lock.Lock()
	defer p.lock.Unlock()
	v := service.Verdict{Service: "pair", Name: "settled", Host: c.Target, State: service.Wait, Reason: c.Target + " waits for the others"}
	switch all := len(p.started) == 2; {
	case p.silent == c.Target:
		v.State, v.Reason = service.Unknown, c.Target+" cannot be asked"
	case all && p.broken == c.Target:
		v.State, v.Reason = service.Stop, c.Target+" could not start: its unit has failed"
	case all:
		v.State, v.Reason = service.OK, c.Target+" is up"
	}
	return v
}

func (p *pair) runner(host string) execx.Runner {
	return runnerFunc(func(_ context.Context, c execx.Cmd) (execx.Result, error) {
		p.lock.Lock()
		defer p.lock.Unlock()
		if len(c.Argv) != 1 || c.Argv[0] != "start" {
			return execx.Result{}, fmt.Errorf("unknown command %q", c.Argv)
		}
		p.ran = append(p.ran, host)
		p.started[host] = true
		return execx.Result{}, nil
	})
}

type runnerFunc func(context.Context, execx.Cmd) (execx.Result, error)

func (f runnerFunc) Run(ctx context.Context, c execx.Cmd) (execx.Result, error) { return f(ctx, c) }

// start brings a pair up, of which both members stand still.
func (p *pair) start(t *testing.T, j *memory, patience time.Duration) (Outcome, error) {
	p.started = map[string]bool{}
	var group []service.Change
	for _, host := range []string{"n1", "n2"} {
		group = append(group, service.Change{ID: "pair/" + host, Service: "pair", Target: host, Title: "start it on " + host, On: []string{host},
			Do: service.Command{Argv: []string{"start"}}, Wait: service.Waiting{Limit: patience}})
	}
	var starts []ColdStart
	for _, c := range (service.Start{Groups: [][]service.Change{group}}).Sequence() {
		starts = append(starts, ColdStart{Host: c.Target, Change: c, Why: "all stand still"})
	}
	w := newWorld(t, "n1", "n2")
	e := w.engine(j, quick())
	e.Cluster.Services, e.Cluster.Members, e.Cluster.Runner = []service.Service{p}, map[string][]string{"pair": {"n1", "n2"}}, p.runner
	r := request(run.Up, "n1", "n2")
	if err := e.BeginReturn(t.Context(), r, starts, nil); err != nil {
		return Stopped, err
	}
	return e.Go(t.Context())
}

// All are started before any is waited for, each once, and each is seen up.
func TestMembersThatComeUpTogether(t *testing.T) {
	var p pair
	j := &memory{}
	if outcome, err := p.start(t, j, time.Minute); outcome != Ended || err != nil {
		t.Fatalf("%s, %v", outcome, err)
	}
	if !slices.Equal(p.ran, []string{"n1", "n2"}) {
		t.Errorf("%q were started", p.ran)
	}
	var seen []string
	for _, entry := range j.entries {
		if entry.Kind == run.Done && len(entry.Verdicts) > 0 && entry.Step.Kind == run.Start {
			seen = append(seen, entry.Verdicts[0].Reason)
		}
	}
	if !slices.Equal(seen, []string{"n1 is up", "n2 is up"}) {
		t.Errorf("seen is %q", seen)
	}
}

// An undo that a service lost while it was coming up is made again.
func TestAnUndoThatWasLost(t *testing.T) {
	for name, back := range map[string]func(w *world, j *memory) (Outcome, error){
		"brought back": func(w *world, j *memory) (Outcome, error) {
			e := w.engine(j, quick())
			w.hasty = true
			if err := e.Return(t.Context(), "test", nil, nil); err != nil {
				return Stopped, err
			}
			return e.Go(t.Context())
		},
		"given up": func(w *world, j *memory) (Outcome, error) { return abort(w, j, quick()) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "n1", "n2", "n3")
			j := &memory{}
			r := request(run.Down, w.names...)
			r.Risks = []run.Risk{{Name: RiskServiceStop, Reason: "site work"}}
			if outcome, err := begin(w, j, r, quick()); outcome != Paused {
				t.Fatalf("%s, %v", outcome, err)
			}
			w.forget = 2
			if outcome, err := back(w, j); outcome != Ended || err != nil {
				t.Fatalf("%s, %v", outcome, err)
			}
			w.most = 0
			w.clean(name)
		})
	}
}

// An undo that never has its effect stops the run, which says what was seen last.
func TestAnUndoWithoutEffect(t *testing.T) {
	w := newWorld(t, "n1", "n2", "n3")
	w.forget = 1 << 30
	l := quick()
	l.Settle = 100 * time.Millisecond
	outcome, err := begin(w, &memory{}, request(run.Roll, w.names...), l)
	if outcome != Stopped || !strings.Contains(fmt.Sprint(err), "timed out after 100ms: n1 is in standby") {
		t.Errorf("%s, %v", outcome, err)
	}
}

// A member that fails, or of which nothing can be told, stops the start; it does so
// within its time.
func TestMembersThatDoNotComeUp(t *testing.T) {
	for name, c := range map[string]struct {
		pair *pair
		want string
	}{
		"the first fails":       {&pair{broken: "n1"}, "wait for pair on n1: n1 could not start"},
		"the second fails":      {&pair{broken: "n2"}, "wait for pair on n2: n2 could not start"},
		"one cannot be told of": {&pair{silent: "n1"}, "wait for pair on n1: timed out after 50ms: n1 cannot be asked"},
	} {
		t.Run(name, func(t *testing.T) {
			outcome, err := c.pair.start(t, &memory{}, 50*time.Millisecond)
			var stop *Stop
			if outcome != Stopped || !errors.As(err, &stop) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s, %v, want %q", outcome, err, c.want)
			}
		})
	}
}
