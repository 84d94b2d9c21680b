package rollout

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// goingOn is a run of all hosts that goes on after a command that failed, on n1 and n3.
func goingOn(t *testing.T) (*world, run.Request) {
	w := newWorld(t, "n1", "n2", "n3")
	w.command = func(host string) bool { return host == "n2" }
	r := request(run.Roll, w.names...)
	r.Options.ContinueOnFailure = true
	return w, r
}

// Only a command that failed by itself is passed over.
func TestWhatIsPassedOver(t *testing.T) {
	three := 3
	for state, want := range map[string]Status{
		"pending": Waiting, "running": Waiting, "succeeded": Done, "failed": PassedOver, "timed-out": PassedOver,
		"interrupted": Failed, "cancelled": Failed, "danced": Failed,
	} {
		h := HostStatus{Host: "n1", Status: api.Status{Mode: api.ModeMaintenance, Trigger: &api.Trigger{Run: "r1"},
			Command: &api.Command{State: state, ExitCode: &three}}}
		if r := CommandResult(h, "r1", true); r.Status != want {
			t.Errorf("%s: %+v", state, r)
		}
		if want == PassedOver {
			want = Failed
		}
		if r := CommandResult(h, "r1", false); r.Status != want {
			t.Errorf("%s, where the run does not go on: %+v", state, r)
		}
	}
}

// A host on which the command hangs is not passed over: it is still at it.
func TestACommandThatHangsStopsAlsoThen(t *testing.T) {
	w, r := goingOn(t)
	l := quick()
	l.Command, w.hang = 20*time.Millisecond, true
	outcome, err := begin(w, &memory{}, r, l)
	if outcome != Stopped || !strings.Contains(fmt.Sprint(err), "timed out after") {
		t.Errorf("%s, %v", outcome, err)
	}
	if w.hosts["n1"].mode != api.ModeMaintenance || w.on["n2"]+w.on["n3"] > 0 {
		t.Errorf("n1 is %s, %v", w.hosts["n1"].mode, w.on)
	}
}

// The operator who ends the hold of a canary has not said that the others may go yet.
func TestACanaryThatWasHeld(t *testing.T) {
	r := request(run.Roll, "n1", "n2")
	r.Options.Canary = true
	steps := []run.Step{{Host: "n1", Kind: run.Hold}}
	entries := []run.Entry{{Kind: run.Requested, Request: &r}, {Kind: run.Chosen, Host: "n1", Steps: steps}, {Kind: run.Begun, Host: "n1", Step: &steps[0]},
		{Kind: run.Paused}, {Kind: run.Continued}, {Kind: run.Done, Host: "n1", Step: &steps[0]}, {Kind: run.Finished, Host: "n1"}}
	for _, c := range []struct {
		more []run.Entry
		kind ActionKind
	}{{nil, Pause}, {[]run.Entry{{Kind: run.Paused}, {Kind: run.Continued}}, Observe}} {
		s, err := run.Fold(append(entries, c.more...))
		if err != nil {
			t.Fatal(err)
		}
		if m := Next(s, nil, quick()); m.Kind != c.kind {
			t.Errorf("next is %+v, want %s", m, c.kind)
		}
	}
}

// A host that has rebooted since it was asked, and came up operational, is not asked again by a
// umm-cluster that goes on: its command could run twice.
func TestAHostThatRebootedIsNotAskedAgain(t *testing.T) {
	w := newWorld(t, "n1", "n2", "n3")
	j := &memory{}
	ctx, cancel := context.WithCancel(t.Context())
	e := w.engine(j, quick())
	e.Emit = func(entry run.Entry) {
		if entry.Kind == run.Waiting && entry.Text == "umm on requested" {
			w.lock.Lock()
			defer w.lock.Unlock()
			h := w.hosts["n1"]
			h.mode, h.next, h.command, h.guard = api.ModeOperational, "", nil, ""
			h.boot++
			cancel()
		}
	}
	if err := e.Begin(ctx, request(run.Roll, w.names...)); err != nil {
		t.Fatal(err)
	}
	if outcome, err := e.Go(ctx); outcome != Stopped {
		t.Fatalf("%s, %v", outcome, err)
	}
	for range 2 {
		if outcome, err := resume(w, j, quick()); outcome != Stopped || err == nil || !strings.Contains(err.Error(), "came up operational") {
			t.Errorf("%s, %v", outcome, err)
		}
	}
	if w.on["n1"] != 1 {
		t.Errorf("umm on was accepted %d times", w.on["n1"])
	}
}

// A run that was killed before its baseline was kept has one when it goes on: what was accepted
// then counts for what was wrong then.
func TestResumeBeforeTheBaseline(t *testing.T) {
	const risk = "servers-down"
	for name, wrong := range map[string]bool{"all is well": false, "what was accepted is wrong": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "n1", "n2", "n3")
			bad := func(host string) service.Verdict {
				return service.Verdict{Service: "db", Name: "serves", Host: host, State: service.Stop, Reason: host + " has lost it", Risk: risk}
			}
			if wrong {
				w.trouble["n2"] = bad("n2")
			}
			r := request(run.Roll, "n1")
			r.Risks = []run.Risk{{Name: risk, Reason: "known"}}
			j := &memory{killAt: 2}
			if err := w.engine(j, quick()).Begin(t.Context(), r); !errors.Is(err, errKilled) || len(j.entries) != 1 {
				t.Fatalf("%v, %d entries", err, len(j.entries))
			}
			e := w.engine(j, quick())
			if err := e.Resume(t.Context(), "test"); err != nil {
				t.Fatal(err)
			}
			w.trouble["n3"] = bad("n3")
			if outcome, err := e.Go(t.Context()); outcome != Stopped || err == nil || w.on["n1"] > 0 {
				t.Errorf("%s, %v; umm on was run %d times", outcome, err, w.on["n1"])
			}
		})
	}
}
