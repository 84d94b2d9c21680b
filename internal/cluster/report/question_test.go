package report_test

import (
	"testing"
	"time"

	"umm/internal/cluster/report"
	"umm/internal/cluster/run"
)

func TestQuestion(t *testing.T) {
	turn := run.Turn{Host: "n1", Steps: []run.Step{{Kind: run.Enter}}, Next: 1, Took: map[int]time.Duration{0: 5 * time.Minute}}
	past := []run.State{{Request: run.Request{Verb: run.Roll}, Hosts: []run.Turn{turn}}}
	for _, c := range []struct {
		verb  run.Verb
		enter run.EnterBy
		past  []run.State
		hosts []string
		want  string
	}{
		{run.Roll, "", nil, []string{"n1"}, "1 host will reboot (n1). Go on?"},
		{run.Roll, "", nil, []string{"n1", "n2"}, "2 hosts will reboot one after another (n1, n2). Go on?"},
		{run.Roll, "", past, []string{"n1", "n2", "n3"}, "3 hosts will reboot one after another (n1, n2, n3), about 15 min. Go on?"},
		{run.Down, "", nil, []string{"n1", "n2"}, "2 hosts will reboot one after another (n1, n2) and stay in maintenance mode; every service of the cluster stops. Go on?"},
		{run.Roll, run.EnterLive, past, []string{"n1", "n2"}, "2 hosts will enter maintenance mode live one after another (n1, n2), about 10 min. Go on?"},
	} {
		r := run.Request{Verb: c.verb, Options: run.Options{Enter: c.enter}}
		if got := report.Question(r, c.hosts, report.EstimateFrom(c.past, r)); got != c.want {
			t.Errorf("it asks %q, want %q", got, c.want)
		}
	}
}

func TestFits(t *testing.T) {
	turn := run.Turn{Host: "n1", Steps: []run.Step{{Kind: run.Enter}}, Next: 1, Took: map[int]time.Duration{0: 10 * time.Minute}}
	past := []run.State{{Request: run.Request{Verb: run.Roll}, Hosts: []run.Turn{turn}}}
	now := time.Date(2026, 11, 30, 4, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		past []run.State
		till string
		want string
	}{
		{past, "", ""},
		{past, "04:31", "Begun now, it is through at about 04:30, and so by 04:31.\n"},
		{past, "04:25", "Begun now, it would pause after 2 of 3 hosts: the next one would not be back by 04:25.\n"},
		{past, "04:05", "Begun now, it would pause after 0 of 3 hosts: the next one would not be back by 04:05.\n"},
		{nil, "04:31", "Begun now, whether it is through by 04:31 is not known: there is no earlier run to tell.\n"},
	} {
		r := run.Request{Verb: run.Roll, Hosts: []string{"n1", "n2", "n3"}}
		if c.till != "" {
			at, err := time.Parse("15:04", c.till)
			if err != nil {
				t.Fatal(err)
			}
			r.Options.Until = time.Date(2026, 11, 30, at.Hour(), at.Minute(), 0, 0, time.UTC)
		}
		if got := report.Fits(r, report.EstimateFrom(c.past, r), now); got != c.want {
			t.Errorf("by %s it says %q, want %q", c.till, got, c.want)
		}
	}
}
