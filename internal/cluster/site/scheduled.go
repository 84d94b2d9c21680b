package site

import (
	"context"
	"errors"
	"fmt"
	"time"

	"umm/internal/cluster/exit"
	"umm/internal/cluster/lock"
	"umm/internal/cluster/run"
	"umm/internal/cluster/window"
)

// ContinueScheduled goes on with a run that is paused until its time comes, where it has come, as
// a timer wants it. That there is no such run, or that it is at work already, is no error.
func (s *Site) ContinueScheduled(ctx context.Context, o Order) error {
	o.Run = s.RunOf(ctx, func(st run.State) bool {
		return st.Phase == run.PausedPhase && st.Later && (o.Run == "" || st.Request.ID == o.Run)
	})
	if o.Run == "" {
		return nil
	}
	st, _ := s.stateOf(o.Run)
	until, due, err := dueBy(st, s.Conf.Policy.Windows(), time.Now())
	if err != nil {
		s.warn(err)
	}
	if !due {
		return nil
	}
	err = s.continueUntil(ctx, o, until)
	var held *lock.HeldError
	if errors.As(err, &held) && held.Working && held.Claim.Run == o.Run {
		return nil
	}
	return err
}

// dueBy tells whether a run that is paused until its time comes may go on now, and until when; zero
// is without an end. Only the windows of the configuration open again: an end of the operator's own
// that is past says nothing of the next night.
func dueBy(st run.State, windows []window.Window, now time.Time) (until time.Time, due bool, err error) {
	if len(windows) > 0 {
		until, due = window.Open(windows, now)
		return until, due, nil
	}
	until = st.Request.Options.Until
	if until.IsZero() || now.Before(until) {
		return until, true, nil
	}
	return until, false, &exit.Error{Code: exit.Refused, Err: fmt.Errorf("run %s waits for a maintenance window, and the configuration has none: set policy.window, or run umm-cluster continue", st.Request.ID)}
}
