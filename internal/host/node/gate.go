package node

import (
	"context"
	"errors"
	"time"

	"umm/internal/host/mode"
	"umm/internal/poll"
)

// An init system that has no generators asks by a gate: something that it runs before
// the services, and that holds them back for as long as it runs.

// Gate tells whether this boot is maintenance mode, so that the gate stays shut.
func (n *Node) Gate(ctx context.Context) bool {
	s := n.begun(ctx)
	// Not what is recorded, but what is decided: it holds where nothing can be written.
	return mode.Decide(s.record, s.facts, s.policy).Mode == mode.Maintenance
}

// begun is look for a boot whose recorder may not have come to its end.
func (n *Node) begun(ctx context.Context) state {
	s := n.current()
	if _, known := mode.This(s.record, s.facts); known {
		return s
	}
	n.warnIf(n.Begin(ctx))
	return n.current()
}

// Hold is the shut gate: it brings maintenance mode about, and lasts until ctx is done.
func (n *Node) Hold(ctx context.Context) error {
	if err := n.Switch.Enter(ctx); err != nil && ctx.Err() == nil {
		n.Warn(err.Error())
	}
	<-ctx.Done()
	return nil
}

// Arrive is Enter as a job of its own that Switch.Enter starts. By hand, elsewhere, it
// would say of an operational host that it is in maintenance mode.
func (n *Node) Arrive(ctx context.Context) error {
	if s := n.current(); !s.inMaintenance() && !s.leaving() {
		return refused("not in maintenance mode")
	}
	return n.Enter(ctx)
}

// Finisher has a leave finished apart from the caller, who may not wait for it.
type Finisher interface {
	// FinishApart runs Finish as a job of its own, and does not wait for it.
	FinishApart(ctx context.Context) error
}

// Opened is run when the gate has ended. Where that was not umm off's doing, but a
// crash's, a person's or a run level's, this boot is operational from now on, and so it
// must stand on record; and what maintenance mode had stopped is started.
func (n *Node) Opened(ctx context.Context) error {
	return n.opened(ctx, "the job that blocked the boot has ended: continuing into operational mode")
}

func (n *Node) opened(ctx context.Context, why string) error {
	s := n.current()
	if !s.inMaintenance() {
		return nil
	}
	if down, err := n.Power.GoingDown(ctx); err == nil && down {
		return nil
	}
	n.Warn(why)
	unsaved, err := n.updateAnyway(ctx, func(s state) (mode.Record, error) {
		// It is left, but not done with: Finish is to come, or umm off.
		next := mode.Leave(s.record, s.facts, false, "the end of the gate", n.Now())
		next.Unclean = s.record.Unclean // nobody said that those were good boots
		return next, nil
	})
	if s.record.Session != nil && s.record.Session.For > 0 {
		err = errors.Join(err, n.Timer.Disarm(ctx))
	}
	if jobs, can := n.Jobs.(Finisher); can {
		err = errors.Join(err, jobs.FinishApart(ctx))
	}
	return errors.Join(unsaved, err, n.RunState.Banner(""), n.Packages.Release())
}

// Finish brings a leave to its end that has been recorded: it starts what operational mode
// is made of.
func (n *Node) Finish(ctx context.Context) error {
	s := n.current()
	if !s.leaving() {
		return nil
	}
	session := mode.Session{}
	if s.record.Session != nil {
		session = *s.record.Session
	}
	return n.resume(ctx, session)
}

// Mounter is how a boot without an emergency shell of its own gets its local file
// systems.
type Mounter interface {
	// Mounting tells whether that is over, well or not; and else for how long it may
	// stay as it is now before only a person can help. 0: it is at work; less: that
	// has passed. wanted: the boot is to be maintenance mode, which needs little of it.
	Mounting(ctx context.Context, wanted bool) (over bool, patience time.Duration, err error)
	// Awaited names file systems of other hosts that the boot waits for now, and that are
	// not there.
	Awaited(ctx context.Context) ([]string, error)
}

// mountPoll is how often WatchDisks looks.
const mountPoll = time.Second

// WatchDisks turns a boot that waits for local file systems, which do not come, into
// maintenance mode; and a boot that is to be that, whatever it waits for. It ends when the
// file systems are there.
func (n *Node) WatchDisks(ctx context.Context, m Mounter) error {
	var still time.Duration
	for range poll.Every(ctx, mountPoll) {
		wanted := n.wanted()
		broken, err := n.Disks.Broken(ctx)
		if !wanted && (err != nil || len(broken) == 0) {
			return err
		}
		over, patience, err := m.Mounting(ctx, wanted)
		switch {
		case err != nil && !wanted:
			return err
		case err != nil:
			// Then it is entered without knowing: it was asked for.
			patience = unknownPatience
		case over:
			return nil
		}
		switch {
		case patience == 0:
			still = 0
		case still >= patience:
			return n.stuck(ctx)
		}
		still += mountPoll
	}
	return nil
}

// unknownPatience is for a boot that is to be maintenance mode, and of which cannot be told
// how far it is.
const unknownPatience = 5 * time.Minute

// wanted tells whether this boot is to be maintenance mode, recorded or not yet.
func (n *Node) wanted() bool {
	s := n.current()
	return mode.Decide(s.record, s.facts, s.policy).Mode == mode.Maintenance
}

// stuck enters maintenance mode, also where it is what the boot should have come to
// anyway: the gate is behind the file systems.
func (n *Node) stuck(ctx context.Context) error {
	s := n.begun(ctx)
	if mode.Decide(s.record, s.facts, s.policy).Mode == mode.Maintenance {
		return n.Switch.Enter(ctx)
	}
	return n.Catch(ctx)
}

// WaitHealthy counts the boot as healthy once it has been operational for long enough. It is
// run when all services have been started.
func (n *Node) WaitHealthy(ctx context.Context) error {
	n.warnIf(n.passed(ctx))
	p, _ := n.Policy()
	if !p.Enabled || poll.Sleep(ctx, p.HealthyAfter) != nil {
		return nil
	}
	return n.Healthy(ctx)
}

// passed puts the record right where the boot has come to its end though it should have been
// held back: somebody has switched the gate off. After a switch without a reboot there is no
// gate.
func (n *Node) passed(ctx context.Context) error {
	s := n.current()
	if session := s.record.Session; session != nil && session.Live != nil && session.Live.Boot == s.facts.BootID {
		return nil
	}
	return n.opened(ctx, "maintenance mode was requested for this boot, but nothing blocked the boot (umm check says why): the host is in operational mode")
}

// WaitExpire is Expire after d.
func (n *Node) WaitExpire(ctx context.Context, d time.Duration) error {
	if poll.Sleep(ctx, d) != nil {
		return nil
	}
	return n.Expire(ctx)
}
