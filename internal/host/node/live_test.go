package node_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"umm/internal/host/mode"
	"umm/internal/host/node"
)

var live = node.OnOptions{Live: true}

func TestOnLiveAndBack(t *testing.T) {
	w := booted(t)
	w.up["extra.service"] = true
	w.must(w.on(live))
	w.wantMaintenance()
	if w.boots != 1 || w.up["extra.service"] {
		t.Errorf("after %d boots %v is up", w.boots, w.up)
	}
	w.up["by-hand.service"] = true
	delete(w.up, "ssh.service") // stopped by hand, and that is its affair
	w.must(w.off(node.OffOptions{}))
	for _, unit := range []string{"app.service", "db.service", "extra.service", "by-hand.service"} {
		if !w.up[unit] {
			t.Errorf("%s is not up again", unit)
		}
	}
	if w.up["ssh.service"] {
		t.Error("what umm did not stop was started")
	}
}

func TestOnLiveSavesBeforeItActs(t *testing.T) {
	w := booted(t)
	w.unwritable = errors.New("read-only")
	w.wantCode(w.on(live), node.CannotDo, "read-only")
	w.unwritable = nil
	w.wantOperational()
	w.fails["Active"] = errors.New("no bus")
	w.wantCode(w.on(live), node.CannotDo, "could not start it again")
	w.wantOperational()
}

// After a crash the host stays in MM; umm off starts the whole default target.
func TestCrashInLive(t *testing.T) {
	w := booted(t)
	w.must(w.on(live))
	w.crash()
	w.wantMaintenance()
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
}

func TestOnLiveThatFailed(t *testing.T) {
	for _, failing := range []string{"GoLive", "Isolate"} {
		t.Run(failing, func(t *testing.T) {
			w := booted(t)
			w.fails[failing] = errors.New("no bus")
			w.wantCode(w.on(live), node.CannotDo, "no bus")
			w.wantCode(w.on(node.OnOptions{}), node.Refused, "already in maintenance mode")
			delete(w.fails, failing)
			w.must(w.on(live))
			w.wantMaintenance()
			w.must(w.off(node.OffOptions{}))
			w.wantOperational()
			w.fails[failing] = errors.New("no bus")
			w.wantCode(w.on(live), node.CannotDo, "no bus")
			w.must(w.off(node.OffOptions{}))
			w.wantOperational()
		})
	}
}

// What is asked for beside a switch that is under way is not taken for what that asked for.
func TestOnLiveBesideAnotherOne(t *testing.T) {
	w := booted(t)
	w.fails["GoLive"] = errors.New("no bus")
	first := withCommand(mode.ThenStay)
	first.Live, first.For = true, time.Hour
	w.commands["a b"] = succeeds
	w.wantCode(w.on(first), node.CannotDo, "no bus")
	delete(w.fails, "GoLive")
	for name, change := range map[string]func(o *node.OnOptions){
		"another command": func(o *node.OnOptions) { o.Argv = []string{"c", "d"} },
		"another --for":   func(o *node.OnOptions) { o.For = time.Minute },
		"another --then":  func(o *node.OnOptions) { o.Then = mode.ThenOff },
	} {
		o := first
		change(&o)
		if err := w.on(o); err == nil {
			t.Errorf("%s: accepted, and lost", name)
		} else {
			w.wantCode(err, node.Refused, "with other options")
		}
	}
	w.must(w.on(first))
	w.wantMaintenance()
}

// What ran before a half-done umm off is not what runs now.
func TestOnLiveWhileLeaving(t *testing.T) {
	w := inMaintenance(t, node.OnOptions{})
	w.fails["Resume"] = errors.New("no bus")
	w.wantCode(w.off(node.OffOptions{}), node.CannotDo, "no bus")
	w.wantCode(w.on(live), node.Refused, "umm off was interrupted")
	// umm off would be refused as well.
	w.goingDown = true
	w.wantCode(w.node().On(t.Context(), live), node.Refused, "already going down")
	w.goingDown = false
	delete(w.fails, "Resume")
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
}

