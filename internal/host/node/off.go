package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"umm/internal/host/mode"
)

// OffOptions is how maintenance mode is left.
type OffOptions struct {
	Reboot bool
	By     string
	// Run is the run of umm-cluster that asks; empty: a person does.
	Run string
	// Unattended: nobody is there to answer; a failing pre-off hook is told of,
	// but does not keep the host in maintenance mode.
	Unattended bool
	// Risks are accepted by name.
	Risks []string
}

// Off leaves maintenance mode: into the default target without a reboot, or by a
// reboot into operational mode. It works from every state that leads there, also
// after an earlier `umm off` or `umm on` that did not come to its end.
func (n *Node) Off(ctx context.Context, o OffOptions) error {
	if err := n.mayLeave(o); err != nil {
		return err
	}
	n.settle(ctx)
	s := n.current()
	if !s.inMaintenance() && !s.leaving() {
		return n.notInMaintenance(ctx, s)
	}
	if err := n.staysUp(ctx); err != nil {
		return err
	}
	if err := commandRuns(s.record, o.Risks); err != nil {
		return err
	}
	if len(s.record.Earlier) > 0 {
		n.Warn("a command of an earlier maintenance session is still running")
	}
	session := mode.Session{}
	if s.record.Session != nil {
		session = *s.record.Session
	}
	if err := n.hooks(ctx, "pre-off", session, !o.Unattended); err != nil {
		if !o.Unattended {
			return err
		}
		n.Warn(err.Error())
	}
	if o.Reboot {
		return n.offByReboot(ctx, o)
	}
	if err := n.disksReady(ctx); err != nil {
		return err
	}
	if _, err := n.leave(ctx, o); err != nil {
		return err
	}
	return n.resume(ctx, session)
}

// settle waits for what umm itself has under way. It keeps nobody in maintenance mode.
func (n *Node) settle(ctx context.Context) {
	if err := n.Jobs.Settled(ctx); err != nil && ctx.Err() == nil {
		n.Warn(err.Error())
	}
}

// notInMaintenance takes back a request that has not led anywhere, or refuses.
func (n *Node) notInMaintenance(ctx context.Context, s state) error {
	if s.record.Pending == nil && !s.record.NextOperational {
		return refused("not in maintenance mode")
	}
	down, err := n.Power.GoingDown(ctx)
	if err != nil {
		return err
	}
	if down {
		return refused("the host is going down; run umm off again after the reboot")
	}
	err = n.update(ctx, func(s state) (mode.Record, error) {
		return mode.Cancel(s.record, s.facts, "cancelled by umm off", n.Now()), nil
	})
	if err != nil {
		return err
	}
	n.Tell("request cancelled; the host had not rebooted into maintenance mode yet")
	return nil
}

// disksReady makes sure that the default target would not fail at once on the
// file systems that led into maintenance mode.
func (n *Node) disksReady(ctx context.Context) error {
	broken, err := n.lacking(ctx)
	if err != nil || len(broken) == 0 {
		return err
	}
	n.warnIf(n.Disks.Mount(ctx))
	if broken, err = n.lacking(ctx); err != nil || len(broken) == 0 {
		return err
	}
	return unsafe("repair it, or remove its line from /etc/fstab, then run umm off again",
		"operational mode would fail immediately: %s", strings.Join(broken, "; "))
}

// lacking are the file systems without which the host would not become operational.
func (n *Node) lacking(ctx context.Context) ([]string, error) {
	broken, err := n.Disks.Broken(ctx)
	if m, waits := n.Disks.(Mounter); waits && err == nil {
		var awaited []string
		awaited, err = m.Awaited(ctx)
		broken = append(broken, awaited...)
	}
	return broken, err
}

// leave records that maintenance mode is over, and returns the record as it was.
func (n *Node) leave(ctx context.Context, o OffOptions) (before mode.Record, err error) {
	unsaved, err := n.updateAnyway(ctx, func(s state) (mode.Record, error) {
		before = s.record
		// Again under the lock: it may have started since.
		if err := commandRuns(s.record, o.Risks); err != nil {
			return s.record, err
		}
		return mode.Leave(s.record, s.facts, o.Reboot, o.By, n.Now()), nil
	})
	if err != nil {
		return before, err
	}
	if unsaved != nil {
		n.Warn(unsaved.Error() + "; leaving maintenance mode anyway, but the next boot may return to it")
	}
	n.warnIf(errors.Join(n.RunState.Banner(""), n.Packages.Release()))
	return before, nil
}

// resume starts what operational mode is made of, and nothing is stopped for it.
func (n *Node) resume(ctx context.Context, session mode.Session) error {
	var units []string
	if live := session.Live; live != nil && live.Boot == n.Facts().BootID {
		units = live.Stopped
		if !live.Done {
			// The switch did not come to its end: what still runs is not touched
			// by being started.
			units = live.Active
		}
		if units == nil {
			units = []string{}
		}
		// Installed meanwhile.
		for _, unit := range n.RunState.Deferred() {
			if !slices.Contains(units, unit) {
				units = append(slices.Clone(units), unit)
			}
		}
	}
	if session.For > 0 {
		n.warnIf(n.Timer.Disarm(ctx))
	}
	if err := n.Jobs.Reload(ctx); err != nil {
		return again(err)
	}
	failed, err := n.Switch.Resume(ctx, units)
	if err != nil {
		return again(err)
	}
	if _, err := n.updateAnyway(ctx, func(s state) (mode.Record, error) { return mode.Left(s.record, s.facts), nil }); err != nil {
		return again(err)
	}
	n.warnIf(n.RunState.ForgetDeferred())
	n.warnIf(n.hooks(ctx, "post-off", session, false))
	n.flush(ctx)
	if failed != nil {
		return &Error{Code: CannotDo, Err: fmt.Errorf("in operational mode, but not everything started: %w", failed),
			Hint: n.Advice.Failed + ", and umm history"}
	}
	n.Tell("in operational mode")
	return nil
}

func again(err error) error {
	return &Error{Code: CannotDo, Err: fmt.Errorf("maintenance mode has ended, but not everything could be started: %w", err),
		Hint: "run umm off again, or umm off reboot"}
}

func (n *Node) offByReboot(ctx context.Context, o OffOptions) error {
	before, err := n.leave(ctx, o)
	if err != nil {
		return err
	}
	n.tryAgain(ctx)
	n.Power.Wall(ctx, "This host is rebooting into operational mode now.")
	n.Tell("rebooting into operational mode")
	if err = n.reboot(ctx); err == nil {
		return n.untilDown(ctx)
	}
	// Still in maintenance mode, and so it must stay on record.
	_, undo := n.updateAnyway(context.WithoutCancel(ctx), func(s state) (mode.Record, error) {
		return mode.Remain(s.record, before, s.facts, err.Error(), n.Now()), nil
	})
	n.blockPackages()
	if before.Session != nil {
		undo = errors.Join(undo, n.RunState.Banner(banner(*before.Session)))
	}
	return withHint(errors.Join(fmt.Errorf("still in maintenance mode: %w", err), undo))
}

// Expire ends maintenance mode after the time that `umm on --for` gave it; while a command
// runs, once that has ended.
func (n *Node) Expire(ctx context.Context) error {
	s := n.current()
	if !s.inMaintenance() || s.record.Session == nil || s.record.Session.For <= 0 {
		return nil
	}
	if mode.CommandRuns(s.record) {
		n.Warn("the time of umm on --for is over, but the command is still running: maintenance mode ends when the command does")
		return nil
	}
	return n.Off(ctx, OffOptions{By: "umm on --for", Unattended: true})
}
