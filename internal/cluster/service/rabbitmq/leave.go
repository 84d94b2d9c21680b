package rabbitmq

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"umm/internal/cluster/service"
)

// Leave implements service.View.
//
// What becomes of a queue whose only copy is on the host:
//   - exclusive: it goes with its connection, as at any end of that; nothing is said.
//   - auto-delete: it goes with its last consumer; nothing is said.
//   - durable: its messages stay on the disk and are there after the reboot, but
//     nobody can use it meanwhile. An operator may accept that: queue-unserved.
//   - transient: it is gone with its messages. An operator who knows that its users
//     declare it again may accept that: queue-lost.
//
// A mirrored queue without a synchronised copy elsewhere, a quorum queue or a stream
// without a majority elsewhere, and the majority of the nodes cannot be risked.
func (v *view) Leave(host string) []service.Verdict {
	all := []service.Verdict{v.majority(host)}
	m := v.by[host]
	if m == nil || m.node == "" {
		return append(all, judge.Unknown("copies", host, "", "cannot tell which node of the cluster %s is", host))
	}
	queues, from, err := v.queues([]string{host})
	if err != nil {
		return append(all, judge.Unknown("copies", host, err.Error(), "the queues cannot be listed"))
	}
	var noMirror, unserved, lost, minority []queue
	for _, q := range queues {
		switch {
		case q.replicated():
			if v.losesQuorum(q, m.node) {
				minority = append(minority, q)
			}
		case q.leader != m.node || q.exclusive:
		case q.mirrored && len(q.mirrors) > 0:
			if !slices.ContainsFunc(q.inSync, func(n string) bool { return n != m.node && v.isRunning(n, host) }) {
				noMirror = append(noMirror, q)
			}
		case q.autoDelete:
		case q.durable:
			unserved = append(unserved, q)
		default:
			lost = append(lost, q)
		}
	}
	say := func(name, risk string, bad []queue, good, reason string) {
		w := judge.OK(name, host, fmt.Sprintf("%s: %d queues", from, len(queues)), good, host)
		if len(bad) > 0 {
			w = judge.Stop(name, host, from+": "+lists(bad), reason, len(bad), host).WithRisk(risk)
		}
		all = append(all, w)
	}
	say("copies", "", noMirror, "every mirrored queue has a copy in sync apart from %s",
		"%d mirrored queues have no copy in sync apart from that on %s")
	say("queue-quorum", "", minority, "every quorum queue keeps a majority without %s", "%d quorum queues or streams have no majority without %s")
	say("unserved", "queue-unserved", unserved, "no durable queue is on %s alone",
		"%d durable queues are on %s alone: kept on its disk, but nobody can use them while it is away")
	say("transient", "queue-lost", lost, "no transient queue is on %s alone",
		"%d transient queues are on %s alone and would be gone, with their messages")
	return all
}

// losesQuorum tells whether a replicated queue would have no majority.
func (v *view) losesQuorum(q queue, node string) bool {
	if !slices.Contains(q.members, node) {
		return false
	}
	left := 0
	for _, n := range q.online {
		if n != node {
			left++
		}
	}
	return left < len(q.members)/2+1
}

// isRunning tells whether all peers of host that can be asked see a node running. If
// none can, majority says so.
func (v *view) isRunning(node, host string) bool {
	for _, m := range v.voices([]string{host}) {
		if !slices.Contains(m.cluster.running, node) {
			return false
		}
	}
	return true
}

// majority: more than half of all nodes go on. Nodes that find themselves in a
// minority pause, where the cluster is set so; and they must not hold decisions.
func (v *view) majority(host string) service.Verdict {
	peers := v.voices([]string{host})
	if len(peers) == 0 {
		return judge.Unknown("majority", host, "", "no other node reports how many nodes run")
	}
	worst := peers[0]
	left := func(m *member) int {
		n := 0
		for _, node := range m.cluster.running {
			if node != v.by[host].nodeName() {
				n++
			}
		}
		return n
	}
	for _, m := range peers {
		if left(m) < left(worst) {
			worst = m
		}
	}
	n, total := left(worst), len(worst.cluster.nodes)
	seen := fmt.Sprintf("%s: running_nodes: %s of %d", worst.host, strings.Join(worst.cluster.running, " "), total)
	if n <= total/2 {
		return judge.Stop("majority", host, seen, "without %s %d of %d nodes run: no majority", host, n, total)
	}
	return judge.OK("majority", host, seen, "without %s %d of %d nodes run", host, n, total)
}

