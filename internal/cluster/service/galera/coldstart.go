package galera

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"umm/internal/cluster/service"
)

const (
	bootstrapPatience = 10 * time.Minute
	// A member that starts may need a full copy.
	joinPatience = time.Hour
	// After this it goes on joining while its host's other services start.
	alonePatience = 10 * time.Minute

	// RiskMissing is accepted by an operator who knows that a member that cannot be
	// read does not have the newest data, or that it is lost.
	RiskMissing = "missing-member"
)

// ColdStart decides who starts first, and how.
//
// Where a primary component is somewhere, everybody joins it. Where servers run and
// form one by themselves, as they do after a power cut, that is waited for. Else the
// newest data is looked for: the position in grastate.dat where the server was
// stopped in order, else that which its storage engine recovers (Start.More). All of
// them have to be of one history, and every member has to be read, unless the
// operator accepted RiskMissing.
func ColdStart(members []string, a service.Answers, accepted []string) (service.Start, []service.Verdict) {
	c := newCold(members, a)
	switch {
	case len(c.primary) > 0:
		return c.join()
	case c.foreign, len(c.unread) > 0 && !slices.Contains(accepted, RiskMissing):
		return service.Start{}, c.said
	case len(c.starting) > 0 || c.oneView() && len(c.still) > 0 && len(c.lost) > 0:
		return c.restore()
	case len(c.lost) > 0:
		return c.regain()
	default:
		return c.bootstrap()
	}
}

// cold is what was read, by how the servers stand.
type cold struct {
	members []string
	said    []service.Verdict
	// primary and lost run: in a primary component, and without one.
	primary, lost []*member
	// starting does not answer yet; still stands still. kept is what the members in
	// lost have on their disks.
	starting, still, kept []saved
	unread                []string
	// foreign: a server runs outside of any cluster, and may have been written to.
	foreign bool
}

func newCold(members []string, a service.Answers) *cold {
	c := &cold{members: members}
	for _, host := range members {
		c.said = append(c.said, c.read(host, a))
	}
	return c
}

func (c *cold) read(host string, a service.Answers) service.Verdict {
	const name = "state"
	m := readMember(host, a)
	switch {
	case m.primary():
		c.primary = append(c.primary, m)
		return judge.OK(name, host, m.seen("wsrep_cluster_status", "wsrep_cluster_size"), "%s is in a primary component", host)
	case m.isMember():
		c.lost = append(c.lost, m)
		out, _ := a.Get(host, askFiles).Output()
		s, _ := parseFiles(host, out)
		c.kept = append(c.kept, s)
		return judge.OK(name, host, m.seen("wsrep_cluster_status", "wsrep_last_committed"), "the database on %s runs, without a primary component", host)
	case m.answers():
		c.foreign = true
		return judge.Stop(name, host, m.seen("wsrep_on"), "the database on %s is not a member of a Galera cluster", host)
	}
	out, err := a.Get(host, askFiles).Output()
	s := saved{}
	if err == nil {
		s, err = parseFiles(host, out)
	}
	if err == nil && !s.process && !s.void() && s.seqno < 0 {
		err = s.recovered(a)
	}
	if err != nil {
		c.unread = append(c.unread, host)
		return judge.Unknown(name, host, err.Error(), "it cannot be read which data %s has: bring it up, or accept the loss of what only it has", host).WithRisk(RiskMissing)
	}
	if s.process {
		c.starting = append(c.starting, s)
		return judge.OK(name, host, m.down, "the database on %s is starting", host)
	}
	c.still = append(c.still, s)
	seen := fmt.Sprintf("%s: uuid=%s seqno=%d safe_to_bootstrap=%t", host, s.uuid, s.seqno, s.safe)
	switch {
	case s.void():
		return judge.OK(name, host, seen, "%s has no data that can be used: it gets a full copy", host)
	case !s.known():
		return judge.Wait(name, host, seen, "the database on %s was not stopped in order: its position has to be recovered", host)
	}
	return judge.OK(name, host, seen, "%s has the data up to %d", host, s.seqno)
}

