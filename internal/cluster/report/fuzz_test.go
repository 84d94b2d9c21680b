package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"umm/internal/cluster/report"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/sanitize"
)

// hostile is a run in which everything that a host, an operator or an API can say is said so.
func hostile(seen func(run.Entry), host, text, other string) *tape {
	v := service.Verdict{Service: "db", Name: other, Host: host, State: service.Stop, Reason: text, Evidence: other, Risk: other}
	change := service.Change{ID: text, Service: "db", Target: host, Title: other, Undo: service.Command{Argv: []string{text}}}
	steps := []run.Step{{N: 0, Host: host, Kind: run.Gate, Title: text}, {N: 1, Host: host, Kind: run.Drain, Title: other, Change: &change},
		{N: 2, Host: host, Kind: run.Command, Title: "run " + text}}
	x := begin(seen, run.Request{Verb: run.Roll, Hosts: []string{host, "n2"}, Reason: text, By: other, Command: []string{text, other}, Probes: []string{other},
		Risks: []run.Risk{{Name: other, Reason: text}}})
	x.add(run.Entry{Kind: run.Baseline, Verdicts: []service.Verdict{v}})
	x.choose(host, text, steps).do(0, 2).begun(2)
	x.add(run.Entry{Kind: run.Waiting, Host: host, Step: &steps[2], Text: text}).wait(time.Minute)
	x.add(run.Entry{Kind: run.Warned, Host: host, Text: other}).add(run.Entry{Kind: run.Gap, Text: text, Took: time.Second})
	x.add(run.Entry{Kind: run.Failed, Host: host, Step: &steps[2], Text: other, Hint: text, Verdicts: []service.Verdict{v}})
	return x.add(run.Entry{Kind: run.Stopped, Text: text, Hint: other})
}

// plain fails where a text has what a terminal would obey, or would show elsewhere than it stands.
func plain(t *testing.T, where, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s is no UTF-8: %q", where, text)
	}
	for line := range strings.SplitSeq(text, "\n") {
		if sanitize.Line(line) != line {
			t.Errorf("%s has the line %q", where, line)
		}
	}
}

// Whatever is said in a run: it breaks neither out of a line of the terminal, nor out of its place
// on the page or in the log.
func FuzzReport(f *testing.F) {
	for _, text := range []string{"", "n1", "\x1b[2J\x1b]0;owned\a", "a\r\n2026-03-01 23:58:00  n9  all is well", "\u202eevil\u2066", "\x9b31m\xc2\x9b", "\xff\xfe", "<script>alert(1)</script>",
		"\"><img src=x onerror=alert(1)>", "</style><style>*{display:none}", "&lt;b&gt;", "{{.}}", "\u2028\u2029\u200b", strings.Repeat("ä", 300), "url(http://evil)", "\x00\x7f\x85"} {
		f.Add("n1", text, text)
		f.Add(text, "plain", text)
	}
	f.Fuzz(func(t *testing.T, host, text, other string) {
		if host == "n2" || len(host)+len(text)+len(other) > 1<<12 {
			return // two hosts of one name are none
		}
		var lines bytes.Buffer
		l := &report.Lines{Out: &lines}
		table := &report.Table{Now: func() time.Time { return start }}
		x := hostile(report.Multi{l, table}.Emit, host, text, other)
		plain(t, "a line", lines.String())
		for line := range strings.SplitSeq(strings.TrimSuffix(lines.String(), "\n"), "\n") {
			if !strings.HasPrefix(line, "2026-03-0") && !strings.HasPrefix(line, " ") {
				t.Errorf("there is a line of its own: %q", line)
			}
		}
		for _, columns := range []int{20, 100} {
			for _, line := range table.Lines(columns) {
				plain(t, "the table", line)
				if strings.Contains(line, "\n") {
					t.Errorf("the table has two lines in one: %q", line)
				}
			}
		}
		state := fold(t, x)
		plain(t, "the summary", report.Summary(state))
		plain(t, "the history", report.History([]run.State{state}))
		plain(t, "the verdicts", report.Verdicts(state.Baseline))
		var turns []run.Planned
		for _, turn := range state.Hosts {
			turns = append(turns, run.Planned{Host: turn.Host, Why: turn.Why, Steps: turn.Steps})
		}
		plain(t, "the plan", report.Plan(turns, report.Estimates{})+report.Policy(state.Request))
		html := render(t, "hostile", x)
		parse(t, html)
		plain(t, "the page", html)
		logged(t, x)
	})
}

// logged are the two forms of the log, a line an event.
func logged(t *testing.T, x *tape) {
	t.Helper()
	for _, format := range []string{"text", "json"} {
		out := &closing{}
		l, err := report.NewLog(out, format)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range x.entries {
			l.Emit(e)
		}
		plain(t, "the log", out.String())
		for line := range strings.SplitSeq(strings.TrimSuffix(out.String(), "\n"), "\n") {
			if format == "text" && !strings.HasPrefix(line, `time="2026-03-0`) || format == "json" && !json.Valid([]byte(line)) {
				t.Errorf("the log has %q", line)
			}
		}
	}
}

// closing is a log that is kept in memory.
type closing struct{ bytes.Buffer }

func (*closing) Close() error { return nil }
