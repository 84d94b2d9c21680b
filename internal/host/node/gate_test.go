package node_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"umm/internal/host/mode"
	"umm/internal/host/node"
)

// gated is a host whose boot is held back by a gate, operational.
func gated(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.gated = true
	w.boot()
	w.wantOperational()
	return w
}

func (w *world) gate() (shut bool) {
	_ = w.program(func(ctx context.Context, n *node.Node) error { shut = n.Gate(ctx); return nil })
	return shut
}

func TestGate(t *testing.T) {
	w := gated(t)
	w.must(w.on(node.OnOptions{Reason: "new disk"}))
	w.wantMaintenance()
	if !w.gate() {
		t.Error("asked again, the gate is open in maintenance mode")
	}
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
	if w.gate() {
		t.Error("the gate is shut in operational mode")
	}
	w.crash()
	w.crash()
	w.wantMaintenance()
	w.put("proc/cmdline", "ro recovery\n")
	w.crash()
	if w.gate() || w.phase != string(mode.Operational) {
		t.Errorf("where umm keeps out, the gate is shut: %s", w.phase)
	}
}

// A gate decides where the recorder has not come to its end, and where nothing can be
// saved.
func TestGateByItself(t *testing.T) {
	w := gated(t)
	w.policy.RebootCount = 0
	w.bootID = "boot9"
	w.put("proc/sys/kernel/random/boot_id", "boot9\n")
	w.volatile = volatile{}
	w.unwritable = errors.New("read-only")
	w.fails["Note"] = errors.New("no /run")
	if !w.gate() {
		t.Errorf("the gate is open; warned was of %q", w.warned)
	}
	w.unwritable, w.fails = nil, map[string]error{}
	if !w.gate() || w.status().Mode != "maintenance" {
		t.Error("it is not recorded")
	}
}

func TestHoldTellsWhatFailedAndHolds(t *testing.T) {
	w := gated(t)
	w.fails["Isolate"] = errors.New("cannot stop mysql")
	ctx, open := context.WithCancel(context.Background())
	done := make(chan error)
	n := w.node()
	n.Switch = entered{n.Switch, func() { time.AfterFunc(10*time.Millisecond, open) }}
	go func() { done <- n.Hold(ctx) }()
	if err := <-done; err != nil || ctx.Err() == nil || !said(w.warned, "cannot stop mysql") {
		t.Errorf("it ended with %v, warned was of %q", err, w.warned)
	}
}

// The gate that is ended by anything but umm off lets the host be operational, and the
// record must say so.
func TestOpened(t *testing.T) {
	opened := func(w *world) error {
		return w.program(func(ctx context.Context, n *node.Node) error { return n.Opened(ctx) })
	}
	w := gated(t)
	w.must(w.on(node.OnOptions{For: time.Hour}))
	w.goingDown = true
	w.must(opened(w))
	w.goingDown = false
	w.wantMaintenance()
	w.must(opened(w))
	if w.banner != "" || w.armed != 0 || !said(w.warned, "continuing into operational mode") {
		t.Errorf("the banner is %q, armed is %s, warned was of %q", w.banner, w.armed, w.warned)
	}
	w.warned = nil
	w.must(opened(w))
	if len(w.warned) > 0 {
		t.Errorf("said again it warns of %q", w.warned)
	}
	// What maintenance mode had stopped comes back, in a job of its own.
	w.settle()
	w.wantOperational()

	// Where that fails, umm off does it.
	w = gated(t)
	w.must(w.on(node.OnOptions{}))
	w.fails["Resume"] = errors.New("init does not answer")
	w.must(opened(w))
	w.settle()
	delete(w.fails, "Resume")
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
	// Nobody has called the boots before it good ones.
	w = gated(t)
	w.crash()
	w.crash()
	w.must(opened(w))
	if got := w.status().Unclean.Count; got != 2 {
		t.Errorf("%d unclean boots are counted, want 2", got)
	}
}

