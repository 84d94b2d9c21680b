package node_test

import (
	"context"
	"errors"
	"testing"

	"umm/internal/mode"
	"umm/internal/node"
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
			w.wantCode(w.on(node.OnOptions{}), node.Refused, "in maintenance mode already")
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

// What ran before a half-done umm off is not what runs now.
func TestOnLiveWhileLeaving(t *testing.T) {
	w := inMaintenance(t, node.OnOptions{})
	w.fails["Resume"] = errors.New("no bus")
	w.wantCode(w.off(node.OffOptions{}), node.CannotDo, "no bus")
	w.wantCode(w.on(live), node.Refused, "umm off did not come to its end")
	// umm off would be refused as well.
	w.goingDown = true
	w.wantCode(w.node().On(t.Context(), live), node.Refused, "going down already")
	w.goingDown = false
	delete(w.fails, "Resume")
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
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
