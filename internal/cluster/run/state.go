package run

import (
	"fmt"
	"slices"
	"time"

	"umm/internal/cluster/service"
)

// State is where a run stands, as its entries tell.
type State struct {
	Request  Request
	Baseline []service.Verdict
	// Hosts are the turns of the hosts that were chosen, in that order.
	Hosts []Turn
	// Phase is how the run stands.
	Phase Phase
	// Direction is whether the run still takes hosts out, or brings them back.
	Direction Direction
	// Closed: the operator gave it up with what is left in force.
	Closed bool
	// Todo is what is left of the plan to bring them back.
	Todo []Planned
	// ContinuedAfter is how many hosts had been chosen when the operator last said to go on.
	ContinuedAfter int
	// Postponed is why the host that was chosen last did not go, until the operator continues.
	Postponed string
	// Later goes with the phase paused: it waits for a time, not for a person.
	Later bool
	// Text and Hint go with Phase.
	Text, Hint string
	Started    time.Time
	// Last is when the last entry was made.
	Last time.Time
	// Gaps are the times in which a probe was not served.
	Gaps []Entry
	// Warnings are what the operator should know.
	Warnings []Entry
}

// Phase is how a run stands.
type Phase string

// The phases.
const (
	// Active: it runs, or was killed while it did.
	Active Phase = "active"
	// PausedPhase: it waits for `umm-cluster continue`.
	PausedPhase Phase = "held"
	// StoppedPhase: it stands still after a failure.
	StoppedPhase Phase = "stopped"
	// EndedPhase: it is over.
	EndedPhase Phase = "ended"
)

// Direction is where a run goes.
type Direction string

// The directions.
const (
	// Forward: hosts are taken as the request says.
	Forward Direction = ""
	// Back: hosts are brought back, as after `umm-cluster up`.
	Back Direction = "back"
	// Undo: hosts are brought back because the run was given up.
	Undo Direction = "undo"
)

// turnBack: from here on hosts go back. What was left of the turn under way is dropped;
// what is in force for it stays known until its turn.
func (s *State) turnBack(e Entry) {
	s.Phase, s.Text, s.Hint = Active, e.Text, e.Hint
	s.Todo = e.Plan
	if s.Direction == Forward {
		s.Direction = Back
	}
	if e.Kind == Aborting {
		s.Direction, s.Closed = Undo, len(e.Plan) == 0
	}
	if c := s.Current(); c != nil {
		c.Finished, c.Begun = true, false
	}
}

// choose begins a turn. One host may be chosen again, to go back: what is in force
// for it goes with it, and what was left of the earlier turn is dropped.
func (s *State) choose(e Entry) error {
	if !slices.Contains(s.Request.Hosts, e.Host) {
		return fmt.Errorf("%q is not a host of this run", e.Host)
	}
	for i, step := range e.Steps {
		if err := step.check(i, e.Host); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
	}
	turn := Turn{Host: e.Host, Why: e.Text, Steps: e.Steps, Chosen: e.At, Took: map[int]time.Duration{}}
	if c := s.Current(); c != nil {
		if c.Host != e.Host {
			return fmt.Errorf("%s is not finished", c.Host)
		}
		c.Finished, c.Begun = true, false
	}
	if len(s.Todo) > 0 && s.Todo[0].Host == e.Host {
		s.Todo = s.Todo[1:]
	}
	for i := range s.Hosts {
		old := &s.Hosts[i]
		if old.Host != e.Host {
			continue
		}
		turn.Open, turn.Entered, turn.Boot = old.Open, old.Entered, old.Boot
		old.Open, old.Entered = nil, false
	}
	if s.Postponed = e.Postponed; e.Postponed != "" {
		// The host refused, and is as it was.
		turn.Postponed, turn.Entered, turn.Boot = true, false, ""
	}
	s.Hosts = append(s.Hosts, turn)
	return nil
}

// check says what makes no sense of a step at place n of a host's turn.
func (s Step) check(n int, host string) error {
	switch {
	case s.N != n || s.Host != host:
		return fmt.Errorf("it is numbered as step %d of %s", s.N, s.Host)
	case !slices.Contains(stepKinds, s.Kind):
		return fmt.Errorf("%q has a kind that this version does not know", s.Kind)
	case s.Change == nil && (s.Kind == Drain || s.Kind == Start || s.Kind == Restore):
		return fmt.Errorf("it has no change")
	}
	return nil
}

