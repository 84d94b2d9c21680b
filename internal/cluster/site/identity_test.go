package site

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"umm/internal/cluster/config"
	"umm/internal/cluster/exit"
	"umm/internal/cluster/journal"
	"umm/internal/cluster/lock"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/ummclient"
)

// Two clusters on one master, with hosts of the same names and one state_dir: neither is offered
// the other's runs, nor takes one up.
func TestARunOfAnotherCluster(t *testing.T) {
	a, _ := reachable(t, 2)
	b, _ := reachable(t, 2)
	dir := t.TempDir()
	for _, s := range []*Site{a, b} {
		s.Conf, s.Runs = config.Config{StateDir: dir, Lock: config.Lock{Engine: "none"}}, journal.Dir{Path: filepath.Join(dir, "runs")}
	}
	stopped(t, a, lastRun)
	any := func(run.State) bool { return true }
	if id := a.RunOf(t.Context(), any); id != lastRun {
		t.Errorf("its own cluster is offered %q", id)
	}
	if _, _, err := a.takeUp(t.Context(), lastRun); err != nil {
		t.Error(err)
	}
	if id := b.RunOf(t.Context(), any); id != "" {
		t.Errorf("the other cluster is offered %q", id)
	}
	var coded *exit.Error
	if _, _, err := b.takeUp(t.Context(), lastRun); !errors.As(err, &coded) || coded.Code != exit.Refused || !strings.Contains(err.Error(), "is of another cluster: its n1 is at") {
		t.Errorf("the other cluster takes it up: %v", err)
	}
	if got := b.hintOfHeld(&lock.HeldError{Claim: lock.Claim{Run: lastRun}}); !strings.Contains(got, "of another cluster") || strings.Contains(got, "abort") {
		t.Errorf("the other cluster is told %q", got)
	}
	// What takes how long there is no measure for what it takes here.
	if own, others := a.OwnRuns(), b.OwnRuns(); len(own) != 1 || len(others) != 0 {
		t.Errorf("%v, %v", own, others)
	}
	// It is in nobody's way there, and its own cluster is told of it.
	if got := b.standing(t.Context()); got != "" {
		t.Errorf("the other cluster stands %q", got)
	}
	if err := b.begun(t.Context()); err != nil {
		t.Error(err)
	}
	if got := a.standing(t.Context()); !strings.Contains(got, lastRun) {
		t.Errorf("its own cluster stands %q", got)
	}
	if err := a.begun(t.Context()); err == nil {
		t.Error("its own cluster begins another run")
	}
}

// stopped is a run that has stopped on a cluster and still has it.
func stopped(t *testing.T, s *Site, id string, changes ...func(*run.Request)) {
	t.Helper()
	file, err := s.Runs.Create(id)
	if err != nil {
		t.Fatal(err)
	}
	r := run.Request{ID: id, Verb: run.On, Hosts: []string{"n1"}, Machines: s.here().Machines, IDs: s.ids}
	for _, change := range changes {
		change(&r)
	}
	for _, e := range []run.Entry{{Kind: run.Requested, Request: &r}, {Kind: run.Stopped}} {
		e.At = time.Now()
		if _, err := file.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	_, l, err := s.keeper().Acquire(t.Context(), lock.Claim{Run: id})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Detach(); err != nil {
		t.Fatal(err)
	}
}

// While one of them has a run at work the other one has one, too, from its beginning to its end.
func TestTwoClustersAtOnce(t *testing.T) {
	a, _ := reachable(t, 2)
	b, _ := reachable(t, 2)
	dir := t.TempDir()
	begin := func(s *Site, id string, meanwhile func()) {
		t.Helper()
		s.Conf, s.Runs = config.Config{StateDir: dir, Lock: config.Lock{Engine: "none"}}, journal.Dir{Path: filepath.Join(dir, "runs")}
		s.Cluster.Guard, s.Limits = ummclient.Client{Runner: s.runner, Limit: time.Minute}, rollout.Limits{Ask: time.Minute, Samples: 1}
		r := run.Request{ID: id, Verb: run.Roll, Machines: s.here().Machines}
		if err := s.drive(t.Context(), job{request: r, start: func(ctx context.Context, e *rollout.Engine) error {
			if err := e.Begin(ctx, r); err != nil {
				return err
			}
			meanwhile()
			return nil
		}}); err != nil {
			t.Errorf("%s: %v", id, err)
		}
		if st, known := s.stateOf(id); !known || st.Phase != run.EndedPhase {
			t.Errorf("%s stands %+v", id, st)
		}
	}
	begin(a, lastRun, func() {
		begin(b, "20261123-092115-0000", func() {
			for s, id := range map[*Site]string{a: lastRun, b: "20261123-092115-0000"} {
				if st, ok := s.own(t.Context()); !ok || st.Request.ID != id {
					t.Errorf("the cluster of %s has %q", id, st.Request.ID)
				}
			}
		})
		if st, ok := a.own(t.Context()); !ok || st.Request.ID != lastRun {
			t.Errorf("the end of the other one's has left it with %q", st.Request.ID)
		}
	})
}

// Where ssh cannot tell two clusters apart their services can.
func TestARunOfAnotherClusterByItsServices(t *testing.T) {
	var says atomic.Value
	says.Store("")
	a, _ := reachableAs(t, 2, func(int, string) string { return says.Load().(string) + "end\n" })
	dir := t.TempDir()
	a.Conf, a.Runs = config.Config{StateDir: dir, Lock: config.Lock{Engine: "none"}}, journal.Dir{Path: filepath.Join(dir, "runs")}
	a.ids = map[string][]string{"galera": {"4a6b0d2e-7a4c-11ef-9b5e-0b6c1f3d2a10"}}
	stopped(t, a, lastRun)
	any := func(run.State) bool { return true }
	for _, c := range []struct{ says, offered string }{
		{"id galera 4a6b0d2e-7a4c-11ef-9b5e-0b6c1f3d2a10\n", lastRun},
		{"id galera ffffffff-7a4c-11ef-9b5e-0b6c1f3d2a10\n", ""},
		{"", lastRun},
	} {
		says.Store(c.says)
		a.ids = nil
		if id := a.RunOf(t.Context(), any); id != c.offered {
			t.Errorf("where the hosts say %q, %q is offered", c.says, id)
		}
		if _, _, err := a.takeUp(t.Context(), lastRun); (err == nil) != (c.offered != "") {
			t.Errorf("where the hosts say %q it is taken up: %v", c.says, err)
		}
	}
}
