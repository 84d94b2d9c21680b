// Package ceph judges a Ceph cluster of version 12 and later: whether its data is
// complete and its daemons are there, whether the OSDs and monitors of a host may
// stop, and how Ceph is told that the host's OSDs will be back, so that it does not
// copy their data elsewhere. It is pure: it says what to ask and reads the answers.
package ceph

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"umm/internal/cluster/service"
)

// Name is the service's.
const Name = "ceph"

// judge makes its verdicts.
const judge = service.Judge(Name)

const askAll = "ceph"

// patience is how long a flag may take to show.
const patience = time.Minute

// Service is Ceph on the hosts of a cluster.
type Service struct{}

// Name implements service.Service.
func (Service) Name() string { return Name }

// Asks implements service.Service. Each host is asked about itself and about the next
// one: a host with nothing but OSDs often has no key to ask anything.
func (Service) Asks(host string, members []string) []service.Ask {
	argv := service.Shell("umm-ceph", script)
	if i := slices.Index(members, host); i >= 0 && len(members) > 1 {
		argv = append(argv, members[(i+1)%len(members)])
	}
	return []service.Ask{{ID: askAll, Argv: argv, Limit: 30 * time.Second}}
}

// Read implements service.Service.
func (Service) Read(members []string, a service.Answers) service.View {
	v := view{members: members, seen: map[string]hostAnswer{}}
	for _, host := range members {
		var s hostAnswer
		var text string
		if text, s.err = a.Get(host, askAll).Output(); s.err == nil {
			s = parse(text)
		}
		v.seen[host] = s
	}
	return v
}

// view implements service.View.
type view struct {
	members []string
	seen    map[string]hostAnswer
}

// best is the first member that can tell how the cluster stands: a peer of the hosts
// in out before one of them.
func (v view) best(out ...string) (asked string, s hostAnswer, ok bool) {
	asked, ok = service.Teller(v.members, out, v.tells)
	return asked, v.seen[asked], ok
}

func (v view) tells(host string) bool { return v.seen[host].err == nil }

// complaints are why the members do not tell.
func (v view) complaints() string {
	return service.Complaints(v.members, func(host string) error { return v.seen[host].err })
}

// monsOf are the monitors of a host: those that run there, and those that have its
// name.
func (v view) monsOf(host string, s hostAnswer) []string {
	var mons []string
	for _, m := range s.quorum.Monmap.Mons {
		if slices.Contains(v.seen[host].daemons.mons, m.Name) || service.Called(host, m.Name) {
			mons = append(mons, m.Name)
		}
	}
	return mons
}

// bucket is CRUSH's entry for a host.
func (s hostAnswer) bucket(host string) (name string, osds []int, ok bool) {
	for _, n := range s.tree.Nodes {
		if n.Type != "host" || !service.Called(host, n.Name) {
			continue
		}
		for _, id := range n.Children {
			if id >= 0 {
				osds = append(osds, id)
			}
		}
		return n.Name, osds, true
	}
	return "", nil, false
}

// osdsOf are the OSDs of a host: those that run there, and those that CRUSH has there.
// running are the former, and those of the latter that are up: a process may be called
// otherwise than is known. known: it could be told at all.
func (v view) osdsOf(host string, s hostAnswer) (all, running []int, known bool) {
	own := v.seen[host]
	_, crush, there := s.bucket(host)
	all = slices.Clone(crush)
	if own.told {
		running = slices.Clone(own.daemons.osds)
		all = append(all, running...)
	}
	for _, o := range s.dump.OSDs {
		if o.Up == 1 && slices.Contains(crush, o.ID) {
			running = append(running, o.ID)
		}
	}
	slices.Sort(all)
	slices.Sort(running)
	return slices.Compact(all), slices.Compact(running), own.told || there
}

// hostOfOSD is the host that an OSD is on; empty if that is none of ours.
func (v view) hostOfOSD(id int, s hostAnswer) string {
	for _, host := range v.members {
		if all, _, _ := v.osdsOf(host, s); slices.Contains(all, id) {
			return host
		}
	}
	return ""
}

// hostOfMon is the host of a monitor; empty if that is none of ours.
func (v view) hostOfMon(name string, s hostAnswer) string {
	for _, host := range v.members {
		if slices.Contains(v.monsOf(host, s), name) {
			return host
		}
	}
	return ""
}

// numbers renders the IDs of OSDs.
func numbers(ids []int) string {
	var all []string
	for _, id := range ids {
		all = append(all, fmt.Sprintf("osd.%d", id))
	}
	return strings.Join(all, ", ")
}