// With the gate switched off, what was decided is not what the host has become.
func TestABootThatNothingHoldsBack(t *testing.T) {
	w := gated(t)
	w.gateOff = true
	w.must(w.on(node.OnOptions{}))
	if s := w.status(); s.Mode != "operational" || !said(w.warned, "nothing blocked the boot (umm check says why)") {
		t.Errorf("umm status says %s, warned was of %q", s.Mode, w.warned)
	}
	w.wantOperational()
	w.wantCode(w.off(node.OffOptions{}), node.Refused, "not in maintenance mode")

	// After a switch without a reboot there is no gate.
	w = gated(t)
	w.must(w.on(live))
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	w.must(w.operator(func(_ context.Context, n *node.Node) error { return n.WaitHealthy(ended) }))
	w.wantMaintenance()
}

func TestFinishOnlyWhatIsLeft(t *testing.T) {
	w := gated(t)
	w.effects = nil
	finish := func() error {
		return w.operator(func(ctx context.Context, n *node.Node) error { return n.Finish(ctx) })
	}
	w.must(finish())
	w.must(w.on(node.OnOptions{}))
	w.effects = nil
	w.must(finish())
	w.wantMaintenance()
	if len(w.effects) > 0 {
		t.Errorf("it did %q", w.effects)
	}
}

// Started by hand on an operational host it changes nothing.
func TestArriveByHand(t *testing.T) {
	w := gated(t)
	arrive := func() error {
		return w.program(func(ctx context.Context, n *node.Node) error { return n.Arrive(ctx) })
	}
	w.wantCode(arrive(), node.Refused, "not in maintenance mode")
	w.wantOperational()
	w.must(w.on(live))
	w.must(arrive())
	w.wantMaintenance()
}

func TestWaits(t *testing.T) {
	w := gated(t)
	w.crash()
	w.policy.HealthyAfter = time.Millisecond
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	run := func(ctx context.Context, step func(ctx context.Context, n *node.Node) error) {
		t.Helper()
		w.must(w.operator(func(context.Context, *node.Node) error { return step(ctx, w.node()) }))
	}
	run(ended, func(ctx context.Context, n *node.Node) error { return n.WaitHealthy(ctx) })
	if got := w.status().Unclean.Count; got != 1 {
		t.Errorf("before its time %d unclean boots are counted, want 1", got)
	}
	run(context.Background(), func(ctx context.Context, n *node.Node) error { return n.WaitHealthy(ctx) })
	if got := w.status().Unclean.Count; got != 0 {
		t.Errorf("%d unclean boots are counted", got)
	}
	w.must(w.on(node.OnOptions{For: time.Hour}))
	run(ended, func(ctx context.Context, n *node.Node) error { return n.WaitExpire(ctx, time.Hour) })
	w.wantMaintenance()
	run(context.Background(), func(ctx context.Context, n *node.Node) error { return n.WaitExpire(ctx, time.Millisecond) })
	w.wantOperational()
}

// What an error says of itself to do is shown.
func TestHints(t *testing.T) {
	w := gated(t)
	w.fails["Reboot"] = advice{errors.New("cannot reboot")}
	err := w.on(node.OnOptions{})
	w.wantCode(err, node.CannotDo, "cannot reboot; the request is cancelled")
	var coded *node.Error
	if !errors.As(err, &coded) || coded.Hint != "shutdown -c" {
		t.Errorf("the hint is %+v", coded)
	}
	delete(w.fails, "Reboot")
	w.must(w.on(node.OnOptions{}))
	w.fails["Reboot"] = advice{errors.New("cannot reboot")}
	err = w.off(node.OffOptions{Reboot: true})
	if !errors.As(err, &coded) || coded.Hint != "shutdown -c" {
		t.Errorf("the hint is %+v", err)
	}
	w.wantMaintenance()
}

type advice struct{ error }

func (advice) Hint() string { return "shutdown -c" }
