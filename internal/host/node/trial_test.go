package node_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/execx"
	"umm/internal/host/mode"
	"umm/internal/host/node"
)

// withKernels is a host on the old kernel, the only one.
func withKernels(w *world) *world {
	w.policy.KernelTrial = true
	w.newest = oldKernel
	w.reboot()
	return w
}

// install is what the hook of a kernel's package does.
func (w *world) install() error {
	w.newest = newKernel
	return w.program(func(ctx context.Context, n *node.Node) error { return n.KernelAdded(ctx, newKernel) })
}

// judge is what umm's own unit does in each boot.
func (w *world) judge() {
	w.t.Helper()
	w.must(w.program(func(ctx context.Context, n *node.Node) error {
		ctx, cancel := context.WithCancel(ctx)
		cancel() // nobody waits
		return n.Trial(ctx)
	}))
}

// waitingTrial is a host that is to try the new kernel.
func waitingTrial(t *testing.T) *world {
	t.Helper()
	w := withKernels(booted(t))
	w.must(w.install())
	w.wantTrial(api.TrialWaiting)
	return w
}

func (w *world) wantTrial(state string) {
	w.t.Helper()
	s := w.status()
	switch {
	case s.Trial == nil && state != "":
		w.t.Errorf("there is no trial, want one that is %s", state)
	case s.Trial != nil && (s.Trial.State != state || s.Trial.Kernel != newKernel || s.Trial.Kept != oldKernel):
		w.t.Errorf("the trial is %+v, want one that is %q", *s.Trial, state)
	}
}

func (w *world) wantKernel(want string) {
	w.t.Helper()
	if w.running != want {
		w.t.Errorf("the kernel %s runs, want %s", w.running, want)
	}
	w.wantOperational()
}

func TestKernelTrialPasses(t *testing.T) {
	w := waitingTrial(t)
	w.reboot()
	w.wantKernel(newKernel)
	w.wantTrial(api.TrialRunning)
	w.must(w.healthy())
	w.wantTrial("")
	if w.keep != "" {
		t.Errorf("%s is kept", w.keep)
	}
	w.crash()
	w.wantKernel(newKernel)
}

func TestKernelTrialFails(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(w *world)
		why     string
	}{
		"it panics":              {(*world).crash, "stopped unexpectedly"},
		"a reboot before":        {(*world).reboot, "rebooted before"},
		"a panic before umm":     {func(w *world) { w.hangs = true; w.crash() }, "stopped unexpectedly"},
		"a panic, with a record": {func(w *world) { w.lastWords = "Kernel panic - not syncing"; w.crash() }, "stopped unexpectedly"},
	} {
		t.Run(name, func(t *testing.T) {
			w := waitingTrial(t)
			w.reboot()
			c.happens(w)
			w.judge()
			w.wantKernel(oldKernel)
			w.wantTrial(api.TrialFailed)
			s := w.status()
			if !s.Returned() || s.Unclean.Count != 0 || !said([]string{s.Trial.Why}, c.why) || s.Trial.Panic != w.lastWords {
				t.Errorf("the status is %+v, the trial %+v", s, *s.Trial)
			}
			// It stays so, healthy or not.
			w.must(w.healthy())
			w.reboot()
			w.judge()
			w.wantKernel(oldKernel)
			if s := w.status(); s.Trial == nil || s.Returned() {
				t.Errorf("one boot later the trial is %+v", s.Trial)
			}
			// Chosen by hand, it may still prove itself.
			w.hangs, w.chosen = false, newKernel
			w.reboot()
			w.wantKernel(newKernel)
			w.must(w.healthy())
			w.reboot()
			w.wantKernel(newKernel)
			w.wantTrial("")
		})
	}
}

// The new kernel never reaches umm: only the boot loader knows that it was started.
func TestKernelNeverStarts(t *testing.T) {
	w := waitingTrial(t)
	w.hangs = true
	w.reboot()
	w.wantKernel(oldKernel)
	w.wantTrial(api.TrialUnclear)
	w.judge()
	w.wantTrial(api.TrialFailed)
	if s := w.status(); !s.Returned() || !said([]string{s.Trial.Why}, "panicked, hung or lost power early") {
		t.Errorf("the trial is %+v", *s.Trial)
	}
}

