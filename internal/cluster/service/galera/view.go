package galera

import (
	"slices"
	"strconv"
	"strings"

	"umm/internal/cluster/service"
)

type view struct {
	members []string
	by      map[string]*member
}

// voices are the members apart from out that see a primary component.
func (v *view) voices(out []string) []*member {
	var all []*member
	for _, host := range v.members {
		if m := v.by[host]; m.primary() && !slices.Contains(out, host) {
			all = append(all, m)
		}
	}
	return all
}

// Health implements service.View.
func (v *view) Health(out []string) []service.Verdict {
	var all []service.Verdict
	for _, host := range v.members {
		if slices.Contains(out, host) {
			continue
		}
		m := v.by[host]
		first := member1(m)
		all = append(all, first)
		if first.State == service.OK {
			all = append(all, primary(m), synced(m), steady(m), queue(m), writable(m))
		}
	}
	return append(all, v.cluster(out), v.size(out))
}

// member1: the server runs and belongs to a Galera cluster.
func member1(m *member) service.Verdict {
	const name = "member"
	switch {
	case m.err != nil:
		return judge.Unknown(name, m.host, m.err.Error(), "the database on %s cannot be asked", m.host)
	case m.down != "" && m.failed:
		return judge.Stop(name, m.host, m.down, "the database on %s could not start: its unit has failed", m.host)
	case m.down != "" && m.process:
		return judge.Wait(name, m.host, m.down, "the database on %s is starting, and does not answer yet", m.host)
	case m.down != "":
		return judge.Wait(name, m.host, m.down, "the database on %s does not run", m.host)
	case !m.isMember():
		return judge.Stop(name, m.host, m.seen("wsrep_on", "wsrep_local_state", "version"),
			"the database on %s is not a member of a Galera cluster", m.host)
	}
	return judge.OK(name, m.host, m.seen("wsrep_on", "version"), "the database on %s is a member", m.host)
}

func primary(m *member) service.Verdict {
	seen := m.seen("wsrep_connected", "wsrep_cluster_status", "wsrep_local_state_comment")
	if !m.primary() {
		return judge.Wait("primary", m.host, seen, "%s is not in the primary component", m.host)
	}
	return judge.OK("primary", m.host, seen, "%s is in the primary component", m.host)
}

func synced(m *member) service.Verdict {
	seen := m.seen("wsrep_ready", "wsrep_local_state", "wsrep_local_state_comment", "wsrep_desync_count", "wsrep_desync")
	bad := func(state service.State, reason string) service.Verdict {
		return judge.Verdict("synced", m.host, state, seen, reason, m.host)
	}
	switch {
	case m.status["wsrep_desync"] == "ON":
		return bad(service.Stop, "%s was taken out of sync by hand: wsrep_desync is ON")
	case strings.Contains(m.status["wsrep_local_state_comment"], "Inconsistent"):
		return bad(service.Stop, "%s has found its data to differ from the others'")
	case m.status["wsrep_local_state"] == "2":
		return bad(service.Wait, "%s is a donor or under a read lock, and not in sync")
	case m.status["wsrep_local_state"] == "1", m.status["wsrep_local_state"] == "3":
		return bad(service.Wait, "%s is joining, and not in sync yet")
	case m.status["wsrep_local_state"] != stateSynced:
		return bad(service.Wait, "%s is not in sync")
	case m.status["wsrep_ready"] != "ON":
		return bad(service.Wait, "%s does not take statements yet")
	case !m.synced() && m.primary():
		return bad(service.Wait, "%s is kept out of sync")
	}
	return bad(service.OK, "%s is in sync")
}

// steady: the group's members are not being found out again. Versions of before
// Galera 3 do not tell.
func steady(m *member) service.Verdict {
	seen := m.seen("wsrep_evs_state")
	if s := m.status["wsrep_evs_state"]; s != "" && s != "OPERATIONAL" {
		return judge.Wait("steady", m.host, seen, "%s does not see a steady group", m.host)
	}
	return judge.OK("steady", m.host, seen, "%s sees a steady group", m.host)
}

// leastQueue is the receive queue up to which no member is asked to slow down, where
// the options do not tell.
const leastQueue = 16

