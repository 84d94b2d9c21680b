package site

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"umm/internal/cluster/exit"
	"umm/internal/cluster/lock"
	"umm/internal/cluster/probe"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
)

// job is what is to be done with a run.
type job struct {
	// request is that of the run, new or not.
	request run.Request
	// past is what the journal has of it; none for a new one.
	past []run.Entry
	// start is the first thing that is said to the engine.
	start func(ctx context.Context, e *rollout.Engine) error
	// accepted are the risks that go with the operator's word.
	accepted []run.Risk
	// cold: the engine of the cluster lock may be down with everything else.
	cold bool
}

// drive takes the cluster lock, opens the journal, and drives the run as far as it gets.
func (s *Site) drive(ctx context.Context, j job) error {
	defer outlive()()
	claim := lock.Claim{Run: j.request.ID, By: s.By, Master: s.Master, Reason: j.request.Reason, At: time.Now().UTC()}
	ctx, held, err := s.acquire(ctx, j, claim)
	if other := heldBy(err); other != nil {
		return &exit.Error{Code: exit.Refused, Err: err, Hint: s.hintOfHeld(other)}
	}
	if err != nil {
		return err
	}
	if j.request.Verb == run.Down || j.request.Verb == run.Up {
		// Pacemaker itself goes away with the hosts.
		held.Pause()
	}
	outcome, err := s.engine(ctx, j)
	if outcome != rollout.Ended {
		return errors.Join(s.ending(j, outcome, err), held.Detach())
	}
	if released := held.Release(context.WithoutCancel(ctx)); released != nil {
		s.warn(released)
	}
	return s.ending(j, outcome, err)
}

// engine wires a run together and drives it.
func (s *Site) engine(ctx context.Context, j job) (rollout.Outcome, error) {
	file := &lazyJournal{dir: s.Runs, id: j.request.ID}
	defer file.Close()
	if j.past != nil {
		if err := file.open(); err != nil {
			return rollout.Stopped, err
		}
	}
	sinks, done, err := s.sinks(j)
	if err != nil && j.past == nil {
		return rollout.Ended, err // there is no run that could go on
	}
	if err != nil {
		return rollout.Stopped, err
	}
	defer done()
	gaps := &gaps{}
	e := &rollout.Engine{Cluster: s.Cluster, Journal: file, Emit: sinks.Emit, Limits: s.Limits, Now: time.Now, Meanwhile: gaps.take, Accepted: j.accepted,
		Expected: s.estimates(j.request).Turn}
	if err := e.Open(j.past); err != nil {
		return rollout.Stopped, err
	}
	sinks.Recall(j.past)
	watching, stop := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() { probe.Watch(watching, probesOf(s), gaps.add) })
	defer func() {
		stop()
		watch.Wait()
		// What was not served to the very end.
		for _, gap := range gaps.take() {
			if e.State().Request.ID == "" {
				continue
			}
			if err := e.Write(gap); err != nil {
				s.warn(err)
			}
		}
	}()
	if err := j.start(ctx, e); err != nil {
		if st := e.State(); st.Request.ID == "" || st.Phase == run.EndedPhase {
			// There is no run, or none any more: nothing holds the cluster.
			return rollout.Ended, err
		}
		return rollout.Stopped, err
	}
	outcome, err := e.Go(ctx)
	st := e.State()
	if failed := st.CommandFailed(); outcome == rollout.Ended && err == nil && st.Direction != run.Undo && len(failed) > 0 {
		err = &CommandFailed{failed}
	}
	return outcome, err
}

// CommandFailed is the end of a run that went on after the command failed on hosts.
type CommandFailed struct{ Hosts []string }

func (c *CommandFailed) Error() string {
	return "the command failed on " + strings.Join(c.Hosts, ", ") + "; these hosts are back in service"
}

// ErrHeld ends a command whose run waits for the operator; what for was told.
var ErrHeld = errors.New("held")
