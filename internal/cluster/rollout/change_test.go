package rollout

import (
	"context"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// never is a service in which nothing ever has its effect.
type never struct{ leaving }

func (never) Name() string                                  { return "s" }
func (never) Asks(string, []string) []service.Ask           { return nil }
func (n never) Read([]string, service.Answers) service.View { return n }
func (never) Settled(service.Change, bool) service.Verdict {
	return service.Verdict{Service: "s", Name: "settled", State: service.Wait, Reason: "the server is not up yet"}
}

// cutting is a service whose second answer takes longer than the step may.
type cutting struct{ never }

func (cutting) Asks(string, []string) []service.Ask {
	return []service.Ask{{ID: "x", Argv: []string{"x"}}}
}
func (c cutting) Read(_ []string, a service.Answers) service.View {
	return cut{c.never, a.Get("n1", "x").Err}
}

type cut struct {
	never
	err error
}

func (c cut) Settled(service.Change, bool) service.Verdict {
	if c.err != nil {
		return service.Verdict{Service: "s", Name: "settled", State: service.Unknown, Reason: "it does not tell"}
	}
	return c.never.Settled(service.Change{}, true)
}

// slowing answers once, and then as long as it may.
type slowing struct{ asked *int }

func (s slowing) Run(ctx context.Context, _ execx.Cmd) (execx.Result, error) {
	if *s.asked++; *s.asked > 1 {
		<-ctx.Done()
		return execx.Result{}, ctx.Err()
	}
	return execx.Result{}, nil
}

// What is told of a soft change is what was seen last, and not that the limit cut a look off.
func TestSoftTellsWhatWasSeen(t *testing.T) {
	asked := 0
	e := &Engine{Cluster: Cluster{Services: []service.Service{cutting{}}, Members: map[string][]string{"s": {"n1"}},
		Runner: func(string) execx.Runner { return slowing{&asked} }}, Limits: quick(), Now: time.Now,
		Emit: func(run.Entry) {}, Journal: &memory{}}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	r := e.waitForChange(ctx, run.Step{}, service.Change{Service: "s", Wait: service.Waiting{Until: service.UntilLimit}}, true, "n1")
	if r.Status != Done || asked < 2 || !strings.HasSuffix(r.Text, ": the server is not up yet") || r.Verdicts[0].State != service.Wait {
		t.Errorf("%+v, asked %d times", r, asked)
	}
}

// A soft change is gone on after without its effect, a soft undo only where the run is
// given up.
func TestSoft(t *testing.T) {
	for _, tt := range []struct {
		name       string
		soft, done bool
		direction  run.Direction
		goesOn     bool
	}{
		{"soft, made", true, true, run.Forward, true},
		{"made", false, true, run.Forward, false},
		{"soft, undone", true, false, run.Forward, false},
		{"soft, undone, given up", true, false, run.Undo, true},
		{"undone, given up", false, false, run.Undo, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := &Engine{Cluster: Cluster{Services: []service.Service{never{}}}, Limits: quick(), Now: time.Now,
				Emit: func(run.Entry) {}, Journal: &memory{}, state: run.State{Direction: tt.direction}}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			r := e.waitForChange(ctx, run.Step{}, service.Change{Service: "s", Wait: service.Waiting{Until: map[bool]service.Until{true: service.UntilLimit}[tt.soft]}}, tt.done, "n1")
			if (r.Status == Done) != tt.goesOn {
				t.Errorf("it goes on: %v, want %v (%+v)", r.Status == Done, tt.goesOn, r)
			}
		})
	}
}
