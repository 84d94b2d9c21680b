package rollout

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// SetGuards sets the run's guard on every host of the cluster, all or none.
func (e *Engine) SetGuards(ctx context.Context, except ...string) error {
	failed := e.onHosts(except, func(host string) error {
		return e.Cluster.Guard.Set(ctx, host, e.state.Request)
	})
	for _, host := range slices.Sorted(maps.Keys(failed)) {
		return fmt.Errorf("%s: %w", host, failed[host])
	}
	return nil
}

// clearGuards takes the run's guard off every host, as far as that can be done.
func (e *Engine) clearGuards(ctx context.Context) map[string]error {
	return e.onHosts(nil, func(host string) error {
		return e.Cluster.Guard.Clear(context.WithoutCancel(ctx), host, e.state.Request.ID)
	})
}

// onHosts does something on every host at once, but on those in except.
func (e *Engine) onHosts(except []string, do func(host string) error) map[string]error {
	failed := map[string]error{}
	var lock sync.Mutex
	var work sync.WaitGroup
	for _, host := range e.Cluster.Hosts {
		if slices.Contains(except, host) {
			continue
		}
		work.Go(func() {
			if err := do(host); err != nil {
				lock.Lock()
				defer lock.Unlock()
				failed[host] = err
			}
		})
	}
	work.Wait()
	return failed
}
