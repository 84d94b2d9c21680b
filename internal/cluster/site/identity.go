package site

import (
	"context"
	"fmt"
	"slices"

	"umm/internal/cluster/exit"
	"umm/internal/cluster/fanout"
	"umm/internal/cluster/inventory"
	"umm/internal/cluster/run"
	"umm/internal/execx"
)

// hintOfElsewhere says what to do with a run of another cluster.
const hintOfElsewhere = "--config chooses the cluster; if this one was reinstalled since, umm-cluster unlock shows how to break that run's lock"

// here is this cluster, as far as it is known.
func (s *Site) here() run.Cluster {
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
func (s *Site) identify(all []presence) {
	s.ids = map[string][]string{}
	for _, p := range all {
		for name, id := range p.ids {
			if !slices.Contains(s.ids[name], id) {
				s.ids[name] = append(s.ids[name], id)
			}
		}
	}
}

// elsewhere says why a run is not one of this cluster; empty where it is. What the services call
// their clusters is asked only where the rest does not tell, and a host that does not answer
// tells nothing.
func (s *Site) elsewhere(ctx context.Context, r run.Request) string {
	if why := r.Elsewhere(s.here()); why != "" || len(r.IDs) == 0 || s.ids != nil {
		return why
	}
	s.identify(fanout.Each(s.Cluster.Hosts, func(host string) presence { return s.present(ctx, host) }))
	return r.Elsewhere(s.here())
}

// apart refuses to take the host that umm-cluster runs on, and two names of one
// host.
func (s *Site) apart(ctx context.Context) error {
	local, err := execx.Local{}.Run(ctx, execx.Cmd{Argv: inventory.IdentityCommand()})
	if err != nil {
		return err
	}
	self, err := inventory.ParseIdentity(string(local.Stdout))
	if err != nil {
		return fmt.Errorf("cannot tell which host this is: %w", err)
	}
	seen := map[string]inventory.Identity{}
	for host, id := range fanout.By(s.Cluster.Hosts, func(host string) *inventory.Identity {
		res, err := s.runner(host).Run(ctx, execx.Cmd{Argv: inventory.IdentityCommand(), Limit: s.Limits.Ask})
		if err != nil {
			return nil
		}
		id, err := inventory.ParseIdentity(string(res.Stdout))
		if err != nil {
			return nil
		}
		return &id
	}) {
		if id != nil {
			seen[host] = *id
		}
	}
	if err := inventory.Apart(self, s.Cluster.Hosts, s.Taken, seen); err != nil {
		return &exit.Error{Code: exit.Refused, Err: err}
	}
	return nil
}
