// Package nova judges the compute hosts of OpenStack: whether nova-compute serves on
// them, what runs on one that is to go, and how the scheduler is kept off it. It
// moves no instances: those that run on a host stop with it, which is for the
// operator to accept. It is pure: it says what to ask and reads the answers.
package nova

import (
	"cmp"
	_ "embed"
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
	return shell(openstackScript, append([]string{cmp.Or(s.OpenRC, defaultOpenRC)}, words...)...)
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
		got.list, got.listErr = service.Parsed(a.Get(host, askServices), parseServices)
		got.hostState, got.hostErr = service.Parsed(a.Get(host, askHost), parseHost)
		v.seen[host] = got
	}
	return v
}

// hostAnswer is what one host said.
type hostAnswer struct {
	list    []compute
	listErr error
	hostState
	hostErr error
}

type view struct {
	conf    Service
	members []string
	seen    map[string]hostAnswer
}

// list is what nova has, by the first member that can ask it: a peer of the hosts in
// out before one of them.
func (v view) list(out ...string) (asked string, all []compute, ok bool) {
	asked, ok = service.Teller(v.members, out, v.lists)
	return asked, v.seen[asked].list, ok
}

func (v view) lists(host string) bool { return v.seen[host].listErr == nil }

// complaints are why the members cannot ask.
func (v view) complaints() string {
	return service.Complaints(v.members, func(host string) error { return v.seen[host].listErr })
}

// of is the host's own service.
func of(host string, all []compute) (compute, bool) {
	for _, same := range []func(host, name string) bool{strings.EqualFold, service.Called} {
		for _, c := range all {
			if same(host, c.Host) {
				return c, true
			}
		}
	}
	return compute{}, false
}
