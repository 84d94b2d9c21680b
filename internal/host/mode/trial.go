package mode

import (
	"time"

	"umm/internal/sanitize"
)

// A new kernel is on trial from its installation until a boot of it was healthy: the boot
// loader starts it once, and at every other boot the kernel that is kept.

// TrialState is how far a trial is.
type TrialState string

// A trial waits for the next boot, runs in a boot of the new kernel, and ends by that boot
// being healthy (passed, for as long as the boot loader does not know), or in another one of
// the kernel that was kept (failed).
const (
	TrialWaiting TrialState = "waiting"
	TrialRunning TrialState = "running"
	TrialPassed  TrialState = "passed"
	TrialFailed  TrialState = "failed"
)

// Trial is a new kernel on trial; kernels are named as uname -r does.
type Trial struct {
	State  TrialState `json:"state"`
	Kernel string     `json:"kernel"`
	// Kept is the kernel that is started otherwise; empty where that is not known.
	Kept string `json:"kept,omitempty"`
	// Boot is the boot that it waits in, runs in, or has failed in.
	Boot string `json:"boot,omitempty"`
	// Returned is the first boot of another kernel after it had failed.
	Returned string `json:"returned,omitempty"`
	// GaveUp: umm has ended such a boot once, and ends no other.
	GaveUp bool `json:"gave_up,omitempty"`
	// Why says how it failed, Panic is what the kernel said last.
	Why   string `json:"why,omitempty"`
	Panic string `json:"panic,omitempty"`
	// Installed is when the trial was asked for, At when its state changed last.
	Installed time.Time `json:"installed,omitzero"`
	At        time.Time `json:"at,omitzero"`
}

// maxPanic bounds what is kept of a panic, in bytes.
const maxPanic = maxText

// KeptKernel is the kernel to be kept when another one is installed now: the one that runs,
// unless it is on trial itself. Empty: that cannot be told.
func KeptKernel(r Record, f Facts) string {
	if t := r.Trial; t != nil && t.State == TrialRunning && t.Kernel == f.Kernel {
		return t.Kept
	}
	return f.Kernel
}

// Try records that the next boot is to be the trial of a kernel.
func Try(r Record, f Facts, kernel, kept string, now time.Time) Record {
	t := &Trial{State: TrialWaiting, Kernel: kernel, Kept: kept, Boot: f.BootID, Installed: now, At: now}
	return r.withTrial(t, f, "the next boot tries the kernel "+kernel+"; "+kept+" stays the default until that boot is healthy", now)
}

// OnTrial tells whether this boot is a trial that is not decided yet.
func OnTrial(r Record, f Facts) bool {
	return r.Trial != nil && r.Trial.State == TrialRunning && r.Trial.Boot == f.BootID
}

// MayGiveUp tells whether umm may end this boot, a trial that the boot loader has begun: once.
func MayGiveUp(r Record, f Facts) bool {
	return f.Trial && OnTrial(r, f) && !r.Trial.GaveUp
}

// GiveUp records that this boot, a trial, has failed and is ended by umm.
func GiveUp(r Record, f Facts, why string, now time.Time) Record {
	if !OnTrial(r, f) {
		return r
	}
	t := r.Trial.with(func(t *Trial) {
		t.State, t.GaveUp, t.Why, t.At = TrialFailed, true, sanitize.Phrase(why, maxText), now
	})
	return r.withTrial(t, f, "the kernel "+t.Kernel+" failed its trial: "+t.Why+"; rebooting into "+t.keptName(), now)
}

// NotStarted records that the boot loader had begun the trial, and that umm saw nothing of it.
func NotStarted(r Record, f Facts, now time.Time) Record {
	if r.Trial == nil || r.Trial.State != TrialWaiting {
		return r
	}
	t, text := r.Trial.failed(f, "its boot ended before umm could record it: it panicked, hung or lost power early", now)
	return r.withTrial(t, f, text, now)
}

