package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/sanitize"
)

// class is how a host stands in a run.
type class int

const (
	untouched class = iota
	through
	// marred: through, but its command failed and was passed over.
	marred
	// dropped: its stay was left before its end, and nothing is in force for it.
	dropped
	// away: something is in force for it, and it is not its turn.
	away
	underWay
	failed
)

// standing is where one host stands.
type standing struct {
	host  string
	class class
	// stay is the last one; nil for a host that was not touched.
	stay *run.Stay
	// took is how long its steps took, of all its stays.
	took time.Duration
	// text says it without the host's name; parts are what it is made of.
	text  string
	parts []string
	// missed says that its command failed, and how.
	missed string
}

// standings are all hosts of a run: those that were taken, by their last turn, and
// then the others in the order of the request. It takes time in proportion to the
// hosts, which can be a thousand, ten times a second.
func standings(s *run.State) []standing {
	last, took := map[string]int{}, map[string]time.Duration{}
	for i, stay := range s.Hosts {
		last[stay.Host] = i
		eachStep(s, &stay, func(_ run.StepKind, d time.Duration) { took[stay.Host] += d })
	}
	was, missed := entered(s), passedOver(s)
	out := make([]standing, 0, len(s.Request.Hosts))
	for i := range s.Hosts {
		if stay := &s.Hosts[i]; last[stay.Host] == i {
			st := stands(s, stay, was)
			st.took, st.missed = took[stay.Host], missed[stay.Host]
			if st.missed != "" {
				st.parts = append(st.parts, st.missed)
				if st.class == through {
					st.class = marred
				}
			}
			st.text = strings.Join(st.parts, "; ")
			out = append(out, st)
		}
	}
	for _, h := range s.Left() {
		out = append(out, standing{host: h, text: "not touched", parts: []string{"not touched"}})
	}
	return out
}

// passedOver says of hosts whose command failed, and after which the run went on, how
// it failed.
func passedOver(s *run.State) map[string]string {
	missed := map[string]string{}
	for _, stay := range s.Hosts {
		for i, text := range stay.PassedOver {
			if stay.Steps[i].Kind == run.Command {
				missed[stay.Host] = sanitize.Line(text)
			}
		}
	}
	return missed
}

// entered are the hosts that were seen in maintenance mode.
func entered(s *run.State) map[string]bool {
	was := map[string]bool{}
	for _, stay := range s.Hosts {
		for _, step := range stay.Steps[:stay.Next] {
			was[stay.Host] = was[stay.Host] || step.Kind == run.Enter
		}
	}
	return was
}

func stands(s *run.State, stay *run.Stay, was map[string]bool) standing {
	st := standing{host: stay.Host, stay: stay}
	force := forced(stay, was)
	switch c := s.Current(); {
	case c == stay && stay.Next < len(stay.Steps):
		st.class, st.parts = underWay, append([]string{"at " + at(stay)}, force...)
		if stay.Failed != "" || s.Phase == run.StoppedPhase {
			st.class, st.parts[0] = failed, stoppedAt(stay)
		}
	case len(force) > 0:
		st.class, st.parts = away, force
	case stay.Next == len(stay.Steps):
		st.class, st.parts = through, []string{"through, back in service"}
	default:
		st.class, st.parts = dropped, []string{fmt.Sprintf("left at step %d of %d, nothing is in force", stay.Next+1, len(stay.Steps))}
	}
	return st
}

// at is the step that is due: "4/9 umm on: reboot into maintenance mode".
func at(stay *run.Stay) string {
	return fmt.Sprintf("%d/%d %s", stay.Next+1, len(stay.Steps), title(&stay.Steps[stay.Next]))
}

func stoppedAt(stay *run.Stay) string {
	if stay.Failed != "" {
		return "failed at " + at(stay)
	}
	return "stopped at " + at(stay)
}

// inForce says what is changed for a host at this moment, forced in its parts.
func inForce(stay *run.Stay, was map[string]bool) string {
	return strings.Join(forced(stay, was), "; ")
}

func forced(stay *run.Stay, was map[string]bool) []string {
	var parts, titles []string
	if m := mode(stay, was); m != "" {
		parts = append(parts, m)
	}
	for _, c := range stay.Open {
		titles = append(titles, sanitize.Line(c.Title))
	}
	if len(titles) > 0 {
		parts = append(parts, "in force: "+strings.Join(titles, ", "))
	}
	return parts
}

// mode says what is known of a host's mode by this run; nothing where it is
// operational.
func mode(stay *run.Stay, was map[string]bool) string {
	switch {
	case !stay.Entered:
		return ""
	case stay.Begun && stay.Next < len(stay.Steps) && stay.Steps[stay.Next].Kind == run.Leave:
		return "on its way out of maintenance mode"
	case was[stay.Host]:
		return "in maintenance mode"
	}
	return "perhaps in maintenance mode or on its way there"
}

// joined joins the texts that are not empty.
func joined(sep string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(t string) bool { return t == "" }), sep)
}

// tookByKind is how long a host's steps took in all its stays.
func tookByKind(s *run.State, host string) map[run.StepKind]time.Duration {
	out := map[run.StepKind]time.Duration{}
	for i := range s.Hosts {
		if stay := &s.Hosts[i]; stay.Host == host {
			eachStep(s, stay, func(kind run.StepKind, took time.Duration) { out[kind] += took })
		}
	}
	return out
}

// eachStep gives the steps of a stay that are done, and how long they took; and the
// one that was begun, until the last that was heard of.
func eachStep(s *run.State, stay *run.Stay, give func(run.StepKind, time.Duration)) {
	for i, took := range stay.Took {
		give(stay.Steps[i].Kind, took)
	}
	if stay.Begun && stay.Next < len(stay.Steps) {
		give(stay.Steps[stay.Next].Kind, max(0, s.Last.Sub(stay.BegunAt)))
	}
}