func (m *member) nodeName() string {
	if m == nil {
		return ""
	}
	return m.node
}

const drainPatience = 2 * time.Minute

// Exit implements service.View.
//
// A drained node closes its listeners and its clients' connections, and hands over
// the leaders of quorum queues; mirrored queues stay where they are. The clients go
// elsewhere while all nodes still run, and not in the moment in which mirrors are
// promoted. A restart ends it (3.10). It is worth it only after proxies stopped
// sending clients to the node.
//
// That a node is drained may be kept by one node alone, the one on which the cluster
// began (3.10): with that one down nothing shows it, and that the drain came to its
// end has to do.
func (v *view) Exit(host string) service.Exit {
	m := v.by[host]
	if m == nil || m.err != nil || !m.cluster.canDrain {
		return service.Exit{}
	}
	wait := service.Waiting{Limit: drainPatience}
	if len(m.cluster.running) < len(m.cluster.nodes) {
		wait.Until = service.UntilDone
	}
	return service.Exit{Changes: []service.Change{{
		ID: Name + "/drain/" + host, About: service.About(about{drains}), Service: Name, Target: host,
		Title: fmt.Sprintf("drain RabbitMQ on %s", host),
		On:    []string{host},
		Do:    service.Command{Argv: shell("drain")},
		Undo:  service.Command{Argv: shell("revive")},
		Wait:  wait,
	}}}
}

// Hears implements service.Narrow: a node knows by itself whether it is drained.
func (Service) Hears(c service.Change) []string {
	if actOf(c) == drains {
		return []string{c.Target}
	}
	return nil
}

// AsksAbout implements service.Frugal: no change is about queues.
func (s Service) AsksAbout(_ service.Change, host string, members []string) []service.Ask {
	return s.Asks(host, members)
}

// about is what a change is about.
type about struct {
	Act string `json:"act"`
}

// What changes do.
const (
	drains = "drain"
	starts = "start"
)

// actOf is what a change does; of one of before November 2026 the ID says it.
func actOf(c service.Change) string {
	var a about
	if c.Decode(&a) {
		return a.Act
	}
	act, _, _ := strings.Cut(strings.TrimPrefix(c.ID, Name+"/"), "/")
	return act
}

// Settled implements service.View.
func (v *view) Settled(c service.Change, done bool) service.Verdict {
	m := v.by[c.Target]
	switch {
	case m == nil:
		return judge.Unknown("settled", c.Target, "", "%s is not a member", c.Target)
	case actOf(c) == starts:
		return v.started(m)
	case actOf(c) != drains:
		return judge.Unknown("settled", c.Target, "", "%q is not a change of this service", c.ID)
	case m.err != nil && m.down && done:
		return judge.OK("settled", c.Target, m.err.Error(), "RabbitMQ does not run on %s: it serves nobody", c.Target)
	case m.err != nil && m.down:
		// It comes back without being drained.
		return judge.Wait("settled", c.Target, m.err.Error(), "RabbitMQ does not run on %s yet", c.Target)
	case m.err != nil:
		return judge.Unknown("settled", c.Target, m.err.Error(), "%s cannot be asked", c.Target)
	case m.node == "":
		return judge.Unknown("settled", c.Target, "", "cannot tell which node of the cluster %s is", c.Target)
	}
	drained := m.cluster.drained
	seen := fmt.Sprintf("%s: %s", c.Target, map[bool]string{true: marked, false: "not " + marked}[drained])
	switch {
	case done && !drained && c.Wait.Until == service.UntilDone:
		return judge.OK("settled", c.Target, seen, "%s was drained; as long as other nodes are down nothing may show it", m.node)
	case drained == done && done:
		return judge.OK("settled", c.Target, seen, "%s is drained", m.node)
	case drained == done:
		return judge.OK("settled", c.Target, seen, "%s serves again", m.node)
	default:
		return judge.Wait("settled", c.Target, seen, "%s is not yet %s", m.node, map[bool]string{true: "drained", false: "revived"}[done])
	}
}

// started: a node that was started runs, and the others see it.
func (v *view) started(m *member) service.Verdict {
	out := []string{}
	for _, host := range v.members {
		if host != m.host && v.by[host].err != nil {
			out = append(out, host)
		}
	}
	w := v.running(m.host, out)
	w.Name = "settled"
	return w
}
