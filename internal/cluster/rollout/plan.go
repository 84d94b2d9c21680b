package rollout

import (
	"fmt"
	"slices"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/shellquote"
)

// Steps are what is done for one host, from its leaving to its return as far as
// the verb goes. It is all that roll executes and all that plan prints.
func Steps(host string, r run.Request, exit service.Exit, l Limits) []run.Step {
	p := planner{host: host}
	if r.Verb != run.Down {
		p.add(run.Gate, "check that the cluster can do without "+host, l.Gate)
	}
	for _, c := range exit.Changes {
		if r.Verb == run.Down {
			c.Carries = nil // the others go too
		}
		p.change(run.Drain, c, c.Title, min(c.Wait.Limit, l.Drain))
	}
	if r.Verb != run.Down && len(exit.Changes) > 0 {
		p.add(run.Gate, "re-check cluster health", l.Gate)
	}
	p.enter(r, l)
	if len(r.Command) > 0 {
		p.add(run.Command, "run "+shellquote.Line(r.Command...), l.Command)
	}
	if r.Verb != run.Roll {
		return p.steps
	}
	if r.Options.Hold {
		p.add(run.Hold, "hold for work by hand, until umm-cluster continue", 0)
	}
	if r.Options.Leave != run.LeaveReboot {
		for _, c := range exit.Starts {
			p.change(run.Start, c, c.Title, min(c.Wait.Limit, l.Settle))
			p.steps[len(p.steps)-1].Leave = r.Options.Leave
		}
	}
	back := Back(host, true, exit.Changes, len(p.steps), l)
	switch back[0].Leave = r.Options.Leave; r.Options.Leave {
	case run.LeaveAuto:
		back[0].Title = "umm off: back to operational mode, by a reboot if one is needed"
	case run.LeaveReboot:
		back[0].Title = "umm off reboot: back to operational mode"
	}
	return append(p.steps, back...)
}

// Plan is the whole run as it would go if nothing changed on the way but what the
// run itself changes: the very steps that it executes. What cannot be read does not
// keep it from planning.
func Plan(r run.Request, seen Observation, l Limits) []run.Turn {
	var turns []run.Turn
	for ranked := rank(r.Hosts, seen); len(ranked) > 0; ranked = ranked[1:] {
		m := take(ranked, r, l)
		turns = append(turns, run.Turn{Host: m.Host, Why: m.Why, Steps: m.Steps, Next: len(m.Steps), Finished: true})
	}
	return turns
}

// Back is the way of one host back into the cluster: out of maintenance mode where
// entered, and what was changed undone, the last change first. first is the number
// of its first step. A service has as long to be back as the cluster to be healthy: what a
// drain may take says nothing of that.
func Back(host string, entered bool, open []service.Change, first int, l Limits) []run.Step {
	p := planner{host: host, first: first}
	if entered {
		p.add(run.Leave, "umm off: back to operational mode", l.Leave)
	}
	for _, c := range slices.Backward(open) {
		if c.Undoable() {
			p.change(run.Restore, c, "undo: "+c.Title, l.Settle)
		}
	}
	p.add(run.Settle, fmt.Sprintf("wait for %d consecutive healthy checks", l.Samples), l.Settle)
	return p.steps
}

// Again is the rest of a turn whose command failed and is run again: once more from maintenance
// mode on, with the changes in force left as they are.
func Again(turn run.Turn, r run.Request, l Limits) []run.Step {
	p := planner{host: turn.Host}
	p.add(run.Leave, "umm off: before the command is run again", l.Leave)
	if r.Verb != run.Down {
		p.add(run.Gate, "check that the cluster can do without "+turn.Host, l.Gate)
	}
	p.enter(r, l)
	for _, step := range turn.Steps[turn.Next:] {
		step.N = len(p.steps)
		p.steps = append(p.steps, step)
	}
	return p.steps
}

type planner struct {
	host  string
	first int
	steps []run.Step
}

func (p *planner) add(kind run.StepKind, title string, limit time.Duration) {
	p.steps = append(p.steps, run.Step{N: p.first + len(p.steps), Host: p.host, Kind: kind, Title: title, Limit: limit})
}

func (p *planner) enter(r run.Request, l Limits) {
	title := "umm on: reboot into maintenance mode"
	if r.Options.Enter == run.EnterLive {
		title = "umm on --live: switch to maintenance mode without a reboot"
	}
	p.add(run.Enter, title, l.Enter)
}

func (p *planner) change(kind run.StepKind, c service.Change, title string, limit time.Duration) {
	p.add(kind, title, limit)
	p.steps[len(p.steps)-1].Change = &c
}
