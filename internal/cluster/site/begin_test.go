package site

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/cluster/config"
	"umm/internal/cluster/exit"
	"umm/internal/cluster/journal"
	"umm/internal/cluster/lock"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
)

// untouched is a host that nobody may do anything to; it answers with a mode.
type untouched struct {
	t    *testing.T
	mode string
}

func (u untouched) Status(context.Context, string) (api.Status, error) {
	return api.Status{Version: 1, Mode: u.mode, Enabled: true, BootID: "b"}, nil
}

func (u untouched) On(_ context.Context, host string, _ run.Request) error {
	u.t.Errorf("%s was sent into maintenance mode", host)
	return nil
}

func (u untouched) Off(_ context.Context, host string, _ run.OffOptions) error {
	u.t.Errorf("%s was taken out of maintenance mode", host)
	return nil
}

func (u untouched) Set(_ context.Context, host string, _ run.Request) error {
	u.t.Errorf("%s was marked", host)
	return nil
}

func (u untouched) Clear(context.Context, string, string) error { return nil }
func (u untouched) Refused(error) bool                          { return true }

// A run that never began leaves nothing behind: no claim, no journal, no mark on a
// host, and the next run has the cluster.
func TestARunThatNeverBeganLeavesNoClaim(t *testing.T) {
	for name, c := range map[string]struct {
		mode  string
		spoil func(t *testing.T, dir string)
		code  exit.Code
		want  string
	}{
		"its journal cannot be made": {api.ModeOperational, func(t *testing.T, dir string) {
			if err := os.MkdirAll(filepath.Join(dir, lastRun+".journal", "in-the-way"), 0o700); err != nil {
				t.Fatal(err)
			}
		}, exit.CannotDo, "cannot create the journal"},
		"its log cannot be made": {api.ModeOperational, func(t *testing.T, dir string) {
			if err := os.WriteFile(dir, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, exit.CannotDo, "cannot open the log of the run"},
		"the cluster is not whole": {api.ModeMaintenance, func(*testing.T, string) {}, exit.Gated, "n1 is in maintenance mode"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			host := untouched{t, c.mode}
			s := &Site{Conf: config.Config{StateDir: dir, Lock: config.Lock{Engine: "none"}}, Runs: journal.Dir{Path: filepath.Join(dir, "runs")},
				Limits: rollout.DefaultLimits(), Cluster: rollout.Cluster{Hosts: []string{"n1"}, Node: host, Guard: host}}
			c.spoil(t, s.Runs.Path)
			r := run.Request{ID: lastRun, Verb: run.Roll, Hosts: []string{"n1"}}
			taken := false
			err := s.drive(t.Context(), job{request: r, start: func(ctx context.Context, e *rollout.Engine) error {
				taken = s.keeper().Holder(ctx).OnMaster != nil
				return e.Begin(ctx, r)
			}})
			var coded *exit.Error
			if !errors.As(err, &coded) || coded.Code != c.code || !strings.Contains(err.Error(), c.want) || strings.Contains(coded.Hint, "resume") {
				t.Errorf("%+v", err)
			}
			if began := name != "its log cannot be made"; taken != began {
				t.Errorf("the lock was taken before: %v", taken)
			}
			if st := s.keeper().Holder(t.Context()); st.OnMaster != nil || st.Working {
				t.Errorf("it has the cluster: %+v", st)
			}
			if states := s.PastRuns(); len(states) > 0 {
				t.Errorf("the history has %+v", states)
			}
			_, l, err := s.keeper().Acquire(t.Context(), lock.Claim{Run: "20261124-000000-0000"})
			if err != nil {
				t.Fatalf("the next run is refused: %v", err)
			}
			if err := l.Release(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
