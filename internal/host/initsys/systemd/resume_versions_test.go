package systemd

import (
	"slices"
	"strings"
	"testing"

	"umm/internal/execx"
)

// maintenanceHost is one that was booted into maintenance mode.
func maintenanceHost(f *fakeSystemd) {
	f.add("ssh.service", "wanted-by umm.target multi-user.target")
	f.add("nginx.service", "wanted-by multi-user.target")
	f.add("nginx.socket", "wanted-by sockets.target")
	f.add("umm-healthy.timer", "wanted-by timers.target")
	f.add("spool.path", "wanted-by paths.target")
	for _, unit := range []string{"sockets.target", "timers.target", "paths.target"} {
		f.units[unit].load = "masked"
	}
	f.boot("umm.target")
	f.wantActive(true, "umm.target", "ssh.service")
	f.wantActive(f.servicesRequireBasic, "basic.target")
	for _, unit := range []string{"sockets.target", "timers.target", "paths.target"} {
		f.units[unit].load = "loaded" // by the reload
	}
}

func TestResumeOnEachVersion(t *testing.T) {
	onEach(t, func(t *testing.T, f *fakeSystemd) {
		maintenanceHost(f)
		failed, err := f.manager().Resume(ctx, nil)
		if failed != nil || err != nil {
			t.Errorf("Resume: %v, %v", failed, err)
		}
		f.wantActive(true, "multi-user.target", "basic.target", "nginx.service", "sockets.target", "nginx.socket",
			"timers.target", "umm-healthy.timer", "paths.target", "spool.path")
		f.wantActive(false, "umm.target")
		if starts := slices.DeleteFunc(f.ran, func(c string) bool { return !strings.HasPrefix(c, "systemctl start") }); len(starts) > 1 && !f.servicesRequireBasic {
			t.Errorf("started by %q", starts)
		}
	})
}

// What is up in maintenance mode and wants more than was to be had there is the same on
// every version.
func TestResumeStartsWhatActiveUnitsWant(t *testing.T) {
	onEach(t, func(t *testing.T, f *fakeSystemd) {
		maintenanceHost(f)
		f.add("held.service").load = "masked"
		f.add("app.service", "wants held.service", "wanted-by multi-user.target")
		f.start("app.service", map[string]bool{}) // by hand
		f.units["held.service"].load = "loaded"
		if failed, err := f.manager().Resume(ctx, nil); failed != nil || err != nil {
			t.Errorf("Resume: %v, %v", failed, err)
		}
		f.wantActive(true, "held.service", "umm-healthy.timer")
	})
}

// Nobody is told of what is down for a reason of its own, and what has none is named.
func TestResumeNamesWhatIsNotUp(t *testing.T) {
	onEach(t, func(t *testing.T, f *fakeSystemd) {
		maintenanceHost(f)
		f.add("bad.service", "wanted-by multi-user.target").fails = true
		f.add("behind.service", "requires bad.service", "wanted-by multi-user.target")
		f.add("elsewhere.service", "wanted-by multi-user.target").conditionFails = true
		f.add("once.service", "wanted-by multi-user.target").ends = true
		f.add("chrony.service", "wanted-by multi-user.target")
		f.add("ntp.service", "conflicts chrony.service", "wanted-by multi-user.target")
		f.add("masked.service", "wanted-by multi-user.target").load = "masked"
		f.add("gone.service", "wanted-by multi-user.target").load = "not-found"
		f.add("dev-sdz.device")
		f.add("data.mount", "requires dev-sdz.device", "wanted-by multi-user.target")
		if failed, err := f.manager().Resume(ctx, nil); failed != nil || err != nil {
			t.Errorf("Resume: %v, %v", failed, err)
		}
		// A timer that cannot be started, without a word, and a pair that waits for each other.
		f.boot("umm.target")
		f.units["multi-user.target"].state = "inactive"
		lost := f.add("lost.socket", "wanted-by sockets.target")
		lost.requires = []string{"pair.socket"}
		f.add("pair.socket", "requires lost.socket")
		failed, err := f.manager().Resume(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, failed, "not started, although the default target wants it: lost.socket")
		if strings.Contains(failed.Error(), "bad.service") || strings.Contains(failed.Error(), "behind") {
			t.Errorf("the error is %v", failed)
		}
	})
}

func TestResumeWhereNothingIsSure(t *testing.T) {
	f := newFake(t, releases[0])
	maintenanceHost(f)
	gone := Manager{Run: runnerFails(f, "show")}
	failed, err := gone.Resume(ctx, nil)
	wantError(t, failed, "cannot tell whether everything has started")
	wantError(t, err)
	// A default target that still leads to maintenance mode is no operational mode.
	for text, names := range map[string]string{"the default target is still umm.target": "umm.target default.target", "systemd has no default target": "umm.target"} {
		const rest = "\nLoadState=loaded\nActiveState=active\nJob=\nWants=\nRequires=\nBindsTo=\nRequisite=\nConflicts=\nConflictedBy=\nConditionResult=yes\nConditionTimestampMonotonic=7\n"
		_, _, err := Manager{Run: always{execx.Result{Stdout: []byte("Id=umm.target\nNames=" + names + rest)}}}.lacking(ctx)
		wantError(t, err, text)
	}
}
