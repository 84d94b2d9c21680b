package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"umm/internal/run"
	"umm/internal/service"
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
func Next(s run.State, sight *Sight, l Limits) Move {
	if c := s.Current(); c != nil {
		if c.Next < len(c.Steps) {
			return Move{Act: Do, Host: c.Host, Step: c.Steps[c.Next]}
		}
		return Move{Act: Finish, Host: c.Host}
	}
	if s.Direction != run.Forth {
		if len(s.Todo) == 0 {
			return Move{Act: End}
		}
		turn := s.Todo[0]
		return Move{Act: Choose, Host: turn.Host, Why: turn.Why, Steps: turn.Steps}
	}
	left := s.Left()
	if len(left) == 0 {
		if len(s.Out()) > 0 {
			return Move{Act: Hold, Why: fmt.Sprintf("%s in maintenance mode", are(outHosts(s)))}
		}
		return Move{Act: End}
	}
	if why := pause(s); why != "" {
		return Move{Act: Hold, Why: why}
	}
	if sight == nil {
		return Move{Act: Look}
	}
	if blind := Unreadable(*sight, s); len(blind) > 0 {
		return Move{Act: Look, Why: sentence(blind)}
	}
	return taking(left, s.Request, *sight, l)
}

// taking is the choice among the hosts that are left.
func taking(left []string, r run.Request, sight Sight, l Limits) Move {
	host, why := choose(left, sight)
	return Move{Act: Choose, Host: host, Why: why, Steps: Steps(host, r, sight.Exit(host), l)}
}

// Unreadable is what cannot be told of the cluster and would have to be before a host
// is chosen. A run that takes all hosts down reads what it can: the services that are
// left go too.
func Unreadable(sight Sight, s run.State) []service.Verdict {
	if s.Request.Verb == run.Down {
		return nil
	}
	bad := Weigh(sight.Whole(away(s), held(openChanges(s))...), s.Request, s.Baseline)
	return slices.DeleteFunc(bad, func(v service.Verdict) bool { return v.State != service.Unknown })
}

// pause says why the run waits after the host that is through now; empty if it
// does not, or if the operator said to go on since.
func pause(s run.State) string {
	n := len(s.Hosts)
	if n == s.Paused {
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

// choose takes the host that is best taken now: one whose leaving is safe before
// one whose leaving is not, one that nothing of the clients' moves away from before one
// that has such things, one that holds nothing before one that does, and then in the order
// of the inventory.
func choose(left []string, sight Sight) (host, why string) {
	type candidate struct {
		host  string
		safe  bool
		moves int
		late  []string
	}
	var all []candidate
	for _, h := range left {
		exit := sight.Exit(h)
		all = append(all, candidate{h, service.Good(sight.Leave(h)), exit.Moves, exit.Late})
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		if a.safe != b.safe {
			if a.safe {
				return -1
			}
			return 1
		}
		return cmp.Or(a.moves-b.moves, len(a.late)-len(b.late))
	})
	best := all[0]
	switch {
	case len(best.late) > 0:
		why = best.host + " " + strings.Join(best.late, " and ") + ", as late as can be"
	case len(all) > 1 && len(all[1].late) > 0:
		why = "holds nothing that " + all[1].host + " does: it " + strings.Join(all[1].late, " and ")
	default:
		why = "next in the inventory"
	}
	return best.host, why
}

// Plan is the whole run as it would go if nothing changed on the way but what the
// run itself changes: the very steps that it executes.
func Plan(r run.Request, sight Sight, l Limits) []run.Stay {
	s := run.State{Request: r, Phase: run.Active}
	s.Request.Options.Canary, s.Request.Options.PauseAfter = false, 0
	for {
		m := Next(s, &sight, l)
		if m.Act == Look {
			m = taking(s.Left(), r, sight, l)
		}
		if m.Act != Choose {
			return s.Hosts
		}
		s.Hosts = append(s.Hosts, run.Stay{Host: m.Host, Why: m.Why, Steps: m.Steps, Next: len(m.Steps), Finished: true})
	}
}

// away are the hosts that this run has in maintenance mode. One that is back is not
// among them, also while changes are in force for it: it has to be well before they
// are undone.
func away(s run.State) []string {
	var hosts []string
	for _, stay := range s.Hosts {
		if stay.Entered {
			hosts = append(hosts, stay.Host)
		}
	}
	return hosts
}

// outHosts are those for which anything is in force.
func outHosts(s run.State) []string {
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
