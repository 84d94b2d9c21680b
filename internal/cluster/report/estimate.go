package report

import (
	"slices"
	"time"

	"umm/internal/cluster/run"
)

// Estimates are how long things take as earlier runs tell: medians, by host and kind of
// step, and over all hosts for a host that was never taken.
type Estimates struct {
	steps     map[estimateKey]time.Duration
	turnTimes map[string]time.Duration
}

// estimateKey has no host where it is about all of them.
type estimateKey struct {
	host string
	kind run.StepKind
}

// EstimateFrom learns from earlier runs what to expect of the one that is asked for.
// How long a command takes counts only where it was the same command, how long the
// operator was waited for never does, and neither does a turn that was not a complete
// one of the same verb.
func EstimateFrom(past []run.State, r run.Request) Estimates {
	steps, turnTimes := map[estimateKey][]time.Duration{}, map[string][]time.Duration{}
	for _, s := range past {
		same := slices.Equal(s.Request.Command, r.Command)
		for _, turn := range s.Hosts {
			var sum time.Duration
			for i, took := range turn.Took {
				kind := turn.Steps[i].Kind
				if kind == run.Hold || kind == run.Command && (!same || turn.PassedOver[i] != "") {
					continue
				}
				sum += took
				for _, k := range []estimateKey{{turn.Host, kind}, {"", kind}} {
					steps[k] = append(steps[k], took)
				}
			}
			if same && !turn.Postponed && s.Request.Verb == r.Verb && s.Direction == run.Forward && len(turn.Steps) > 0 && turn.Next == len(turn.Steps) {
				turnTimes[turn.Host] = append(turnTimes[turn.Host], sum)
				turnTimes[""] = append(turnTimes[""], sum)
			}
		}
	}
	u := Estimates{steps: map[estimateKey]time.Duration{}, turnTimes: map[string]time.Duration{}}
	for k, times := range steps {
		u.steps[k] = median(times)
	}
	for k, times := range turnTimes {
		u.turnTimes[k] = median(times)
	}
	return u
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	n := len(times)
	return (times[(n-1)/2] + times[n/2]) / 2
}

// Step is how long a step is expected to take; 0 where nobody knows.
func (u Estimates) Step(s run.Step) time.Duration {
	if d, ok := u.steps[estimateKey{s.Host, s.Kind}]; ok {
		return d
	}
	return u.steps[estimateKey{"", s.Kind}]
}

// Turn is how long the turn of a host is expected to take; 0 where nobody knows.
func (u Estimates) Turn(host string) time.Duration {
	if d, ok := u.turnTimes[host]; ok {
		return d
	}
	return u.turnTimes[""]
}

// sum is how long steps take together.
func (u Estimates) sum(steps []run.Step) time.Duration {
	var d time.Duration
	for _, s := range steps {
		d += u.Step(s)
	}
	return d
}

// Rest is how long the run is expected to go on, waiting for the operator not
// counted; 0 where nobody knows.
func (u Estimates) Rest(s *run.State, now time.Time) time.Duration {
	var rest time.Duration
	if c := s.Current(); c != nil {
		rest = u.sum(c.Steps[c.Next:])
		if c.Begun {
			rest -= min(u.Step(c.Steps[c.Next]), max(0, now.Sub(c.BegunAt)))
		}
	}
	for _, p := range s.Todo {
		rest += u.sum(p.Steps)
	}
	if s.Direction != run.Forward {
		return rest
	}
	for _, h := range s.Left() {
		d := u.Turn(h)
		if d == 0 {
			return 0
		}
		rest += d
	}
	return rest
}
