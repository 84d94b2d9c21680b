package rollout

import (
	"context"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// judgeRestore says whether a change may be undone: all that no change keeps from it has to be
// healthy, so that nobody is sent back to a service that is not there yet.
func judgeRestore(seen Observation, s run.State, except []string) Result {
	bad := Unaccepted(seen.Health(inMaintenance(s), except...), s.Request, s.Baseline)
	if len(bad) > 0 {
		return Result{Status: Waiting, Text: summary(bad)}
	}
	return Result{Status: Done}
}

// healthFirst tells whether the cluster has to be healthy before the change of a step is undone.
// Where one change of a service was undone on that condition, the others of it are too; a run
// that is aborted undoes what it can.
func (e *Engine) healthFirst(st run.Step) bool {
	return st.Kind == run.Restore && e.state.Direction != run.Undo && e.cleared != st.Change.Service
}

// limit is how long a step may take. One that waits for the cluster's health has as long as that
// may take, and then the change has its own time.
func (e *Engine) limit(st run.Step) time.Duration {
	if e.healthFirst(st) {
		return e.Limits.Settle
	}
	return st.Limit
}

// restore undoes one change, once the cluster is healthy enough.
func (e *Engine) restore(ctx context.Context, st run.Step) Result {
	c := *st.Change
	if e.healthFirst(st) {
		waiting := st
		waiting.Limit = e.limit(st)
		// A change that another run made is not in the entries of this one.
		except := excluded(append(openChanges(e.state), c))
		rest := e.Cluster.Without(except...).Sparing(inMaintenance(e.state)...)
		r := e.wait(ctx, waiting, e.Limits.Interval, func(ctx context.Context) Result {
			return judgeRestore(rest.Observe(ctx, e.Limits), e.state, except)
		})
		if r.Status != Done {
			return r
		}
		e.cleared = c.Service
	}
	if st.Limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, st.Limit)
		defer cancel()
	}
	where, r := e.undo(ctx, st, c)
	if r.Status != Done {
		return r
	}
	return e.waitForChange(ctx, st, c, false, where)
}

// undo undoes a change. The service may not be there yet, as on a host that has just booted,
// or where a run is aborted: it tries until it is.
func (e *Engine) undo(ctx context.Context, st run.Step, c service.Change) (where string, r Result) {
	r = e.wait(ctx, st, e.Limits.Interval, func(ctx context.Context) Result {
		var err error
		if where, err = e.act(ctx, c.On, c.Undo); err != nil {
			return Result{Status: Waiting, Text: err.Error()}
		}
		return Result{Status: Done}
	})
	return where, r
}
