package rollout

import (
	"context"
	"testing"
	"time"

	"umm/internal/run"
	"umm/internal/service"
)

// never is a service in which nothing ever has its effect.
type never struct{ leaving }

func (never) Name() string                                  { return "s" }
func (never) Asks(string, []string) []service.Ask           { return nil }
func (n never) Read([]string, service.Answers) service.View { return n }
func (never) Settled(service.Change, bool) service.Verdict {
	return service.Verdict{Service: "s", Name: "settled", State: service.Wait, Reason: "the server is not up yet"}
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
		{"soft, made", true, true, run.Forth, true},
		{"made", false, true, run.Forth, false},
		{"soft, undone", true, false, run.Forth, false},
		{"soft, undone, given up", true, false, run.Undo, true},
		{"undone, given up", false, false, run.Undo, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := &Engine{Cluster: Cluster{Services: []service.Service{never{}}}, Limits: quick(), Now: time.Now,
				Emit: func(run.Entry) {}, Journal: &memory{}, state: run.State{Direction: tt.direction}}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			_, err := e.settled(ctx, run.Step{}, service.Change{Service: "s", Soft: tt.soft}, tt.done, "n1")
			if (err == nil) != tt.goesOn {
				t.Errorf("it goes on: %v, want %v (%v)", err == nil, tt.goesOn, err)
			}
		})
	}
}
