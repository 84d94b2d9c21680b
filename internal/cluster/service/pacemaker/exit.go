package pacemaker

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/service"
)

// Exit implements service.View. A host that is in standby already is not changed:
// that is somebody else's.
func (v view) Exit(host string) service.Exit {
	node := cmp.Or(v.nodes[host], host)
	asked, s, ok := v.best(host)
	if !ok {
		return service.Exit{Changes: []service.Change{v.standby(host, node, "", "online", nil)}}
	}
	var e service.Exit
	here := s.mon.on(node)
	for _, r := range here {
		switch {
		case address(r):
			e.Late = append(e.Late, "holds the virtual IP "+r.id)
			e.Moves++
		case r.promoted():
			e.Late = append(e.Late, "runs the promoted "+r.id)
			e.Moves++
		}
	}
	if s.mon.dc == node {
		e.Late = append(e.Late, "is Pacemaker's coordinator")
	}
	if n, known := s.mon.node(node); known && n.standby {
		return e
	}
	c := v.standby(host, node, v.seen[asked].stored.standby[node], "online", stops(here))
	c.Carries, c.Shows = v.carried(host, s.mon), v.stopped(host, s.mon)
	e.Changes = []service.Change{c}
	return e
}

// The attribute that pacemaker.sh gives a node that a run sets to standby, with the value that
// standby had before, or noValue.
const (
	markAttribute = "umm-standby"
	noValue       = "none"
)

// aboutStandby is what a change is about: the node that it sets to standby.
type aboutStandby struct {
	Node string `json:"node"`
}

// standbyOf is the node of a change; of one of before November 2026 the ID ends with it.
func standbyOf(c service.Change) string {
	var about aboutStandby
	if c.Decode(&about) {
		return about.Node
	}
	return strings.TrimPrefix(c.ID, Name+"/")
}

// standby sets a node to standby, and afterwards puts its attribute back: to the
// value that it had, or away where it had none; undo is "online", or "abandoned" where
// it may have been put back already. Pacemaker keeps it over reboots.
func (v view) standby(host, node, before, undo string, stops []string) service.Change {
	c := service.Change{
		ID: Name + "/" + node, Service: Name, Target: host, Title: "set " + host + " to standby in Pacemaker",
		About: service.About(aboutStandby{node}),
		Do:    service.Command{Argv: shell("standby", node, before)}, Undo: service.Command{Argv: shell(undo, node, before)}, Wait: service.Waiting{Limit: patience}, Stops: stops,
	}
	c.On = service.PeersFirst(v.members, host, func(string) bool { return true })
	return c
}

// stops are the services that Pacemaker runs on a host, and so stops there.
func stops(here []resource) []string {
	var names []string
	for _, r := range here {
		if address(r) || stonith(r) || !r.managed {
			continue
		}
		if name := runs(r.id, r.agent); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// runs is the service that a resource is, by its name and its agent; empty if it is
// none that is known.
func runs(id, agent string) string {
	text := strings.ToLower(id + " " + agent)
	for _, known := range []struct{ word, service string }{
		{"galera", "galera"}, {"mysql", "galera"}, {"mariadb", "galera"}, {"rabbit", "rabbitmq"}, {"haproxy", "haproxy"},
		{"etcd", "etcd"}, {"nova-compute", "nova"}, {"novacompute", "nova"},
	} {
		if strings.Contains(text, known.word) {
			return known.service
		}
	}
	return ""
}

// address tells whether a resource is a virtual IP: ocf:heartbeat:IPaddr2,
// ocf::fuel:ns_IPaddr2 and their like.
func address(r resource) bool {
	kind := strings.ToLower(r.agent[strings.LastIndexByte(r.agent, ':')+1:])
	return strings.Contains(kind, "ipaddr") || strings.HasSuffix(kind, "ip") || strings.HasSuffix(kind, "vip")
}

func stonith(r resource) bool { return strings.HasPrefix(r.agent, "stonith") }

// Settled implements service.View. Done is a node in standby that runs nothing any
// more, and what it ran and can run elsewhere does; undone one that is online and takes resources.
func (v view) Settled(c service.Change, done bool) service.Verdict {
	const name = "settled"
	node := standbyOf(c)
	peers := v.readable(c.Target)
	if len(peers) == 0 {
		peers = v.readable()
	}
	var all []service.Verdict
	for _, host := range peers {
		m := v.seen[host].mon
		n, known := m.node(node)
		if !known {
			all = append(all, judge.Unknown(name, c.Target, "crm_mon on "+host+": no such node", "Pacemaker does not know %s", node))
			continue
		}
		here := m.on(node)
		here = slices.DeleteFunc(here, func(r resource) bool { return !r.managed })
		seen := fmt.Sprintf("crm_mon on %s: node %s online=%t standby=%t, %d resources", host, node, n.online, n.standby, len(here))
		say := func(state service.State, format string, args ...any) {
			all = append(all, judge.Verdict(name, c.Target, state, seen, format, args...))
		}
		switch {
		case done && !n.standby:
			say(service.Wait, "%s is not in standby yet", c.Target)
		case done && len(here) > 0:
			say(service.Wait, "Pacemaker still runs %s on %s", ids(here), c.Target)
		case done && len(m.nowhere(c.Carries, node)) > 0:
			say(service.Wait, "Pacemaker runs nowhere yet what ran on %s: %s", c.Target, strings.Join(m.nowhere(c.Carries, node), ", "))
		case done:
			say(service.OK, "%s is in standby, and Pacemaker runs nothing there", c.Target)
		case n.standby:
			say(service.Wait, "%s is still in standby", c.Target)
		case !n.online || n.pending:
			say(service.Wait, "Pacemaker on %s is not online yet", c.Target)
		default:
			say(service.OK, "%s is online in Pacemaker and takes resources", c.Target)
		}
	}
	if len(all) == 0 {
		return judge.Unknown(name, c.Target, "", "no host tells how Pacemaker stands")
	}
	return worst(all)[0]
}

func ids(rs []resource) string {
	var names []string
	for _, r := range rs {
		if !slices.Contains(names, r.id) {
			names = append(names, r.id)
		}
	}
	return strings.Join(names, ", ")
}
