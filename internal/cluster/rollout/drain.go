package rollout

import (
	"context"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// drain takes the host out of a service: it makes one change, and waits for its effect.
func (e *Engine) drain(ctx context.Context, st run.Step) Result {
	c := *st.Change
	if len(c.Do.Argv) == 0 {
		return e.waitForChange(ctx, st, c, true, c.Target)
	}
	if c.Wait.Until != service.UntilDone && e.Cluster.About(c).Observe(ctx, e.Limits).Settled(c, true).State == service.OK {
		return Result{Status: Done, Text: "already done"}
	}
	where, err := e.act(ctx, c.On, c.Do)
	if err != nil {
		return failure(err)
	}
	if c.Wait.Until == service.UntilLater {
		return Result{Status: Done, Text: "on " + where + "; a later step waits for it"}
	}
	return e.waitForChange(ctx, st, c, true, where)
}

// start starts a service on a host in maintenance mode, as drain makes a change. Where the host
// is to reboot anyway, the service starts with that.
func (e *Engine) start(ctx context.Context, st run.Step) Result {
	if st.Leave == run.LeaveAuto {
		if h := e.statusOf(ctx, st.Host); h.Err == nil && rebootNeeded(h.Status) {
			return Result{Status: Done, Text: "left to the reboot"}
		}
	}
	return e.drain(ctx, st)
}
