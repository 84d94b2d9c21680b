package clustercli

import (
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/config"
	"umm/internal/cluster/service"
	"umm/internal/cluster/service/unwatched"
)

// lookedAfter are the services that look after a kind of process, by kind.
var lookedAfter = map[string]string{
	"mysql": config.Galera, "haproxy": config.HAProxy, "rabbitmq": config.RabbitMQ, "etcd": config.Etcd,
	"ceph": config.Ceph, "nfs-ganesha": config.Ceph, "iscsi-gateway": config.Ceph,
	"pacemaker": config.Pacemaker, "nova": config.Nova,
}

// covered are the kinds of processes that a service, or a check of the operator's, looks
// after, by host.
func (s *site) covered() map[string][]string {
	all := map[string][]string{}
	for _, host := range s.cluster.Hosts {
		for kind, svc := range lookedAfter {
			if slices.Contains(s.cluster.Members[svc], host) {
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
		s.cluster.Services = append(s.cluster.Services, s.unwatched())
		s.cluster.Members[unwatched.Name] = members
	}
}

// unwatched is what looks at those members.
func (s *site) unwatched() service.Service {
	waived := map[string]string{}
	for _, u := range s.conf.Services.Unwatched {
		waived[u.Name] = u.Reason
	}
	return unwatched.Service{Covered: s.covered(), Waived: waived}
}

// lookedFor says what was looked for where nothing at all was found; else it is empty.
func (s *site) lookedFor() string {
	if !s.detected || len(s.cluster.Services) > 0 {
		return ""
	}
	known := config.Names()
	others := slices.DeleteFunc(slices.Clone(service.Kinds()), func(kind string) bool { return slices.Contains(known, kind) })
	return fmt.Sprintf("No service was found on %s. Looked for: %s; and for processes that nothing looks after: %s.",
		strings.Join(s.cluster.Hosts, ", "), strings.Join(known, ", "), strings.Join(others, ", "))
}
