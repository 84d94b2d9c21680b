package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/layout"
	"umm/internal/sanitize"
	"umm/internal/shellquote"
)

// summaryColumns is how wide a summary is: it is read in mails and on consoles too.
const summaryColumns = 100

// Summary is a run in words: what became of it and what comes next, then where each
// host stands, how long it took, what clients noticed, and who asked for it.
func Summary(s run.State) string {
	var b strings.Builder
	b.WriteString(headline(&s) + "\n")
	for _, line := range []string{lastWord(&s), next(&s)} {
		for _, l := range layout.Wrap(line, summaryColumns-2) {
			b.WriteString("  " + l + "\n")
		}
	}
	section(&b, "Hosts", whereLines(&s))
	section(&b, "How hosts came back", leftLines(&s))
	section(&b, "How long it took", timeLines(&s))
	section(&b, "What clients noticed", gapLines(&s))
	section(&b, "Warnings", each(s.Warnings, func(e run.Entry) string {
		return e.At.Format("15:04:05") + "  " + joined(": ", sanitize.Line(e.Host), sanitize.Line(e.Text))
	}))
	section(&b, "Accepted risks", each(s.Request.Risks, func(r run.Risk) string { return sanitize.Line(r.Name) + colon(sanitize.Line(r.Reason)) }))
	section(&b, "Request", requestLines(&s))
	return b.String()
}

func section(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	b.WriteString("\n" + title + "\n")
	for _, l := range lines {
		b.WriteString(strings.TrimRight("  "+l, " ") + "\n")
	}
}

// outcome is a run in a word or two.
func outcome(s *run.State) string {
	switch s.Phase {
	case run.StoppedPhase:
		return "STOPPED"
	case run.PausedPhase:
		return "PAUSED"
	case run.EndedPhase:
		switch {
		case s.Direction == run.Undo:
			return "UNDONE"
		case slices.Contains([]run.Verb{run.Off, run.Up, run.Unlock}, s.Request.Verb):
			return "DONE" // these do not take each of their hosts
		case slices.ContainsFunc(hostStates(s), func(st hostState) bool { return st.class == notTaken || st.class == abandoned }):
			return "ENDED EARLY"
		case len(s.CommandFailed()) > 0:
			return "DONE WITH FAILURES"
		}
		return "DONE"
	}
	switch s.Direction {
	case run.Back:
		return "UNDER WAY BACK"
	case run.Undo:
		return "BEING UNDONE"
	}
	return "UNDER WAY"
}

func headline(s *run.State) string {
	return fmt.Sprintf("%s  %s of %s, %s", outcome(s), s.Request.Verb, sanitize.Line(listed(s.Request.Hosts, "host")), lasted(s))
}

// lasted says how long a run took, or since when it goes on.
func lasted(s *run.State) string {
	switch s.Phase {
	case run.EndedPhase, run.StoppedPhase:
		return "after " + span(s.Last.Sub(s.Started))
	}
	return fmt.Sprintf("since %s, last entry at %s", s.Started.Format(stamp), s.Last.Format(stamp))
}

// lastWord is what was said last of the run.
func lastWord(s *run.State) string {
	if s.Phase == run.Active && s.Text != "" {
		// It was told to go on, and by whom.
		return "last command given " + sanitize.Line(s.Text)
	}
	return sanitize.Line(s.Text)
}

// next says what comes next.
func next(s *run.State) string {
	switch {
	case s.Hint != "":
		return "Next: " + sanitize.Line(s.Hint)
	case s.Phase == run.Active:
		return "Next: nothing while umm-cluster runs; umm-cluster resume if it was killed"
	case s.Phase == run.EndedPhase && len(s.Out()) == 0:
		return "Next: nothing; nothing is in force"
	}
	return ""
}

// leftLines tell of the hosts that did not just come back in the boot that ran.
func leftLines(s *run.State) []string {
	var rows [][]string
	for _, turn := range s.Hosts {
		name := sanitize.Line(turn.Host)
		for _, l := range layout.Wrap(sanitize.Line(turn.Left), summaryColumns-20) {
			if l != "" {
				rows, name = append(rows, []string{name, l}), ""
			}
		}
	}
	return layout.Columns(rows)
}

