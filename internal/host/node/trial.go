package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"umm/internal/api"
	"umm/internal/host/mode"
	"umm/internal/poll"
)

// Loader is the boot loader, as far as it can start one kernel once and another one at every
// other boot. Kernels are named as uname -r does.
type Loader interface {
	// CanTry says why it cannot start the kernel try once and keep otherwise; nil where it can.
	CanTry(ctx context.Context, try, keep string) error
	// Try has it do so from the next boot on.
	Try(ctx context.Context, try, keep string) error
	// Trial tells which kernel it starts once with the next boot, empty where that was the one
	// before, and whether it keeps one at all.
	Trial() (try string, keeps bool, err error)
	// EndTrial has it start by default what it would without umm. It may be said again.
	EndTrial(ctx context.Context) error
}

const (
	// TrialGrace is how much longer than COUNTER_RESET_TIME a boot on trial has to be healthy:
	// services start meanwhile, and checks are run again.
	TrialGrace = 5 * time.Minute
	trialPoll  = 5 * time.Second
)

// KernelAdded puts a kernel that was just installed on trial, where the next boot would start it
// and the boot loader can keep the one that runs.
func (n *Node) KernelAdded(ctx context.Context, kernel string) error {
	s := n.current()
	kept := mode.KeptKernel(s.record, s.facts)
	if !s.policy.Enabled || !s.policy.KernelTrial || s.facts.Kernel == "" || kept == "" {
		return nil
	}
	if kernel == kept {
		n.Tell("the kernel " + kernel + " was replaced by another build: no trial, since nothing else is kept")
		return nil
	}
	if err := n.Loader.CanTry(ctx, kernel, kept); err != nil {
		n.Tell("no trial of the kernel " + kernel + ": " + err.Error())
		return nil
	}
	err := n.update(ctx, func(s state) (mode.Record, error) {
		return mode.Try(s.record, s.facts, kernel, kept, n.Now()), nil
	})
	if err != nil {
		return err
	}
	if err := n.Loader.Try(ctx, kernel, kept); err != nil {
		return errors.Join(err, n.endTrial(ctx, "no trial of the kernel "+kernel+": "+err.Error()))
	}
	return nil
}

// KernelRemoved ends a trial where one of its two kernels goes.
func (n *Node) KernelRemoved(ctx context.Context, kernel string) error {
	t := n.current().record.Trial
	if t == nil || kernel != t.Kernel && kernel != t.Kept {
		return nil
	}
	return n.endTrial(ctx, fmt.Sprintf("the trial of the kernel %s has ended: %s was removed", t.Kernel, kernel))
}

// endTrial lets the boot loader start what it would without umm, and forgets the trial. That
// order leaves a trial on record where the first fails, to be ended again.
func (n *Node) endTrial(ctx context.Context, why string) error {
	if err := n.Loader.EndTrial(ctx); err != nil {
		return err
	}
	return n.update(ctx, func(s state) (mode.Record, error) {
		return mode.EndTrial(s.record, s.facts, why, n.Now()), nil
	})
}

// Trial says what has become of a kernel on trial, once the boot loader's files can be read, and
// ends a boot of one that does not become healthy.
func (n *Node) Trial(ctx context.Context) error {
	if err := n.judgeTrial(ctx); err != nil {
		return err
	}
	return n.watchTrial(ctx)
}

// judgeTrial brings the record up to what the boot loader has done, and the boot loader up to
// what is recorded. It may be said again.
func (n *Node) judgeTrial(ctx context.Context) error {
	s := n.current()
	if _, known := mode.This(s.record, s.facts); !known {
		// The recorder did not come to its end: which kernel runs is not on record yet.
		if err := n.Begin(ctx); err != nil {
			return err
		}
		s = n.current()
	}
	t := s.record.Trial
	switch {
	case t == nil || n.Loader == nil:
		return nil
	case !s.policy.Enabled && !s.policy.Hidden:
		return n.endTrial(ctx, "the trial of the kernel "+t.Kernel+" has ended: maintenance mode is disabled")
	case t.State == mode.TrialPassed:
		return n.endTrial(ctx, "")
	case t.State == mode.TrialWaiting && t.Boot != s.facts.BootID:
		if err := n.judgeWaiting(ctx, *t); err != nil {
			return err
		}
	}
	return n.addLastWords(ctx)
}

