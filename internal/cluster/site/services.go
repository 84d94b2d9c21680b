package site

import (
	"slices"

	"umm/internal/cluster/config"
	"umm/internal/cluster/service"
	"umm/internal/cluster/service/ceph"
	"umm/internal/cluster/service/custom"
	"umm/internal/cluster/service/etcd"
	"umm/internal/cluster/service/galera"
	"umm/internal/cluster/service/haproxy"
	"umm/internal/cluster/service/nova"
	"umm/internal/cluster/service/pacemaker"
	"umm/internal/cluster/service/rabbitmq"
	"umm/internal/cluster/service/unwatched"
)

// known are the services in the order in which hosts leave them; they come back in the
// reverse order. What is used stays until its users have gone:
//
//   - the operator's own services first: they may use all others;
//   - nova, while its API and all below that is where it was: no more instances come;
//   - HAProxy, which sends clients to the other hosts;
//   - RabbitMQ and Galera, which those clients were the users of;
//   - etcd, whose leader hands over, and Ceph, told that the host will be back: what
//     all others may keep their state in;
//   - Pacemaker last. It moves the addresses and stops what it runs, so that nothing
//     can be drained on the host any more.
//
// On the way back so noout stays until Ceph's data is complete, clients come when the
// services are there, and instances when everything is.
func (s *Site) known() []service.Service {
	var all []service.Service
	for _, c := range s.Conf.Checks {
		all = append(all, custom.Service{Label: c.Name, Check: c.Check, Drain: c.Drain, Undrain: c.Undrain, Timeout: c.Timeout})
	}
	h, e := s.Conf.Services.HAProxy, s.Conf.Services.Etcd
	return append(all,
		nova.Service{OpenRC: s.Conf.Services.Nova.OpenRC},
		haproxy.Service{Sockets: h.Sockets, Patience: h.Patience, OneUp: h.OneUp, Addresses: s.allAddresses()},
		rabbitmq.Service{},
		galera.Service{},
		etcd.Service{Endpoints: e.Endpoints, CAFile: e.CAFile, CertFile: e.CertFile, KeyFile: e.KeyFile},
		ceph.Service{},
		pacemaker.Service{},
	)
}

// allAddresses are those of the inventory, and those that the hosts themselves tell.
func (s *Site) allAddresses() map[string][]string {
	all := map[string][]string{}
	for _, host := range s.Cluster.Hosts {
		all[host] = s.addresses[host]
	}
	for _, h := range s.Conf.Hosts {
		if _, ours := all[h.Name]; ours && h.Address != "" {
			all[h.Name] = append(slices.Clone(all[h.Name]), h.Address)
		}
	}
	return all
}

// lookedAfter are the services that look after a kind of process, by kind.
var lookedAfter = map[string]string{
	"mysql": config.Galera, "haproxy": config.HAProxy, "rabbitmq": config.RabbitMQ, "etcd": config.Etcd,
	"ceph": config.Ceph, "nfs-ganesha": config.Ceph, "iscsi-gateway": config.Ceph,
	"pacemaker": config.Pacemaker, "nova": config.Nova,
}

// covered are the kinds of processes that a service, or a check of the operator's, looks
// after, by host.
func (s *Site) covered() map[string][]string {
	all := map[string][]string{}
	for _, host := range s.Cluster.Hosts {
		for kind, svc := range lookedAfter {
			if slices.Contains(s.Cluster.Members[svc], host) {
				all[host] = append(all[host], kind)
			}
		}
		for _, own := range s.Conf.Checks {
			if slices.Contains(s.Cluster.Members[own.Name], host) {
				all[host] = append(all[host], own.Name)
			}
		}
	}
	return all
}

// placeUnwatched makes members of the hosts on which something runs that nobody looks
// after.
func (s *Site) placeUnwatched() {
	covered := s.covered()
	var members []string
	for _, host := range s.Cluster.Hosts {
		if slices.ContainsFunc(s.processes[host], func(kind string) bool { return !slices.Contains(covered[host], kind) }) {
			members = append(members, host)
		}
	}
	if len(members) > 0 {
		s.Cluster.Services = append(s.Cluster.Services, s.unwatched())
		s.Cluster.Members[unwatched.Name] = members
	}
}

// unwatched is what looks at those members.
func (s *Site) unwatched() service.Service {
	waived := map[string]string{}
	for _, u := range s.Conf.Services.Unwatched {
		waived[u.Name] = u.Reason
	}
	return unwatched.Service{Covered: s.covered(), Waived: waived}
}