// NotTried records that this boot is not the trial, which waits on.
func NotTried(r Record, f Facts, now time.Time) Record {
	if r.Trial == nil || r.Trial.State != TrialWaiting || r.Trial.Boot == f.BootID {
		return r
	}
	t := r.Trial.with(func(t *Trial) { t.Boot = f.BootID })
	return r.withTrial(t, f, "the kernel "+t.Kernel+" was not tried: another entry was chosen in the boot menu, or GRUB could not write to its environment block; the next boot tries it", now)
}

// WithPanic adds to a failed trial what its kernel said last.
func WithPanic(r Record, f Facts, text string, now time.Time) Record {
	if r.Trial == nil || r.Trial.State != TrialFailed || r.Trial.Panic != "" || text == "" {
		return r
	}
	t := r.Trial.with(func(t *Trial) { t.Panic = sanitize.Phrase(text, maxPanic) })
	return r.withTrial(t, f, "the last words of the kernel "+t.Kernel+": "+t.Panic, now)
}

// EndTrial forgets the trial; why is empty where there is nothing to tell.
func EndTrial(r Record, f Facts, why string, now time.Time) Record {
	if r.Trial == nil {
		return r
	}
	return r.withTrial(nil, f, why, now)
}

// tried is what a boot that begins means for the trial; last is the boot before.
func (r Record) tried(f Facts, last Boot, now time.Time) Record {
	t, text := r.Trial.in(f, last, now)
	if text == "" {
		return r
	}
	return r.withTrial(t, f, text, now)
}

// in is the trial in a boot that begins, and what there is to tell of it; "" where that is nothing.
func (t *Trial) in(f Facts, last Boot, now time.Time) (next *Trial, text string) {
	switch {
	case f.Kernel == "" || t == nil && (!f.Trial || last.ID == f.BootID):
		// A soft reboot has the arguments of the boot before.
	case t == nil:
		// The record was lost since.
		return &Trial{State: TrialRunning, Kernel: f.Kernel, Boot: f.BootID, Installed: now, At: now}, "trying the kernel " + f.Kernel
	case t.State == TrialPassed:
	case t.Kernel == f.Kernel:
		return t.with(func(t *Trial) { t.State, t.Boot, t.Returned, t.Why, t.Panic = TrialRunning, f.BootID, "", "", "" }), "trying the kernel " + f.Kernel
	case t.State == TrialRunning && last.ID == t.Boot && last.State == Ended:
		return t.failed(f, "the host was rebooted before that boot was healthy", now)
	case t.State == TrialRunning:
		return t.failed(f, "that boot stopped unexpectedly before it was healthy", now)
	case t.State == TrialFailed && t.Returned == "":
		return t.with(func(t *Trial) { t.Returned = f.BootID }), "back on the kernel " + f.Kernel
	}
	return t, ""
}

func (t *Trial) failed(f Facts, why string, now time.Time) (next *Trial, text string) {
	next = t.with(func(t *Trial) { t.State, t.Why, t.Returned, t.At = TrialFailed, why, f.BootID, now })
	return next, "the kernel " + t.Kernel + " failed its trial: " + why + "; back on the kernel " + f.Kernel + ", which stays the default"
}

func (r Record) withTrial(t *Trial, f Facts, text string, now time.Time) Record {
	r.Trial = t
	if text == "" {
		return r
	}
	return r.event(now, f.BootID, EventTrial, text)
}

// excused tells whether the boot before was a trial that another kernel follows: how it ended
// says nothing about the host as it is now.
func (r Record) excused(f Facts) bool {
	t := r.Trial
	return t != nil && t.State == TrialRunning && t.Boot == r.Boot.ID && f.Kernel != "" && f.Kernel != t.Kernel
}

func (t *Trial) keptName() string {
	if t.Kept == "" {
		return "the kernel before"
	}
	return t.Kept
}

func (t *Trial) with(change func(*Trial)) *Trial {
	next := *t
	change(&next)
	return &next
}
