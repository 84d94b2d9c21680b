package clustercli

import (
	"fmt"
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
func (s *site) known() []service.Service {
	var all []service.Service
	for _, c := range s.conf.Checks {
		all = append(all, custom.Service{Label: c.Name, Check: c.Check, Drain: c.Drain, Undrain: c.Undrain, Timeout: c.Timeout})
	}
	h, e := s.conf.Services.HAProxy, s.conf.Services.Etcd
	return append(all,
		nova.Service{OpenRC: s.conf.Services.Nova.OpenRC},
		haproxy.Service{Sockets: h.Sockets, Patience: h.Patience, OneUp: h.OneUp, Addresses: s.allAddresses()},
		rabbitmq.Service{},
		galera.Service{},
		etcd.Service{Endpoints: e.Endpoints, CAFile: e.CAFile, CertFile: e.CertFile, KeyFile: e.KeyFile},
		ceph.Service{},
		pacemaker.Service{},
	)
}

// allAddresses are those of the inventory, and those that the hosts themselves tell.
func (s *site) allAddresses() map[string][]string {
	all := map[string][]string{}
	for _, host := range s.cluster.Hosts {
		all[host] = s.addresses[host]
	}
	for _, h := range s.conf.Hosts {
		if _, ours := all[h.Name]; ours && h.Address != "" {
			all[h.Name] = append(slices.Clone(all[h.Name]), h.Address)
		}
	}
	return all
}

// absent is an error where a service has to be found and is not.
func (s *site) absent() error {
	for _, name := range config.Names() {
		if of, _ := s.conf.Services.Of(name); of.Enabled == "yes" && len(s.cluster.Members[name]) == 0 {
			return &Error{Code: Gated, Err: fmt.Errorf("services.%s.enabled is yes, and %s is found on no host", name, name),
				Hint: fmt.Sprintf("services.%s.hosts names the hosts that run it", name)}
		}
	}
	return nil
}