func queue(m *member) service.Verdict {
	seen := m.seen("wsrep_local_recv_queue")
	limit := uint64(leastQueue)
	if n, err := strconv.ParseUint(m.option("gcs.fc_limit"), 10, 32); err == nil && n > limit {
		limit = n
	}
	n, ok := m.number("wsrep_local_recv_queue")
	switch {
	case !ok:
		return judge.Unknown("queue", m.host, seen, "%s does not report how far behind it is", m.host)
	case n > limit:
		return judge.Wait("queue", m.host, seen, "%s has %d write sets to apply yet", m.host, n)
	}
	return judge.OK("queue", m.host, seen, "%s has applied what it received", m.host)
}

// riskReadOnly is accepted by an operator who knows why a member takes no writes.
const riskReadOnly = "read-only"

// writable: nobody has closed it to its clients.
func writable(m *member) service.Verdict {
	seen := m.seen("read_only", "wsrep_reject_queries")
	if on := m.status["read_only"]; on != "" && on != "OFF" && on != "0" {
		return judge.Stop("writable", m.host, seen, "%s is read-only", m.host).WithRisk(riskReadOnly)
	}
	if r := m.status["wsrep_reject_queries"]; r != "" && r != "NONE" {
		return judge.Stop("writable", m.host, seen, "%s rejects queries", m.host).WithRisk(riskReadOnly)
	}
	return judge.OK("writable", m.host, seen, "%s takes writes", m.host)
}

// cluster: all who see a primary component see the same.
func (v *view) cluster(out []string) service.Verdict {
	voices := v.voices(out)
	if len(voices) == 0 {
		return judge.Unknown("cluster", "", "", "no member sees a primary component")
	}
	first := voices[0]
	for _, m := range voices[1:] {
		seen := first.seen("wsrep_cluster_state_uuid", "wsrep_cluster_conf_id") + "; " + m.seen("wsrep_cluster_state_uuid", "wsrep_cluster_conf_id")
		if m.uuid() != first.uuid() {
			return judge.Stop("cluster", "", seen, "%s and %s are in different clusters", first.host, m.host)
		}
		if m.status["wsrep_cluster_conf_id"] != first.status["wsrep_cluster_conf_id"] {
			// It may have changed between two answers. Two halves stay different.
			return judge.Wait("cluster", "", seen, "%s and %s do not see the same membership", first.host, m.host)
		}
	}
	return judge.OK("cluster", "", first.seen("wsrep_cluster_state_uuid", "wsrep_cluster_conf_id"), "all members see the same cluster")
}

// size: as many members as there should be. A host that is known to be away may have
// its database running all the same.
func (v *view) size(out []string) service.Verdict {
	voices := v.voices(out)
	if len(voices) == 0 {
		return judge.Unknown("size", "", "", "no member reports how large the cluster is")
	}
	want := 0
	for _, host := range v.members {
		if m := v.by[host]; !slices.Contains(out, host) || m.primary() && m.uuid() == voices[0].uuid() {
			want++
		}
	}
	for _, m := range voices {
		seen := m.seen("wsrep_cluster_size", "wsrep_incoming_addresses")
		want := want + v.arbiters(m)
		if m.size() < want {
			return judge.Wait("size", "", seen, "%s sees %d members, and there should be %d", m.host, m.size(), want)
		}
		if m.size() > want {
			return judge.Stop("size", "", seen, "%s sees %d members, and %d are known: name all of them", m.host, m.size(), want)
		}
	}
	return judge.OK("size", "", voices[0].seen("wsrep_cluster_size"), "all %d members are there", voices[0].size())
}

// Exit implements service.View. A member leaves by being stopped, which hands its
// votes back; to keep clients away from it is the proxy's part. None goes later than
// the others. While one joins nobody can commit, the longer the busier its host is: where
// systemd starts it at boot, it joins before the host's other services start. Where
// another does, as Pacemaker, that one has to.
func (v *view) Exit(host string) service.Exit {
	m := v.by[host]
	if m == nil || !m.synced() || m.status["umm_boots"] != "yes" {
		return service.Exit{}
	}
	c := start(host)
	c.Title = "start the database on " + host + " before all else"
	c.Wait = service.Waiting{Limit: alonePatience, Until: service.UntilLimit}
	return service.Exit{Starts: []service.Change{c}}
}

// Settled implements service.View.
func (v *view) Settled(c service.Change, _ bool) service.Verdict {
	m := v.by[c.Target]
	if m == nil || !strings.HasPrefix(c.ID, Name+"/") {
		return judge.Unknown("settled", c.Target, "", "%q is not a change of this service", c.ID)
	}
	var w service.Verdict
	for _, w = range []service.Verdict{member1(m), primary(m), synced(m)} {
		if w.State != service.OK {
			break
		}
	}
	w.Name = "settled"
	return w
}
