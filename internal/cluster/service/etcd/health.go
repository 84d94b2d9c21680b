package etcd

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/service"
)

// The names under which an operator may accept what was found. Quorum has none.
const (
	riskAlarm  = "etcd-alarm"
	riskMember = "etcd-member-missing"
)

// farBehind is how many entries a member may be behind the first one: up to so many
// the leader keeps for those that are slow, and sends a whole copy beyond.
const farBehind = 5000

// Health implements service.View.
func (v *view) Health(out []string) []service.Verdict {
	var vs []service.Verdict
	var there []string
	for _, host := range v.hosts {
		if slices.Contains(out, host) {
			continue
		}
		one := v.answers(host)
		vs = append(vs, one)
		if one.State == service.OK {
			there = append(there, host)
		}
	}
	if len(there) == 0 {
		if len(vs) == 0 {
			vs = append(vs, judge.Unknown("answers", "", "", "no host is left to ask about etcd"))
		}
		return vs
	}
	vs = append(vs, v.leader(there), v.step(there), v.listed(there))
	vs = append(vs, v.started(there, out)...)
	return append(vs, v.alarmed(there)...)
}

// answers: the member of a host serves.
func (v *view) answers(host string) service.Verdict {
	const name = "answers"
	s := v.by[host]
	switch {
	case s.down:
		return judge.Wait(name, host, host+": "+s.err.Error(), "etcd on %s does not answer", host)
	case s.err != nil:
		return judge.Unknown(name, host, host+": "+s.err.Error(), "etcd on %s does not report its state", host)
	}
	return judge.OK(name, host, s.seen(host), "etcd on %s answers", host)
}

func (s *hostAnswer) seen(host string) string {
	var all []string
	for _, st := range s.status {
		one := fmt.Sprintf("member %x, leader %x, term %d, index %d", st.Header.MemberID, st.Leader, st.Term, st.Index)
		if len(st.Errors) > 0 {
			one += ", errors " + strings.Join(st.Errors, ", ")
		}
		all = append(all, one)
	}
	return "etcdctl endpoint status on " + host + ": " + strings.Join(all, "; ")
}

// leader: all follow the same one, in the same term.
func (v *view) leader(there []string) service.Verdict {
	const name = "leader"
	var seen []string
	leaders, clusters, none := map[string]bool{}, map[uint64]bool{}, false
	for _, host := range there {
		seen = append(seen, v.by[host].seen(host))
		for _, st := range v.by[host].status {
			leaders[fmt.Sprintf("%x in term %d", st.Leader, st.Term)] = true
			clusters[st.Header.ClusterID] = true
			none = none || st.Leader == 0
		}
	}
	evidence := strings.Join(seen, "; ")
	switch {
	case len(clusters) > 1:
		return judge.Stop(name, "", evidence, "%s are members of different clusters", strings.Join(there, ", "))
	case none:
		return judge.Wait(name, "", evidence, "etcd has no leader")
	case len(leaders) > 1:
		return judge.Wait(name, "", evidence, "the members of etcd do not follow the same leader")
	}
	return judge.OK(name, "", evidence, "all members of etcd that answer follow the same leader")
}

// step: no member is far behind the others, or behind with its own work.
func (v *view) step(there []string) service.Verdict {
	const name = "in-step"
	var first uint64
	for _, host := range there {
		for _, st := range v.by[host].status {
			first = max(first, st.Index)
		}
	}
	var late, seen []string
	for _, host := range there {
		for _, st := range v.by[host].status {
			done := min(st.Index, cmp.Or(st.Applied, st.Index))
			seen = append(seen, fmt.Sprintf("%s: index %d, applied %d", host, st.Index, st.Applied))
			if first-done > farBehind {
				late = append(late, host)
			}
		}
	}
	if len(late) > 0 {
		return judge.Wait(name, late[0], strings.Join(seen, "; "), "etcd on %s is far behind", strings.Join(slices.Compact(late), ", "))
	}
	return judge.OK(name, "", strings.Join(seen, "; "), "no member of etcd that answers is behind")
}

