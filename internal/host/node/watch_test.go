package node_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"umm/internal/host/node"
)

// disksAre is a node.Mounter that tells a story, and ends it.
type disksAre struct {
	over     bool
	patience time.Duration
	err      error
}

func (d disksAre) Mounting(context.Context, bool) (bool, time.Duration, error) {
	return d.over, d.patience, d.err
}

func (disksAre) Awaited(context.Context) ([]string, error) { return nil, nil }

func TestWatchDisks(t *testing.T) {
	watch := func(w *world, m node.Mounter) error {
		return w.operator(func(ctx context.Context, n *node.Node) error {
			ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			return n.WatchDisks(ctx, m)
		})
	}
	w := gated(t)
	w.must(watch(w, disksAre{patience: -1})) // nothing is broken
	w.wantOperational()
	w.broken = []string{"/data is not mounted"}
	w.must(watch(w, disksAre{}))                      // it is at work
	w.must(watch(w, disksAre{patience: time.Minute})) // that is ordinary
	w.must(watch(w, disksAre{over: true}))            // somebody skipped it
	w.wantOperational()
	w.wantCode(watch(w, disksAre{err: errors.New("init does not answer")}), node.CannotDo, "init does not answer")
	w.policy.CatchEmergency = false
	w.must(watch(w, disksAre{patience: -1}))
	w.wantOperational()
	w.policy.CatchEmergency = true
	w.must(watch(w, disksAre{patience: -1}))
	w.wantMaintenance()
	if s := w.status(); s.Trigger.Kind != "emergency" || s.Trigger.Detail != "/data is not mounted" {
		t.Errorf("the trigger is %+v", s.Trigger)
	}
}

// What umm on asked for is reached though the gate is behind a disk that does not come;
// and the trigger stays what it was.
func TestMaintenanceModeBehindABrokenDisk(t *testing.T) {
	w := gated(t)
	w.broken = []string{"/data is not mounted"}
	w.policy.CatchEmergency = false
	w.must(w.on(node.OnOptions{}))
	w.wantMaintenance()
	if s := w.status(); s.Trigger.Kind != "operator" {
		t.Errorf("the trigger is %+v", s.Trigger)
	}
}

// A file system of another host that never comes holds a boot for ever, as without umm. What
// umm on asked for is reached all the same, and left only when the boot would go on.
func TestMaintenanceModeBehindAnotherHost(t *testing.T) {
	w := gated(t)
	w.remote = []string{"/var/mail is not mounted from server:/mail, and the boot waits for it"}
	w.reboot()
	if w.phase != emergency {
		t.Errorf("an ordinary boot is %s", w.phase)
	}
	w.remote = nil
	w.crash()
	w.remote = []string{"/var/mail is not mounted from server:/mail, and the boot waits for it"}
	w.must(w.on(node.OnOptions{}))
	w.wantMaintenance()
	w.wantCode(w.off(node.OffOptions{}), node.Unsafe, "/var/mail is not mounted from server:/mail")
	w.wantMaintenance()
	w.remote = nil
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()

	// Nothing that fails keeps it from being reached.
	w.must(w.on(live))
	for name, unknown := range map[string]func(){
		"fstab":    func() { w.fails["Broken"] = errors.New("cannot be read") },
		"the boot": func() { w.policy.CatchEmergency = false },
	} {
		w = gated(t)
		w.remote = []string{"/var/mail is not mounted"}
		unknown()
		w.must(w.on(node.OnOptions{}))
		w.wantMaintenance()
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// A boot whose record is not there yet is what it is decided to be.
func TestWatchDisksBeforeTheRecorder(t *testing.T) {
	w := gated(t)
	w.policy.RebootCount = 0
	w.bootID = "boot9"
	w.put("proc/sys/kernel/random/boot_id", "boot9\n")
	w.volatile = volatile{}
	w.must(w.operator(func(ctx context.Context, n *node.Node) error { return n.WatchDisks(ctx, disksAre{patience: -1}) }))
	w.wantMaintenance()
}
