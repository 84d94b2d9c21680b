package lease

import (
	"context"
	"errors"
	"fmt"
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
	var s Standing
	l, err := k.lockDir()
	var held *Held
	switch {
	case err == nil:
		_ = l.free()
	case errors.As(err, &held):
		s.Working = true
	default:
		s.HereErr = err
	}
	if s.HereErr == nil {
		s.Here, s.HereErr = readClaim(k.Dir)
	}
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
		return err
	}
	l, err := k.lockDir()
	if err != nil {
		return err
	}
	has, unreadable := readClaim(k.Dir)
	if unreadable == nil && has != nil && has.Run != expected.Run {
		return errors.Join(&Held{Claim: *has, Where: "this master"}, l.free())
	}
	if k.Engine != nil {
		ctx, cancel := context.WithTimeout(ctx, k.Limit)
		defer cancel()
		if err := k.Engine.Drop(ctx, expected.Run); err != nil {
			return errors.Join(fmt.Errorf("cannot break the lease in %s: %w", k.Engine.Name(), err), l.free())
		}
	}
	return l.giveBack()
}
