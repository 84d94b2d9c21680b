package site

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"umm/internal/api"
	"umm/internal/cluster/config"
	"umm/internal/cluster/exit"
	"umm/internal/cluster/fanout"
	"umm/internal/cluster/inventory"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/service"
	"umm/internal/cluster/service/detect"
	"umm/internal/cluster/service/unwatched"
	"umm/internal/execx"
)

// presence is what a host tells of itself.
type presence struct {
	services             map[string]detect.Presence
	addresses, processes []string
	ids                  map[string]string
	err                  error
}

// asked is umm on the hosts, of which the status is known already.
type asked struct {
	rollout.Node
	hosts map[string]rollout.HostStatus
}

// Status implements rollout.Node.
func (t asked) Status(_ context.Context, host string) (api.Status, error) {
	return t.hosts[host].Status, t.hosts[host].Err
}

// learn takes up what the hosts have told, in their order. It is an error where one did not,
// or where a service has to be found and is not.
func (s *Site) learn(all []presence) error {
	s.addresses, s.processes = map[string][]string{}, map[string][]string{}
	found, errs := map[string]map[string]detect.Presence{}, make([]error, len(all))
	for i, p := range all {
		host := s.Cluster.Hosts[i]
		s.addresses[host], s.processes[host], found[host], errs[i] = p.addresses, p.processes, p.services, p.err
	}
	s.identify(all)
	s.place(found)
	err := fanout.FirstError(s.Cluster.Hosts, errs)
	if s.detected = err == nil; err != nil {
		return &exit.Error{Code: exit.Gated, Err: err, Hint: HintOf(err)}
	}
	return s.absent()
}

// detect finds the services of the cluster and their members. A host that does not
// answer leaves the members unknown, and is an error.
func (s *Site) detect(ctx context.Context) error {
	return s.learn(fanout.Each(s.Cluster.Hosts, func(host string) presence { return s.present(ctx, host) }))
}

// detectWithStatus is detect, and asks every host at the same time how umm on it stands: each is
// waited for once, however slow it is. Unless keep is set, the connection to a host of no service
// is ended then, so that a large cluster takes no memory for hosts of which nothing more is
// wanted.
func (s *Site) detectWithStatus(ctx context.Context, keep bool) (asked, error) {
	type answer struct {
		presence
		status rollout.HostStatus
	}
	answers := fanout.Each(s.Cluster.Hosts, func(host string) answer {
		var a answer
		var status sync.WaitGroup
		status.Go(func() {
			st, err := s.Cluster.Node.Status(ctx, host)
			a.status = rollout.HostStatus{Host: host, Status: st, Err: err}
		})
		p := s.present(ctx, host)
		status.Wait()
		a.presence = p
		if !keep && p.err == nil && len(p.services) == 0 && len(p.processes) == 0 {
			s.hosts[host].Drop()
		}
		return a
	})
	statuses := asked{Node: s.Cluster.Node, hosts: map[string]rollout.HostStatus{}}
	all := make([]presence, len(answers))
	for i, a := range answers {
		statuses.hosts[s.Cluster.Hosts[i]], all[i] = a.status, a.presence
	}
	return statuses, s.learn(all)
}

// present asks one host which services are there, and for its addresses.
func (s *Site) present(ctx context.Context, host string) presence {
	ask := detect.Ask()
	res, err := s.runner(host).Run(ctx, execx.Cmd{Argv: ask.Argv, Limit: s.Limits.Ask})
	got := service.Answer{Result: res, Err: err}
	there, err := detect.Parse(got)
	return presence{services: there, addresses: detect.Addresses(got), processes: service.Processes(string(got.Result.Stdout)), ids: detect.IDs(got), err: err}
}

// place makes members of what was found and what the configuration says.
func (s *Site) place(found map[string]map[string]detect.Presence) {
	s.Cluster.Services, s.Cluster.Members = nil, map[string][]string{}
	for _, svc := range s.known() {
		var members []string
		for _, host := range s.Cluster.Hosts {
			h := inventory.Host{Name: host}
			if i := slices.IndexFunc(s.Conf.Hosts, func(c inventory.Host) bool { return c.Name == host }); i >= 0 {
				h = s.Conf.Hosts[i]
			}
			_, there := found[host][svc.Name()]
			switch s.Conf.Placed(svc.Name(), h) {
			case config.Runs:
				there = true
			case config.RunsNot:
				there = false
			}
			if there {
				members = append(members, host)
			}
		}
		if len(members) > 0 {
			s.Cluster.Services = append(s.Cluster.Services, svc)
			s.Cluster.Members[svc.Name()] = members
		}
	}
	s.placeUnwatched()
}

// absent is an error where a service has to be found and is not.
func (s *Site) absent() error {
	for _, name := range config.Names() {
		if of, _ := s.Conf.Services.Of(name); of.Enabled == "yes" && len(s.Cluster.Members[name]) == 0 {
			return &exit.Error{Code: exit.Gated, Err: fmt.Errorf("services.%s.enabled is yes, and %s is found on no host", name, name),
				Hint: fmt.Sprintf("services.%s.hosts names the hosts that run it", name)}
		}
	}
	return nil
}

// observe asks the whole cluster once, for commands that only show. again: it will be
// asked again. Others speak for spare, if that is a host, where one speaks for all.
func (s *Site) observe(ctx context.Context, again bool, spare string) (rollout.Observation, error) {
	hosts, err := s.detectWithStatus(ctx, again)
	if err != nil {
		s.warn(err)
	}
	// A host that is away shows none of its services: the run knows who their members are.
	if st, ok := s.own(ctx); ok && len(st.Request.Members) > 0 {
		s.Cluster.Members = st.Request.Members
		s.useMembers()
	}
	c := s.Cluster.Sparing(spare)
	c.Node = hosts
	return c.Observe(ctx, s.Limits), ctx.Err()
}

// useMembers takes up the services of a run that is gone on with.
func (s *Site) useMembers() {
	s.Cluster.Services = nil
	for _, svc := range s.known() {
		if len(s.Cluster.Members[svc.Name()]) > 0 {
			s.Cluster.Services = append(s.Cluster.Services, svc)
		}
	}
	if len(s.Cluster.Members[unwatched.Name]) > 0 {
		s.Cluster.Services = append(s.Cluster.Services, s.unwatched())
	}
}

// LookedFor says what was looked for where nothing at all was found; else it is empty.
func (s *Site) LookedFor() string {
	if !s.detected || len(s.Cluster.Services) > 0 {
		return ""
	}
	known := config.Names()
	others := slices.DeleteFunc(slices.Clone(service.Kinds()), func(kind string) bool { return slices.Contains(known, kind) })
	return fmt.Sprintf("No service found on %s. Looked for: %s; and for processes without a health check: %s.",
		strings.Join(s.Cluster.Hosts, ", "), strings.Join(known, ", "), strings.Join(others, ", "))
}
