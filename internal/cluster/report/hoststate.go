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
	notTaken class = iota
	finishedWell
	// finishedFailed: through, but its command failed and was passed over.
	finishedFailed
	// abandoned: its turn was left before its end, and nothing is in force for it.
	abandoned
	// outOfService: something is in force for it, and it is not its turn.
	outOfService
	underWay
	failed
)

// hostState is where one host stands.
type hostState struct {
	host  string
	class class
	// turn is the last one; nil for a host that was not touched.
	turn *run.Turn
	// took is how long its steps took, of all its turns.
	took time.Duration
	// text says it without the host's name; parts are what it is made of.
	text  string
	parts []string
	// commandFailed says that its command failed, and how.
	commandFailed string
}

// hostStates are all hosts of a run: those that were taken, by their last turn, and
// then the others in the order of the request. It takes time in proportion to the
// hosts, which can be a thousand, ten times a second.
func hostStates(s *run.State) []hostState {
	last, took := map[string]int{}, map[string]time.Duration{}
	for i, turn := range s.Hosts {
		last[turn.Host] = i
		eachStep(s, &turn, func(_ run.StepKind, d time.Duration) { took[turn.Host] += d })
	}
	was, commandFailed := enteredHosts(s), passedOver(s)
	out := make([]hostState, 0, len(s.Request.Hosts))
	for i := range s.Hosts {
		if turn := &s.Hosts[i]; last[turn.Host] == i {
			st := stands(s, turn, was)
			st.took, st.commandFailed = took[turn.Host], commandFailed[turn.Host]
			if st.commandFailed != "" {
				st.parts = append(st.parts, st.commandFailed)
				if st.class == finishedWell {
					st.class = finishedFailed
				}
			}
			st.text = strings.Join(st.parts, "; ")
			out = append(out, st)
		}
	}
	for _, h := range s.Left() {
		if _, had := last[h]; had {
			continue // it was put back
		}
		out = append(out, hostState{host: h, text: "not touched", parts: []string{"not touched"}})
	}
	return out
}

// passedOver says of hosts whose command failed, and after which the run went on, how
// it failed.
func passedOver(s *run.State) map[string]string {
	commandFailed := map[string]string{}
	for _, turn := range s.Hosts {
		for i, text := range turn.PassedOver {
			if turn.Steps[i].Kind == run.Command {
				commandFailed[turn.Host] = sanitize.Line(text)
			}
		}
	}
	return commandFailed
}

// enteredHosts are the hosts that were seen in maintenance mode.
func enteredHosts(s *run.State) map[string]bool {
	was := map[string]bool{}
	for _, turn := range s.Hosts {
		for _, step := range turn.Steps[:turn.Next] {
			was[turn.Host] = was[turn.Host] || step.Kind == run.Enter
		}
	}
	return was
}

func stands(s *run.State, turn *run.Turn, was map[string]bool) hostState {
	st := hostState{host: turn.Host, turn: turn}
	force := forced(turn, was)
	switch c := s.Current(); {
	case c == turn && turn.Next < len(turn.Steps):
		st.class, st.parts = underWay, append([]string{"at " + at(turn)}, force...)
		if turn.Failed != "" || s.Phase == run.StoppedPhase {
			st.class, st.parts[0] = failed, stoppedAt(turn)
		}
	case len(force) > 0:
		st.class, st.parts = outOfService, force
	case turn.Next == len(turn.Steps) && turn.Postponed:
		st.class, st.parts = notTaken, []string{"postponed, back in service"}
	case turn.Next == len(turn.Steps):
		st.class, st.parts = finishedWell, []string{"back in service"}
	default:
		st.class, st.parts = abandoned, []string{fmt.Sprintf("stopped early at step %d of %d, nothing is in force", turn.Next+1, len(turn.Steps))}
	}
	return st
}

// at is the step that is due: "4/9 umm on: reboot into maintenance mode".
func at(turn *run.Turn) string {
	return fmt.Sprintf("%d/%d %s", turn.Next+1, len(turn.Steps), title(&turn.Steps[turn.Next]))
}

func stoppedAt(turn *run.Turn) string {
	if turn.Failed != "" {
		return "failed at " + at(turn)
	}
	return "stopped at " + at(turn)
}

// inForce says what is changed for a host at this moment, forced in its parts.
func inForce(turn *run.Turn, was map[string]bool) string {
	return strings.Join(forced(turn, was), "; ")
}

func forced(turn *run.Turn, was map[string]bool) []string {
	var parts, titles []string
	if m := mode(turn, was); m != "" {
		parts = append(parts, m)
	}
	for _, c := range turn.Open {
		titles = append(titles, sanitize.Line(c.Title))
	}
	if len(titles) > 0 {
		parts = append(parts, "in force: "+strings.Join(titles, ", "))
	}
	return parts
}

// mode says what is known of a host's mode by this run; nothing where it is
// operational.
func mode(turn *run.Turn, was map[string]bool) string {
	switch {
	case !turn.Entered:
		return ""
	case turn.Begun && turn.Next < len(turn.Steps) && turn.Steps[turn.Next].Kind == run.Leave:
		return "leaving maintenance mode"
	case was[turn.Host]:
		return "in maintenance mode"
	}
	return "possibly in maintenance mode, or rebooting into it"
}

// joined joins the texts that are not empty.
func joined(sep string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(t string) bool { return t == "" }), sep)
}

// tookByKind is how long a host's steps took in all its turns.
func tookByKind(s *run.State, host string) map[run.StepKind]time.Duration {
	out := map[run.StepKind]time.Duration{}
	for i := range s.Hosts {
		if turn := &s.Hosts[i]; turn.Host == host {
			eachStep(s, turn, func(kind run.StepKind, took time.Duration) { out[kind] += took })
		}
	}
	return out
}

// eachStep gives the steps of a turn that are done, and how long they took; and the
// one that was begun, until the last that was heard of.
func eachStep(s *run.State, turn *run.Turn, give func(run.StepKind, time.Duration)) {
	for i, took := range turn.Took {
		give(turn.Steps[i].Kind, took)
	}
	if turn.Begun && turn.Next < len(turn.Steps) {
		give(turn.Steps[turn.Next].Kind, max(0, s.Last.Sub(turn.BegunAt)))
	}
}
