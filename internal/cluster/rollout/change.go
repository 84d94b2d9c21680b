package rollout

import (
	"context"
	"errors"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// judgeChange says how a change, or its undo, stands by what its service says of it.
func judgeChange(v service.Verdict) Result {
	r := Result{Status: Waiting, Text: v.Reason, Verdicts: []service.Verdict{v}}
	switch v.State {
	case service.OK:
		r.Status = Done
	case service.Stop:
		r.Status = Failed
	}
	return r
}

// goesOnWithout tells whether a run goes on although a change had no effect in time. What a
// soft change waits for may never end, as a client's connection. A run that is aborted has
// undone it, and does not wait for whatever else ails the service.
func goesOnWithout(c service.Change, done bool, r Result, d run.Direction) bool {
	return c.Wait.Until == service.UntilLimit && (done || d == run.Undo) && r.Status == Interrupted && errors.Is(r.Err, context.DeadlineExceeded)
}

// waitForChange waits for the effect of a change that was made on where, or undone there. What
// was undone in a service that was just coming up may be lost, as when the parts of a Pacemaker
// cluster meet and the configuration of one of them wins: where nothing is seen of it for a
// while, it is undone again.
func (e *Engine) waitForChange(ctx context.Context, st run.Step, c service.Change, done bool, where string) Result {
	asked := e.Now()
	r := e.wait(ctx, st, e.Limits.Poll, func(ctx context.Context) Result {
		now := judgeChange(e.Cluster.About(c).Observe(ctx, e.Limits).Settled(c, done))
		if now.Status == Waiting && !done && c.Undoable() && e.Now().Sub(asked) >= e.Limits.RepeatUndo {
			if _, err := e.act(ctx, c.On, c.Undo); err != nil {
				now.Text = err.Error()
				return now
			}
			asked = e.Now()
		}
		return now
	})
	switch {
	case goesOnWithout(c, done, r, e.state.Direction):
		r = Result{Status: Done, Text: "on " + where + "; continued after " + st.Limit.String() + ": " + r.Verdicts[0].Reason, Verdicts: r.Verdicts}
	case r.Status == Done:
		r.Text = "on " + where
	}
	return r
}