// Up to systemd 229 the isolate cancels the job that it is run by: systemctl says so, and
// the switch was complete. It is the record that tells.
func TestOnLiveWhoseJobIsCanceled(t *testing.T) {
	w := booted(t)
	w.fails["the job"] = errors.New("Job for umm-live.service canceled")
	w.must(w.on(live))
	w.wantMaintenance()
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
	// Also where the command, and what was to come after it, came to its end before.
	w.commands["a b"] = succeeds
	w.must(w.on(node.OnOptions{Live: true, Argv: []string{"a", "b"}, Then: mode.ThenOff}))
	w.wantOperational()
	// And not where the switch did not come to its end.
	w.fails["Isolate"] = errors.New("no bus")
	w.wantCode(w.on(live), node.CannotDo, "canceled")
}

// What only its maker can start again is named before it is stopped, and umm off does
// not try; what the switch does not reach is named after it.
func TestOnLiveNamesWhatItCannotDo(t *testing.T) {
	w := booted(t)
	w.up["run-r7.timer"], w.survivors = true, []string{"cron.service: backup.sh (pid 7)"}
	w.must(w.on(live))
	w.wantMaintenance()
	for _, want := range []string{"the switch stops these, and umm off cannot restart them: run-r7.timer", "still running although not essential: cron.service: backup.sh (pid 7)"} {
		if !said(w.warned, want) {
			t.Errorf("the warnings are %q, want %q", w.warned, want)
		}
	}
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
	if w.up["run-r7.timer"] {
		t.Error("umm off started what it cannot")
	}
	w.warned, w.survivors = nil, nil
	w.must(w.on(live))
	if len(w.warned) > 0 {
		t.Errorf("there is nothing to name, and the warnings are %q", w.warned)
	}
}

func TestOnLiveWhereItCannotTell(t *testing.T) {
	w := booted(t)
	w.fails["Transient"] = errors.New("no bus")
	w.wantCode(w.on(live), node.CannotDo, "cannot tell which running units could be restarted")
	w.wantOperational()
	w.fails = map[string]error{"Survivors": errors.New("no bus")}
	w.must(w.on(live))
	if !said(w.warned, "cannot list what still runs") {
		t.Errorf("the warnings are %q", w.warned)
	}
}

func TestFinishLive(t *testing.T) {
	w := booted(t)
	finish := func() error {
		return w.program(func(ctx context.Context, n *node.Node) error { return n.FinishLive(ctx) })
	}
	w.wantCode(finish(), node.Refused, "no switch")
	w.must(w.on(live))
	// Run once more, it does not forget what it has stopped.
	w.must(finish())
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
}

func TestLiveCommandRuns(t *testing.T) {
	w := booted(t)
	w.commands["a b"] = succeeds
	w.must(w.on(node.OnOptions{Live: true, Argv: []string{"a", "b"}, Then: mode.ThenOff}))
	if w.ran["a b"] != 1 {
		t.Errorf("the command ran %d times", w.ran["a b"])
	}
	w.wantOperational()
}

// Somebody starts umm.target by hand: that is maintenance mode too.
func TestTargetStartedByHand(t *testing.T) {
	w := booted(t)
	w.must((*units)(w).Enter(context.Background()))
	w.wantMaintenance()
	if got := w.status().Trigger.Detail; got != "umm.target was started by hand" {
		t.Errorf("the trigger is %q", got)
	}
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
}

func TestEnterWhileLeaving(t *testing.T) {
	w := inMaintenance(t, node.OnOptions{})
	w.fails["Resume"] = errors.New("no bus")
	w.wantCode(w.off(node.OffOptions{}), node.CannotDo)
	w.must(w.program(func(ctx context.Context, n *node.Node) error { return n.Enter(ctx) }))
	delete(w.fails, "Resume")
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
}
