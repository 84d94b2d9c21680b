package report

import (
	"fmt"
	"strings"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/sanitize"
)

// sentence is an entry in words, one line without a hint. s is where the run stands with
// the entry.
func sentence(s *run.State, e run.Entry) string {
	text := sanitize.Line(e.Text)
	switch e.Kind {
	case run.Requested:
		if e.Request != nil {
			return asked(*e.Request)
		}
	case run.Baseline:
		return "baseline: " + tally(e.Verdicts)
	case run.Chosen:
		if e.Postponed != "" {
			return "postponed, and put back into its services" + colon(sanitize.Line(e.Postponed))
		}
		return fmt.Sprintf("next (%s)", count(len(e.Steps), "step")) + colon(text)
	case run.Begun:
		return place(s, e) + title(e.Step)
	case run.Done:
		return place(s, e) + "done in " + span(took(s, e)) + colon(text)
	case run.Failed:
		return place(s, e) + "failed" + colon(text)
	case run.PassedOver:
		return place(s, e) + "failed, the run goes on" + colon(text)
	case run.Finished:
		return finished(s, e)
	case run.Waiting:
		return "waiting" + colon(text)
	case run.Gap:
		return fmt.Sprintf("clients of %s were not served for %s", text, span(e.Took))
	case run.Warned:
		return "warning" + colon(text)
	case run.Returning:
		return "bringing the hosts back" + colon(text)
	case run.Aborting:
		return "aborting, undoing what was done" + colon(text)
	}
	return string(e.Kind) + colon(text)
}

func colon(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

// asked says what was asked for, and by whom.
func asked(r run.Request) string {
	text := fmt.Sprintf("%s of %s, run %s, requested by %s on %s", r.Verb, sanitize.Line(listed(r.Hosts, "host")), sanitize.Line(r.ID), sanitize.Line(r.By), sanitize.Line(r.Master))
	return text + colon(sanitize.Line(r.Reason))
}

// tally counts verdicts: "14 checks, 2 not ok: galera synced (n2), ...".
func tally(vs []service.Verdict) string {
	bad := service.Bad(vs)
	if len(bad) == 0 {
		return count(len(vs), "check") + ", all ok"
	}
	var names []string
	for _, v := range bad {
		name := v.Service + " " + v.Name
		if v.Host != "" {
			name += " (" + v.Host + ")"
		}
		names = append(names, name)
	}
	return sanitize.Line(fmt.Sprintf("%s, %d not ok: %s", count(len(vs), "check"), len(bad), strings.Join(names, ", ")))
}

// place is "3/9 ", the step's place in the turn.
func place(s *run.State, e run.Entry) string {
	if e.Step == nil {
		return ""
	}
	if len(s.Hosts) > 0 {
		if turn := s.Hosts[len(s.Hosts)-1]; turn.Host == e.Host {
			return fmt.Sprintf("%d/%d ", e.Step.N+1, len(turn.Steps))
		}
	}
	return fmt.Sprintf("%d ", e.Step.N+1)
}

// took is how long a step took that is done now.
func took(s *run.State, e run.Entry) time.Duration {
	if e.Took == 0 && e.Step != nil && len(s.Hosts) > 0 {
		return s.Hosts[len(s.Hosts)-1].Took[e.Step.N]
	}
	return e.Took
}

func title(step *run.Step) string {
	if step == nil {
		return "begun"
	}
	if t := sanitize.Line(step.Title); t != "" {
		return t
	}
	return string(step.Kind)
}

// finished says how long a turn took, and whether the host turns out after it.
func finished(s *run.State, e run.Entry) string {
	if len(s.Hosts) == 0 {
		return "done"
	}
	turn := &s.Hosts[len(s.Hosts)-1]
	text := "done in " + span(e.At.Sub(turn.Chosen))
	if force := inForce(turn, enteredHosts(s)); force != "" {
		text = "out of service after " + span(e.At.Sub(turn.Chosen)) + colon(force)
	}
	return text
}
