package rollout

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/run"
)

// changedKey is a host that came back with another host key.
type changedKey struct{}

func (changedKey) Error() string { return "the host key of n1 is not the recorded one" }
func (changedKey) Hint() string  { return "umm-cluster trust n1" }
func (changedKey) Lasting() bool { return true }

// What waiting does not mend is told at once, with what to do: whether the host's umm is asked
// or its ssh server waited for.
func TestWhatWaitingDoesNotMend(t *testing.T) {
	for name, spoil := range map[string]func(w *world, e *Engine){
		"status": func(w *world, _ *Engine) { w.hosts["n1"].fails = changedKey{} },
		"await": func(w *world, e *Engine) {
			w.hosts["n1"].dead = true
			e.Cluster.Await = func(context.Context, string) error { return changedKey{} }
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "n1", "n2", "n3")
			l := quick()
			l.Enter = time.Hour
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			e := w.engine(&memory{}, l)
			e.Emit = func(entry run.Entry) {
				if entry.Kind == run.Waiting && entry.Text == "umm on requested" {
					w.lock.Lock()
					defer w.lock.Unlock()
					spoil(w, e)
				}
			}
			if err := e.Begin(ctx, request(run.Roll, w.names...)); err != nil {
				t.Fatal(err)
			}
			outcome, err := e.Go(ctx)
			var stop *Stop
			if outcome != Stopped || !errors.As(err, &stop) || !strings.Contains(err.Error(), "is not the recorded one") ||
				!strings.HasPrefix(stop.Hint, "umm-cluster trust n1; umm-cluster resume") {
				t.Errorf("%s, %v, %+v", outcome, err, stop)
			}
		})
	}
}

// What a run stands still for goes to webhooks and logs: it does not hold the command's words.
func TestAStopDoesNotTellTheCommand(t *testing.T) {
	e := &Engine{state: run.State{Request: request(run.Roll, "n1")}}
	err := e.stop(run.Step{Host: "n1", Kind: run.Command, Title: "run mysql -psecret"}, failure(errors.New("no")))
	if err.Error() != "n1: run the command: no" {
		t.Error(err)
	}
}
