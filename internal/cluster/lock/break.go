package lock

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Standing is who has the cluster, as far as can be told.
type Standing struct {
	// Here is the claim on this master, Working whether its process is at work.
	Here    *Claim
	Working bool
	// There is the claim on the engine.
	There *Claim
	// HereErr and ThereErr say why that cannot be told.
	HereErr, ThereErr error
}

// Look says who has the cluster. It changes nothing.
func (k Keeper) Look(ctx context.Context) Standing {
	k = k.withDefaults()
	s := k.lookHere()
	if k.Engine == nil {
		return s
	}
	ctx, cancel := context.WithTimeout(ctx, k.Limit)
	defer cancel()
	sight, err := k.Engine.Look(ctx, "")
	switch {
	case err != nil:
		s.ThereErr = err
	case !sight.Quorate:
		s.ThereErr = errors.New("the hosts that answer have no quorum")
	}
	s.There = sight.Claim
	return s
}

// Break takes the cluster away from the run of expected, here and on the engine. It
// is refused while that run's process is at work on this master, and where another
// run has the cluster than the one that the operator was shown. At work on another
// master, that run notices within its Keeper's Every and stops.
func (k Keeper) Break(ctx context.Context, expected Claim) error {
	k = k.withDefaults()
	if err := CheckRun(expected.Run); err != nil {
		// Nothing here is of that name, and the engine may have anything.
		claims, unreadable := k.claims()
		if k.Engine == nil || len(claims) > 0 || unreadable != nil {
			return err
		}
		return k.drop(ctx, expected.Run)
	}
	l, err := k.lockToBreak(expected.Run)
	if err != nil {
		return err
	}
	if err := k.drop(ctx, expected.Run); err != nil {
		return errors.Join(err, l.free())
	}
	return l.giveBack()
}

// drop takes a run's claim off the engine, where there is one.
func (k Keeper) drop(ctx context.Context, id string) error {
	if k.Engine == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, k.Limit)
	defer cancel()
	if err := k.Engine.Drop(ctx, id); err != nil {
		return fmt.Errorf("cannot break the lease in %s: %w", k.Engine.Name(), err)
	}
	return nil
}

// lockToBreak locks out the process of the run that is to lose the cluster. A claim that cannot
// be read does not say that another run has it.
func (k Keeper) lockToBreak(id string) (*lock, error) {
	common, err := k.lockCommon()
	if err != nil {
		return nil, err
	}
	defer common.Close()
	claims, unreadable := k.claims()
	for _, has := range claims {
		if has.Run != id {
			_ = common.Close()
			return nil, k.heldBy(has)
		}
	}
	l, err := k.lockRun(id)
	if err != nil {
		return nil, err
	}
	l.early = unreadable != nil || slices.ContainsFunc(claims, func(has kept) bool { return has.dir == k.Dir })
	return l, nil
}

// lookHere says who has the cluster by what stands on this master.
func (k Keeper) lookHere() (s Standing) {
	claims, err := k.claims()
	if err != nil {
		return Standing{HereErr: err}
	}
	if len(claims) == 0 {
		return s
	}
	has := claims[0]
	s.Here = &has.Claim
	if has.dir != k.Dir {
		s.Working = k.working(has)
		return s
	}
	common, err := k.lockCommon()
	var held *Held
	switch {
	case err == nil:
		_ = common.Close()
	case errors.As(err, &held):
		s.Working = true
	default:
		s.Here, s.HereErr = nil, err
	}
	return s
}
