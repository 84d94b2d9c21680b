//go:build e2e

package failures_test

import (
	"strings"
	"testing"
	"time"
)

// One host goes, stays, and comes back.
func TestOnAndOff(t *testing.T) {
	soak(t)
	ctx, m := begin(t, 10*time.Minute)
	before := bootsOf(t)
	m.want(ctx, refused, []string{"off", "n2"}, "n2 is not in maintenance mode")
	m.want(ctx, held, []string{"on", "--reason", "a disk", "n2", "--", "true"}, "umm-cluster off n2 brings it back")
	m.want(ctx, gated, []string{"status"}, "n2", "maintenance", "a disk")
	m.want(ctx, refused, []string{"roll", "--hosts", "n1"}, "another run has the cluster", "(a disk)")
	m.want(ctx, refused, []string{"off", "n1"})
	m.want(ctx, done, []string{"off", "n2"})
	before.same(ctx, t, "n1", "n3")
	m.clean(ctx)
}

// The run waits where it was told to.
func TestHolds(t *testing.T) {
	soak(t)
	ctx, m := begin(t, 15*time.Minute)
	before := bootsOf(t)
	m.want(ctx, held, []string{"roll", "--hosts", "n1,n2", "--canary", "--hold", "--reason", "a test"}, "for work by hand", "umm-cluster continue")
	m.want(ctx, done, []string{"history"}, "paused")
	m.want(ctx, held, []string{"resume"}, "umm-cluster continue")
	r := m.want(ctx, held, []string{"continue"}, "was the canary", "umm-cluster continue")
	if strings.Contains(r.out, "for work by hand") {
		t.Error("it holds for the same thing again")
	}
	before.same(ctx, t, "n3")
	m.want(ctx, done, []string{"abort"}, "aborted")
	before.same(ctx, t, "n3")
	m.clean(ctx)
}

// The run waits after so many.
func TestPauseAfter(t *testing.T) {
	soak(t)
	ctx, m := begin(t, 15*time.Minute)
	m.want(ctx, held, []string{"roll", "--pause-after", "2", "--reason", "a test"}, "2 of 3 hosts are done", "umm-cluster continue")
	m.want(ctx, done, []string{"continue"})
	m.clean(ctx)
}
