package lock

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Holder is who has the cluster, as far as can be told.
type Holder struct {
	// OnMaster is the claim on this master, Working whether its process is at work.
	OnMaster *Claim
	Working  bool
	// OnEngine is the claim on the engine.
	OnEngine *Claim
	// MasterErr and EngineErr say why that cannot be told.
	MasterErr, EngineErr error
}

// Holder says who has the cluster. It changes nothing.
func (k Keeper) Holder(ctx context.Context) Holder {
	k = k.withDefaults()
	s := k.holderHere()
	if k.Engine == nil {
		return s
	}
	ctx, cancel := context.WithTimeout(ctx, k.Limit)
	defer cancel()
	answer, err := k.Engine.Read(ctx, "")
	switch {
	case err != nil:
		s.EngineErr = err
	case !answer.Quorate:
		s.EngineErr = errors.New("the hosts that answer have no quorum")
	}
	s.OnEngine = answer.Claim
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
		return errors.Join(err, l.unlock())
	}
	return l.release()
}

// drop takes a run's claim off the engine, where there is one.
func (k Keeper) drop(ctx context.Context, id string) error {
	if k.Engine == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, k.Limit)
	defer cancel()
	if err := k.Engine.Drop(ctx, id); err != nil {
		return fmt.Errorf("cannot break the cluster lock in %s: %w", k.Engine.Name(), err)
	}
	return nil
}

// lockToBreak locks out the process of the run that is to lose the cluster. A claim that cannot
// be read does not say that another run has it.
func (k Keeper) lockToBreak(id string) (*fileLock, error) {
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
	l.early = unreadable != nil || slices.ContainsFunc(claims, func(has storedClaim) bool { return has.dir == k.Dir })
	return l, nil
}

// holderHere says who has the cluster by what stands on this master.
func (k Keeper) holderHere() (s Holder) {
	claims, err := k.claims()
	if err != nil {
		return Holder{MasterErr: err}
	}
	if len(claims) == 0 {
		return s
	}
	has := claims[0]
	s.OnMaster = &has.Claim
	if has.dir != k.Dir {
		s.Working = k.working(has)
		return s
	}
	common, err := k.lockCommon()
	var held *HeldError
	switch {
	case err == nil:
		_ = common.Close()
	case errors.As(err, &held):
		s.Working = true
	default:
		s.OnMaster, s.MasterErr = nil, err
	}
	return s
}
