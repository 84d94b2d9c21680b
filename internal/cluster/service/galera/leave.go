package galera

import (
	"fmt"
	"strings"
	"time"

	"umm/internal/cluster/service"
)

// RiskResync is accepted by an operator who can bear that a member comes back by a
// full copy of the data: that takes long, and one more member is a donor meanwhile.
const RiskResync = "full-resync"

// RiskNoMajority is accepted by an operator who can bear that the database stops: the
// others go on without the member only if nothing fails while it leaves.
const RiskNoMajority = "no-majority"

// leastWindow is how long the others must be able to keep what a member misses. A
// reboot of real hardware with a command in between takes minutes.
const leastWindow = 5 * time.Minute

// Leave implements service.View.
func (v *view) Leave(host string) []service.Verdict {
	return []service.Verdict{v.majority(host), v.copies(host), v.resync(host)}
}

func (v *view) peers(host string) []*member {
	var all []*member
	for _, h := range v.members {
		if h != host {
			all = append(all, v.by[h])
		}
	}
	return all
}

// majority: those who go on have more than half of all votes, also those of members
// that are away already. Galera itself would let a member leave in order and count
// again; but then one more failure takes the cluster down, and a stop that is cut
// short is a failure.
func (v *view) majority(host string) service.Verdict {
	total, left, unknown, arbiters, count := 0, 0, 0, 0, 0
	uuid := ""
	var peers []string
	for _, h := range v.members {
		total += v.by[h].weight()
	}
	for _, m := range v.peers(host) {
		switch {
		case m.primary() && (uuid == "" || m.uuid() == uuid):
			uuid = m.uuid()
			peers = append(peers, m.host)
			left += m.weight()
			arbiters, count = max(arbiters, v.arbiterWeight(m)), max(count, v.arbiters(m))
		case m.err != nil:
			unknown += m.weight()
		}
	}
	total += arbiters
	left += arbiters
	if m := v.by[host]; m != nil && m.status["umm_arbiter"] == "yes" {
		// It goes with the host: the heaviest that it can be.
		left -= max(0, arbiters-max(0, count-1))
	}
	seen := v.votes(host)
	switch {
	case 2*left > total:
		return judge.OK("majority", host, seen, "without %s %d of %d votes remain", host, left, total)
	case 2*(left+unknown) > total:
		return judge.Unknown("majority", host, seen, "cannot tell whether a majority remains without %s", host)
	}
	bad := judge.Stop("majority", host, seen, "without %s %d of %d votes remain: no majority", host, left, total)
	if there := len(v.members) - 1; there > 0 && len(peers) == there {
		// Nothing that comes back makes it better: the votes are given so.
		bad.Reason += ", although all others are there; " + host + " can never leave as the votes are given out: an arbiter or other weights would help"
		bad.Risk, bad.Lasts = RiskNoMajority, true
	}
	return bad
}

// arbiterWeight is the weight of members that only vote: all that is there, where it
// is told, without that of the members that answer.
func (v *view) arbiterWeight(m *member) int {
	n := v.arbiters(m)
	sum, ok := m.number("wsrep_cluster_weight")
	if n == 0 || !ok || sum > 1<<30 {
		return n
	}
	w := int(sum)
	for _, h := range v.members {
		if o := v.by[h]; o.primary() && o.uuid() == m.uuid() {
			w -= o.weight()
		}
	}
	if w < 0 || m.size() != n+len(v.voices(nil)) {
		return n
	}
	return w
}

func (v *view) votes(host string) string {
	var all []string
	for _, m := range v.peers(host) {
		switch {
		case m.err != nil:
			all = append(all, m.host+": "+m.err.Error())
		case m.down != "":
			all = append(all, m.host+": "+m.down)
		default:
			all = append(all, m.seen("wsrep_cluster_status", "wsrep_cluster_size", "wsrep_cluster_weight"))
		}
	}
	return strings.Join(all, "; ")
}

