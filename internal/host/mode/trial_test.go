package mode_test

import (
	"reflect"
	"strings"
	"testing"

	"umm/internal/host/mode"
)

const oldKernel, newKernel = "6.1.0-9", "6.1.0-31"

var trialPolicy = mode.Policy{Enabled: true, RebootCount: 2, KernelTrial: true}

// waiting is a record in which the next boot tries the new kernel.
func waiting() mode.Record {
	r := mode.Record{Unclean: 1, Boot: boot(earlier, mode.Operational, mode.Running)}
	return mode.Try(r, mode.Facts{BootID: earlier, Kernel: oldKernel}, newKernel, oldKernel, now)
}

// boots lets a host boot.
func boots(r mode.Record, id, kernel string) (mode.Record, mode.Facts) {
	f := mode.Facts{BootID: id, Kernel: kernel, Trial: kernel == newKernel}
	return mode.Begin(r, mode.Decide(r, f, trialPolicy), f, now), f
}

func ended(r mode.Record, id string) mode.Record {
	return mode.End(r, mode.Facts{BootID: id}, now)
}

// onTrial is a host in the trial boot.
func onTrial() (mode.Record, mode.Facts) { return boots(ended(waiting(), earlier), "trial", newKernel) }

func trialIs(t *testing.T, what string, r mode.Record, want mode.TrialState, why string) {
	t.Helper()
	switch {
	case r.Trial == nil || r.Trial.State != want || !strings.Contains(r.Trial.Why, why):
		t.Errorf("%s: the trial is %+v, want %s %q", what, r.Trial, want, why)
	case r.Trial.Kernel != newKernel || r.Trial.Kept != oldKernel:
		t.Errorf("%s: the trial is of %s, and %s is kept", what, r.Trial.Kernel, r.Trial.Kept)
	}
}

func TestTrialPasses(t *testing.T) {
	r, f := onTrial()
	trialIs(t, "in its boot", r, mode.TrialRunning, "")
	if !mode.OnTrial(r, f) || !mode.MayGiveUp(r, f) {
		t.Error("the boot is not on trial")
	}
	r = mode.Healthy(r, f, now)
	trialIs(t, "once healthy", r, mode.TrialPassed, "")
	if mode.OnTrial(r, f) || mode.MayGiveUp(r, f) {
		t.Error("the boot is on trial still")
	}
	if r = mode.EndTrial(r, f, "", now); r.Trial != nil {
		t.Errorf("the trial is %+v", r.Trial)
	}
}

// A trial that the boot loader does not know to be passed yet is no failure in a boot of the other
// kernel.
func TestPassedTrialStaysPassed(t *testing.T) {
	r, f := onTrial()
	r, _ = boots(mode.Healthy(r, f, now), "next", oldKernel)
	trialIs(t, "in the next boot", r, mode.TrialPassed, "")
}

func TestTrialFails(t *testing.T) {
	for name, c := range map[string]struct {
		between func(r mode.Record, f mode.Facts) mode.Record
		why     string
	}{
		"a crash":  {func(r mode.Record, _ mode.Facts) mode.Record { return r }, "stopped unexpectedly"},
		"a reboot": {func(r mode.Record, f mode.Facts) mode.Record { return mode.End(r, f, now) }, "rebooted before"},
		"umm's word": {func(r mode.Record, f mode.Facts) mode.Record {
			return mode.End(mode.GiveUp(r, f, "health.d says no", now), f, now)
		}, "health.d says no"},
	} {
		r, f := onTrial()
		r, _ = boots(c.between(r, f), "next", oldKernel)
		trialIs(t, name, r, mode.TrialFailed, c.why)
		if r.Trial.Returned != "next" || r.Unclean != 0 || r.Boot.Mode != mode.Operational {
			t.Errorf("%s: returned in %q with %d unclean boots, in %s", name, r.Trial.Returned, r.Unclean, r.Boot.Mode)
		}
		// It says so once.
		again, _ := boots(ended(r, "next"), "later", oldKernel)
		trialIs(t, name, again, mode.TrialFailed, c.why)
		if again.Trial.Returned != "next" {
			t.Errorf("%s: returned in %q", name, again.Trial.Returned)
		}
	}
}

