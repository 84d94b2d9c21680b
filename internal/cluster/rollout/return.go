package rollout

import (
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// Start is a service that has to be started on a host before hosts leave
// maintenance mode, as the bootstrap of a cluster of which nothing runs.
type Start struct {
	Host   string
	Change service.Change
	Why    string
}

// Return is the plan to bring back what is out, last in, first out. starts come
// before everything else, in their order; extra are hosts in maintenance mode
// without a stay in this run, in the order in which they went.
//
// One host goes the whole way at once. Several leave maintenance mode one after
// another first: what was changed for them is undone when there is a cluster again
// for it to be undone in.
func Return(s run.State, starts []Start, extra []run.Turn, l Limits) []run.Planned {
	plan := startAll(starts)
	out := append(s.Out(), extra...)
	if len(out) == 1 && len(starts) == 0 {
		only := out[0]
		return append(plan, run.Planned{Host: only.Host, Why: "it is out", Steps: Back(only.Host, only.Entered, only.Open, 0, l)})
	}
	for i, stay := range slices.Backward(out) {
		if stay.Entered {
			steps := Back(stay.Host, true, nil, 0, l)
			plan = append(plan, run.Planned{Host: stay.Host, Why: nth(i, len(out)), Steps: steps[:1]})
		}
	}
	for _, stay := range slices.Backward(out) {
		if len(stay.Open) > 0 {
			steps := Back(stay.Host, false, stay.Open, 0, l)
			plan = append(plan, run.Planned{Host: stay.Host, Why: "its hosts are up again", Steps: steps[:len(steps)-1]})
		}
	}
	if len(plan) > 0 {
		host := plan[len(plan)-1].Host
		plan = append(plan, run.Planned{Host: host, Why: "all are back", Steps: Back(host, false, nil, 0, l)})
	}
	return plan
}

// startAll is a turn for each that has to be started.
func startAll(starts []Start) []run.Planned {
	var plan []run.Planned
	for _, st := range starts {
		c := st.Change
		plan = append(plan, run.Planned{Host: st.Host, Why: st.Why, Steps: []run.Step{
			{Host: st.Host, Kind: run.Start, Title: c.Title, Change: &c, Limit: c.Patience}}})
	}
	return plan
}

func nth(i, n int) string {
	if i == n-1 {
		return "last in, first out"
	}
	return fmt.Sprintf("number %d of %d to go", i+1, n)
}

// GiveUp is the plan to undo what a run has in force, after starts, last in, first
// out, without waiting for the cluster to be whole. Several hosts leave maintenance
// mode before anything else, as in Return. A host that is gone, and what needs one,
// comes at the end: it stands in the way of nothing else.
func GiveUp(s run.State, starts []Start, gone []string, l Limits) []run.Planned {
	const why = "the run is given up"
	plan := startAll(starts)
	turn := func(host, why string, entered bool, open []service.Change) {
		if steps := Back(host, entered, open, 0, l); len(steps) > 1 {
			for i, st := range steps {
				if st.Change != nil {
					// It is undone, and not waited for that the service is well.
					steps[i].Limit = min(st.Change.Patience, l.Drain)
				}
			}
			plan = append(plan, run.Planned{Host: host, Why: why, Steps: steps[:len(steps)-1]})
		}
	}
	var there, dead []run.Turn
	for _, stay := range slices.Backward(s.Out()) {
		if slices.Contains(gone, stay.Host) {
			dead = append(dead, stay)
		} else {
			there = append(there, stay)
		}
	}
	several := len(there) > 1
	for _, stay := range there {
		if several {
			turn(stay.Host, why, stay.Entered, nil)
		}
	}
	for _, stay := range there {
		now, _ := reachable(stay.Open, gone)
		turn(stay.Host, why, stay.Entered && !several, now)
	}
	for _, stay := range there {
		_, later := reachable(stay.Open, gone)
		turn(stay.Host, why+"; kept for last, since "+strings.Join(gone, ", ")+" did not answer", false, later)
	}
	for _, stay := range dead {
		turn(stay.Host, why+"; kept for last, since it did not answer", stay.Entered, stay.Open)
	}
	return plan
}

// reachable parts changes into those that can be undone on a host that is there, and
// the others.
func reachable(open []service.Change, gone []string) (now, later []service.Change) {
	for _, c := range open {
		if slices.ContainsFunc(undoneOn(c), func(host string) bool { return !slices.Contains(gone, host) }) {
			now = append(now, c)
		} else {
			later = append(later, c)
		}
	}
	return now, later
}

// undoneOn are the hosts on one of which a change is undone.
func undoneOn(c service.Change) []string {
	if len(c.UndoOn) == 0 {
		return c.On
	}
	return c.UndoOn
}

// Open are all changes in force, of all hosts.
func openChanges(s run.State) []service.Change {
	var open []service.Change
	for _, stay := range s.Hosts {
		open = append(open, stay.Open...)
	}
	return open
}

// held are the services that are not looked at while the changes are in force:
// those that were changed, and those that stand still for it; before the reboot they are,
// as without the host. Of one whose target stays in it only some predicates are not, by their
// paths.
func excluded(open []service.Change) []string {
	var names []string
	for _, c := range open {
		if !c.Keeps {
			names = append(names, c.Service)
		}
		for _, name := range c.Shows {
			names = append(names, path(c.Service, name, c.Target), path(c.Service, name, ""))
		}
		names = append(names, c.Stops...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// sentence renders verdicts as one line: the worst first, three at most.
func sentence(vs []service.Verdict) string {
	var parts []string
	for _, state := range []service.State{service.Stop, service.Unknown, service.Wait} {
		for _, v := range vs {
			if v.State == state {
				parts = append(parts, v.Service+": "+v.Reason)
			}
		}
	}
	parts = slices.Compact(parts)
	if len(parts) > 3 {
		parts = append(parts[:3], fmt.Sprintf("and %d more", len(parts)-3))
	}
	return strings.Join(parts, "; ")
}
