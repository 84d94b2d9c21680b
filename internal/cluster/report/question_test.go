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
		past  []run.State
		hosts []string
		want  string
	}{
		{run.Roll, nil, []string{"n1"}, "1 host will reboot (n1). Go on?"},
		{run.Roll, nil, []string{"n1", "n2"}, "2 hosts will reboot one after another (n1, n2). Go on?"},
		{run.Roll, past, []string{"n1", "n2", "n3"}, "3 hosts will reboot one after another (n1, n2, n3), about 15 min. Go on?"},
		{run.Down, nil, []string{"n1", "n2"}, "2 hosts will reboot one after another (n1, n2) and stay in maintenance mode; every service of the cluster stops. Go on?"},
	} {
		r := run.Request{Verb: c.verb}
		if got := report.Question(r, c.hosts, report.EstimateFrom(c.past, r)); got != c.want {
			t.Errorf("it asks %q, want %q", got, c.want)
		}
	}
}
