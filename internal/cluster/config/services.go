package config

import (
	"slices"
	"time"

	"umm/internal/cluster/inventory"
)

// Service is what can be said of every service.
type Service struct {
	// Enabled is auto, yes or no; yes: it has to be found on some host.
	Enabled string `json:"enabled"`
	// Hosts are those that run it and no others; empty: those where it is found.
	Hosts []string `json:"hosts"`
}

// Services are what is said of each service. Paths and programs are the hosts'.
type Services struct {
	Pacemaker Service        `json:"pacemaker"`
	Galera    Service        `json:"galera"`
	RabbitMQ  Service        `json:"rabbitmq"`
	HAProxy   HAProxyService `json:"haproxy"`
	Ceph      Service        `json:"ceph"`
	Etcd      EtcdService    `json:"etcd"`
	Nova      NovaService    `json:"nova"`
	// Unwatched is what may run without that anything looks after it.
	Unwatched []Unwatched `json:"unwatched"`
}

// Unwatched is a kind of service that nobody has to look after, and why.
type Unwatched struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// HAProxyService has the admin sockets, and what is to be known of backends, and how long a drain waits for connections.
type HAProxyService struct {
	Service
	Sockets  []string      `json:"sockets"`
	Patience time.Duration `json:"patience"`
	// OneUp are backends of which one server alone is up by design.
	OneUp []string `json:"one_up"`
}

// EtcdService has what etcdctl needs.
type EtcdService struct {
	Service
	Endpoints []string `json:"endpoints"`
	CAFile    string   `json:"ca_file"`
	CertFile  string   `json:"cert_file"`
	KeyFile   string   `json:"key_file"`
}

// NovaService has the file with the login for the openstack command.
type NovaService struct {
	Service
	OpenRC string `json:"openrc"`
}

// Of is what is said of the service of that name.
func (s Services) Of(name string) (Service, bool) {
	service, ok := map[string]Service{
		Pacemaker: s.Pacemaker, Galera: s.Galera, RabbitMQ: s.RabbitMQ, HAProxy: s.HAProxy.Service,
		Ceph: s.Ceph, Etcd: s.Etcd.Service, Nova: s.Nova.Service,
	}[name]
	return service, ok
}

// Placement says whether a service runs on a host.
type Placement int

// The placements.
const (
	// Look: the configuration does not say; what runs on the host does.
	Look Placement = iota
	Runs
	RunsNot
)

// Placed says whether a service runs on a host, as far as the configuration does:
// a service that lists its hosts runs on those, a host that lists its services
// runs those, and neither runs anything else. One of the operator's own runs where its
// check says.
func (c Config) Placed(service string, h inventory.Host) Placement {
	for _, own := range c.Checks {
		switch {
		case own.Name != service:
		case len(own.Hosts) == 0 || slices.Contains(own.Hosts, h.Name):
			return Runs
		default:
			return RunsNot
		}
	}
	s, ok := c.Services.Of(service)
	switch {
	case !ok || s.Enabled == "no":
		return RunsNot
	case slices.Contains(s.Hosts, h.Name) || slices.Contains(h.Services, service):
		return Runs
	case len(s.Hosts) > 0 || h.Services != nil:
		return RunsNot
	}
	return Look
}
