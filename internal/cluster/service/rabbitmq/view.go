package rabbitmq

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/service"
)

type member struct {
	host string
	// node is its name in the cluster; empty where it is not known.
	node string
	// err is why cluster could not be read; down: the tool was there, and the node
	// was not.
	err       error
	down      bool
	cluster   cluster
	queues    []queue
	queuesErr error
}

type view struct {
	members []string
	by      map[string]*member
}

// nameNodes finds the nodes of hosts that did not tell: by the host's name, or since
// it is the only one left.
func (v *view) nameNodes() {
	var all []string
	taken := map[string]bool{}
	for _, host := range v.members {
		for _, node := range v.by[host].cluster.nodes {
			if !slices.Contains(all, node) {
				all = append(all, node)
			}
		}
		taken[v.by[host].node] = true
	}
	free := func() []string {
		return slices.DeleteFunc(slices.Clone(all), func(n string) bool { return taken[n] })
	}
	var nameless []*member
	for _, host := range v.members {
		m := v.by[host]
		if m.node != "" {
			continue
		}
		same := slices.DeleteFunc(free(), func(n string) bool { return !sameHost(n, host) })
		if len(same) == 1 {
			m.node, taken[same[0]] = same[0], true
			continue
		}
		nameless = append(nameless, m)
	}
	if left := free(); len(left) == 1 && len(nameless) == 1 && len(all) == len(v.members) {
		nameless[0].node = left[0]
	}
}

// sameHost tells whether a node's name is that of a host, with or without domain.
func sameHost(node, host string) bool {
	_, at, _ := strings.Cut(node, "@")
	return at != "" && service.Called(host, at)
}

func (v *view) hostOf(node string) string {
	for _, host := range v.members {
		if v.by[host].node == node {
			return host
		}
	}
	return ""
}

// voices are the members whose view of the cluster could be read, apart from out.
func (v *view) voices(out []string) []*member {
	var all []*member
	for _, host := range v.members {
		if m := v.by[host]; m.err == nil && !slices.Contains(out, host) {
			all = append(all, m)
		}
	}
	return all
}

// queues are all queues as the first member tells that can, the ones in last last.
func (v *view) queues(last []string) ([]queue, string, error) {
	var err error
	for _, isLast := range []bool{false, true} {
		for _, host := range v.members {
			if slices.Contains(last, host) != isLast {
				continue
			}
			m := v.by[host]
			if m.queuesErr == nil {
				return m.queues, host, nil
			}
			if err == nil || !errors.Is(m.queuesErr, errQueues) {
				err = fmt.Errorf("%s: %w", host, m.queuesErr)
			}
		}
	}
	if err == nil {
		err = errors.New("there is no member")
	}
	return nil, "", err
}

// Health implements service.View.
func (v *view) Health(out []string) []service.Verdict {
	var all []service.Verdict
	for _, host := range v.members {
		if !slices.Contains(out, host) {
			all = append(all, v.running(host, out))
		}
	}
	all = append(all, v.members1(), v.partitions(out), v.alarms(out), v.maintenance(out))
	queues, from, err := v.queues(out)
	if err != nil {
		return append(all, judge.Unknown("queues", "", err.Error(), "the queues cannot be listed"))
	}
	return append(all, v.served(queues, from, out), v.replicas(queues, from, out))
}

// running: the node answers, and all others see it.
func (v *view) running(host string, out []string) service.Verdict {
	m := v.by[host]
	switch {
	case m.err != nil && m.down:
		return judge.Wait("running", host, m.err.Error(), "RabbitMQ does not run on %s", host)
	case m.err != nil:
		return judge.Unknown("running", host, m.err.Error(), "cannot tell whether RabbitMQ runs on %s", host)
	case m.node == "":
		return judge.Unknown("running", host, fmt.Sprintf("nodes: %s", strings.Join(m.cluster.nodes, " ")),
			"cannot tell which node of the cluster %s is", host)
	}
	for _, voice := range v.voices(out) {
		if !slices.Contains(voice.cluster.running, m.node) {
			return judge.Wait("running", host, fmt.Sprintf("%s: running_nodes: %s", voice.host, strings.Join(voice.cluster.running, " ")),
				"%s does not see %s running", voice.host, m.node)
		}
	}
	return judge.OK("running", host, fmt.Sprintf("%s: running_nodes: %s", host, strings.Join(m.cluster.running, " ")), "%s runs", m.node)
}

