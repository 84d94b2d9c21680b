package rollout

import (
	"context"
	"slices"

	"umm/internal/cluster/fanout"
)

// SetGuards sets the run's guard on every host of the cluster but those in except, all or none.
func (e *Engine) SetGuards(ctx context.Context, except ...string) error {
	hosts := slices.DeleteFunc(slices.Clone(e.Cluster.Hosts), func(host string) bool { return slices.Contains(except, host) })
	return fanout.FirstError(hosts, fanout.Each(hosts, func(host string) error {
		return e.Cluster.Guard.Set(ctx, host, e.state.Request)
	}))
}

// clearGuards takes the run's guard off every host, as far as that can be done: the errors are
// those of the hosts, in their order.
func (e *Engine) clearGuards(ctx context.Context) []error {
	return fanout.Each(e.Cluster.Hosts, func(host string) error {
		return e.Cluster.Guard.Clear(context.WithoutCancel(ctx), host, e.state.Request.ID)
	})
}
