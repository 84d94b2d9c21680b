package clustercli

import (
	"slices"

	"umm/internal/config/cluster"
	"umm/internal/inventory"
	"umm/internal/service/unwatched"
)

// lookedAfter are the services that look after a kind of process, by kind.
var lookedAfter = map[string]string{"mysql": cluster.Galera}

// covered are the kinds of processes that a service, or a check of the operator's, looks
// after, by host. So is what the operator said not to look after.
func (s *site) covered() map[string][]string {
	all := map[string][]string{}
	for _, host := range s.cluster.Hosts {
		h := inventory.Host{Name: host}
		if i := slices.IndexFunc(s.conf.Hosts, func(c inventory.Host) bool { return c.Name == host }); i >= 0 {
			h = s.conf.Hosts[i]
		}
		for kind, svc := range lookedAfter {
			if slices.Contains(s.cluster.Members[svc], host) || s.conf.Placed(svc, h) == cluster.RunsNot {
				all[host] = append(all[host], kind)
			}
		}
		for _, own := range s.conf.Checks {
			if slices.Contains(s.cluster.Members[own.Name], host) {
				all[host] = append(all[host], own.Name)
			}
		}
	}
	return all
}

// placeUnwatched makes members of the hosts on which something runs that nobody looks
// after.
func (s *site) placeUnwatched() {
	covered := s.covered()
	var members []string
	for _, host := range s.cluster.Hosts {
		if slices.ContainsFunc(s.processes[host], func(kind string) bool { return !slices.Contains(covered[host], kind) }) {
			members = append(members, host)
		}
	}
	if len(members) > 0 {
		s.cluster.Services = append(s.cluster.Services, unwatched.Service{Covered: covered})
		s.cluster.Members[unwatched.Name] = members
	}
}
