package etcd

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"umm/internal/cluster/service"
)

// patience is how long another member may take to be the leader.
const patience = 30 * time.Second

// Leave implements service.View.
func (v *view) Leave(host string) []service.Verdict { return []service.Verdict{v.quorum(host)} }

// quorum: the voting members that would be left, and that answer and follow a
// leader, are more than half of all that vote. Those that cannot be asked count for
// neither.
func (v *view) quorum(host string) service.Verdict {
	const name = "quorum-without"
	members := v.members(host)
	if len(members) == 0 {
		return judge.Unknown(name, host, v.complaints(host), "no peer of %s reports the members of etcd", host)
	}
	votes, left, unknown, mine := 0, 0, 0, false
	var seen []string
	for _, m := range members {
		if m.Learner {
			continue
		}
		votes++
		peer := v.hostOf(m)
		st, answers := v.status(m.ID)
		switch {
		case peer == host:
			mine = true
		case answers && st.Leader != 0:
			left++
			seen = append(seen, fmt.Sprintf("%s follows %x", peer, st.Leader))
		case answers:
			seen = append(seen, peer+" has no leader")
		case slices.Contains(v.hosts, peer) && v.by[peer].down:
			seen = append(seen, peer+" does not answer")
		default:
			unknown++
			seen = append(seen, peer+" cannot be asked")
		}
	}
	need := votes/2 + 1
	evidence := fmt.Sprintf("%d votes; %s", votes, strings.Join(seen, ", "))
	switch {
	case !mine && v.by[host] != nil && v.by[host].id == 0:
		return judge.Unknown(name, host, evidence, "cannot tell which member of etcd %s is", host)
	case left >= need:
		return judge.OK(name, host, evidence, "without %s etcd keeps %d of %d votes", host, left, votes)
	case left+unknown >= need:
		return judge.Unknown(name, host, evidence, "cannot tell whether etcd keeps quorum without %s", host)
	}
	return judge.Stop(name, host, evidence, "without %s %d of %d votes of etcd would be left: no quorum", host, left, votes)
}

func (v *view) complaints(host string) string {
	peers := slices.DeleteFunc(slices.Clone(v.hosts), func(h string) bool { return h == host })
	return service.Complaints(peers, func(h string) error { return v.by[h].membersErr })
}

// leads tells whether the members that answer take host for the leader.
func (v *view) leads(host string) (yes, told bool) {
	leader, _ := v.leading()
	s := v.by[host]
	return s != nil && s.id != 0 && leader == s.id, leader != 0 && s != nil && s.id != 0
}

// leading is the leader; 0 if there is none.
func (v *view) leading() (leader uint64, seen string) {
	// The latest term knows best.
	var term uint64
	for _, h := range v.hosts {
		for _, st := range v.by[h].status {
			if st.Term > term || st.Term == term && leader == 0 {
				term, leader, seen = st.Term, st.Leader, v.by[h].seen(h)
			}
		}
	}
	return leader, seen
}

// moveScript has the leader hand over to the first of the members that takes it; its own
// arguments are those, then -- and how etcdctl is called.
//
//go:embed move-leader.sh
var moveScript string

// Exit implements service.View. The leader hands over before it goes, so that nobody
// waits for an election. There is nothing to undo: the new leader goes on leading.
func (v *view) Exit(host string) service.Exit {
	leads, _ := v.leads(host)
	if !leads {
		return service.Exit{}
	}
	e := service.Exit{Late: []string{"leads etcd"}}
	argv := service.Shell("umm-etcd", moveScript)
	var to []string
	for _, m := range v.members() {
		peer := v.hostOf(m)
		if st, ok := v.status(m.ID); ok && peer != host && !m.Learner && st.Leader != 0 {
			argv = append(argv, fmt.Sprintf("%x", m.ID))
			to = append(to, peer)
		}
	}
	if len(to) == 0 {
		return e
	}
	e.Changes = []service.Change{{
		ID: Name + "/leader/" + host, Service: Name, Target: host, On: []string{host},
		Title: "have " + to[0] + " lead etcd instead of " + host,
		Do:    service.Command{Argv: append(append(argv, "--"), v.conf.etcdctl()...)},
		Wait:  service.Waiting{Limit: patience},
	}}
	return e
}

// Settled implements service.View.
func (v *view) Settled(c service.Change, done bool) service.Verdict {
	const name = "settled"
	_, seen := v.leading()
	if !done {
		return judge.OK(name, c.Target, seen, "etcd keeps the leader that it has")
	}
	switch leads, told := v.leads(c.Target); {
	case !told:
		return judge.Wait(name, c.Target, seen, "cannot tell whether %s leads etcd", c.Target)
	case leads:
		return judge.Wait(name, c.Target, seen, "%s still leads etcd", c.Target)
	}
	return judge.OK(name, c.Target, seen, "%s does not lead etcd", c.Target)
}