// A boot that panicked on a trial does not count; the ones around it do.
func TestFailedTrialIsNoUncleanBoot(t *testing.T) {
	w := waiting()
	w.Unclean = 0
	r, _ := boots(w, "trial", newKernel) // the boot before stopped unexpectedly
	r, _ = boots(r, "next", oldKernel)
	if r.Unclean != 1 || r.Boot.Mode != mode.Operational {
		t.Errorf("after the trial: %d unclean boots, in %s", r.Unclean, r.Boot.Mode)
	}
	// The kernel that runs is the one that crashed: it counts.
	r, _ = onTrial()
	if r, _ = boots(r, "next", newKernel); r.Unclean != 1 {
		t.Errorf("the same kernel again: %d unclean boots", r.Unclean)
	}
	trialIs(t, "the same kernel again", r, mode.TrialRunning, "")
}

// A crash in maintenance mode stays in it, on the other kernel too.
func TestTrialInMaintenanceMode(t *testing.T) {
	r := ended(waiting(), earlier)
	r = mode.Request(r, mode.Facts{BootID: earlier}, *requested(), now)
	r, f := boots(r, "trial", newKernel)
	trialIs(t, "in maintenance mode", mode.Healthy(r, f, now), mode.TrialRunning, "")
	crashed, _ := boots(r, "next", oldKernel)
	trialIs(t, "after a crash", crashed, mode.TrialFailed, "unexpectedly")
	if crashed.Boot.Mode != mode.Maintenance {
		t.Errorf("after a crash the boot is %s", crashed.Boot.Mode)
	}
}

func TestWaitingTrial(t *testing.T) {
	r, f := boots(ended(waiting(), earlier), "next", oldKernel)
	trialIs(t, "in a boot of the old kernel", r, mode.TrialWaiting, "")
	trialIs(t, "not started", mode.NotStarted(r, f, now), mode.TrialFailed, "panicked, hung or lost power early")
	not := mode.NotTried(r, f, now)
	trialIs(t, "not tried", not, mode.TrialWaiting, "")
	if twice := mode.NotTried(not, f, now); !reflect.DeepEqual(twice, not) {
		t.Error("it is told twice")
	}
	if kept := mode.KeptKernel(r, f); kept != oldKernel {
		t.Errorf("kept is %q", kept)
	}
	r, f = onTrial()
	if kept := mode.KeptKernel(r, f); kept != oldKernel {
		t.Errorf("while a kernel is on trial kept is %q", kept)
	}
}

// umm ends such a boot once: where the boot loader starts that kernel again, it stays.
func TestGivesUpOnce(t *testing.T) {
	r, f := onTrial()
	r = ended(mode.GiveUp(r, f, "x", now), "trial")
	r, f = boots(r, "next", newKernel)
	if !mode.OnTrial(r, f) || mode.MayGiveUp(r, f) {
		t.Errorf("the trial is %+v", r.Trial)
	}
	if r = mode.Healthy(r, f, now); r.Trial.State != mode.TrialPassed {
		t.Errorf("the trial is %+v", r.Trial)
	}
}

// Where the record was lost the kernel's argument is all that is known.
func TestTrialWithoutARecord(t *testing.T) {
	r, f := boots(mode.Record{}, "trial", newKernel)
	if !mode.OnTrial(r, f) || r.Trial.Kernel != newKernel {
		t.Errorf("the trial is %+v", r.Trial)
	}
	passed := ended(mode.EndTrial(mode.Healthy(r, f, now), f, "", now), "trial")
	if r, _ = boots(passed, "trial", newKernel); r.Trial != nil {
		t.Errorf("after a soft reboot there is %+v", r.Trial)
	}
	if r, _ = boots(mode.Record{}, "next", oldKernel); r.Trial != nil {
		t.Errorf("without a trial there is %+v", r.Trial)
	}
}

// Disabled, nothing becomes of a trial: the boot loader has to be told first.
func TestTrialIsKeptWhereDisabled(t *testing.T) {
	f := mode.Facts{BootID: "next", Kernel: oldKernel}
	r := mode.Begin(waiting(), mode.Decide(waiting(), f, mode.Policy{}), f, now)
	trialIs(t, "disabled", r, mode.TrialWaiting, "")
}

func TestPanicIsNotPublic(t *testing.T) {
	tried, _ := onTrial()
	r, f := boots(tried, "next", oldKernel)
	r = mode.WithPanic(r, f, "Kernel panic - not syncing", now)
	if r.Trial.Panic == "" || mode.Public(r).Trial.Panic != "" {
		t.Errorf("the trial is %+v, public %+v", r.Trial, mode.Public(r).Trial)
	}
	if twice := mode.WithPanic(r, f, "another", now); !reflect.DeepEqual(twice, r) {
		t.Error("it is told twice")
	}
}
