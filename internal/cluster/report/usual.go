package report

import (
	"slices"
	"time"

	"umm/internal/cluster/run"
)

// Usual is how long things take as earlier runs tell: medians, by host and kind of
// step, and over all hosts for a host that was never taken.
type Usual struct {
	steps map[usualKey]time.Duration
	stays map[string]time.Duration
}

// usualKey has no host where it is about all of them.
type usualKey struct {
	host string
	kind run.StepKind
}

// UsualTimes learns from earlier runs what to expect of the one that is asked for.
// How long a command takes counts only where it was the same command, how long the
// operator was waited for never does, and neither does a stay that was not a whole
// one of the same verb.
func UsualTimes(past []run.State, r run.Request) Usual {
	steps, stays := map[usualKey][]time.Duration{}, map[string][]time.Duration{}
	for _, s := range past {
		same := slices.Equal(s.Request.Command, r.Command)
		for _, stay := range s.Hosts {
			var whole time.Duration
			for i, took := range stay.Took {
				kind := stay.Steps[i].Kind
				if kind == run.Hold || kind == run.Command && (!same || stay.PassedOver[i] != "") {
					continue
				}
				whole += took
				for _, k := range []usualKey{{stay.Host, kind}, {"", kind}} {
					steps[k] = append(steps[k], took)
				}
			}
			if same && s.Request.Verb == r.Verb && s.Direction == run.Forth && len(stay.Steps) > 0 && stay.Next == len(stay.Steps) {
				stays[stay.Host] = append(stays[stay.Host], whole)
				stays[""] = append(stays[""], whole)
			}
		}
	}
	u := Usual{steps: map[usualKey]time.Duration{}, stays: map[string]time.Duration{}}
	for k, times := range steps {
		u.steps[k] = median(times)
	}
	for k, times := range stays {
		u.stays[k] = median(times)
	}
	return u
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	n := len(times)
	return (times[(n-1)/2] + times[n/2]) / 2
}

// Step is how long a step is expected to take; 0 where nobody knows.
func (u Usual) Step(s run.Step) time.Duration {
	if d, ok := u.steps[usualKey{s.Host, s.Kind}]; ok {
		return d
	}
	return u.steps[usualKey{"", s.Kind}]
}

// Stay is how long a whole stay of a host is expected to take; 0 where nobody knows.
func (u Usual) Stay(host string) time.Duration {
	if d, ok := u.stays[host]; ok {
		return d
	}
	return u.stays[""]
}

// sum is how long steps take together.
func (u Usual) sum(steps []run.Step) time.Duration {
	var d time.Duration
	for _, s := range steps {
		d += u.Step(s)
	}
	return d
}

// Rest is how long the run is expected to go on, waiting for the operator not
// counted; 0 where nobody knows.
func (u Usual) Rest(s *run.State, now time.Time) time.Duration {
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
	if s.Direction != run.Forth {
		return rest
	}
	for _, h := range s.Left() {
		d := u.Stay(h)
		if d == 0 {
			return 0
		}
		rest += d
	}
	return rest
}
