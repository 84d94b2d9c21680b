package node_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"umm/internal/host/mode"
	"umm/internal/host/node"
)

// ways lead into maintenance mode.
var ways = map[string]func(w *world){
	"umm on":          func(w *world) { w.must(w.on(node.OnOptions{})) },
	"umm on --live":   func(w *world) { w.must(w.on(live)) },
	"kernel argument": func(w *world) { w.put("proc/cmdline", "ro umm\n"); w.reboot(); w.put("proc/cmdline", "ro\n") },
	"unclean boots":   func(w *world) { w.crash(); w.crash() },
	"an emergency": func(w *world) {
		w.broken = []string{"/data cannot be mounted"}
		w.reboot()
		w.broken = nil
	},
	"an emergency that needs a reboot": func(w *world) {
		w.broken = []string{"/data cannot be mounted"}
		w.fails["Isolate"] = errors.New("jobs are in the way")
		w.reboot()
		delete(w.fails, "Isolate")
		w.broken = nil
	},
	"a crash in it": func(w *world) { w.must(w.on(node.OnOptions{})); w.crash() },
}

func TestOffFromEveryWay(t *testing.T) {
	for name, enter := range ways {
		for _, reboot := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				w := booted(t)
				enter(w)
				w.wantMaintenance()
				boots := w.boots
				w.must(w.off(node.OffOptions{Reboot: reboot}))
				w.wantOperational()
				if (w.boots != boots) != reboot {
					t.Errorf("there were %d boots, and then %d", boots, w.boots)
				}
				if s := w.status(); s.Unclean.Count != 0 || s.Trigger != nil {
					t.Errorf("the status is %+v", s)
				}
				w.wantCode(w.off(node.OffOptions{Reboot: reboot}), node.Refused, "not in maintenance mode")
				w.reboot()
				w.wantOperational()
			})
		}
	}
}

// A reboot typed in MM is the operator's word as well.
func TestRebootTypedInMaintenance(t *testing.T) {
	for name, enter := range ways {
		t.Run(name, func(t *testing.T) {
			w := booted(t)
			enter(w)
			w.reboot()
			w.wantOperational()
		})
	}
}

func TestOffKeepsWhatWasStartedByHand(t *testing.T) {
	w := inMaintenance(t, node.OnOptions{})
	w.up["by-hand.service"] = true
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
	if !w.up["by-hand.service"] {
		t.Error("what was started by hand was stopped")
	}
}

// Each step that fails leaves a host on which umm off can be said again.
func TestOffThatFailed(t *testing.T) {
	for _, failing := range []string{"Reload", "Resume"} {
		w := inMaintenance(t, node.OnOptions{})
		w.fails[failing] = errors.New("no bus")
		w.wantCode(w.off(node.OffOptions{}), node.CannotDo, "no bus", "not everything could be started")
		if s := w.status(); !said(s.Problems, "can be run again") {
			t.Errorf("%s failed, and the status says %+v", failing, s)
		}
		w.wantCode(w.off(node.OffOptions{}), node.CannotDo, "no bus")
		delete(w.fails, failing)
		w.must(w.off(node.OffOptions{}))
		w.wantOperational()
	}
	for _, harmless := range []string{"Disarm", "Banner", "Note", "Append"} {
		w := inMaintenance(t, node.OnOptions{For: time.Hour})
		w.fails[harmless] = errors.New("out of luck")
		w.must(w.off(node.OffOptions{}))
		if !said(w.warned, "out of luck") {
			t.Errorf("%s failed, and nobody was told", harmless)
		}
		if w.phase != string(mode.Operational) || w.status().Mode != "operational" {
			t.Errorf("%s failed, and the host is in %s", harmless, w.phase)
		}
	}
}

func TestOffTellsWhatDidNotStart(t *testing.T) {
	w := inMaintenance(t, node.OnOptions{})
	w.fails["a unit"] = errors.New("app.service failed")
	w.wantCode(w.off(node.OffOptions{}), node.CannotDo, "app.service failed", "in operational mode")
	w.wantCode(w.off(node.OffOptions{}), node.Refused)
}

// A disk that cannot be written does not hold anybody in MM, and not again after
// a reload of the init system either.
func TestOffOnAReadOnlyDisk(t *testing.T) {
	w := inMaintenance(t, node.OnOptions{})
	w.unwritable = errors.New("read-only")
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
	if !said(w.warned, "the next boot may return to it") {
		t.Errorf("the warnings are %q", w.warned)
	}
	if w.generate(); w.target != mode.Operational {
		t.Error("a reload of the init system leads back")
	}
	w.wantCode(w.off(node.OffOptions{}), node.Refused)
}

