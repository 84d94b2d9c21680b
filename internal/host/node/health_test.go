package node_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"umm/internal/execx"
	"umm/internal/host/mode"
	"umm/internal/host/node"
)

// A boot is healthy once the operator's checks succeed; they are run again until then.
func TestHealthChecks(t *testing.T) {
	w := booted(t)
	w.crash()
	rounds := 0
	w.addHealthCheck("10-api", func(env []string) (execx.Result, error) {
		if !strings.Contains(strings.Join(env, " "), "UMM_PHASE=health") {
			t.Errorf("the environment is %q", env)
		}
		return execx.Result{}, nil
	})
	w.addHealthCheck("20-disks", func([]string) (execx.Result, error) {
		if rounds++; rounds < 4 {
			return execx.Result{Code: 7}, nil
		}
		return execx.Result{}, nil
	})
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		w.must(w.healthy())
		if took := time.Since(began); took != 3*time.Minute || rounds != 4 {
			t.Errorf("after %d rounds it took %v", rounds, took)
		}
	})
	if got := w.status().Unclean.Count; got != 0 {
		t.Errorf("%d unclean boots are counted", got)
	}
	w.pastHas(t, "does not count as healthy: in /etc/umm/health.d, 20-disks failed with exit status 7")
	if events, err := w.node().Past(); err != nil || strings.Count(kinds(events), string(mode.EventUnhealthy)) != 1 {
		t.Errorf("it is told each time: %s (%v)", kinds(events), err)
	}
}

func kinds(events []mode.Event) string {
	var all []string
	for _, e := range events {
		all = append(all, string(e.Kind))
	}
	return strings.Join(all, " ")
}

// While they fail the boot counts as unclean if it ends so.
func TestHealthChecksThatFail(t *testing.T) {
	w := booted(t)
	w.addHealthCheck("10", fails)
	ctx, cancel := context.WithCancel(context.Background())
	w.hooks["etc/umm/health.d/10"] = func([]string) (execx.Result, error) { cancel(); return fails(nil) }
	w.must(w.program(func(_ context.Context, n *node.Node) error { return n.Healthy(ctx) }))
	w.crash()
	w.crash()
	w.wantMaintenance()
	// Maintenance mode is neither: nothing is run, and package scripts go on asking.
	w.hooked = nil
	w.must(w.healthy())
	if len(w.hooked) > 0 || !w.held {
		t.Errorf("run was %q; package scripts ask: %v", w.hooked, w.held)
	}
}

// What others could change is not run, and does not pass either.
func TestHealthChecksOfOthers(t *testing.T) {
	w := booted(t)
	w.addHealthCheck("10", passes)
	if err := os.Chmod(filepath.Join(w.root, "etc/umm/health.d/10"), 0o777); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	w.must(w.program(func(context.Context, *node.Node) error { return w.node().Healthy(ctx) }))
	if len(w.hooked) > 0 || !said(w.warned, "cannot run the health checks") {
		t.Errorf("run was %q; the warnings are %q", w.hooked, w.warned)
	}
}