func TestOldKernelChosenByHand(t *testing.T) {
	w := waitingTrial(t)
	w.chosen = oldKernel
	w.reboot()
	w.judge()
	w.wantKernel(oldKernel)
	w.wantTrial(api.TrialWaiting)
	w.reboot()
	w.wantKernel(newKernel)
}

// It is not healthy in time: the host reboots by itself, and says which check failed.
func TestKernelTrialIsGivenUp(t *testing.T) {
	w := waitingTrial(t)
	w.addHealthCheck("10-app", func([]string) (execx.Result, error) { return execx.Result{Code: 3}, nil })
	w.policy.HealthyAfter = -node.TrialGrace
	w.reboot()
	w.wantTrial(api.TrialRunning)
	w.judge()
	w.settle()
	w.judge()
	w.wantKernel(oldKernel)
	if s := w.status(); !s.Returned() || !said([]string{s.Trial.Why}, "10-app failed with exit status 3") {
		t.Errorf("the trial is %+v", *s.Trial)
	}
	if !said(w.walls, newKernel+" failed its trial") {
		t.Errorf("logged-in people read %q", w.walls)
	}
}

// In a boot that is no trial nothing reboots.
func TestNoTrialIsNotGivenUp(t *testing.T) {
	w := withKernels(booted(t))
	w.addHealthCheck("10-app", func([]string) (execx.Result, error) { return execx.Result{Code: 3}, nil })
	w.policy.HealthyAfter = -node.TrialGrace
	before := w.boots
	w.judge()
	w.settle()
	if w.boots != before {
		t.Error("the host has rebooted")
	}
}

// The emergency shell is not where a trial ends.
func TestKernelTrialInAnEmergency(t *testing.T) {
	w := waitingTrial(t)
	w.broken = []string{"/data"}
	w.goingDown = true
	w.shutdown()
	w.broken = []string{"/data"}
	w.boot()
	w.judge()
	if w.running != oldKernel {
		t.Errorf("the kernel %s runs", w.running)
	}
	w.wantTrial(api.TrialFailed)
}

// umm off reboot, and --then=reboot, end a boot that could not be healthy yet.
func TestKernelTrialInMaintenanceMode(t *testing.T) {
	w := waitingTrial(t)
	w.must(w.on(node.OnOptions{}))
	w.wantMaintenance()
	w.wantTrial(api.TrialRunning)
	w.must(w.off(node.OffOptions{Reboot: true}))
	w.wantKernel(newKernel)
	w.wantTrial(api.TrialRunning)
	w.must(w.healthy())
	w.wantTrial("")
}

// Where the boot loader cannot be told to try it again, the kernel is not said to have panicked.
func TestKernelIsNotTriedAgain(t *testing.T) {
	w := waitingTrial(t)
	w.must(w.on(node.OnOptions{}))
	w.fails["Try"] = errors.New("the disk is full")
	w.must(w.off(node.OffOptions{Reboot: true}))
	w.wantKernel(oldKernel)
	w.judge()
	w.wantTrial(api.TrialFailed)
	if why := w.status().Trial.Why; !strings.Contains(why, "rebooted before that boot was healthy") {
		t.Errorf("it says %q", why)
	}
}

func TestNoTrialOfAKernel(t *testing.T) {
	for name, change := range map[string]func(w *world){
		"disabled":           func(w *world) { w.policy.Enabled = false },
		"KERNEL_TRIAL=no":    func(w *world) { w.policy.KernelTrial = false },
		"not by this loader": func(w *world) { w.fails["CanTry"] = errors.New("GRUB cannot write to it") },
		"a failing loader":   func(w *world) { w.fails["Try"] = errors.New("update-grub failed") },
		"a container":        func(w *world) { w.put("run/systemd/container", "lxc") },
	} {
		t.Run(name, func(t *testing.T) {
			w := withKernels(booted(t))
			change(w)
			err := w.install()
			if (err != nil) != (name == "a failing loader") {
				t.Errorf("it said %v", err)
			}
			if w.keep != "" || w.status().Trial != nil {
				t.Errorf("%s is kept, the trial is %+v", w.keep, w.status().Trial)
			}
		})
	}
}

