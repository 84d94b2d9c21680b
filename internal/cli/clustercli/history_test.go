package clustercli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/journal"
	"umm/internal/cluster/run"
)

// show is of the last run, unless another one is named; it says so where there is none.
func TestShow(t *testing.T) {
	dir := t.TempDir()
	conf := filepath.Join(dir, "umm-cluster.yaml")
	if err := os.WriteFile(conf, fmt.Appendf(nil, "state_dir: %s\n", dir), 0o600); err != nil {
		t.Fatal(err)
	}
	x := try(t)
	if code := x.cluster("--config", conf, "show"); code != int(Usage) || !strings.Contains(x.stderr.String(), "there is no run") {
		t.Errorf("without a run it ends with %d, %s", code, x.stderr)
	}
	for i, id := range []string{"20260101-000000-aaaa", "20260102-000000-bbbb"} {
		f, err := journal.Dir{Path: filepath.Join(dir, "runs")}.Create(id)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC)
		r := run.Request{ID: id, Verb: run.Roll, Hosts: []string{"n1"}, By: "root", Master: "m"}
		if _, err := f.Append(run.Entry{Kind: run.Requested, Run: id, At: at, Request: &r}); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"show"}, "20260102-000000-bbbb"},
		{[]string{"show", "20260101-000000-aaaa"}, "20260101-000000-aaaa"},
	} {
		if code := x.cluster(append([]string{"--config", conf}, tt.args...)...); code != 0 || !strings.Contains(x.stdout.String(), tt.want) {
			t.Errorf("%v ended with %d and said %s%s, want %s", tt.args, code, x.stdout, x.stderr, tt.want)
		}
	}
	// What cannot be read is told of, and hides no other.
	whole, err := os.ReadFile(filepath.Join(dir, "runs", "20260102-000000-bbbb.journal"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "runs", "20260103-000000-cccc.journal"), append([]byte("torn\n"), whole...), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := x.cluster("--config", conf, "history"); code != 0 || !strings.Contains(x.stdout.String(), "20260102-000000-bbbb") ||
		!strings.Contains(x.stderr.String(), "the run 20260103-000000-cccc is left out") {
		t.Errorf("history ended with %d and said %s%s", code, x.stdout, x.stderr)
	}
	file := filepath.Join(t.TempDir(), "umm-cluster.prom")
	if code := x.cluster("--config", conf, "metrics", file); code != 0 {
		t.Errorf("metrics ended with %d: %s", code, x.stderr)
	}
	if data, err := os.ReadFile(file); err != nil || !strings.Contains(string(data), `run="20260102-000000-bbbb"`) {
		t.Errorf("the metrics are %s (%v)", data, err)
	}
}