// listed: all that answer know the same members.
func (v *view) listed(there []string) service.Verdict {
	const name = "members"
	lists := map[string]bool{}
	var seen []string
	for _, host := range there {
		s := v.by[host]
		if s.membersErr != nil {
			return judge.Unknown(name, host, host+": "+s.membersErr.Error(), "etcd on %s does not report its members", host)
		}
		var ids []string
		for _, m := range s.members {
			ids = append(ids, fmt.Sprintf("%s=%x learner=%t", m.Name, m.ID, m.Learner))
		}
		slices.Sort(ids)
		lists[strings.Join(ids, " ")] = true
		seen = append(seen, host+": "+strings.Join(ids, " "))
	}
	if len(lists) > 1 {
		return judge.Wait(name, "", strings.Join(seen, "; "), "the members of etcd do not know the same members")
	}
	return judge.OK(name, "", seen[0], "all members of etcd that answer know the same members")
}

// started: every member of the cluster was started and votes, and every host is one
// of them. Of those that are none of our hosts nobody can say more.
func (v *view) started(there, out []string) []service.Verdict {
	const name = "started"
	members := v.members(out...)
	var vs []service.Verdict
	for _, m := range members {
		host := v.hostOf(m)
		seen := fmt.Sprintf("etcdctl member list on %s: %s %x learner=%t", there[0], m.Name, m.ID, m.Learner)
		var bad service.Verdict
		switch {
		case slices.Contains(out, host):
			continue
		case m.Name == "" || len(m.ClientURLs) == 0:
			bad = judge.Wait(name, host, seen, "%s was added to etcd and never started", host)
		case m.Learner:
			bad = judge.Wait(name, host, seen, "%s is a learner of etcd, without a vote", host)
		case !slices.Contains(v.hosts, host):
			if _, ok := v.status(m.ID); ok {
				continue
			}
			bad = judge.Unknown(name, host, seen, "%s is a member of etcd, but none of the hosts that umm-cluster asks about it", host)
		default:
			continue
		}
		bad.Risk = riskMember
		vs = append(vs, bad)
	}
	for _, host := range v.hosts {
		if len(members) == 0 || slices.Contains(out, host) || slices.ContainsFunc(members, func(m member) bool { return m.ID == v.by[host].id }) {
			continue
		}
		vs = append(vs, judge.Unknown(name, host, "etcdctl member list on "+there[0], "cannot tell which member of etcd %s is", host))
	}
	if len(vs) == 0 && len(members) > 0 {
		vs = append(vs, judge.OK(name, "", fmt.Sprintf("etcdctl member list on %s: %d members", there[0], len(members)), "every member of etcd was started and votes"))
	}
	return vs
}

// alarmed: no alarm is up. The members are "healthy" with one: that says only that
// the log takes something, which a database that is full does not.
func (v *view) alarmed(there []string) []service.Verdict {
	const name = "alarms"
	var vs []service.Verdict
	for _, host := range there {
		s := v.by[host]
		if s.alarmsErr != nil {
			state := service.Unknown
			if strings.Contains(s.alarmsErr.Error(), "context deadline exceeded") {
				// They are read through the log: without a majority nothing is.
				state = service.Wait
			}
			vs = append(vs, judge.Verdict(name, host, state, host+": "+s.alarmsErr.Error(), "etcd on %s does not report its alarms", host))
			continue
		}
		for _, a := range s.alarms {
			whose := v.hostOf(member{ID: a.member})
			bad := judge.Stop(name, whose, fmt.Sprintf("etcdctl alarm list on %s: %s of %x", host, a.kind, a.member), "etcd has the alarm %s, raised by %s", a.kind, whose)
			if a.kind == "NOSPACE" {
				bad.Reason += ": it takes no writes until its database is smaller and etcdctl alarm disarm was run"
			}
			bad.Risk = riskAlarm
			if !slices.ContainsFunc(vs, func(o service.Verdict) bool { return o.Reason == bad.Reason }) {
				vs = append(vs, bad)
			}
		}
	}
	if len(vs) == 0 {
		vs = append(vs, judge.OK(name, "", "etcdctl alarm list on "+strings.Join(there, ", ")+": none", "etcd has no alarms"))
	}
	return vs
}