// Another build of the kernel that runs takes its place: nothing is kept.
func TestReplacedKernel(t *testing.T) {
	w := withKernels(booted(t))
	w.must(w.program(func(ctx context.Context, n *node.Node) error { return n.KernelAdded(ctx, oldKernel) }))
	if w.keep != "" || !said(w.told, "another build") {
		t.Errorf("%s is kept; told is %q", w.keep, w.told)
	}
}

func TestKernelRemovedEndsItsTrial(t *testing.T) {
	for _, kernel := range []string{oldKernel, newKernel} {
		w := waitingTrial(t)
		w.must(w.program(func(ctx context.Context, n *node.Node) error { return n.KernelRemoved(ctx, "5.10") }))
		w.wantTrial(api.TrialWaiting)
		w.must(w.program(func(ctx context.Context, n *node.Node) error { return n.KernelRemoved(ctx, kernel) }))
		w.wantTrial("")
		if w.keep != "" {
			t.Errorf("%s is kept", w.keep)
		}
	}
}

func TestDisabledEndsATrial(t *testing.T) {
	w := waitingTrial(t)
	w.must(w.disable())
	if w.keep != "" {
		t.Errorf("%s is kept", w.keep)
	}
	w = waitingTrial(t)
	w.policy.Enabled = false
	w.reboot()
	w.judge()
	if w.keep != "" || w.status().Trial != nil {
		t.Errorf("%s is kept, the trial is %+v", w.keep, w.status().Trial)
	}
}

var trialScenarios = []scenario{
	{"a kernel is installed", func(w *world) { withKernels(w) }, (*world).install, mode.Operational},
	{"a kernel's trial begins", func(w *world) { w.must(withKernels(w).install()) },
		func(w *world) error { w.reboot(); return nil }, mode.Operational},
	{"a kernel's trial passes", func(w *world) { w.must(withKernels(w).install()); w.reboot() },
		(*world).healthy, mode.Operational},
	{"a kernel is tried again", func(w *world) { w.must(withKernels(w).install()); w.must(w.on(node.OnOptions{})) },
		func(w *world) error { return w.off(node.OffOptions{Reboot: true}) }, mode.Operational},
	{"a kernel's trial fails", func(w *world) { w.must(withKernels(w).install()); w.reboot() },
		func(w *world) error { w.crash(); return nil }, mode.Operational},
	{"a kernel's trial is judged", func(w *world) { w.must(withKernels(w).install()); w.hangs = true; w.reboot() },
		func(w *world) error {
			return w.program(func(ctx context.Context, n *node.Node) error { return n.Trial(ctx) })
		}, mode.Operational},
}

// Wherever a trial is stopped, the host is operational, the trial comes to an end, and what
// follows is the default.
func TestTrialAfterFaults(t *testing.T) {
	for _, s := range trialScenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			fresh := func() *world {
				w := newWorldAt(t, root)
				w.boot()
				s.prepare(w)
				w.effects, w.owners = nil, nil
				return w
			}
			w := fresh()
			w.must(s.act(w))
			for _, f := range w.faults() {
				struck := fresh()
				struck.fault = f
				st := stopped{struck, s}.struck()
				st.comesToAnEnd()
				if t.Failed() {
					t.Fatalf("%s; the effects are %v", struck.why, w.effects)
				}
			}
		})
	}
}

func (s stopped) comesToAnEnd() {
	s.t.Helper()
	if s.status().Mode == api.ModeMaintenance {
		s.must(s.off(node.OffOptions{Reboot: true}))
	}
	s.wantOperational()
	for range 3 {
		s.judge()
		s.must(s.healthy())
		s.reboot()
		s.wantOperational()
	}
	s.judge()
	trial := s.status().Trial
	if trial != nil && !s.hangs && !strings.HasPrefix(s.why, "the power") && strings.Contains(trial.Why, "lost power early") {
		s.t.Errorf("only programs were killed, and it says %q", trial.Why)
	}
	switch next, _ := s.next(); {
	case trial == nil && (s.keep != "" || next != newKernel):
		s.t.Errorf("there is no trial, and the next boot starts %s", next)
	case trial != nil && (trial.State != api.TrialFailed || s.running != oldKernel || next != oldKernel):
		s.t.Errorf("the trial is %+v, while %s runs", *trial, s.running)
	}
}
