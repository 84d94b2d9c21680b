package rabbitmq

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// queue is one queue, with nodes in place of processes.
type queue struct {
	vhost, name string
	// kind is classic, quorum or stream.
	kind       string
	durable    bool
	autoDelete bool
	// exclusive: it belongs to one connection, and goes with it.
	exclusive bool
	messages  int64
	state     string
	// leader is the node with the queue, or its master or leader; empty if none is
	// known.
	leader string
	// mirrored: mirrors, inSync are those of a classic queue.
	mirrored bool
	mirrors  []string
	inSync   []string
	// members and online are those of a quorum queue or a stream.
	members []string
	online  []string
}

func (q queue) replicated() bool { return q.kind == "quorum" || q.kind == "stream" }

// title names a queue for people.
func (q queue) title() string {
	if q.vhost == "/" {
		return fmt.Sprintf("%q", q.name)
	}
	return fmt.Sprintf("%q in %q", q.name, q.vhost)
}

// served tells whether somebody can use it. A queue whose state is not told is not, nor is a
// quorum queue whose leader does not run, or a replicated one of which most members do not:
// its state is that of one member.
func (q queue) served() bool {
	switch q.state {
	case "", "down", "stopped", "crashed", "terminated", "minority", "failed", "recovering":
		return false
	}
	if q.kind == "quorum" && !slices.Contains(q.online, q.leader) {
		return false
	}
	return !q.replicated() || 2*len(q.online) > len(q.members)
}

// parseQueues reads what queuesTerm makes: all queues.
func parseQueues(t term) ([]queue, error) {
	vhosts, ok := t.(list)
	if !ok {
		return nil, errors.New("the answer is not a list of queues")
	}
	var all []queue
	for _, v := range vhosts {
		pair, _ := v.(tuple)
		if len(pair) != 2 {
			return nil, errors.New("the list of queues has something else than a virtual host")
		}
		vhost, _ := text(pair[0])
		queues, ok := pair[1].(list)
		if !ok {
			return nil, fmt.Errorf("cannot list the queues of virtual host %q: %v", vhost, pair[1])
		}
		for _, item := range queues {
			q, err := readQueue(vhost, item)
			if err != nil {
				return nil, err
			}
			all = append(all, q)
		}
	}
	return all, nil
}

func readQueue(vhost string, item term) (queue, error) {
	p := pairs(item)
	name, ok := text(p["name"])
	if !ok {
		return queue{}, fmt.Errorf("a queue of virtual host %q has no name", vhost)
	}
	q := queue{vhost: vhost, name: name, kind: "classic", durable: p["durable"] == "true",
		autoDelete: p["auto_delete"] == "true", exclusive: isNode(p["owner_pid"]),
		members: texts(p["members"]), online: texts(p["online"])}
	if s, ok := text(p["type"]); ok && s != "" {
		// The module's name in some versions: rabbit_quorum_queue.
		q.kind = strings.TrimSuffix(strings.TrimPrefix(s, "rabbit_"), "_queue")
	}
	q.messages, _ = p["messages"].(int64)
	q.state = stateOf(p["state"])
	if isNode(p["pid"]) {
		q.leader = p["pid"].(string)
	}
	_, q.mirrored = p["slave_pids"].(list)
	q.mirrors = texts(p["slave_pids"])
	q.inSync = texts(p["synchronised_slave_pids"])
	if q.replicated() && len(q.members) == 0 {
		return q, fmt.Errorf("cannot tell the members of the queue %s", q.title())
	}
	return q, nil
}

// stateOf is the word of a state: {syncing, 12} is syncing.
func stateOf(t term) string {
	if pair, ok := t.(tuple); ok && len(pair) > 0 {
		t = pair[0]
	}
	s, _ := text(t)
	return s
}

func isNode(t term) bool {
	s, ok := text(t)
	return ok && strings.Contains(s, "@")
}

// lists names queues for people, some of them if they are many.
func lists(queues []queue) string {
	const some = 5
	var names []string
	for _, q := range queues {
		names = append(names, fmt.Sprintf("%s (%d messages)", q.title(), q.messages))
	}
	slices.Sort(names)
	if len(names) > some {
		names = append(names[:some], fmt.Sprintf("and %d more", len(names)-some))
	}
	return strings.Join(names, ", ")
}
