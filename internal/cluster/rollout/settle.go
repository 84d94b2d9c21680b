package rollout

import (
	"context"
	"fmt"

	"umm/internal/cluster/run"
)

// judgeSettle says whether the cluster is healthy, and no worse than before the run.
func judgeSettle(seen Observation, s run.State) Result {
	health := seen.Health(inMaintenance(s), excluded(openChanges(s))...)
	r := Result{Status: Done, Verdicts: Collapse(health)}
	if bad := Unaccepted(health, s.Request, s.Baseline); len(bad) > 0 {
		r.Status, r.Text = Waiting, summary(bad)
	}
	return r
}

// settle waits until the cluster is healthy, several checks in a row.
func (e *Engine) settle(ctx context.Context, st run.Step) Result {
	healthy := 0
	return e.wait(ctx, st, e.Limits.Interval, func(ctx context.Context) Result {
		seen := e.Cluster.Sparing(inMaintenance(e.state)...).Observe(ctx, e.Limits)
		r := judgeSettle(seen, e.state)
		if r.Status != Done {
			healthy = 0
			return r
		}
		if healthy++; healthy < e.Limits.Samples {
			r.Status, r.Text = Waiting, fmt.Sprintf("healthy, check %d of %d", healthy, e.Limits.Samples)
			return r
		}
		e.fresh = &seen
		return r
	})
}
