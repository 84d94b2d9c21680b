package rollout

import (
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// ColdStart is a service that has to be started on a host before hosts leave
// maintenance mode, as the bootstrap of a cluster of which nothing runs.
type ColdStart struct {
	Host   string
	Change service.Change
	Why    string
}

// Return is the plan to bring back what is out, last in, first out. starts come
// before everything else, in their order; extra are hosts in maintenance mode
// without a turn in this run, in the order in which they went.
//
// One host goes all the way at once. Several leave maintenance mode one after
// another first: what was changed for them is undone when there is a cluster again
// for it to be undone in.
func Return(s run.State, starts []ColdStart, extra []run.Turn, l Limits) []run.Planned {
	plan := startAll(starts)
	out := append(s.Out(), extra...)
	if len(out) == 1 && len(starts) == 0 {
		only := out[0]
		return append(plan, run.Planned{Host: only.Host, Why: "it is out of service", Steps: Back(only.Host, only.Entered, only.Open, 0, l)})
	}
	for i, turn := range slices.Backward(out) {
		if turn.Entered {
			steps := Back(turn.Host, true, nil, 0, l)
			plan = append(plan, run.Planned{Host: turn.Host, Why: nth(i, len(out)), Steps: steps[:1]})
		}
	}
	for _, turn := range slices.Backward(out) {
		if len(turn.Open) > 0 {
			steps := Back(turn.Host, false, turn.Open, 0, l)
			plan = append(plan, run.Planned{Host: turn.Host, Why: "the hosts are up again", Steps: steps[:len(steps)-1]})
		}
	}
	if len(plan) > 0 {
		host := plan[len(plan)-1].Host
		plan = append(plan, run.Planned{Host: host, Why: "all hosts are back", Steps: Back(host, false, nil, 0, l)})
	}
	return plan
}

// startAll is a turn for each that has to be started.
func startAll(starts []ColdStart) []run.Planned {
	var plan []run.Planned
	for _, st := range starts {
		c := st.Change
		plan = append(plan, run.Planned{Host: st.Host, Why: st.Why, Steps: []run.Step{
			{Host: st.Host, Kind: run.Start, Title: c.Title, Change: &c, Limit: c.Wait.Limit}}})
	}
	return plan
}

func nth(i, n int) string {
	if i == n-1 {
		return "last in, first out"
	}
	return fmt.Sprintf("it was number %d of %d to leave", i+1, n)
}

// GiveUp is the plan to undo what a run has in force, after starts, last in, first
// out, without waiting for the cluster to be healthy. Several hosts leave maintenance
// mode before anything else, as in Return. A host that is gone, and what needs one,
// comes at the end: it stands in the way of nothing else.
func GiveUp(s run.State, starts []ColdStart, gone []string, l Limits) []run.Planned {
	const why = "the run is aborted"
	plan := startAll(starts)
	add := func(host, why string, entered bool, open []service.Change) {
		if steps := Back(host, entered, open, 0, l); len(steps) > 1 {
			for i, st := range steps {
				if st.Change != nil {
					// It is undone, and not waited for that the service is well.
					steps[i].Limit = min(st.Change.Wait.Limit, l.Drain)
				}
			}
			plan = append(plan, run.Planned{Host: host, Why: why, Steps: steps[:len(steps)-1]})
		}
	}
	var there, dead []run.Turn
	for _, turn := range slices.Backward(s.Out()) {
		if slices.Contains(gone, turn.Host) {
			dead = append(dead, turn)
		} else {
			there = append(there, turn)
		}
	}
	several := len(there) > 1
	for _, turn := range there {
		if several {
			add(turn.Host, why, turn.Entered, nil)
		}
	}
	for _, turn := range there {
		now, _ := reachable(turn.Open, gone)
		add(turn.Host, why, turn.Entered && !several, now)
	}
	for _, turn := range there {
		_, later := reachable(turn.Open, gone)
		add(turn.Host, why+"; last, since "+strings.Join(gone, ", ")+" did not answer", false, later)
	}
	for _, turn := range dead {
		add(turn.Host, why+"; last, since it did not answer", turn.Entered, turn.Open)
	}
	return plan
}

// reachable parts changes into those that can be undone on a host that is there, and
// the others.
func reachable(open []service.Change, gone []string) (now, later []service.Change) {
	for _, c := range open {
		if slices.ContainsFunc(c.On, func(host string) bool { return !slices.Contains(gone, host) }) {
			now = append(now, c)
		} else {
			later = append(later, c)
		}
	}
	return now, later
}