// judgeWaiting is for a boot of another kernel than the one that was to be tried.
func (n *Node) judgeWaiting(ctx context.Context, t mode.Trial) error {
	try, keeps, err := n.Loader.Trial()
	if err != nil {
		return err
	}
	if !keeps {
		return n.endTrial(ctx, "the trial of the kernel "+t.Kernel+" has ended: the boot loader does not know of it")
	}
	judged := mode.NotStarted
	if try == t.Kernel {
		judged = mode.NotTried
	}
	err = n.update(ctx, func(s state) (mode.Record, error) { return judged(s.record, s.facts, n.Now()), nil })
	if err == nil {
		n.flush(ctx)
	}
	return err
}

// addLastWords records a panic with the trial that it ended.
func (n *Node) addLastWords(ctx context.Context) error {
	s := n.current()
	t := s.record.Trial
	if t == nil || t.State != mode.TrialFailed || t.Panic != "" || t.Returned != s.facts.BootID || t.GaveUp {
		return nil
	}
	text := n.LastWords(t.Installed)
	if text == "" {
		return nil
	}
	err := n.update(ctx, func(s state) (mode.Record, error) {
		return mode.WithPanic(s.record, s.facts, text, n.Now()), nil
	})
	if err == nil {
		n.flush(ctx)
	}
	return err
}

// watchTrial lasts until this boot, if it is a trial, is decided. Time in maintenance mode does
// not count.
func (n *Node) watchTrial(ctx context.Context) error {
	var operational time.Duration
	for range poll.Every(ctx, trialPoll) {
		s := n.current()
		switch {
		case !mode.MayGiveUp(s.record, s.facts):
			return nil
		case s.inMaintenance() || s.leaving():
			operational = 0
		case operational >= s.policy.HealthyAfter+TrialGrace:
			return n.giveUp(ctx, n.notHealthy(ctx, s))
		}
		operational += trialPoll
	}
	return nil
}

// notHealthy says why a boot on trial has not become healthy.
func (n *Node) notHealthy(ctx context.Context, s state) string {
	if failed := n.healthFailure(ctx, s); failed != "" {
		return failed
	}
	return fmt.Sprintf("it was not healthy %s after its start", s.policy.HealthyAfter+TrialGrace)
}

// giveUp ends this boot, a trial that has failed: the boot loader starts the kernel that it kept.
func (n *Node) giveUp(ctx context.Context, why string) error {
	kernel, gave := "", false
	err := n.update(ctx, func(s state) (mode.Record, error) {
		if gave = mode.MayGiveUp(s.record, s.facts); gave {
			kernel = s.record.Trial.Kernel
			s.record = mode.GiveUp(s.record, s.facts, why, n.Now())
		}
		return s.record, nil
	})
	if err != nil || !gave {
		return err
	}
	n.flush(ctx)
	n.Warn("the kernel " + kernel + " failed its trial: " + why)
	n.Power.Wall(ctx, "The kernel "+kernel+" failed its trial: this host is rebooting into the one before.")
	return n.Power.Reboot(ctx)
}

// tryAgain has the trial of the kernel that runs done once more, where umm itself ends this boot
// before it could be healthy. The record stays as it is: the next boot shows whether that kernel
// was started again, and where it was not, that this boot ended too early.
func (n *Node) tryAgain(ctx context.Context) {
	s := n.current()
	if !mode.OnTrial(s.record, s.facts) || s.record.Trial.Kept == "" {
		return
	}
	if err := n.Loader.Try(ctx, s.record.Trial.Kernel, s.record.Trial.Kept); err != nil {
		n.Warn("the next boot does not try the new kernel again: " + err.Error())
	}
}

func apiTrial(t *mode.Trial, boot string) *api.Trial {
	if t == nil || t.State == mode.TrialPassed {
		return nil
	}
	state := string(t.State)
	if t.State == mode.TrialWaiting && t.Boot != boot {
		state = api.TrialUnclear
	}
	return &api.Trial{State: state, Kernel: t.Kernel, Kept: t.Kept, Why: t.Why, Panic: t.Panic, ReturnedBoot: t.Returned, At: moment(t.At)}
}
