// Package lock lets one run at a time have a cluster. A claim says whose run it is
// and why. It stands in two places: in a file on the master, beside a lock that
// tells whether a process is at work, and on an engine that the cluster runs
// already, where other masters see it: the Pacemaker CIB, or etcd.
//
// A master may have several clusters, and one folder for the claims of all of them: two
// runs keep each other out where they have a machine in common, whatever its name.
//
// A claim has no time limit. A run that is paused for the night, or whose master
// died, may have a host out: handing the cluster on by itself would take out a
// second one. The same run takes its claim again, anyone else who wants the cluster is
// told who has it, and an operator can break it.
package lock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"umm/internal/cluster/run"
)

// Engine keeps a claim on the cluster.
type Engine interface {
	// Name says what it is: "the Pacemaker CIB".
	Name() string
	// Take makes the claim, or finds it made by the same run. It is *HeldError where
	// another run has it.
	Take(ctx context.Context, c Claim) error
	// Read says what is known of the claim. An error is one that stands on no
	// answer; what the cluster said is in Answer.
	Read(ctx context.Context, run string) (Answer, error)
	// Drop removes the claim of the run; it is nothing where there is none, and *HeldError
	// where there is another's.
	Drop(ctx context.Context, run string) error
}

// Answer is what an engine says of the claim.
type Answer struct {
	// Claim is the one in force; nil where there is none.
	Claim *Claim
	// Quorate: a majority of the cluster stands behind that.
	Quorate bool
}

// Keeper takes cluster locks.
type Keeper struct {
	// Dir is the folder on the master, of all its clusters.
	Dir string
	// Machines are the hosts of this cluster. Without any, every claim in Dir is in the way.
	Machines map[string]run.Machine
	// Known are the machines of a run whose claim does not name them, as those of earlier
	// versions; none where nothing is known, and then the claim is in the way of everybody.
	Known func(id string) map[string]run.Machine
	// Engine is nil where the cluster has none: then only runs of this master are
	// kept apart.
	Engine Engine
	// Every is how often the lock is verified; 0: every 3 seconds.
	Every time.Duration
	// Patience is how long the engine may not answer, or have no quorum, until the
	// lock counts as lost; 0: a minute.
	Patience time.Duration
	// Limit bounds what is asked of the engine each time; 0: 30 seconds.
	Limit time.Duration
	Now   func() time.Time
	// Warn is told of what may lead to the loss of the lock.
	Warn func(text string)
}

// Lock is the cluster lock, held by a run.
type Lock struct {
	keeper Keeper
	claim  Claim
	file   *fileLock

	cancel context.CancelCauseFunc

	mutex sync.Mutex
	// stop ends the verification that runs; nil: none does.
	stop func()
	// away: the engine was let go down, and may not be back.
	away bool
}

// Acquire takes the cluster for the run of c. The context that it returns is
// cancelled, with a cause, when the cluster lock is lost, and with ctx. *HeldError says who has
// the cluster.
func (k Keeper) Acquire(ctx context.Context, c Claim) (context.Context, *Lock, error) {
	k = k.withDefaults()
	l, err := k.acquireHere(c)
	if err != nil {
		return nil, nil, err
	}
	if err := k.take(ctx, c); err != nil {
		l.takeBack(ctx, err)
		return nil, nil, errors.Join(err, l.file.undo())
	}
	locked, cancel := context.WithCancelCause(ctx)
	l.cancel = cancel
	l.watch(locked)
	return locked, l, nil
}

// AcquireHere takes only what stands on this master: for a cluster whose engine is
// down with everything else.
func (k Keeper) AcquireHere(ctx context.Context, c Claim) (context.Context, *Lock, error) {
	l, err := k.withDefaults().acquireHere(c)
	if err != nil {
		return nil, nil, err
	}
	locked, cancel := context.WithCancelCause(ctx)
	l.cancel, l.away = cancel, true
	return locked, l, nil
}

func (k Keeper) acquireHere(c Claim) (*Lock, error) {
	if err := CheckRun(c.Run); err != nil {
		return nil, err
	}
	held, err := k.claimFor(c)
	if err != nil {
		return nil, err
	}
	return &Lock{keeper: k, claim: c, file: held}, nil
}

func (k Keeper) withDefaults() Keeper {
	k.Every = cmp.Or(k.Every, 3*time.Second)
	k.Patience = cmp.Or(k.Patience, time.Minute)
	k.Limit = cmp.Or(k.Limit, 30*time.Second)
	if k.Now == nil {
		k.Now = time.Now
	}
	if k.Warn == nil {
		k.Warn = func(string) {}
	}
	if k.Known == nil {
		k.Known = func(string) map[string]run.Machine { return nil }
	}
	return k
}

func (k Keeper) take(ctx context.Context, c Claim) error {
	if k.Engine == nil {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, k.Limit, fmt.Errorf("timed out after %s", k.Limit))
	defer cancel()
	err := k.Engine.Take(ctx, c)
	var held *HeldError
	if err == nil || errors.As(err, &held) {
		return err
	}
	return fmt.Errorf("cannot take the cluster lock in %s: %w", k.Engine.Name(), err)
}

// takeBack takes back what a refused Acquire may have left on the engine; where it
// cannot, the claim there says whose it is.
func (l *Lock) takeBack(ctx context.Context, why error) {
	var held *HeldError
	if errors.As(why, &held) || !l.file.made {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.keeper.Limit)
	defer cancel()
	_ = l.keeper.Engine.Drop(ctx, l.claim.Run)
}

// Pause stops the verification, for work in which the engine itself goes down. The
// claim stays.
func (l *Lock) Pause() {
	l.stopVerifying()
	l.away = true
}

// stopVerifying ends the verification.
func (l *Lock) stopVerifying() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.stop != nil {
		l.stop()
		l.stop = nil
	}
}

// Detach ends the work of this process, and keeps the claim: the run goes on later.
func (l *Lock) Detach() error {
	l.stopVerifying()
	l.cancel(errors.New("the run is left as it is"))
	return l.file.unlock()
}

// Release gives the cluster back: the run is over. What is not the run's any more is
// left alone. An engine that was let go down is waited for, for as long as Patience.
func (l *Lock) Release(ctx context.Context) error {
	l.stopVerifying()
	l.cancel(errors.New("the cluster lock was released"))
	if l.keeper.Engine != nil {
		if err := l.drop(context.WithoutCancel(ctx)); err != nil {
			// The file stays too: it says whose the claim on the engine is.
			return errors.Join(fmt.Errorf("cannot release the cluster lock in %s: %w", l.keeper.Engine.Name(), err), l.file.unlock())
		}
	}
	return l.file.release()
}

// drop takes the claim off the engine.
func (l *Lock) drop(ctx context.Context) error {
	until := l.keeper.Now().Add(l.keeper.Patience)
	tick := time.NewTicker(l.keeper.Every)
	defer tick.Stop()
	for told := false; ; {
		limited, cancel := context.WithTimeout(ctx, l.keeper.Limit)
		err := l.keeper.Engine.Drop(limited, l.claim.Run)
		cancel()
		var held *HeldError
		switch {
		case err == nil || errors.As(err, &held):
			return nil
		case !l.away || l.keeper.Now().After(until):
			return err
		case !told:
			told = true
			l.keeper.Warn("the cluster lock in " + l.keeper.Engine.Name() + " is released as soon as that answers again: " + err.Error())
		}
		<-tick.C
	}
}