// whereLines are the hosts: one by one where something is in force or went wrong,
// together where all is well.
func whereLines(s *run.State) []string {
	var rows [][]string
	var more []string
	names := map[class][]string{}
	all := hostStates(s)
	slices.SortStableFunc(all, func(a, b hostState) int { return int(b.class) - int(a.class) })
	for _, st := range all {
		names[st.class] = append(names[st.class], sanitize.Line(st.host))
		switch st.class {
		case notTaken, finishedWell:
			continue
		}
		parts := slices.Clone(st.parts)
		printed := each(st.turn.LastLines, func(line string) string { return "| " + sanitize.Line(line) })
		if f := sanitize.Line(st.turn.Failed); f != "" {
			parts = slices.Insert(parts, 1, append([]string{f}, printed...)...)
		} else {
			parts = append(parts, printed...)
		}
		name := sanitize.Line(st.host)
		for _, part := range parts {
			for _, l := range layout.Wrap(part, summaryColumns-20) {
				rows, name = append(rows, []string{name, l}), ""
			}
		}
	}
	lines := layout.Columns(rows)
	for _, c := range []struct {
		class class
		text  string
	}{{finishedWell, "back in service"}, {notTaken, "not touched"}} {
		if len(names[c.class]) > 0 {
			more = append(more, layout.Wrap(c.text+": "+strings.Join(names[c.class], ", "), summaryColumns-2)...)
		}
	}
	return append(lines, more...)
}

// timeLines are how long each phase took for each host.
func timeLines(s *run.State) []string {
	var kinds []run.StepKind
	took := map[string]map[run.StepKind]time.Duration{}
	all := hostStates(s)
	for _, st := range all {
		if st.turn != nil {
			took[st.host] = tookByKind(s, st.host)
		}
	}
	head := []string{"HOST"}
	for _, k := range run.StepKinds() {
		if slices.ContainsFunc(all, func(st hostState) bool { _, ok := took[st.host][k]; return ok }) {
			kinds, head = append(kinds, k), append(head, layout.Right(strings.ToUpper(string(k)), 7))
		}
	}
	if len(kinds) == 0 {
		return nil
	}
	rows := [][]string{append(head, layout.Right("TOTAL", 7))}
	for _, st := range all {
		if len(took[st.host]) == 0 {
			continue
		}
		row := []string{sanitize.Line(st.host)}
		for _, k := range kinds {
			cell := "-"
			if d, ok := took[st.host][k]; ok {
				cell = clock(d)
			}
			row = append(row, layout.Right(cell, 7))
		}
		rows = append(rows, append(row, layout.Right(clock(st.took), 7)))
	}
	return layout.Columns(rows)
}

func requestLines(s *run.State) []string {
	r := s.Request
	rows := [][]string{
		{"run", sanitize.Line(r.ID)}, {"by", joined(" on ", sanitize.Line(r.By), sanitize.Line(r.Master))},
		{"from", s.Started.Format(stamp)}, {"to", s.Last.Format(stamp)},
	}
	for _, more := range [][]string{{"reason", sanitize.Line(r.Reason)}, {"command", sanitize.Line(shellquote.Line(r.Command...))}, {"options", options(r.Options)}} {
		if more[1] != "" {
			rows = append(rows, more)
		}
	}
	return layout.Columns(rows)
}

func options(o run.Options) string {
	var out []string
	if o.Canary {
		out = append(out, "canary")
	}
	if o.PauseAfter > 0 {
		out = append(out, fmt.Sprintf("pause after %s", count(o.PauseAfter, "host")))
	}
	if o.Hold {
		out = append(out, "hold")
	}
	if o.Enter == run.EnterLive {
		out = append(out, "enter live")
	}
	if o.Leave == run.LeaveReboot {
		out = append(out, "leave by a reboot")
	}
	if o.ContinueOnFailure {
		out = append(out, "go on after a failed command")
	}
	return strings.Join(out, ", ")
}
