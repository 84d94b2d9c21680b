package clustercli

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/config/cluster"
	"umm/internal/journal"
	"umm/internal/lease"
	"umm/internal/run"
)

// Two clusters on one master, with hosts of the same names and one state_dir: neither is offered
// the other's runs, nor takes one up.
func TestARunOfAnotherCluster(t *testing.T) {
	x := try(t)
	a, _ := reachable(t, 2)
	b, _ := reachable(t, 2)
	dir := t.TempDir()
	for _, s := range []*site{a, b} {
		s.conf, s.runs = cluster.Config{StateDir: dir, Lease: cluster.Lease{Engine: "none"}}, journal.Dir{Path: filepath.Join(dir, "runs")}
	}
	file, err := a.runs.Create(lastRun)
	if err != nil {
		t.Fatal(err)
	}
	r := run.Request{ID: lastRun, Verb: run.On, Hosts: []string{"n1"}, Machines: a.machines()}
	for _, e := range []run.Entry{{Kind: run.Requested, Request: &r}, {Kind: run.Stopped}} {
		e.At = time.Now()
		if _, err := file.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	_, l, err := x.keeper(a).Acquire(t.Context(), lease.Claim{Run: lastRun})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Leave(); err != nil {
		t.Fatal(err)
	}
	any := func(run.State) bool { return true }
	if id := x.runOf(a, any); id != lastRun {
		t.Errorf("its own cluster is offered %q", id)
	}
	if _, _, err := x.takeUp(t.Context(), a, lastRun); err != nil {
		t.Error(err)
	}
	if id := x.runOf(b, any); id != "" {
		t.Errorf("the other cluster is offered %q", id)
	}
	var coded *Error
	if _, _, err := x.takeUp(t.Context(), b, lastRun); !errors.As(err, &coded) || coded.Code != Refused || !strings.Contains(err.Error(), "is of another cluster: its n1 is at") {
		t.Errorf("the other cluster takes it up: %v", err)
	}
	for _, got := range []string{b.standing(t.Context()), hintOfHeld(b, &lease.Held{Claim: lease.Claim{Run: lastRun}})} {
		if !strings.Contains(got, "of another cluster") || strings.Contains(got, "abort") {
			t.Errorf("the other cluster is told %q", got)
		}
	}
}
