package site

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"umm/internal/cluster/config"
	"umm/internal/cluster/journal"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
)

// An outage that lasts to the end of a run is recorded with it.
func TestAnOutageThatLastsToTheEnd(t *testing.T) {
	dir := t.TempDir()
	tries := filepath.Join(dir, "tries")
	s := &Site{Conf: config.Config{StateDir: dir, Lock: config.Lock{Engine: "none"}, Probes: []config.Probe{{Name: "vip", Command: []string{"sh", "-c", "echo >>" + tries + "; exit 1"}, Every: time.Millisecond, Timeout: time.Minute}}},
		Runs: journal.Dir{Path: filepath.Join(dir, "runs")}, Limits: limitsOf(config.Config{})}
	r := run.Request{ID: lastRun, Verb: run.Roll}
	r.Probes, r.Connects = s.probed()
	if err := s.drive(t.Context(), job{request: r, start: func(ctx context.Context, e *rollout.Engine) error {
		if err := e.Begin(ctx, r); err != nil {
			return err
		}
		// With the second try the first has failed.
		for {
			if text, err := os.ReadFile(tries); err == nil && len(text) > 1 {
				return nil
			}
			<-time.After(time.Millisecond)
		}
	}}); err != nil {
		t.Fatal(err)
	}
	st, known := s.stateOf(lastRun)
	if !known || st.Phase != run.EndedPhase || len(st.Gaps) != 1 || st.Gaps[0].Text != "vip" || st.Gaps[0].Took <= 0 {
		t.Errorf("%+v", st)
	}
}
