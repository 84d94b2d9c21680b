package node

import (
	"context"
	"errors"
	"time"

	"umm/internal/mode"
)

// An init system that has no generators asks by a gate: something that it runs before
// the services, and that holds them back for as long as it runs.

// Gate tells whether this boot is maintenance mode, so that the gate stays shut.
func (n *Node) Gate(ctx context.Context) bool {
	s := n.look()
	if _, known := mode.This(s.record, s.facts); !known {
		// The recorder did not come to its end.
		if err := n.Begin(ctx); err != nil {
			n.Warn(err.Error())
		}
		s = n.look()
	}
	// Not what is recorded, but what is decided: it holds where nothing can be written.
	return mode.Decide(s.record, s.facts, s.policy).Mode == mode.Maintenance
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
	if s := n.look(); !s.inMaintenance() && !s.leaving() {
		return refused("the host is not in maintenance mode")
	}
	return n.Enter(ctx)
}

// Opened is run when the gate has ended. Where that was not umm off's doing, but a
// crash's, a person's or a run level's, this boot is operational from now on, and so it
// must stand on record.
func (n *Node) Opened(ctx context.Context) error {
	s := n.look()
	if !s.inMaintenance() {
		return nil
	}
	if down, err := n.Power.GoingDown(ctx); err == nil && down {
		return nil
	}
	n.Warn("what held the boot back in maintenance mode has ended: the host goes on into operational mode")
	unsaved, err := n.updateAnyway(ctx, func(s state) (mode.Record, error) {
		next := mode.Left(mode.Leave(s.record, s.facts, false, "the end of the gate", n.Now()), s.facts)
		next.Unclean = s.record.Unclean // nobody said that those were good boots
		return next, nil
	})
	if s.record.Session != nil && s.record.Session.For > 0 {
		err = errors.Join(err, n.Timer.Disarm(ctx))
	}
	return errors.Join(unsaved, err, n.Volatile.Banner(""), n.Packages.Release(), n.Volatile.ForgetHeldBack())
}

// Mounter is how a boot without an emergency shell of its own gets its local file
// systems.
type Mounter interface {
	// Mounting tells whether that is over, well or not; and else for how long it may
	// stay as it is now before only a person can help. 0: it is at work; less: that
	// has passed.
	Mounting(ctx context.Context) (over bool, patience time.Duration, err error)
}

// mountPoll is how often WatchDisks looks.
const mountPoll = time.Second

// WatchDisks turns a boot that waits for local file systems, which do not come, into
// maintenance mode. It ends when they are there.
func (n *Node) WatchDisks(ctx context.Context, m Mounter) error {
	tick := time.NewTicker(mountPoll)
	defer tick.Stop()
	var still time.Duration
	for {
		broken, err := n.Disks.Broken(ctx)
		if err != nil || len(broken) == 0 {
			return err
		}
		over, patience, err := m.Mounting(ctx)
		switch {
		case err != nil || over:
			return err
		case patience == 0:
			still = 0
		case still >= patience:
			return n.stuck(ctx)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			still += mountPoll
		}
	}
}

// stuck enters maintenance mode, also where it is what the boot should have come to
// anyway: the gate is behind the file systems.
func (n *Node) stuck(ctx context.Context) error {
	s := n.look()
	if s.facts.Aside == "" && s.inMaintenance() {
		return n.Switch.Enter(ctx)
	}
	return n.Catch(ctx)
}

// WaitHealthy counts the boot as healthy once it has been operational for long enough.
func (n *Node) WaitHealthy(ctx context.Context) error {
	p, _ := n.Policy()
	if !p.Enabled || !wait(ctx, p.HealthyAfter) {
		return nil
	}
	return n.Healthy(ctx)
}

// WaitExpire is Expire after d.
func (n *Node) WaitExpire(ctx context.Context, d time.Duration) error {
	if !wait(ctx, d) {
		return nil
	}
	return n.Expire(ctx)
}

// wait tells whether d has passed, and not ctx ended.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
