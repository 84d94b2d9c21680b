package pacemaker

import (
	"cmp"
	"fmt"
	"strings"

	"umm/internal/cluster/service"
)

// Leave implements service.View.
func (v view) Leave(host string) []service.Verdict {
	return []service.Verdict{v.quorumWithout(host), v.elsewhere(host)}
}

// quorumWithout: the peers keep quorum. They are counted by the votes that
// Corosync sees now; what it may do to get along with fewer (last_man_standing,
// auto_tie_breaker) is not counted on.
func (v view) quorumWithout(host string) service.Verdict {
	const name = "quorum-without"
	node := v.nodes[host]
	var all []service.Verdict
	var why []string
	for _, peer := range v.members {
		s := v.seen[peer]
		switch {
		case peer == host:
			continue
		case s.quorumErr != nil || s.monErr != nil:
			why = append(why, peer+": "+cmp.Or(s.quorumErr, s.monErr).Error())
			continue
		}
		n, known := s.mon.node(node)
		if !known {
			why = append(why, peer+": it does not know the node "+cmp.Or(node, host))
			continue
		}
		q := s.quorum
		left := q.total - q.votes[n.id]
		seen := fmt.Sprintf("corosync-quorumtool on %s: %s; votes of %s %d", peer, q, host, q.votes[n.id])
		switch {
		case left < q.needed:
			all = append(all, judge.Stop(name, host, seen, "without %s %d of the %d votes that quorum needs would be left", host, left, q.needed))
		case strings.Contains(q.flags, "2Node"):
			all = append(all, judge.OK(name, host, seen, "without %s the other of the two hosts keeps quorum, as long as it is not restarted", host))
		default:
			all = append(all, judge.OK(name, host, seen, "without %s %d votes are left, quorum needs %d", host, left, q.needed))
		}
	}
	if len(all) == 0 {
		return judge.Unknown(name, host, strings.Join(why, "; "), "no peer of %s reports whether quorum would be kept", host)
	}
	return worst(all)[0]
}

// best is the member to believe about a host: a peer with quorum before one
// without, any peer before the host itself.
func (v view) best(host string) (asked string, s hostAnswer, ok bool) {
	rank := -1
	for _, member := range v.members {
		got := v.seen[member]
		if got.monErr != nil {
			continue
		}
		n := 0
		if got.mon.quorum {
			n += 2
		}
		if member != host {
			n++
		}
		if n > rank {
			rank, asked, s = n, member, got
		}
	}
	return asked, s, rank >= 0
}
