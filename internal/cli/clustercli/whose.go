package clustercli

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"umm/internal/cluster/lock"
	"umm/internal/cluster/run"
)

// hintOfElsewhere says what to do with a run of another cluster.
const hintOfElsewhere = "--config says which cluster is meant; where this one was set up anew since, umm-cluster unlock shows how to take it away from that run"

// here is this cluster, as far as it is known.
func (s *site) here() run.Cluster {
	if s.machines == nil {
		s.machines = map[string]run.Machine{}
		for name, host := range s.hosts {
			m := run.Machine{Address: host.Addr()}
			// What is not recorded, or cannot be read, does not tell hosts apart.
			keys, _ := host.Recorded()
			for _, k := range keys {
				m.Keys = append(m.Keys, k.Fingerprint)
			}
			s.machines[name] = m
		}
	}
	return run.Cluster{Machines: s.machines, IDs: s.ids}
}

// identify keeps what the services of the hosts call their clusters.
func (s *site) identify(facts map[string]hostFacts) {
	s.ids = map[string][]string{}
	for _, host := range s.cluster.Hosts {
		for name, id := range facts[host].ids {
			if !slices.Contains(s.ids[name], id) {
				s.ids[name] = append(s.ids[name], id)
			}
		}
	}
}

// elsewhere says why a run is not one of this cluster; empty where it is. What the services call
// their clusters is asked only where the rest does not tell, and a host that does not answer
// tells nothing.
func (s *site) elsewhere(ctx context.Context, r run.Request) string {
	if why := r.Elsewhere(s.here()); why != "" || len(r.IDs) == 0 || s.ids != nil {
		return why
	}
	facts := map[string]hostFacts{}
	var lock sync.Mutex
	var all sync.WaitGroup
	for _, host := range s.cluster.Hosts {
		all.Go(func() {
			_, told, _ := s.present(ctx, host)
			lock.Lock()
			defer lock.Unlock()
			facts[host] = told
		})
	}
	all.Wait()
	s.identify(facts)
	return r.Elsewhere(s.here())
}

// keeperHere is what stands on this master of the leases of this cluster.
func (s *site) keeperHere() lock.Keeper {
	return lock.Keeper{Dir: filepath.Join(s.conf.StateDir, "lease"), Now: time.Now, Machines: s.here().Machines,
		Known: func(id string) map[string]run.Machine {
			st, _ := stateOf(s, id)
			return st.Request.Machines
		}}
}
