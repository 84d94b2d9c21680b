package lock

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// watch verifies the lock until it is paused or ctx ends.
func (l *Lock) watch(ctx context.Context) {
	l.stopVerifying()
	if l.keeper.Engine == nil {
		return
	}
	verified, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	l.mutex.Lock()
	l.stop = func() { stop(); <-done }
	l.mutex.Unlock()
	go func() {
		defer close(done)
		if lost := l.keeper.verify(verified, l.claim.Run); lost != nil {
			l.cancel(fmt.Errorf("the cluster lock is lost: %w", lost))
		}
	}()
}

// verify returns why the cluster lock is lost, or nil when ctx ends.
func (k Keeper) verify(ctx context.Context, run string) error {
	tick := time.NewTicker(k.Every)
	defer tick.Stop()
	doubt := doubt{since: k.Now(), patience: k.Patience}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		limited, cancel := context.WithTimeoutCause(ctx, k.Limit, fmt.Errorf("timed out after %s", k.Limit))
		answer, err := k.Engine.Read(limited, run)
		cancel()
		if ctx.Err() != nil {
			return nil
		}
		warning, lost := doubt.weigh(answer, err, run, k.Now())
		if warning != "" {
			k.Warn("the cluster lock in " + k.Engine.Name() + " cannot be verified: " + warning)
		}
		if lost != nil {
			return lost
		}
	}
}

// doubt is how long a lock could not be verified.
type doubt struct {
	// since is when it was verified last.
	since    time.Time
	patience time.Duration
	// warned: this time of doubt was told.
	warned bool
}

// weigh says what a check means: lost, or doubtful with a warning at its beginning.
// Another's claim, or none, behind which a majority stands, is the end at once;
// silence and missing quorum are borne for a while, since nobody else can have taken
// the claim meanwhile that would not be seen afterwards.
func (d *doubt) weigh(s Answer, err error, run string, now time.Time) (warning string, lost error) {
	var why error
	switch {
	case err != nil:
		why = err
	case !s.Quorate:
		why = errors.New("the hosts that answer have no quorum")
	case s.Claim == nil:
		return "", errors.New("the claim was removed")
	case s.Claim.Run != run:
		return "", fmt.Errorf("another run holds it: %s", s.Claim)
	default:
		d.since, d.warned = now, false
		return "", nil
	}
	if doubtful := now.Sub(d.since); doubtful >= d.patience {
		return "", fmt.Errorf("it could not be verified for %s: %w", doubtful.Round(time.Second), why)
	}
	if d.warned {
		return "", nil
	}
	d.warned = true
	return why.Error(), nil
}
