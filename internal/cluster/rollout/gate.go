package rollout

import (
	"context"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// judgeGate says whether the cluster can do without host. What cannot be read comes first:
// whatever else is wrong may seem so because of it. Otherwise Stop ends the wait, unless one
// of the verdicts says that waiting helps.
func judgeGate(seen Observation, s run.State, host string) Result {
	blocking, all := gateVerdicts(seen, s, host)
	r := Result{Status: Waiting, Text: summary(blocking), Verdicts: Collapse(all)}
	switch {
	case len(blocking) == 0:
		r.Status = Done
	case anyUnknown(blocking):
		r.Status = Unclear
	case service.Worst(blocking) == service.Stop:
		r.Status = Failed
	}
	return r
}

// gateVerdicts are those that keep host from leaving, and all that were made.
func gateVerdicts(seen Observation, s run.State, host string) (blocking, all []service.Verdict) {
	open := openChanges(s)
	health := append(seen.Health(inMaintenance(s), excluded(open)...), seen.healthWithout(host, inMaintenance(s), open)...)
	leaving := seen.Leaving(host)
	for _, c := range open {
		if c.Target == host && len(c.Carries) > 0 {
			// What it did has to be done elsewhere before it goes.
			leaving = append(leaving, seen.Settled(c, true))
		}
	}
	return append(Unaccepted(health, s.Request, s.Baseline), Unaccepted(leaving, s.Request, nil)...), append(health, leaving...)
}

// gate waits until the cluster can do without the host, for as long as waiting helps. What one
// member of a service tells for all its peers tell.
func (e *Engine) gate(ctx context.Context, st run.Step) Result {
	peers := e.Cluster.Sparing(append(inMaintenance(e.state), st.Host)...)
	return e.wait(ctx, st, e.Limits.Interval, func(ctx context.Context) Result {
		return judgeGate(peers.Observe(ctx, e.Limits), e.state, st.Host)
	})
}