// recovered takes over a position that was recovered, if that was asked for.
func (s *saved) recovered(a service.Answers) error {
	if _, asked := a[s.host][askRecover]; !asked {
		return nil
	}
	out, err := a.Get(s.host, askRecover).Output()
	if err != nil {
		return err
	}
	uuid, seqno, err := parsePosition(out)
	switch {
	case err != nil:
		return err
	case uuid == service.NoUUID || seqno < 0:
		return errors.New("the storage engine has no position")
	case s.state && uuid != s.uuid:
		return fmt.Errorf("grastate.dat has the history %s, and the storage engine %s", s.uuid, uuid)
	}
	s.uuid, s.seqno = uuid, seqno
	return nil
}

func (c *cold) say(state service.State, evidence, reason string, args ...any) []service.Verdict {
	return append(c.said, judge.Verdict("first", "", state, evidence, reason, args...))
}

// join: the cluster is there. Those who stand still start, one after another.
func (c *cold) join() (service.Start, []service.Verdict) {
	for _, m := range c.primary[1:] {
		if m.uuid() != c.primary[0].uuid() {
			return service.Start{}, c.say(service.Stop, "", "%s and %s are in different clusters", c.primary[0].host, m.host)
		}
	}
	// A member that lost the others counts them until it has noticed, and may find
	// itself without a primary component then.
	for _, m := range c.primary {
		if able := len(c.members) - len(c.still) + c.arbiters(m); m.size() > able {
			return service.Start{}, c.say(service.Wait, m.seen("wsrep_cluster_size", "wsrep_incoming_addresses"),
				"%s counts members that do not run, or an arbiter that it does not show as one", m.host)
		}
	}
	return service.Start{Groups: starts(c.still)}, c.say(service.OK, "", "%s is in a primary component: the others join", c.primary[0].host)
}

// arbiters are members that only vote, as m sees them, also where its build leaves them out
// of the addresses. One without an address may as well be a member with data that runs; but
// one that has an address and does not run any more is none. Where nobody has one it cannot
// be told.
func (c *cold) arbiters(m *member) int {
	if blank, listed := m.blank(); blank == listed {
		return 0
	}
	return m.arbitersBeside(len(c.members) - len(c.still))
}

// oneView: all members kept the same last membership, of all of them. They form the
// cluster again by themselves as soon as all run.
func (c *cold) oneView() bool {
	all := slices.Concat(c.starting, c.still, c.kept)
	return len(all) == len(c.members) && !slices.ContainsFunc(all, func(s saved) bool {
		return s.view == "" || s.view != all[0].view || s.viewSize < len(c.members)
	})
}

// restore: some are starting, or run without a primary component, and wait for the
// others. These are started, if all know of one another.
func (c *cold) restore() (service.Start, []service.Verdict) {
	switch {
	case len(c.still) == 0:
		return service.Start{}, c.say(service.Wait, "", "the members are starting, and form the cluster by themselves")
	case !c.oneView():
		return service.Start{}, c.say(service.Wait, "", "the database on %s is starting: wait until it answers, or has given up", c.starting[0].host)
	}
	return service.Start{Groups: [][]service.Change{slices.Concat(starts(c.still)...)}},
		c.say(service.OK, "view "+c.still[0].view, "all members know one another from before: they form the cluster once all have started")
}

