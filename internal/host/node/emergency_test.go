package node_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"umm/internal/host/mode"
	"umm/internal/host/node"
)

// failing is a host whose local file systems fail from the next boot on.
func failing(t *testing.T) *world {
	t.Helper()
	w := booted(t)
	w.broken = []string{"/data cannot be mounted: no /dev/sdb1", "/home is not mounted from /dev/sdc1"}
	return w
}

func (w *world) catch() error {
	return w.operator(func(ctx context.Context, n *node.Node) error { return n.Catch(ctx) })
}

func TestCatchWithoutAReboot(t *testing.T) {
	w := failing(t)
	w.reboot()
	w.wantMaintenance()
	s := w.status()
	if s.Trigger.Kind != "emergency" || !strings.Contains(s.Trigger.Detail, "/data") || !strings.Contains(s.Trigger.Detail, "/home") || s.Trigger.At == nil {
		t.Errorf("the trigger is %+v", s.Trigger)
	}
	if w.boots != 2 {
		t.Errorf("it took %d boots", w.boots)
	}
	// It stays, whatever happens, until somebody repairs it.
	w.crash()
	w.wantMaintenance()
	if w.boots != 3 {
		t.Errorf("it took %d boots", w.boots)
	}
}

func TestCatchByOneReboot(t *testing.T) {
	w := failing(t)
	w.fails["Isolate"] = errors.New("jobs are in the way")
	w.reboot()
	w.wantMaintenance()
	if s := w.status(); w.boots != 3 || s.Trigger.Kind != "emergency" || !strings.Contains(s.Trigger.Detail, "/data") {
		t.Errorf("after %d boots the trigger is %+v", w.boots, s.Trigger)
	}
	if !said(w.warned, "jobs are in the way; rebooting into maintenance mode") {
		t.Errorf("the warnings are %q", w.warned)
	}
}

// Never a loop: once in MM, or where nothing can be recorded, the shell stays.
func TestCatchNeverLoops(t *testing.T) {
	w := failing(t)
	w.fails["Isolate"] = errors.New("jobs are in the way")
	w.fails["Reboot"] = errors.New("no bus")
	w.reboot()
	if w.boots != 2 || w.phase != emergency {
		t.Fatalf("after %d boots the host is in %s", w.boots, w.phase)
	}
	w.effects = nil
	w.must(w.catch())
	if len(w.effects) > 0 || !said(w.told, "leaving the emergency shell open: already in maintenance mode") {
		t.Errorf("caught again, it did %q", w.effects)
	}

	w = failing(t)
	w.fails["Isolate"] = errors.New("jobs are in the way")
	w.unwritable = errors.New("read-only")
	w.reboot()
	if w.boots != 2 || w.phase != emergency || slices.Contains(w.effects, "Reboot") {
		t.Errorf("after %d boots the host is in %s", w.boots, w.phase)
	}
}

// On a disk that cannot be written the switch itself needs no record.
func TestCatchOnAReadOnlyDisk(t *testing.T) {
	w := failing(t)
	w.unwritable = errors.New("read-only")
	w.reboot()
	w.wantMaintenance()
	if s := w.status(); s.Trigger == nil || s.Trigger.Kind != "emergency" || !said(w.warned, "read-only") {
		t.Errorf("the status is %+v, the warnings %q", s, w.warned)
	}
	w.broken = nil
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
}

// A shell that somebody asked for, or that has another cause, is left alone.
func TestCatchLeavesTheShellAlone(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(w *world)
		told    string
	}{
		"disabled":                {func(w *world) { w.policy.Enabled = false }, ""},
		"not to be caught":        {func(w *world) { w.policy.CatchEmergency = false }, ""},
		"asked for at the kernel": {func(w *world) { w.put("proc/cmdline", "ro emergency\n") }, "umm keeps out of this boot: the kernel argument emergency"},
		"typed by the operator":   {func(w *world) { w.broken = nil }, "no local file system has failed"},
	} {
		t.Run(name, func(t *testing.T) {
			w := failing(t)
			c.prepare(w)
			w.effects = nil
			w.must(w.catch())
			if len(w.effects) > 0 || c.told != "" && !said(w.told, c.told) {
				t.Errorf("it did %q and told %q", w.effects, w.told)
			}
		})
	}
	w := failing(t)
	w.fails["Broken"] = errors.New("no bus")
	w.wantCode(w.catch(), node.CannotDo, "no bus")
}

func TestCatchTurnedOff(t *testing.T) {
	w := failing(t)
	w.policy.CatchEmergency = false
	w.reboot()
	if w.phase != emergency || w.boots != 2 {
		t.Errorf("after %d boots the host is in %s", w.boots, w.phase)
	}
	// The count goes on: it is the operator's way in.
	w.crash()
	w.crash()
	w.want(mode.Maintenance)
}
