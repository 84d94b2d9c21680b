// Package nova judges the compute hosts of OpenStack: whether nova-compute serves on
// them, what runs on one that is to go, and how the scheduler is kept off it. It
// moves no instances: those that run on a host stop with it, which is for the
// operator to accept. It is pure: it says what to ask and reads the answers.
package nova

import (
	_ "embed"
	"slices"
	"strings"
	"time"

	"umm/internal/cluster/service"
)

// Name is the service's.
const Name = "nova"

// judge makes its verdicts.
const judge = service.Judge(Name)

// The asks.
const (
	askServices = "services"
	askHost     = "host"
)

// binary is the service that is looked after.
const binary = "nova-compute"

// defaultOpenRC is where the login for the openstack command is.
const defaultOpenRC = "/root/openrc"

// patience is how long it may take until the service shows as it was set.
const patience = 2 * time.Minute

// openstackScript works with the openstack command and the login of a file, which is its
// first argument. The others are what to do, the host as nova calls it, and the reason.
//
//go:embed openstack.sh
var openstackScript string

// hostScript prints when the host booted and which virtual machines run on it.
//
//go:embed host.sh
var hostScript string

// Service is nova-compute on the hosts of a cluster.
type Service struct {
	// OpenRC is the file with the login for the openstack command, on the hosts.
	OpenRC string
}

// Name implements service.Service.
func (Service) Name() string { return Name }

func shell(script string, args ...string) []string {
	return service.Shell("umm-nova", script, args...)
}

func (s Service) openstack(words ...string) []string {
	file := s.OpenRC
	if file == "" {
		file = defaultOpenRC
	}
	return shell(openstackScript, append([]string{file}, words...)...)
}

// Asks implements service.Service. The openstack command takes seconds to begin.
func (s Service) Asks(string, []string) []service.Ask {
	return []service.Ask{
		{ID: askServices, Argv: s.openstack("list"), Limit: 30 * time.Second},
		{ID: askHost, Argv: shell(hostScript)},
	}
}

// Read implements service.Service.
func (s Service) Read(members []string, a service.Answers) service.View {
	v := view{conf: s, members: members, seen: map[string]hostAnswer{}}
	for _, host := range members {
		var got hostAnswer
		var text string
		if text, got.listErr = a.Get(host, askServices).Output(); got.listErr == nil {
			got.list, got.listErr = parseServices(text)
		}
		if text, got.hostErr = a.Get(host, askHost).Output(); got.hostErr == nil {
			got.boot, got.instances, got.hostErr = parseHost(text)
		}
		v.seen[host] = got
	}
	return v
}

// hostAnswer is what one host said.
type hostAnswer struct {
	list    []compute
	listErr error
	// boot is when the host booted; instances are the virtual machines on it.
	boot      time.Time
	instances []string
	hostErr   error
}

type view struct {
	conf    Service
	members []string
	seen    map[string]hostAnswer
}

// list is what nova has, by the first member that can ask it: a peer of the hosts in
// out before one of them.
func (v view) list(out ...string) (asked string, all []compute, ok bool) {
	for _, away := range []bool{false, true} {
		for _, host := range v.members {
			if s := v.seen[host]; s.listErr == nil && slices.Contains(out, host) == away {
				return host, s.list, true
			}
		}
	}
	return "", nil, false
}

// complaints are why the members cannot ask.
func (v view) complaints() string {
	var all []string
	for _, host := range v.members {
		if err := v.seen[host].listErr; err != nil {
			all = append(all, host+": "+err.Error())
		}
	}
	return strings.Join(all, "; ")
}

// of is the host's own service.
func of(host string, all []compute) (compute, bool) {
	for _, c := range all {
		if strings.EqualFold(c.Host, host) {
			return c, true
		}
	}
	for _, c := range all {
		if service.Label(c.Host) == service.Label(host) {
			return c, true
		}
	}
	return compute{}, false
}
