package report

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"sync"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/sanitize"
	"umm/internal/shellquote"
)

//go:embed page.gohtml
var pageText string

// page is parsed when it is wanted: most commands draw none.
var page = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(pageText)) })

// HTML writes a run as one page that needs nothing else: no script, and nothing from
// any network. What a run has been told is text there, and is read as it stands.
func HTML(w io.Writer, s run.State, entries []run.Entry) error {
	var b bytes.Buffer
	err := page().Execute(&b, pageOf(&s, entries))
	if err == nil {
		_, err = io.WriteString(w, sanitize.Lines(b.String()))
	}
	if err != nil {
		return fmt.Errorf("cannot write the page: %w", err)
	}
	return nil
}

// pageData is all that stands on the page.
type pageData struct {
	Run                       run.Request
	Outcome, Color            string
	What, Text, Next, Options string
	Command                   string
	Started, Last             string
	Cards                     []card
	Timeline                  timeline
	Kinds                     []string
	Broke                     bool
	Standing                  []hostLine
	Hosts                     []hostSteps
	Baseline                  gate
	Warnings                  []logLine
	Log                       []logLine
}

// card is one number that counts.
type card struct{ Title, Value, Note, Color string }

type hostLine struct {
	Host, State, Text, Failed string
	LastLines                 []string
}

// hostSteps are the tries of one host's steps, and those that never began.
type hostSteps struct {
	Host, State, Total, Why string
	Open                    bool
	Rows                    []stepRow
}

type stepRow struct {
	N                                     int
	Kind, Title, From, Took, Result, Text string
	LastLines                             []string
	Gate                                  gate
}

// gate are verdicts, folded away unless one is not ok.
type gate struct {
	Tally    string
	Bad      bool
	Verdicts []service.Verdict
}

type logLine struct{ At, Host, Text, Hint, Kind string }

func gateOf(vs []service.Verdict) gate {
	if len(vs) == 0 {
		return gate{}
	}
	return gate{Tally: tallied(vs), Bad: !service.Good(vs), Verdicts: append(service.Bad(vs), good(vs)...)}
}

// outcomeColors are the classes of the outcomes; the others are a warning.
var outcomeColors = map[string]string{"DONE": "good", "STOPPED": "bad", "UNDER WAY": "calm"}

func pageOf(s *run.State, entries []run.Entry) pageData {
	r := s.Request
	p := pageData{
		Run: r, Outcome: outcome(s), Color: cmp.Or(outcomeColors[outcome(s)], "warn"), What: fmt.Sprintf("%s of %s", r.Verb, listed(r.Hosts, "host")),
		Text: lastWord(s), Next: next(s), Options: options(r.Options), Command: shellquote.Line(r.Command...),
		Started: s.Started.Format(stamp), Last: s.Last.Format(stamp), Cards: cards(s),
		Timeline: layOut(s, entries), Baseline: gateOf(s.Baseline),
	}
	for _, st := range hostStates(s) {
		if st.class != finishedWell {
			line := hostLine{Host: st.host, State: classNames[st.class], Text: st.text}
			if st.turn != nil {
				line.Failed, line.LastLines = st.turn.Failed, st.turn.LastLines
			}
			p.Standing = append(p.Standing, line)
		}
	}
	p.Hosts = stepsOf(s, entries)
	for _, k := range run.StepKinds() {
		if slices.ContainsFunc(p.Timeline.Tracks, func(t track) bool {
			return slices.ContainsFunc(t.Bars, func(b bar) bool { return b.Kind == string(k) })
		}) {
			p.Kinds = append(p.Kinds, string(k))
		}
	}
	p.Broke = slices.ContainsFunc(attempts(entries), func(a attempt) bool { return a.result == "failed" || a.result == "cut" })
	p.Log, p.Warnings = logOf(entries)
	return p
}

func cards(s *run.State) []card {
	n := 0
	all := hostStates(s)
	for _, st := range all {
		if st.class == finishedWell || st.class == finishedFailed {
			n++
		}
	}
	out := []card{
		{Title: "Hosts", Value: fmt.Sprintf("%d of %d", n, len(all)), Note: "back in service"},
		{Title: "Time", Value: clock(s.Last.Sub(s.Started)), Note: "from " + s.Started.Format("15:04:05") + " to " + s.Last.Format("15:04:05")},
	}
	if failed := s.CommandFailed(); len(failed) > 0 {
		out = append(out, card{Title: "Command failed", Value: fmt.Sprint(len(failed)), Note: "on " + listed(failed, "host"), Color: "bad"})
	}
	gap := card{Title: "Clients noticed"}
	gap.Value, gap.Note = unnoticed(s.Request)
	if len(s.Request.Probes) == 0 && len(s.Gaps) == 0 {
		gap.Value, gap.Note = "not measured", "no probes were configured"
	}
	var longest time.Duration
	for _, g := range s.Gaps {
		if g.Took > longest {
			longest = g.Took
			gap = card{Title: "Clients noticed", Value: span(g.Took), Note: g.Text + " was not served", Color: "warn"}
			if len(s.Gaps) > 1 {
				gap.Note = fmt.Sprintf("the longest of %s: %s", count(len(s.Gaps), "gap"), g.Text)
			}
		}
	}
	out = append(out, gap)
	if len(s.Warnings) > 0 {
		out = append(out, card{Title: "Warnings", Value: fmt.Sprint(len(s.Warnings)), Note: "see below", Color: "warn"})
	}
	return out
}

// stepsOf are the steps of each host, in all its turns.
func stepsOf(s *run.State, entries []run.Entry) []hostSteps {
	var out []hostSteps
	tries := attempts(entries)
	for _, st := range hostStates(s) {
		if st.turn == nil {
			continue
		}
		h := hostSteps{Host: st.host, State: classNames[st.class], Total: clock(st.took), Why: st.turn.Why, Open: st.class != finishedWell}
		for _, a := range tries {
			if a.step.Host == st.host {
				h.Rows = append(h.Rows, stepRow{N: a.step.N + 1, Kind: string(a.step.Kind), Title: title(&a.step), From: a.from.Format("15:04:05"),
					Took: span(a.to.Sub(a.from)), Result: a.result, Text: a.end.Text, LastLines: a.end.LastLines, Gate: gateOf(a.end.Verdicts)})
			}
		}
		if st.class == underWay || st.class == failed {
			for _, step := range st.turn.Steps[min(len(st.turn.Steps), st.turn.Next+1):] {
				h.Rows = append(h.Rows, stepRow{N: step.N + 1, Kind: string(step.Kind), Title: title(&step), Result: "not started"})
			}
		}
		out = append(out, h)
	}
	return out
}

// logOf is everything that happened in words, and the warnings by themselves.
func logOf(entries []run.Entry) (all, warnings []logLine) {
	var s run.State
	for _, e := range entries {
		follow(&s, e)
		if e.Kind == run.Waiting {
			continue
		}
		line := logLine{At: e.At.Format("15:04:05"), Host: e.Host, Text: sentence(&s, e), Hint: e.Hint, Kind: string(e.Kind)}
		all = append(all, line)
		if e.Kind == run.Warned {
			line.Text = e.Text
			warnings = append(warnings, line)
		}
	}
	return all, warnings
}
