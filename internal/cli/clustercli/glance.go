package clustercli

import (
	"context"
	"sync"

	"umm/internal/api"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/service/detect"
)

// told is umm on the hosts, with what they have said of themselves already.
type told struct {
	rollout.Node
	hosts map[string]rollout.HostStatus
}

// Status implements rollout.Node.
func (t told) Status(_ context.Context, host string) (api.Status, error) {
	return t.hosts[host].Status, t.hosts[host].Err
}

// glance asks every host at once how umm on it stands and which services run there:
// each is waited for once, however slow it is. Unless keep is set, the connection to a
// host of no service is ended then, so that a large cluster takes no memory for hosts
// of which nothing more is wanted.
func (s *site) glance(ctx context.Context, keep bool) (told, error) {
	t := told{Node: s.cluster.Node, hosts: map[string]rollout.HostStatus{}}
	found := map[string]map[string]detect.Presence{}
	failed, facts := map[string]error{}, map[string]hostFacts{}
	var lock sync.Mutex
	var all sync.WaitGroup
	for _, host := range s.cluster.Hosts {
		all.Go(func() {
			var h rollout.HostStatus
			var status sync.WaitGroup
			status.Go(func() {
				st, err := s.cluster.Node.Status(ctx, host)
				h = rollout.HostStatus{Host: host, Status: st, Err: err}
			})
			there, at, err := s.present(ctx, host)
			status.Wait()
			if !keep && err == nil && len(there) == 0 && len(at.processes) == 0 {
				s.hosts[host].Drop()
			}
			lock.Lock()
			defer lock.Unlock()
			t.hosts[host], found[host], facts[host] = h, there, at
			if err != nil {
				failed[host] = err
			}
		})
	}
	all.Wait()
	s.learn(facts)
	s.place(found)
	s.detected = len(failed) == 0
	if err := firstError(s.cluster.Hosts, failed); err != nil {
		return t, err
	}
	return t, s.absent()
}
