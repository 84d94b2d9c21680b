package rollout

import (
	"fmt"
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// patching is a run whose command installs on n2 what wants a reboot.
func patching(t *testing.T, how run.LeaveBy) (*world, run.Request) {
	w := newWorld(t, "n1", "n2", "n3")
	w.installs = map[string]bool{"n2": true}
	r := request(run.Roll, w.names...)
	r.Options.Leave = how
	return w, r
}

// boots are how often the hosts have booted since, by name.
func (w *world) boots() string {
	var all []string
	for _, n := range w.names {
		all = append(all, fmt.Sprintf("%s:%d", n, w.hosts[n].boot-1))
	}
	return strings.Join(all, " ")
}

// A host reboots on its way out where it is told to, or where it may and needs to.
func TestByReboot(t *testing.T) {
	for how, want := range map[run.LeaveBy][2]bool{run.LeaveAuto: {true, false}, run.LeaveReboot: {true, true}, run.LeaveOff: {}, "": {}} {
		for i, needed := range []string{api.RebootNeeded, api.RebootNotNeeded} {
			if got := byReboot(how, api.Status{Reboot: &api.Reboot{Needed: needed}}); got != want[i] {
				t.Errorf("%q, %s: %v", how, needed, got)
			}
		}
	}
}

func TestLeft(t *testing.T) {
	yes, no := &api.Reboot{Needed: api.RebootNeeded, Reasons: []string{"a new kernel"}}, &api.Reboot{Needed: api.RebootNotNeeded}
	unknown := &api.Reboot{Needed: api.RebootUnknown, Unknown: []string{"no GRUB"}}
	for _, c := range []struct {
		how           run.LeaveBy
		before, after api.Status
		want          string
	}{
		{run.LeaveAuto, api.Status{BootID: "1"}, api.Status{BootID: "1", Reboot: no}, ""},
		{run.LeaveAuto, api.Status{BootID: "1", Kernel: "6.1"}, api.Status{BootID: "2", Kernel: "6.2", Reboot: no}, "rebooted: boot 2 after 1, kernel 6.1 -> 6.2"},
		{run.LeaveReboot, api.Status{BootID: "1", Kernel: "6.1"}, api.Status{BootID: "2", Kernel: "6.1", Reboot: yes}, "rebooted: boot 2 after 1; still needs a reboot: a new kernel"},
		{run.LeaveAuto, api.Status{BootID: "1"}, api.Status{BootID: "1", Reboot: unknown}, "cannot tell whether a reboot is needed: no GRUB"},
		{run.LeaveOff, api.Status{BootID: "1"}, api.Status{BootID: "1", Reboot: yes}, ""},
		{run.LeaveAuto, api.Status{}, api.Status{BootID: "1"}, ""}, // an earlier version of umm; resumed
	} {
		if got := howItLeft(c.how, c.before, c.after); got != c.want {
			t.Errorf("%q: %q, want %q", c.how, got, c.want)
		}
	}
}

// Where the host reboots on its way out, nothing is started before that.
func TestNothingIsStartedBeforeTheReboot(t *testing.T) {
	exit := service.Exit{Starts: []service.Change{{Service: "db", Target: "n1", Title: "start the database"}}}
	kinds := func(how run.LeaveBy) string {
		r := request(run.Roll, "n1")
		r.Options.Leave = how
		var all []string
		for _, s := range Steps("n1", r, exit, quick()) {
			all = append(all, string(s.Kind))
		}
		return strings.Join(all, " ")
	}
	if got := kinds(run.LeaveReboot); got != "gate enter command leave settle" {
		t.Errorf("the steps are %s", got)
	}
	if got := kinds(run.LeaveAuto); got != "gate enter command start leave settle" {
		t.Errorf("the steps are %s", got)
	}
	w, r := patching(t, run.LeaveAuto)
	e := w.engine(&memory{}, quick())
	w.hosts["n2"].installed = true
	for _, st := range Steps("n2", r, service.Exit{Starts: []service.Change{{Service: "db", Target: "n2", On: []string{"n2"}, Do: service.Command{Argv: []string{"never"}}}}}, quick()) {
		if st.Kind == run.Start {
			if r := e.start(t.Context(), st); r.Status != Done || r.Text != "left to the reboot" {
				t.Errorf("%+v", r)
			}
		}
	}
}

// Where a host has just booted its services may not be there yet: an undo that fails is made
// again.
func TestUndoOnAHostThatJustBooted(t *testing.T) {
	w, r := patching(t, run.LeaveReboot)
	w.refuse = 5
	j := &memory{}
	if outcome, err := begin(w, j, r, quick()); outcome != Ended || err != nil {
		t.Fatalf("%s, %v", outcome, err)
	}
	w.clean("roll")
	if w.refuse > 0 {
		t.Error("no undo failed")
	}
}

// What became of a kernel on trial is waited for; one that failed stops the run, also where that
// was seen before the host left.
func TestFailedTrial(t *testing.T) {
	failed := func(boot string) api.Status {
		return api.Status{Mode: api.ModeOperational, BootID: boot, Kernel: "6.1", Trial: &api.Trial{State: api.TrialFailed, Kernel: "6.2", Why: "it panicked", ReturnedBoot: "2"}}
	}
	const want = "it is back on the kernel 6.1: 6.2 failed its trial: it panicked"
	for i, c := range []struct {
		before, after api.Status
		want          string
	}{
		{api.Status{BootID: "1"}, failed("2"), want},
		{failed("2"), failed("3"), want},
		{api.Status{BootID: "3"}, failed("4"), ""}, // it failed before the run
		{api.Status{BootID: "1"}, api.Status{BootID: "2", Trial: &api.Trial{State: api.TrialRunning, Kernel: "6.2"}}, ""},
	} {
		if got := failedTrial(c.before, c.after); got != c.want {
			t.Errorf("%d: %q, want %q", i, got, c.want)
		}
	}
	unclear := failed("2")
	unclear.Trial.State = api.TrialUnclear
	if r := judgeLeave(HostStatus{Host: "n1", Status: unclear}, true, false); r.Status != Waiting || !strings.Contains(r.Text, "6.2") {
		t.Errorf("%+v", r)
	}
}