// step folds what happened to the step that is due.
func (s *State) step(e Entry) error {
	c := s.Current()
	if c == nil || c.Host != e.Host {
		return fmt.Errorf("it is not the turn of %s", e.Host)
	}
	if e.Kind == Finished {
		if c.Next != len(c.Steps) {
			return fmt.Errorf("step %d of %s is not done", c.Next, e.Host)
		}
		c.Finished = true
		return nil
	}
	if e.Step == nil || e.Step.N != c.Next || c.Next >= len(c.Steps) {
		return fmt.Errorf("it is not about the current step of %s", e.Host)
	}
	if e.Kind != Begun && !c.Begun {
		return fmt.Errorf("step %d of %s was not begun", c.Next, e.Host)
	}
	step := c.Steps[c.Next]
	switch e.Kind {
	case Begun:
		if !c.Begun {
			c.Begun, c.BegunAt, c.BegunBoot = true, e.At, e.Boot
		}
		c.Failed = ""
		c.begin(step, e)
	case Failed:
		c.Failed = e.Text
		if step.Kind == Command {
			c.LastLines = e.LastLines
		}
	case Done, PassedOver:
		if e.Kind == PassedOver {
			goOn := s.Request.Options.ContinueOnFailure && step.Kind == Command || s.Direction == Undo && step.Kind == Restore
			if !goOn {
				return fmt.Errorf("the run does not go on after a failure")
			}
			if c.PassedOver == nil {
				c.PassedOver = map[int]string{}
			}
			c.PassedOver[c.Next] = e.Text
		}
		if step.Kind == Command {
			c.LastLines = e.LastLines
		}
		// A clock can be set back.
		c.Took[c.Next] = max(0, e.At.Sub(c.BegunAt))
		c.Begun, c.Failed = false, ""
		c.Next++
		if e.Kind == Done {
			c.end(step)
		}
		if e.Kind == Done && step.Kind == Leave {
			c.Left = e.Text
		}
	}
	return nil
}

// Fold reads a run's entries, oldest first. It is an error if they make no sense:
// then nothing may be done by them.
func Fold(entries []Entry) (State, error) {
	var s State
	for i, e := range entries {
		if err := s.Add(e); err != nil {
			return s, fmt.Errorf("entry %d (%s): %w", i+1, e.Kind, err)
		}
	}
	return s, nil
}

// Add folds one more entry. An entry that makes no sense is an error, and the
// state is of no use from then on.
func (s *State) Add(e Entry) error {
	switch {
	case (s.Phase == "") != (e.Kind == Requested):
		return fmt.Errorf("the request must be the first entry, and only that")
	case s.Phase == EndedPhase && !slices.Contains([]Kind{Gap, Warned, Waiting}, e.Kind):
		return fmt.Errorf("the run is over")
	}
	s.Last = e.At
	if len(e.Risks) > 0 {
		s.Request.Risks = append(slices.Clip(s.Request.Risks), e.Risks...)
	}
	switch e.Kind {
	case Requested:
		if e.Request == nil {
			return fmt.Errorf("it has no request")
		}
		s.Request, s.Started, s.Phase = *e.Request, e.At, Active
	case Baseline:
		s.Baseline = e.Verdicts
	case Chosen:
		return s.choose(e)
	case Begun, Done, Failed, PassedOver, Finished:
		return s.step(e)
	case Paused, Continued, Resumed, Stopped, Ended:
		s.Phase, s.Text, s.Hint, s.Later = phases[e.Kind], e.Text, e.Hint, e.Later
		if e.Kind == Continued || e.Kind == Resumed {
			s.Postponed = ""
		}
		// Said in the middle of a turn, it is about that, and not about what comes after it.
		if e.Kind == Continued && s.Current() == nil {
			s.ContinuedAfter = s.HostsChosen()
		}
		if e.Kind == Continued {
			s.Request.Options.Until = e.Until
		}
	case Returning, Aborting:
		s.turnBack(e)
	case Gap:
		s.Gaps = append(s.Gaps, e)
	case Warned:
		s.Warnings = append(s.Warnings, e)
	case Waiting:
	default:
		return fmt.Errorf("this version does not know this kind of entry")
	}
	return nil
}

// phases are what the entries about the run itself make of it.
var phases = map[Kind]Phase{
	Paused: PausedPhase, Continued: Active, Resumed: Active, Stopped: StoppedPhase, Ended: EndedPhase,
}
