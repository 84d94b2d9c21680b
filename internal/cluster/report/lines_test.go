package report_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/report"
	"umm/internal/cluster/run"
)

func TestLines(t *testing.T) {
	var b bytes.Buffer
	l := &report.Lines{Out: &b}
	roll(l.Emit, 2)
	b.WriteString("\n")
	broken((&report.Lines{Out: &b}).Emit)
	b.WriteString("\n")
	downUp((&report.Lines{Out: &b}).Emit)
	golden(t, "lines.txt", b.Bytes())
}

func TestLinesAreQuietWhileTheyWait(t *testing.T) {
	var b bytes.Buffer
	l := &report.Lines{Out: &b}
	x := begin(l.Emit, run.Request{Verb: run.Roll, Hosts: hosts(1)}).choose("n1", "why", allSteps("n1")).begun(0)
	b.Reset()
	waits := func(text string) {
		x.wait(time.Second).add(run.Entry{Kind: run.Waiting, Host: "n1", Step: &x.turn[0], Text: text})
	}
	for range 400 {
		waits("n2 is a donor")
	}
	if got := strings.Count(b.String(), "\n"); got != 2 {
		t.Errorf("400 s of the same are %d lines:\n%s", got, b.String())
	}
	b.Reset()
	for i := range 40 {
		waits(strings.Repeat("x", i+1))
	}
	if got := strings.Count(b.String(), "\n"); got != 4 {
		t.Errorf("40 s of something else each second are %d lines:\n%s", got, b.String())
	}
	// A step that is begun is told about at once.
	b.Reset()
	x.done(0).begun(1)
	x.add(run.Entry{Kind: run.Waiting, Host: "n1", Step: &x.turn[1], Text: "x"})
	if !strings.Contains(b.String(), "waiting: x\n") {
		t.Errorf("%s", b.String())
	}
}

func TestLinesGoOnWhereTheRunWas(t *testing.T) {
	var b bytes.Buffer
	past := broken(nil)
	m := report.Multi{&report.Lines{Out: &b}}
	m.Recall(past.entries)
	past.seen = m.Emit
	past.add(run.Entry{Kind: run.Resumed, Text: "by bob"}).begun(3).done(3)
	if got := b.String(); strings.Count(got, "\n") != 3 || !strings.Contains(got, "n3  4/9 umm on") || !strings.Contains(got, "resumed: by bob") {
		t.Errorf("%s", got)
	}
}

func TestNothingReachesATerminalThatItWouldObey(t *testing.T) {
	var b bytes.Buffer
	l := &report.Lines{Out: &b}
	evil := "a\x1b]0;title\x07b\r\nc\u009b31m\u202ed"
	x := begin(l.Emit, run.Request{Verb: run.Roll, Hosts: []string{evil}, Reason: evil, Risks: []run.Risk{{Name: evil}}})
	x.choose(evil, evil, []run.Step{{Kind: run.Gate, Title: evil}}).begun(0)
	for _, k := range []run.Kind{run.Failed, run.Warned, run.Gap, run.Stopped, run.Waiting} {
		x.add(run.Entry{Kind: k, Host: evil, Step: &x.turn[0], Text: evil, Hint: evil})
	}
	if strings.ContainsAny(b.String(), "\x1b\a\r\u009b\u202e") || strings.Contains(b.String(), "\nc") {
		t.Errorf("%q", b.String())
	}
}

type refusing struct{}

func (refusing) Emit(run.Entry) {}
func (refusing) Close() error   { return errors.New("cannot close") }

func TestMultiClosesAll(t *testing.T) {
	var b bytes.Buffer
	m := report.Multi{refusing{}, &report.Lines{Out: &b}, refusing{}}
	roll(m.Emit, 1)
	if b.Len() == 0 {
		t.Error("the second was not told")
	}
	if err := m.Close(); err == nil || strings.Count(err.Error(), "cannot close") != 2 {
		t.Errorf("%v", err)
	}
}