func TestOffRebootThatFailed(t *testing.T) {
	w := inMaintenance(t, node.OnOptions{Reason: "r"})
	w.fails["Reboot"] = errors.New("no bus")
	w.wantCode(w.off(node.OffOptions{Reboot: true}), node.CannotDo, "no bus", "still in maintenance mode")
	if !w.held {
		t.Error("packages start their services")
	}
	if s := w.status(); s.Mode != "maintenance" || s.Trigger == nil || s.Trigger.Reason != "r" {
		t.Errorf("the status is %+v", s)
	}
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
}

func TestOffOfARequestOnly(t *testing.T) {
	w := booted(t)
	w.fails["Reboot"], w.fails["GoingDown"] = errors.New("x"), errors.New("x")
	w.on0(node.OnOptions{})
	w.wantCode(w.off(node.OffOptions{}), node.CannotDo) // whether it goes down is not known
	w.fails = map[string]error{}
	w.must(w.off(node.OffOptions{}))
	if !said(w.told, "request cancelled") {
		t.Errorf("told was %q", w.told)
	}
	w.reboot()
	w.wantOperational()
	w.wantCode(w.off(node.OffOptions{}), node.Refused)
}

func TestOffWhileGoingDown(t *testing.T) {
	w := booted(t)
	w.fails["Reboot"], w.fails["GoingDown"] = errors.New("x"), errors.New("x")
	w.on0(node.OnOptions{})
	w.fails = map[string]error{}
	w.goingDown = true
	w.wantCode(w.off(node.OffOptions{}), node.Refused, "going down")
	w.settle()
	w.wantMaintenance()

	for _, o := range []node.OffOptions{{}, {Reboot: true}} {
		before := slices.Clone(w.record)
		w.goingDown = true
		w.wantCode(w.node().Off(t.Context(), o), node.Refused, "already going down")
		w.goingDown = false
		if !bytes.Equal(w.record, before) {
			t.Errorf("the record was %s and is %s", before, w.record)
		}
	}
}

// The default target would fail at once on what led into MM.
func TestOffOnBrokenFileSystems(t *testing.T) {
	w := booted(t)
	w.broken = []string{"/data cannot be mounted: no /dev/sdb1"}
	w.reboot()
	w.wantMaintenance()
	w.wantCode(w.off(node.OffOptions{}), node.Unsafe, "/dev/sdb1", "would fail immediately")
	w.wantMaintenance()
	w.mendable = true
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
}

func TestOffRebootOnBrokenFileSystems(t *testing.T) {
	w := booted(t)
	w.broken = []string{"/data cannot be mounted"}
	w.reboot()
	w.must(w.off(node.OffOptions{Reboot: true}))
	// It was tried, and it led back.
	w.wantMaintenance()
}

// ssh answers and the status says maintenance mode while the emergency is still being
// caught: until that has ended systemd refuses a reboot.
func TestWhatIsUnderWayIsWaitedFor(t *testing.T) {
	for name, ask := range map[string]func(w *world) error{
		"off":        func(w *world) error { return w.off(node.OffOptions{}) },
		"off reboot": func(w *world) error { return w.off(node.OffOptions{Reboot: true}) },
	} {
		w := booted(t)
		ways["an emergency"](w)
		w.fails["Reboot"] = errors.New("Transaction for reboot.target/start is destructive")
		w.fails["Resume"] = w.fails["Reboot"]
		w.underWay = []func(){func() { w.fails = map[string]error{} }}
		if err := ask(w); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		w.wantOperational()
	}
	// A request of a reboot too, and nothing is kept in maintenance mode for it.
	w := booted(t)
	w.fails["Reboot"] = errors.New("Transaction for reboot.target/start is destructive")
	w.underWay = []func(){func() { w.fails = map[string]error{} }}
	w.must(w.on(node.OnOptions{}))
	w.wantMaintenance()
	w.fails["Settled"] = errors.New("umm-live.service is still running")
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
	if !said(w.warned, "umm-live.service is still running") {
		t.Errorf("the warnings are %q", w.warned)
	}
}

func TestOffWhileDisabledByHand(t *testing.T) {
	w := inMaintenance(t, node.OnOptions{})
	w.policy.Enabled = false
	w.must(w.off(node.OffOptions{}))
	if w.phase != string(mode.Operational) || w.status().Mode != "disabled" {
		t.Errorf("the host is in %s, %s", w.phase, w.status().Mode)
	}
}
