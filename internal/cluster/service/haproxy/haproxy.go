// Package haproxy reads how the HAProxies of a cluster see the servers behind
// them, and says how a host is drained: on every HAProxy its rows go to drain, so
// that new connections go elsewhere while those that exist may end. Health checks
// go on meanwhile, which is why it is drain and not maint: when the row is made
// ready again its state is known. It talks to nothing itself.
package haproxy

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"umm/internal/cluster/service"
)

// Name is the name of the service.
const Name = "haproxy"

// judge makes its verdicts.
const judge = service.Judge(Name)

const askStat = "stat"

// defaultPatience is how long established connections may take to end.
const defaultPatience = 30 * time.Second

// Service is HAProxy on the hosts of a cluster.
type Service struct {
	// Sockets are the admin sockets on each host; if there are none they are looked
	// up in the host's configuration.
	Sockets []string
	// Patience is how long a drain waits for connections to end; 0 means 30 s.
	Patience time.Duration
	// OneUp are backends of which by design one server alone is up: that of the leader,
	// where the check is for it.
	OneUp []string
	// Addresses are what is known of the addresses of all hosts, also of those without a
	// HAProxy of their own, by host.
	Addresses map[string][]string
}

// Name implements service.Service.
func (Service) Name() string { return Name }

// Asks implements service.Service.
func (s Service) Asks(string, []string) []service.Ask {
	var sockets []string
	for _, path := range s.Sockets {
		sockets = append(sockets, "admin:"+path)
	}
	return []service.Ask{{ID: askStat, Argv: command("ask", sockets...), Stdin: []byte(question)}}
}

// Hears implements service.Narrow.
func (Service) Hears(c service.Change) []string { return c.On }

// Read implements service.Service.
func (s Service) Read(members []string, a service.Answers) service.View {
	v := view{members: members, patience: s.Patience, oneUp: s.OneUp, addresses: s.Addresses, seen: map[string]proxy{}}
	if v.patience <= 0 {
		v.patience = defaultPatience
	}
	for _, host := range members {
		var p proxy
		p, p.err = service.Parsed(a.Get(host, askStat), parse)
		v.seen[host] = p
	}
	return v
}

// view implements service.View. The hosts that it is asked about need not be
// members: a host may be behind HAProxy without running one.
type view struct {
	members  []string
	patience time.Duration
	oneUp    []string
	// addresses are those of the hosts, by host.
	addresses map[string][]string
	seen      map[string]proxy
}

// owns tells whether a row of the HAProxy on asked is for host: by the server's
// name, else by its address.
func (v view) owns(host, asked string, r row) bool {
	if v.called(host, r.server) {
		return true
	}
	for _, m := range v.hosts() {
		if m != host && v.called(m, r.server) {
			return false
		}
	}
	if r.address == "" {
		return false
	}
	if ip, err := netip.ParseAddr(r.address); err == nil && ip.IsLoopback() {
		return asked == host
	}
	if has(v.seen[asked].addresses, r.address) {
		// Its kernel never sends it elsewhere, even if others have it too: a bridge's, as 172.17.0.1.
		return asked == host
	}
	var holders []string
	for _, m := range v.hosts() {
		if m == r.address || has(v.seen[m].addresses, r.address) || has(v.addresses[m], r.address) {
			holders = append(holders, m)
		}
	}
	return r.address == host || len(holders) == 1 && holders[0] == host
}

// hosts are the members and all others of which an address is known.
func (v view) hosts() []string {
	all := slices.Concat(v.members, slices.Collect(maps.Keys(v.addresses)))
	slices.Sort(all)
	return slices.Compact(all)
}

// has tells whether an address is among others, however each is written.
func has(addresses []string, address string) bool {
	ip, err := netip.ParseAddr(address)
	return slices.ContainsFunc(addresses, func(a string) bool {
		other, bad := netip.ParseAddr(a)
		return a == address || err == nil && bad == nil && other.Unmap() == ip.Unmap()
	})
}

// called tells whether a server's name is that of a host.
func (v view) called(host, server string) bool {
	for _, name := range []string{host, v.seen[host].node} {
		if name != "" && service.Called(name, server) {
			return true
		}
	}
	return false
}
