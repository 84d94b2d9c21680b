package node_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"umm/internal/host/mode"
	"umm/internal/host/node"
)

func (w *world) expire() error {
	return w.operator(func(ctx context.Context, n *node.Node) error { return n.Expire(ctx) })
}

func within(d, want time.Duration) bool { return d > want-time.Minute && d <= want }

func TestForEndsByItself(t *testing.T) {
	for _, isLive := range []bool{false, true} {
		w := booted(t)
		w.must(w.on(node.OnOptions{Live: isLive, For: 2 * time.Hour}))
		w.wantMaintenance()
		if !within(w.armed, 2*time.Hour) {
			t.Errorf("it ends after %s", w.armed)
		}
		if until := w.status().Until; until == nil || !within(until.Sub(w.now), 2*time.Hour) {
			t.Errorf("the status says it ends at %v", until)
		}
		w.must(w.expire())
		w.wantOperational()
		if w.armed != 0 {
			t.Error("the timer is armed still")
		}
	}
}

// After a crash the rest of the time is what counts; a clock that jumps shortens
// it at most.
func TestForAfterACrash(t *testing.T) {
	for name, c := range map[string]struct{ passed, want time.Duration }{
		"an hour later":            {time.Hour, time.Hour},
		"too late":                 {3 * time.Hour, 1},
		"the clock far ahead":      {9999 * time.Hour, 1},
		"the clock far behind":     {-9999 * time.Hour, 2 * time.Hour},
		"the clock an hour behind": {-time.Hour, 2 * time.Hour},
	} {
		w := inMaintenance(t, node.OnOptions{For: 2 * time.Hour})
		w.now = w.now.Add(c.passed)
		w.crash()
		w.wantMaintenance()
		if w.armed != c.want && !within(w.armed, c.want) {
			t.Errorf("%s: it ends after %s, want %s", name, w.armed, c.want)
		}
		w.must(w.expire())
		w.wantOperational()
	}
}

func TestExpireOnlyWhatExpires(t *testing.T) {
	w := booted(t)
	w.effects = nil
	w.must(w.expire())
	w.must(w.on(node.OnOptions{}))
	w.must(w.expire())
	w.wantMaintenance()
	if w.armed != 0 {
		t.Errorf("a session without an end ends after %s", w.armed)
	}
}

func TestForThatCannotBeArmed(t *testing.T) {
	w := booted(t)
	w.fails["Arm"] = errors.New("no bus")
	w.must(w.on(node.OnOptions{For: time.Hour}))
	w.wantMaintenance()
	if !said(w.warned, "maintenance mode will not end automatically: no bus") {
		t.Errorf("the warnings are %q", w.warned)
	}
}

// Operational mode that would fail at once is no way out, for a timer either.
func TestExpireOnBrokenFileSystems(t *testing.T) {
	w := inMaintenance(t, node.OnOptions{For: time.Hour})
	w.broken = []string{"/data cannot be mounted"}
	w.wantCode(w.expire(), node.Unsafe, "/data")
	w.want(mode.Maintenance)
}