// copies: a peer has all the data and serves it. A donor or desynchronised one does
// not count.
func (v *view) copies(host string) service.Verdict {
	var good, bad []string
	unknown := false
	for _, m := range v.peers(host) {
		switch {
		case m.synced():
			good = append(good, m.host)
		case m.err != nil:
			unknown = true
			bad = append(bad, m.host+": "+m.err.Error())
		case m.down != "":
			bad = append(bad, m.host+": "+m.down)
		default:
			bad = append(bad, m.seen("wsrep_cluster_status", "wsrep_local_state_comment", "wsrep_ready"))
		}
	}
	switch {
	case len(good) > 0:
		return judge.OK("last-copy", host, "in sync: "+strings.Join(good, " "), "%d other members have the data in sync", len(good))
	case unknown:
		return judge.Unknown("last-copy", host, strings.Join(bad, "; "), "cannot tell whether any member but %s has the data in sync", host)
	}
	return judge.Stop("last-copy", host, strings.Join(bad, "; "), "no member but %s has the data in sync", host)
}

// resync: on its return the member gets only what it missed, if a peer keeps that
// for long enough: the size of its write-set cache over the average rate of writes.
func (v *view) resync(host string) service.Verdict {
	m := v.by[host]
	say := func(state service.State, evidence, reason string, args ...any) service.Verdict {
		w := judge.Verdict("resync", host, state, evidence, reason, args...)
		if state != service.OK {
			w.Risk = RiskResync
		}
		return w
	}
	if m == nil || !m.synced() {
		return say(service.OK, "", "%s is not in sync now: nothing is lost by its leaving", host)
	}
	last, ok := m.number("wsrep_last_committed")
	if !ok {
		return say(service.Unknown, m.host, "%s does not report what it has committed", host)
	}
	best, donor, told := time.Duration(-1), (*member)(nil), false
	for _, p := range v.peers(host) {
		if !p.synced() {
			continue
		}
		window, ok := keeps(p, last)
		told = told || ok
		if ok && window > best {
			best, donor = window, p
		}
	}
	if !told {
		return say(service.Unknown, m.seen("wsrep_last_committed"), "no other member reports what it keeps for %s", host)
	}
	seen := m.seen("wsrep_last_committed") + "; " + donor.seen("wsrep_local_cached_downto", "wsrep_replicated_bytes", "wsrep_received_bytes", "Uptime") +
		" gcache.size=" + donor.option("gcache.size")
	switch {
	case best == 0:
		return say(service.Stop, seen, "no other member keeps what %s will miss: it would come back by a full copy", host)
	case best < leastWindow:
		return say(service.Stop, seen, "%s keeps the writes of about %s, at the average rate: after a longer absence %s comes back by a full copy",
			donor.host, best.Round(time.Second), host)
	}
	return say(service.OK, seen, "%s keeps the writes of about %s, at the average rate", donor.host, roughly(best))
}

const forever = 30 * 24 * time.Hour

// keeps is for how long a peer keeps what comes after a position: 0 if it does not
// have the next write any more. False if it does not tell.
func keeps(p *member, last uint64) (time.Duration, bool) {
	downto, ok := p.number("wsrep_local_cached_downto")
	if !ok {
		return 0, false
	}
	committed, ok := p.number("wsrep_last_committed")
	if !ok {
		return 0, false
	}
	// An empty cache is told as the largest number; it keeps what comes from now on.
	empty := downto == 0 || downto == 1<<64-1
	if empty && committed > last || !empty && downto > last+1 {
		return 0, true
	}
	size, ok1 := bytes(p.option("gcache.size"))
	sent, ok2 := p.number("wsrep_replicated_bytes")
	got, ok3 := p.number("wsrep_received_bytes")
	up, ok4 := p.number("Uptime")
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return 0, false
	}
	// The largest size is 2^50 and the largest time cut off: no overflow.
	seconds := float64(size) * float64(max(up, 1)) / float64(max(sent, got, sent+got, 1))
	if seconds > forever.Seconds() {
		return forever, true
	}
	return max(time.Duration(seconds*float64(time.Second)), 1), true
}

func roughly(d time.Duration) string {
	switch {
	case d >= forever:
		return "a month or more"
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
	return d.Round(time.Minute).String()
}
