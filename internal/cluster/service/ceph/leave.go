package ceph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/service"
)

// Leave implements service.View.
func (v view) Leave(host string) []service.Verdict {
	asked, s, ok := v.best(host)
	if !ok {
		return []service.Verdict{judge.Unknown("answers", "", v.complaints(), "no host can query Ceph")}
	}
	all := []service.Verdict{v.quorum(host, asked, s), v.mayStop(host, s), v.lastManager(host, asked, s), v.metadata(host)}
	return append(all, v.gateways(host)...)
}

// quorum: the monitors that are in it without the host's are more than half of all.
func (v view) quorum(host, asked string, s hostAnswer) service.Verdict {
	const name = "quorum-without"
	mine := v.monsOf(host, s)
	left := 0
	for _, m := range s.quorum.Names {
		if !slices.Contains(mine, m) {
			left++
		}
	}
	all := len(s.quorum.Monmap.Mons)
	seen := fmt.Sprintf("ceph quorum_status on %s: %s of %d; on %s: %s", asked, strings.Join(s.quorum.Names, " "), all, host, cmp.Or(strings.Join(mine, " "), "none"))
	switch {
	case !v.seen[host].told && len(mine) == 0:
		return judge.Unknown(name, host, seen+"; "+v.complaints(), "cannot tell whether %s has a monitor of Ceph", host)
	case len(mine) == 0:
		return judge.OK(name, host, seen, "%s has no monitor of Ceph", host)
	case left <= all/2:
		return judge.Stop(name, host, seen, "without %s %d of %d monitors of Ceph would be left: no quorum", host, left, all)
	}
	return judge.OK(name, host, seen, "without %s %d of %d monitors of Ceph are left", host, left, all)
}

// notNow is the status with which Ceph says that OSDs may not stop.
const notNow = 16

// mayStop is Ceph's own word on the host's OSDs. It gives it for any number, also for
// OSDs that it does not have.
func (v view) mayStop(host string, s hostAnswer) service.Verdict {
	const name = "may-stop"
	all, running, known := v.osdsOf(host, s)
	if !known {
		return judge.Unknown(name, host, v.complaints(), "cannot tell which OSDs %s has", host)
	}
	if len(running) == 0 {
		return judge.OK(name, host, "no ceph-osd runs", "%s has no OSD that could stop", host)
	}
	for _, id := range running {
		if !slices.ContainsFunc(s.dump.OSDs, func(o osd) bool { return o.ID == id }) {
			return judge.Unknown(name, host, numbers(running), "%s runs an OSD that Ceph does not know, osd.%d", host, id)
		}
	}
	asked, answer, ok := v.answerFor(host, running, all)
	if !ok {
		return judge.Unknown(name, host, cmp.Or(v.complaints(), numbers(running)), "Ceph could not be asked whether the OSDs of %s may stop", host)
	}
	seen := strings.TrimSpace(fmt.Sprintf("ceph osd ok-to-stop on %s: %s: status %d %s", asked, numbers(answer.ids), answer.code, answer.said))
	switch answer.code {
	case 0:
		return judge.OK(name, host, seen, "all data can be used without the OSDs of %s", host)
	case notNow:
		bad := judge.Stop(name, host, seen, "without the OSDs of %s some data could not be used", host)
		// While a copy is missing elsewhere this could be the last one.
		if !answer.inactive && s.clean() {
			bad.Risk = riskStop
		}
		return bad
	}
	return judge.Unknown(name, host, seen, "Ceph does not say whether the OSDs of %s may stop", host)
}

// answerFor is what was said about all OSDs that run on a host, and no others than
// its own.
func (v view) answerFor(host string, running, all []int) (asked string, answer stop, ok bool) {
	for _, m := range v.members {
		for _, st := range v.seen[m].stops {
			covers := !slices.ContainsFunc(running, func(id int) bool { return !slices.Contains(st.ids, id) })
			own := !slices.ContainsFunc(st.ids, func(id int) bool { return !slices.Contains(all, id) })
			// A peer's word counts before the host's own.
			if covers && own && (!ok || asked == host) {
				asked, answer, ok = m, st, true
			}
		}
	}
	return asked, answer, ok
}

// lastManager: the host does not have the only one.
func (v view) lastManager(host, asked string, s hostAnswer) service.Verdict {
	const name = "manager-without"
	standbys := 0
	if m := s.status.MgrMap; m != nil {
		standbys = max(m.Standbys, len(m.Names))
	}
	seen := fmt.Sprintf("ceph status on %s: %d managers stand by; on %s run %d", asked, standbys, host, v.seen[host].daemons.mgrs)
	if v.seen[host].daemons.mgrs > standbys {
		return judge.Stop(name, host, seen, "without %s Ceph would have no manager", host).WithRisk(riskMgr)
	}
	return judge.OK(name, host, seen, "%s does not have Ceph's only manager", host)
}

