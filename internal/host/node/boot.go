package node

import (
	"context"
	"errors"
	"reflect"

	"umm/internal/host/mode"
)

// Begin records this boot, once, as early as the root file system can be
// written. It never holds the boot up: what goes wrong is told and passed over.
func (n *Node) Begin(ctx context.Context) error {
	unlock, notLocked := n.RunState.Lock(ctx)
	if notLocked == nil {
		defer unlock()
	}
	// One look is all that each boot can afford.
	s := n.current()
	for _, p := range s.settings {
		n.Warn(p.String())
	}
	if s.problem != nil {
		n.Warn(s.problem.Error() + "; starting a new record")
	} else if err := n.Store.Check(); err != nil {
		n.Warn(err.Error() + "; using the last saved record")
	}
	if notLocked != nil {
		return notLocked
	}
	d := mode.Decide(s.record, s.facts, s.policy)
	if d.KeepsOut {
		n.Tell(d.Why)
		return nil
	}
	next := mode.Begin(s.record, d, s.facts, n.Now())
	if s.problem != nil {
		next = mode.Note(next, s.facts, mode.EventProblem, s.problem.Error(), n.Now())
	}
	noted := next
	if d.Disabled && d.Fresh {
		// Remembered for this boot only, so that a reload of the init system does
		// not take it for a boot that has just begun.
		noted = mode.Adopt(next, s.facts, n.Now())
	}
	n.warnIf(n.RunState.Note(noted))
	n.Tell(d.Why)
	if reflect.DeepEqual(next, s.record) && (s.stored || d.Disabled) {
		return nil
	}
	return n.Store.Save(next)
}

// End records that this boot ends well, if a shutdown is under way. Called at any
// other time, as when somebody stops the recorder by hand, it changes nothing.
func (n *Node) End(ctx context.Context) error {
	down, err := n.Power.GoingDown(ctx)
	if err != nil || !down {
		return err
	}
	end := mode.End
	if !n.kernelTellsOfKexec() && n.Power.Kexecs(ctx) {
		end = mode.EndByKexec
	}
	unsaved, err := n.updateAnyway(ctx, func(s state) (mode.Record, error) {
		return end(s.record, s.facts, n.Now()), nil
	})
	return errors.Join(err, unsaved)
}

// Installed makes a host ready on which umm was installed, upgraded or enabled
// just now. A boot that began without umm is noted as operational, so that nothing
// takes it for one that has just begun; a boot that is known stays as it is.
func (n *Node) Installed(ctx context.Context) error {
	if n.current().inMaintenance() {
		// The version before may not have asked for it.
		n.blockPackages()
		return n.Jobs.Reload(ctx)
	}
	adopt := func(s state) (mode.Record, error) {
		if _, known := mode.This(s.record, s.facts); known {
			return s.record, nil
		}
		return mode.Adopt(s.record, s.facts, n.Now()), nil
	}
	// Twice, so that both generations of the record are there: from then on no save
	// needs room on the disk.
	for range 2 {
		if err := n.update(ctx, adopt); err != nil {
			return err
		}
	}
	if err := n.Jobs.Reload(ctx); err != nil {
		return err
	}
	return n.Jobs.Watch(ctx)
}