// regain: servers run and none is in a primary component. The one with the newest
// data makes one.
func (c *cold) regain() (service.Start, []service.Verdict) {
	if more := c.unrecovered(); len(more) > 0 {
		return service.Start{More: more}, c.say(service.Wait, "", "the positions of %d members have to be recovered first", len(more))
	}
	var newest *member
	best := uint64(0)
	for _, m := range c.lost {
		n, ok := m.number("wsrep_last_committed")
		if !ok || m.status["wsrep_local_state_uuid"] != c.lost[0].status["wsrep_local_state_uuid"] {
			return service.Start{}, c.say(service.Stop, m.seen("wsrep_local_state_uuid", "wsrep_last_committed"), "the members that run are not of one history")
		}
		if newest == nil || n > best {
			newest, best = m, n
		}
	}
	// One that does not see another might make a second cluster beside it.
	if newest.size() != len(c.lost)+c.arbiters(newest) {
		return service.Start{}, c.say(service.Wait, newest.seen("wsrep_cluster_size"), "%s does not see all that run without a primary component", newest.host)
	}
	for _, s := range c.still {
		if s.void() {
			continue
		}
		if s.uuid != newest.status["wsrep_local_state_uuid"] || uint64(s.seqno) > best {
			return service.Start{}, c.say(service.Stop, "", "the database on %s is stopped, and has other or newer data than those that run without a primary component: stop these, and start again", s.host)
		}
	}
	regain := service.Change{ID: Name + "/regain/" + newest.host, Service: Name, Target: newest.host,
		Title: "make a primary component of what runs, on " + newest.host, On: []string{newest.host},
		Do: service.Command{Argv: shell("regain")}, Wait: service.Waiting{Limit: bootstrapPatience}}
	return service.Start{Groups: append([][]service.Change{{regain}}, starts(c.still)...)},
		c.say(service.OK, newest.seen("wsrep_last_committed"), "%s has the newest data of those that run", newest.host)
}

// unrecovered are those whose position is not known yet, with what to ask them.
func (c *cold) unrecovered() map[string][]service.Ask {
	more := map[string][]service.Ask{}
	for _, s := range c.still {
		if !s.known() && !s.void() {
			more[s.host] = []service.Ask{recoverAsk()}
		}
	}
	return more
}

// bootstrap: all stand still.
func (c *cold) bootstrap() (service.Start, []service.Verdict) {
	have := slices.DeleteFunc(slices.Clone(c.still), func(s saved) bool { return !s.known() })
	if more := c.unrecovered(); len(more) > 0 {
		return service.Start{More: more}, c.say(service.Wait, "", "the positions of %d members have to be recovered first", len(more))
	}
	if len(have) == 0 {
		return service.Start{}, c.say(service.Stop, "", "no member has any data")
	}
	// The newest first; of equals that which says that it left last.
	slices.SortStableFunc(have, func(x, y saved) int {
		if x.seqno == y.seqno && x.safe != y.safe {
			return map[bool]int{true: -1, false: 1}[x.safe]
		}
		return cmp.Compare(y.seqno, x.seqno)
	})
	first := have[0]
	for _, s := range have[1:] {
		if s.uuid != first.uuid {
			return service.Start{}, c.say(service.Stop, first.host+": "+first.uuid+"; "+s.host+": "+s.uuid, "%s and %s are not of one history", first.host, s.host)
		}
		if s.safe && s.seqno < first.seqno {
			return service.Start{}, c.say(service.Stop, fmt.Sprintf("%s: seqno=%d; %s: seqno=%d safe_to_bootstrap=1", first.host, first.seqno, s.host, s.seqno),
				"%s says that it left last, and %s has newer data", s.host, first.host)
		}
	}
	rest := slices.DeleteFunc(slices.Clone(c.still), func(s saved) bool { return s.host == first.host })
	slices.SortStableFunc(rest, func(x, y saved) int { return cmp.Compare(y.seqno, x.seqno) })
	change := service.Change{ID: Name + "/bootstrap/" + first.host, Service: Name, Target: first.host,
		Title: "start the Galera cluster from " + first.host, On: []string{first.host},
		// It waits for the server, which may have to recover first.
		Do:   service.Command{Argv: shell("bootstrap", first.uuid), Limit: bootstrapPatience},
		Wait: service.Waiting{Limit: bootstrapPatience}}
	return service.Start{Groups: append([][]service.Change{{change}}, starts(rest)...)},
		c.say(service.OK, fmt.Sprintf("%s: seqno=%d safe_to_bootstrap=%t", first.host, first.seqno, first.safe), "%s has the newest data", first.host)
}