// hasGroups tells whether flags can be set for a host: from 14 on.
func (s hostAnswer) hasGroups() bool { return s.quorum.Monmap.Release >= 14 }

// Exit implements service.View. Ceph is told not to count the host's OSDs out while
// they are away, which would have it copy all their data. What somebody has set
// already is left alone, and so never cleared.
func (v view) Exit(host string) service.Exit {
	_, s, ok := v.best(host)
	if !ok {
		return service.Exit{}
	}
	all, _, _ := v.osdsOf(host, s)
	if len(all) == 0 || slices.Contains(strings.Split(s.dump.Flags, ","), noout) {
		return service.Exit{}
	}
	c := service.Change{
		ID: Name + "/" + noout + "/" + host, Service: Name, Target: host, Title: "set noout in Ceph for " + host,
		Do: flag("set", noout), Undo: flag("unset", noout), Effect: service.Keeps, Shows: []string{noout}, Wait: service.Waiting{Limit: patience},
	}
	var who []string
	if s.hasGroups() {
		who = v.unflagged(host, s, all)
		if len(who) == 0 {
			return service.Exit{}
		}
		c.Do = flag("set-group", append([]string{noout}, who...)...)
		c.Undo = flag("unset-group", append([]string{noout}, who...)...)
	}
	c.About = service.About(aboutNoout{who})
	c.On = service.PeersFirst(v.members, host, v.tells)
	return service.Exit{Changes: []service.Change{c}}
}

const noout = "noout"

func flag(how string, words ...string) service.Command {
	return service.Command{Argv: append([]string{"ceph", "--connect-timeout", "10", "osd", how}, words...)}
}

// unflagged is for whom noout has to be set: the host as CRUSH has it, if its OSDs are
// all there, else OSDs, without those that have it.
func (v view) unflagged(host string, s hostAnswer, all []int) []string {
	if name, osds, ok := s.bucket(host); ok && !slices.ContainsFunc(all, func(id int) bool { return !slices.Contains(osds, id) }) {
		if slices.Contains(s.dump.Nodes[name], noout) {
			return nil
		}
		return []string{name}
	}
	var who []string
	for _, o := range s.dump.OSDs {
		if slices.Contains(all, o.ID) && !slices.Contains(o.State, noout) {
			who = append(who, numbers([]int{o.ID}))
		}
	}
	return who
}

// aboutNoout is what a change is about: for whom noout is set, by CRUSH's names; for all where
// there are none.
type aboutNoout struct {
	For []string `json:"for,omitempty"`
}

// flaggedBy is for whom a change sets noout; a change of before November 2026 has it in its
// arguments.
func flaggedBy(c service.Change) (who []string, known bool) {
	var about aboutNoout
	if c.Decode(&about) {
		return about.For, true
	}
	i := slices.Index(c.Do.Argv, noout)
	if i < 0 {
		return nil, false
	}
	return c.Do.Argv[i+1:], true
}

// Settled implements service.View.
func (v view) Settled(c service.Change, done bool) service.Verdict {
	const name = "settled"
	asked, s, ok := v.best(c.Target)
	who, known := flaggedBy(c)
	if !ok || !known {
		return judge.Unknown(name, c.Target, v.complaints(), "cannot tell whether noout is set for %s", c.Target)
	}
	set, seen := 0, fmt.Sprintf("ceph osd dump on %s: flags %s, of hosts %v", asked, s.dump.Flags, s.dump.Nodes)
	for _, one := range who {
		if slices.Contains(s.dump.Nodes[one], noout) || slices.ContainsFunc(s.dump.OSDs, func(o osd) bool {
			return numbers([]int{o.ID}) == one && slices.Contains(o.State, noout)
		}) {
			set++
		}
	}
	if len(who) == 0 {
		who = []string{"all"}
		if slices.Contains(strings.Split(s.dump.Flags, ","), noout) {
			set++
		}
	}
	switch {
	case done && set < len(who):
		return judge.Wait(name, c.Target, seen, "noout is not set for %s yet", c.Target)
	case done:
		return judge.OK(name, c.Target, seen, "noout is set for %s", c.Target)
	case set > 0:
		return judge.Wait(name, c.Target, seen, "noout is still set for %s", c.Target)
	}
	return judge.OK(name, c.Target, seen, "noout is not set for %s any more", c.Target)
}