// members1: the cluster has the members that umm knows, and no others.
func (v *view) members1() service.Verdict {
	for _, voice := range v.voices(nil) {
		seen := fmt.Sprintf("%s: nodes: %s", voice.host, strings.Join(voice.cluster.nodes, " "))
		if len(voice.cluster.nodes) != len(v.members) {
			return judge.Stop("members", "", seen, "the cluster of %s has %d nodes, and %d hosts are known to run RabbitMQ",
				voice.host, len(voice.cluster.nodes), len(v.members))
		}
		if !slices.Contains(voice.cluster.nodes, voice.node) {
			return judge.Stop("members", "", seen, "the node of %s is not in the cluster that it shows", voice.host)
		}
		if first := v.voices(nil)[0]; !slices.Equal(slices.Sorted(slices.Values(first.cluster.nodes)), slices.Sorted(slices.Values(voice.cluster.nodes))) {
			return judge.Stop("members", "", seen, "%s and %s are not in the same cluster", first.host, voice.host)
		}
	}
	if len(v.voices(nil)) == 0 {
		return judge.Unknown("members", "", "", "no node tells who is in the cluster")
	}
	return judge.OK("members", "", "nodes: "+strings.Join(v.voices(nil)[0].cluster.nodes, " "), "all known hosts are in one cluster")
}

func (v *view) partitions(out []string) service.Verdict {
	voices := v.voices(out)
	if len(voices) == 0 {
		return judge.Unknown("partitions", "", "", "no node tells whether the cluster is partitioned")
	}
	for _, m := range voices {
		if len(m.cluster.partitions) > 0 {
			return judge.Stop("partitions", "", m.host+": "+strings.Join(m.cluster.partitions, "; "), "the cluster is partitioned")
		}
	}
	return judge.OK("partitions", "", voices[0].host+": partitions: none", "no partition is seen")
}

// alarms make publishers wait; they end when consumers have caught up.
func (v *view) alarms(out []string) service.Verdict {
	voices := v.voices(out)
	if len(voices) == 0 {
		return judge.Unknown("alarms", "", "", "no node tells whether there are alarms")
	}
	for _, m := range voices {
		if len(m.cluster.alarms) > 0 {
			return judge.Wait("alarms", "", m.host+": "+strings.Join(m.cluster.alarms, "; "), "publishers are held up by an alarm")
		}
	}
	return judge.OK("alarms", "", voices[0].host+": alarms: none", "no alarm is in force")
}

// marked is how a drained node calls itself.
const marked = "marked for maintenance"

// maintenance: somebody else has drained a node. It is never undone here.
func (v *view) maintenance(out []string) service.Verdict {
	for _, m := range v.voices(out) {
		if m.cluster.drained {
			return judge.Stop("maintenance", m.host, m.host+": "+marked,
				"%s was drained and not revived; if nobody needs it so: rabbitmq-upgrade revive", m.node)
		}
	}
	return judge.OK("maintenance", "", "", "no node is drained")
}

// served: every queue has somebody who serves it. Those whose only copy is on a host
// that is away are not counted: that was known when it left. A replicated one was to have
// another leader.
func (v *view) served(queues []queue, from string, out []string) service.Verdict {
	var bad []queue
	for _, q := range queues {
		if !q.served() && !(!q.replicated() && q.leader != "" && slices.Contains(out, v.hostOf(q.leader))) {
			bad = append(bad, q)
		}
	}
	if len(bad) > 0 {
		return judge.Wait("queues", "", from+": "+lists(bad), "%d queues are not served", len(bad))
	}
	return judge.OK("queues", "", fmt.Sprintf("%s: %d queues", from, len(queues)), "every queue is served")
}

// replicas: mirrors are in sync, members of quorum queues and streams online.
func (v *view) replicas(queues []queue, from string, out []string) service.Verdict {
	away := func(node string) bool { return slices.Contains(out, v.hostOf(node)) }
	var bad []queue
	for _, q := range queues {
		want, have := q.mirrors, q.inSync
		if q.replicated() {
			want, have = q.members, q.online
		}
		if slices.ContainsFunc(want, func(n string) bool { return !away(n) && !slices.Contains(have, n) }) {
			bad = append(bad, q)
		}
	}
	if len(bad) > 0 {
		w := judge.Wait("replicas", "", from+": "+lists(bad), "%d queues have copies that are not in sync", len(bad))
		// With ha-sync-mode manual they come in sync only as they are emptied.
		w.Risk = "unsynced-copies"
		return w
	}
	return judge.OK("replicas", "", fmt.Sprintf("%s: %d queues", from, len(queues)), "every copy of every queue is in sync")
}
