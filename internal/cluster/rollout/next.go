package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// Act is what a run does next.
type Act string

// The acts.
const (
	// Look: the cluster has to be seen before it can be said; seen again where Why says
	// what could not be read.
	Look Act = "look"
	// Choose: Host is next, with Steps; Why says why it and not another.
	Choose Act = "choose"
	// Do: Step is due.
	Do Act = "do"
	// Finish: Host is through.
	Finish Act = "finish"
	// Hold: the run waits for the operator; Why says what for.
	Hold Act = "hold"
	// End: all is done.
	End Act = "end"
)

// Move is the next thing that a run does.
type Move struct {
	Act   Act
	Host  string
	Step  run.Step
	Steps []run.Step
	Why   string
}

// Next says what a run does next, by its entries and, where a host has to be
// chosen, by the cluster as it is: sight is nil until it was asked for. No host is
// chosen while something cannot be read: what is not seen of a service is not drained
// there.
func Next(s run.State, seen *Observation, l Limits) Move {
	if c := s.Current(); c != nil {
		if c.Next < len(c.Steps) {
			return Move{Act: Do, Host: c.Host, Step: c.Steps[c.Next]}
		}
		return Move{Act: Finish, Host: c.Host}
	}
	if s.Direction != run.Forward {
		if len(s.Todo) == 0 {
			return Move{Act: End}
		}
		turn := s.Todo[0]
		return Move{Act: Choose, Host: turn.Host, Why: turn.Why, Steps: turn.Steps}
	}
	left := s.Left()
	if len(left) == 0 {
		if len(s.Out()) > 0 {
			return Move{Act: Hold, Why: fmt.Sprintf("%s in maintenance mode", are(outOfService(s)))}
		}
		return Move{Act: End}
	}
	if why := pause(s); why != "" {
		return Move{Act: Hold, Why: why}
	}
	if seen == nil {
		return Move{Act: Look}
	}
	if blind := Unknowns(*seen, s); len(blind) > 0 {
		return Move{Act: Look, Why: sentence(blind)}
	}
	return take(rank(left, *seen), s.Request, l)
}

// Unreadable is what cannot be told of the cluster and would have to be before a host
// is chosen. A run that takes all hosts down reads what it can: the services that are
// left go too.
func Unknowns(seen Observation, s run.State) []service.Verdict {
	if s.Request.Verb == run.Down {
		return nil
	}
	bad := Unaccepted(seen.Health(inMaintenance(s), excluded(openChanges(s))...), s.Request, s.Baseline)
	return slices.DeleteFunc(bad, func(v service.Verdict) bool { return v.State != service.Unknown })
}

// pause says why the run waits after the host that is through now; empty if it
// does not, or if the operator said to go on since.
func pause(s run.State) string {
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
		return fmt.Sprintf("%d of %d hosts are through", n, len(s.Request.Hosts))
	}
	return ""
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
func take(ranked []candidate, r run.Request, l Limits) Move {
	best := ranked[0]
	why := "next in the inventory"
	switch {
	case len(best.exit.Late) > 0:
		why = best.host + " " + strings.Join(best.exit.Late, " and ") + ", as late as can be"
	case len(ranked) > 1 && len(ranked[1].exit.Late) > 0:
		why = "holds nothing that " + ranked[1].host + " does: it " + strings.Join(ranked[1].exit.Late, " and ")
	}
	return Move{Act: Choose, Host: best.host, Why: why, Steps: Steps(best.host, r, best.exit, l)}
}

// Plan is the whole run as it would go if nothing changed on the way but what the
// run itself changes: the very steps that it executes. What cannot be read does not
// keep it from planning.
func Plan(r run.Request, seen Observation, l Limits) []run.Turn {
	var stays []run.Turn
	for ranked := rank(r.Hosts, seen); len(ranked) > 0; ranked = ranked[1:] {
		m := take(ranked, r, l)
		stays = append(stays, run.Turn{Host: m.Host, Why: m.Why, Steps: m.Steps, Next: len(m.Steps), Finished: true})
	}
	return stays
}

// away are the hosts that this run has in maintenance mode. One that is back is not
// among them, also while changes are in force for it: it has to be well before they
// are undone.
func inMaintenance(s run.State) []string {
	var hosts []string
	for _, stay := range s.Hosts {
		if stay.Entered {
			hosts = append(hosts, stay.Host)
		}
	}
	return hosts
}

// outHosts are those for which anything is in force.
func outOfService(s run.State) []string {
	var hosts []string
	for _, stay := range s.Out() {
		hosts = append(hosts, stay.Host)
	}
	return hosts
}

func are(hosts []string) string {
	if len(hosts) == 1 {
		return hosts[0] + " is"
	}
	return list(hosts) + " are"
}

// list is "n1, n2 and n3".
func list(hosts []string) string {
	if len(hosts) < 2 {
		return strings.Join(hosts, "")
	}
	return strings.Join(hosts[:len(hosts)-1], ", ") + " and " + hosts[len(hosts)-1]
}
