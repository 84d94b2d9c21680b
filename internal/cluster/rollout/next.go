package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// ActionKind is what a run does next.
type ActionKind string

// The kinds.
const (
	// Observe: the cluster has to be observed before it can be said; once more where Why says
	// what could not be read.
	Observe ActionKind = "observe"
	// ChooseHost: Host is next, with Steps; Why says why it and not another.
	ChooseHost ActionKind = "choose host"
	// DoStep: Step is due.
	DoStep ActionKind = "do step"
	// FinishHost: all steps of Host are done.
	FinishHost ActionKind = "finish host"
	// Pause: the run waits for the operator; Why says what for.
	Pause ActionKind = "pause"
	// End: all is done.
	End ActionKind = "end"
)

// Action is the next thing that a run does.
type Action struct {
	Kind  ActionKind
	Host  string
	Step  run.Step
	Steps []run.Step
	Why   string
	// Later: a Pause waits for a time, not for a person.
	Later bool
}

// Next says what a run does next, by its entries and, where a host has to be
// chosen, by the cluster as it is: seen is nil until it was asked for. No host is
// chosen while something cannot be read: what is not seen of a service is not drained
// there.
func Next(s run.State, seen *Observation, l Limits) Action {
	if c := s.Current(); c != nil {
		if c.Next < len(c.Steps) {
			return Action{Kind: DoStep, Host: c.Host, Step: c.Steps[c.Next]}
		}
		return Action{Kind: FinishHost, Host: c.Host}
	}
	if s.Direction != run.Forward {
		if len(s.Todo) == 0 {
			return Action{Kind: End}
		}
		turn := s.Todo[0]
		return Action{Kind: ChooseHost, Host: turn.Host, Why: turn.Why, Steps: turn.Steps}
	}
	left := s.Left()
	if len(left) == 0 {
		if len(s.Out()) > 0 {
			return Action{Kind: Pause, Why: fmt.Sprintf("%s in maintenance mode", are(outOfService(s)))}
		}
		return Action{Kind: End}
	}
	if s.Postponed != "" {
		return Action{Kind: Pause, Why: s.Postponed, Later: true}
	}
	if why := pauseAfter(s); why != "" {
		return Action{Kind: Pause, Why: why}
	}
	if seen == nil {
		return Action{Kind: Observe}
	}
	if unknown := Unknowns(*seen, s); len(unknown) > 0 {
		return Action{Kind: Observe, Why: summary(unknown)}
	}
	return take(rank(left, *seen), s.Request, l)
}

// Unknowns are what cannot be told of the cluster and would have to be before a host
// is chosen. A run that takes all hosts down reads what it can: the services that are
// left go too.
func Unknowns(seen Observation, s run.State) []service.Verdict {
	if s.Request.Verb == run.Down {
		return nil
	}
	bad := Unaccepted(seen.Health(inMaintenance(s), excluded(openChanges(s))...), s.Request, s.Baseline)
	return slices.DeleteFunc(bad, func(v service.Verdict) bool { return v.State != service.Unknown })
}

// pauseAfter says why the run waits after the host that is done now; empty if it
// does not, or if the operator has continued it since.
func pauseAfter(s run.State) string {
	n := s.HostsChosen()
	if n == s.ContinuedAfter {
		return ""
	}
	o := s.Request.Options
	switch {
	case o.Canary && n == 1 && len(s.CommandFailed()) > 0:
		return s.Hosts[0].Host + " was the canary, and its command failed"
	case o.Canary && n == 1:
		return s.Hosts[0].Host + " was the canary"
	case o.PauseAfter > 0 && n%o.PauseAfter == 0:
		return fmt.Sprintf("%d of %d hosts are done", n, len(s.Request.Hosts))
	}
	return ""
}

// inTime makes a pause of the choice of a host that would not be back in time. Hosts that are
// brought back are not kept from it.
func inTime(s run.State, next Action, now time.Time, expected time.Duration) Action {
	until := s.Request.Options.Until
	if until.IsZero() || s.Direction != run.Forward || now.Add(expected).Before(until) {
		return next
	}
	const clock = "15:04"
	if !now.Before(until) {
		return Action{Kind: Pause, Why: "it is past " + until.Format(clock), Later: true}
	}
	return Action{Kind: Pause, Later: true, Why: fmt.Sprintf("%s takes about %s and would not be back by %s", next.Host, roughly(expected), until.Format(clock))}
}

// roughly is a time in minutes, or in seconds where it is less than one.
func roughly(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f min", d.Minutes())
}

// candidate is a host that can be taken, and what its leaving means.
type candidate struct {
	host string
	safe bool
	exit service.Exit
}

// rank puts the hosts that are left in the order in which they are best taken: one
// whose leaving is safe before one whose leaving is not, one that nothing of the
// clients' moves away from before one that has such things, one that holds nothing
// before one that does, and then in the order of the inventory.
func rank(left []string, seen Observation) []candidate {
	all := make([]candidate, 0, len(left))
	for _, h := range left {
		all = append(all, candidate{h, service.Good(seen.Leaving(h)), seen.Exit(h)})
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		if a.safe != b.safe {
			if a.safe {
				return -1
			}
			return 1
		}
		return cmp.Or(a.exit.Moves-b.exit.Moves, len(a.exit.Late)-len(b.exit.Late))
	})
	return all
}

// take is the choice of the best of those that were ranked.
func take(ranked []candidate, r run.Request, l Limits) Action {
	best := ranked[0]
	why := "next in the inventory"
	switch {
	case len(best.exit.Late) > 0:
		why = "as late as possible: " + best.host + " " + strings.Join(best.exit.Late, " and ")
	case len(ranked) > 1 && len(ranked[1].exit.Late) > 0:
		why = "before " + ranked[1].host + ", which " + strings.Join(ranked[1].exit.Late, " and ")
	}
	return Action{Kind: ChooseHost, Host: best.host, Why: why, Steps: Steps(best.host, r, best.exit, l)}
}
