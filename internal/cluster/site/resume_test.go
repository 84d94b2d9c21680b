package site

import (
	"maps"
	"slices"
	"testing"
	"time"

	"umm/internal/cluster/config"
	"umm/internal/cluster/journal"
	"umm/internal/cluster/run"
)

// A run is closed as it is only after its undoing was tried; tried again, what could not
// be undone is planned anew.
func TestHowToAbort(t *testing.T) {
	for name, c := range map[string]struct {
		state run.State
		leave bool
		want  string
	}{
		"at first":                  {run.State{}, false, undoes},
		"under way":                 {run.State{Direction: run.Undo, Todo: []run.Planned{{}}}, false, resumes},
		"in the middle of a host":   {run.State{Direction: run.Undo, Hosts: []run.Turn{{}}}, false, resumes},
		"something could not be":    {run.State{Direction: run.Undo, Hosts: []run.Turn{{Finished: true}}}, false, undoes},
		"closed before it is tried": {run.State{Direction: run.Back}, true, ""},
		"closed":                    {run.State{Direction: run.Undo, Todo: []run.Planned{{}}}, true, closes},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := howToAbort(c.state, c.leave)
			if got != c.want || (err != nil) != (c.want == "") {
				t.Errorf("%q, %v, want %q", got, err, c.want)
			}
		})
	}
}

// A run that is gone on with knows the hosts' addresses from when it began.
func TestTakeUpAddresses(t *testing.T) {
	s := &Site{Conf: config.Config{}, Runs: journal.Dir{Path: t.TempDir()}}
	file, err := s.Runs.Create(lastRun)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"n1": {"10.0.0.11"}}
	if _, err := file.Append(run.Entry{Kind: run.Requested, Run: lastRun, At: time.Now(),
		Request: &run.Request{ID: lastRun, Verb: run.Roll, Hosts: []string{"n1"}, Addresses: want}}); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	s.Cluster.Hosts = []string{"n1"}
	if _, _, err := s.takeUp(t.Context(), lastRun); err != nil {
		t.Fatal(err)
	}
	if got := s.allAddresses(); !maps.EqualFunc(got, want, slices.Equal[[]string]) {
		t.Errorf("%v", got)
	}
}
