package site

import (
	"context"
	"errors"
	"fmt"
	"time"

	"umm/internal/cluster/exit"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
)

// Order is the operator's word on a run that exists: by default the last one that is not over.
type Order struct {
	Run string
	// Accepted are the risks that go with it, and Reason why.
	Accepted []run.Risk
	Reason   string
	// Until is when a run that goes on has to be through with the host under way, as HH:MM; empty:
	// the end of the window that is open.
	Until string
}

// Resume goes on with a run that was killed or stopped; retry runs the command again that failed.
func (s *Site) Resume(ctx context.Context, o Order, retry bool) error {
	return s.goOn(ctx, o, false, func(ctx context.Context, e *rollout.Engine, by string) error {
		if !retry {
			return e.Resume(ctx, by)
		}
		if err := s.idle(ctx, entered(e.State()), nil); err != nil {
			return err
		}
		err := e.Retry(ctx, by)
		if errors.Is(err, rollout.ErrNothingToRetry) {
			return &exit.Error{Code: exit.Refused, Err: err, Hint: "umm-cluster show " + e.State().Request.ID}
		}
		return err
	})
}

// Continue goes on with a run that is paused.
func (s *Site) Continue(ctx context.Context, o Order) error {
	until, err := s.until(o.Until, time.Now())
	var coded *exit.Error
	switch {
	case errors.As(err, &coded) && coded.Code == exit.Refused:
		// A host that is out comes back at any time.
		s.warn(fmt.Errorf("%w: no other host begins", err))
		until = time.Now()
	case err != nil:
		return err
	}
	return s.continueUntil(ctx, o, until)
}

func (s *Site) continueUntil(ctx context.Context, o Order, until time.Time) error {
	return s.goOn(ctx, o, true, func(ctx context.Context, e *rollout.Engine, by string) error {
		return e.Continue(ctx, by, until)
	})
}

// Abort undoes what a run has in force. What could not be undone is left so where that risk is
// accepted.
func (s *Site) Abort(ctx context.Context, o Order) error {
	return s.goOn(ctx, o, true, func(ctx context.Context, e *rollout.Engine, by string) error {
		st := e.State()
		how, err := howToAbort(st, rollout.AcceptedRisk(o.Accepted, rollout.RiskLeftInForce))
		switch {
		case err != nil:
			return err
		case how == closes:
			return e.Close(by, o.Reason)
		case how == resumes:
			return e.Resume(ctx, by)
		}
		var starts []rollout.ColdStart
		if st.Request.Verb == run.Down {
			if starts, err = s.coldStart(ctx); err != nil {
				s.warn(err) // the hosts come back all the same
			}
		}
		return e.Abort(ctx, by, starts)
	})
}

// goOn takes up a run and drives it on. With brings hosts may come back by it: it is refused while
// the command runs on one of them.
func (s *Site) goOn(ctx context.Context, o Order, brings bool, say func(ctx context.Context, e *rollout.Engine, by string) error) error {
	id := o.Run
	if id == "" {
		id = s.RunOf(ctx, func(run.State) bool { return true })
	}
	if id == "" {
		return &exit.Error{Code: exit.Refused, Err: errors.New("there is no unfinished run"), Hint: "umm-cluster history"}
	}
	past, state, err := s.takeUp(ctx, id)
	if err != nil {
		return err
	}
	if brings {
		if err := s.idle(ctx, entered(state), o.Accepted); err != nil {
			return err
		}
	}
	return s.drive(ctx, job{request: state.Request, past: past, accepted: o.Accepted, cold: wentCold(state),
		start: func(ctx context.Context, e *rollout.Engine) error { return say(ctx, e, s.By+" on "+s.Master) }})
}

// What abort does with a run.
const (
	undoes  = "undoes"
	resumes = "resumes"
	closes  = "closes"
)

// howToAbort is what abort does with a run: it is undone, the undoing goes on, or it is
// closed as it is, where the operator says so and undoing was tried.
func howToAbort(st run.State, leave bool) (string, error) {
	switch {
	case leave && st.Direction != run.Undo:
		return "", &exit.Error{Code: exit.Refused, Err: errors.New("the run was not undone yet"), Hint: "umm-cluster abort " + st.Request.ID + " undoes it, and then says what is left"}
	case leave:
		return closes, nil
	case st.Direction == run.Undo && (st.Current() != nil || len(st.Todo) > 0):
		return resumes, nil
	}
	return undoes, nil
}

// wentCold tells whether the engine of the cluster lock may be down with the hosts of a
// run.
func wentCold(s run.State) bool {
	return s.Direction != run.Forward || s.Request.Verb == run.Down || s.Request.Verb == run.Up
}
