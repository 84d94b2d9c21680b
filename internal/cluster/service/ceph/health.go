package ceph

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"umm/internal/cluster/service"
)

// The names under which an operator may accept what was found. Data that cannot be
// used and the monitors' quorum have none.
const (
	riskClean   = "pgs-not-clean"
	riskDaemon  = "ceph-daemon-down"
	riskFlags   = "ceph-flags"
	riskHealth  = "ceph-health"
	riskStop    = "pgs-offline"
	riskMgr     = "last-mgr"
	riskMDS     = "last-mds"
	riskGateway = "last-gateway"
)

// Health implements service.View. Data that misses a copy is not healthy, no matter
// which host is out: until it is, no other host may leave, and the flag that keeps Ceph from
// copying it elsewhere stays.
func (v view) Health(out []string) []service.Verdict {
	asked, s, ok := v.best(out...)
	if !ok {
		return []service.Verdict{judge.Unknown("answers", "", v.complaints(), "no host can query Ceph")}
	}
	vs := []service.Verdict{judge.OK("answers", "", "ceph status on "+asked+": "+s.status.Health.Status, "Ceph answers on %s", asked)}
	vs = append(vs, v.mons(asked, s, out)...)
	vs = append(vs, v.osds(asked, s, out)...)
	vs = append(vs, groups(asked, s)...)
	vs = append(vs, v.flags(asked, s)...)
	return append(vs, manager(asked, s), health(asked, s))
}

// mons: every monitor is in the quorum.
func (v view) mons(asked string, s hostAnswer, out []string) []service.Verdict {
	const name = "monitors"
	seen := fmt.Sprintf("ceph quorum_status on %s: %d of %d in quorum: %s", asked, len(s.quorum.Names), len(s.quorum.Monmap.Mons), strings.Join(s.quorum.Names, " "))
	var vs []service.Verdict
	for _, m := range s.quorum.Monmap.Mons {
		host := v.hostOfMon(m.Name, s)
		if slices.Contains(s.quorum.Names, m.Name) || host != "" && slices.Contains(out, host) {
			continue
		}
		vs = append(vs, judge.Wait(name, cmp.Or(host, m.Name), seen, "the monitor %s is not in Ceph's quorum", m.Name).WithRisk(riskDaemon))
	}
	if len(vs) == 0 {
		vs = append(vs, judge.OK(name, "", seen, "every monitor of Ceph is in the quorum"))
	}
	return vs
}

// osds: every OSD that data is put on runs.
func (v view) osds(asked string, s hostAnswer, out []string) []service.Verdict {
	const name = "osds"
	up := 0
	down := map[string][]int{}
	for _, o := range s.dump.OSDs {
		host := v.hostOfOSD(o.ID, s)
		switch {
		case o.Up == 1:
			up++
		case o.In == 1 && !slices.Contains(out, host):
			down[host] = append(down[host], o.ID)
		}
	}
	seen := fmt.Sprintf("ceph osd dump on %s: %d of %d up", asked, up, len(s.dump.OSDs))
	var vs []service.Verdict
	for _, host := range slices.Sorted(maps.Keys(down)) {
		vs = append(vs, judge.Wait(name, host, seen, "%s down", are(down[host])).WithRisk(riskDaemon))
	}
	if len(vs) == 0 {
		vs = append(vs, judge.OK(name, "", seen, "every OSD runs that data is put on"))
	}
	return vs
}

func are(ids []int) string {
	if len(ids) == 1 {
		return numbers(ids) + " is"
	}
	return numbers(ids) + " are"
}

// calm are states of placement groups that are as they should be.
var calm = []string{"active", "clean", "scrubbing", "deep", "snaptrim", "snaptrim_wait"}

// lasting are states that do not pass by themselves.
var lasting = []string{"inconsistent", "incomplete", "recovery_unfound", "backfill_unfound", "failed_repair",
	"backfill_toofull", "recovery_toofull", "snaptrim_error"}

// groups: all data is there in as many copies as it should be.
func groups(asked string, s hostAnswer) []service.Verdict {
	pgs := s.status.PGMap
	counts := map[string]int{}
	var seen []string
	for _, st := range pgs.States {
		seen = append(seen, fmt.Sprintf("%d %s", st.Count, st.Name))
		words := strings.Split(st.Name, "+")
		if !slices.Contains(words, "active") {
			counts["inactive"] += st.Count
		}
		odd := false
		for _, w := range words {
			if !slices.Contains(calm, w) {
				odd = true
				counts[w] += st.Count
			}
		}
		if !odd && !slices.Contains(words, "clean") {
			counts["unclean"] += st.Count
		}
	}
	evidence := fmt.Sprintf("ceph status on %s: %s", asked, strings.Join(seen, ", "))
	if len(counts) == 0 {
		return []service.Verdict{judge.OK("pgs", "", evidence, "all %d placement groups are active and clean", pgs.PGs)}
	}
	var vs []service.Verdict
	for _, word := range slices.Sorted(maps.Keys(counts)) {
		state := service.Wait
		if slices.Contains(lasting, word) {
			state = service.Stop
		}
		bad := judge.Verdict("pgs-"+word, "", state, evidence, "%d of %d placement groups are %s", counts[word], pgs.PGs, word)
		if word != "inactive" {
			bad.Risk = riskClean
		}
		vs = append(vs, bad)
	}
	return vs
}

// clean tells whether all data has all its copies.
func (s hostAnswer) clean() bool { return service.Good(groups("", s)) }

// inner are flags that Ceph sets for itself.
var inner = []string{"sortbitwise", "recovery_deletes", "purged_snapdirs", "pglog_hardlimit", "require_jewel_osds",
	"require_kraken_osds", "require_luminous_osds", "allow_ec_overwrites", "stretch_mode"}

// flags: nobody holds Ceph off what it does by itself. The flag that a change of
// ours sets is a check of its own.
func (v view) flags(asked string, s hostAnswer) []service.Verdict {
	var vs []service.Verdict
	say := func(host, flag, whose, what string) {
		bad := judge.Stop("flags", host, fmt.Sprintf("ceph osd dump on %s: %s of %s", asked, flag, whose), "the flag %s is set for %s by hand", flag, what)
		if flag == noout {
			bad.Name = noout
		}
		if !slices.Contains([]string{"pauserd", "pausewr", "full"}, flag) {
			bad.Risk = riskFlags
		}
		vs = append(vs, bad)
	}
	for _, flag := range strings.Split(s.dump.Flags, ",") {
		if !slices.Contains(inner, flag) {
			say("", flag, "the cluster", "all of Ceph")
		}
	}
	for _, node := range slices.Sorted(maps.Keys(s.dump.Nodes)) {
		for _, flag := range s.dump.Nodes[node] {
			say(v.hostOfNode(node), flag, node, node)
		}
	}
	for _, class := range slices.Sorted(maps.Keys(s.dump.Classes)) {
		for _, flag := range s.dump.Classes[class] {
			say(class, flag, class, "the devices of class "+class)
		}
	}
	for _, o := range s.dump.OSDs {
		for _, flag := range o.State {
			if slices.Contains([]string{"noup", "nodown", "noin", noout}, flag) {
				say(v.hostOfOSD(o.ID, s), flag, numbers([]int{o.ID}), numbers([]int{o.ID}))
			}
		}
	}
	if len(vs) == 0 {
		vs = append(vs, judge.OK("flags", "", "ceph osd dump on "+asked+": "+s.dump.Flags, "no flag keeps Ceph from its work"))
	}
	return vs
}

// hostOfNode is the host that CRUSH calls so; CRUSH's name if that is none of ours.
func (v view) hostOfNode(node string) string {
	for _, host := range v.members {
		if service.Called(host, node) {
			return host
		}
	}
	return node
}

// manager: without one the placement groups are not counted any more.
func manager(asked string, s hostAnswer) service.Verdict {
	const name = "manager"
	seen := "ceph status on " + asked
	switch m := s.status.MgrMap; {
	case m == nil:
		return judge.Unknown(name, "", seen+": no mgrmap", "Ceph does not report whether it has a manager")
	case !m.Available:
		return judge.Wait(name, "", seen+": no manager", "Ceph has no manager: what it says of its data may be old")
	}
	return judge.OK(name, "", seen+": a manager is there", "Ceph has a manager")
}

// told are checks that stand above in other words, and MON_DOWN and its like also of
// hosts that are known to be out.
var told = []string{"MON_DOWN", "OSDMAP_FLAGS", "OSD_FLAGS", "PG_AVAILABILITY", "PG_DEGRADED", "OBJECT_MISPLACED", "OBJECT_DEGRADED"}

// passing are checks that are seen when a daemon comes or goes, and pass.
var passing = []string{"MON_CLOCK_SKEW", "SLOW_OPS", "MGR_DOWN", "OSD_SLOW_PING_TIME_FRONT", "OSD_SLOW_PING_TIME_BACK", "PG_SLOW_SNAP_TRIMMING"}

// health is whatever else Ceph finds wrong with itself.
func health(asked string, s hostAnswer) service.Verdict {
	const name = "health"
	seen := "ceph status on " + asked + ": " + s.status.Health.Status
	state := service.OK
	var bad []string
	for _, code := range slices.Sorted(maps.Keys(s.status.Health.Checks)) {
		c := s.status.Health.Checks[code]
		down := strings.HasPrefix(code, "OSD_") && strings.HasSuffix(code, "DOWN")
		if c.Muted || down || slices.Contains(told, code) {
			continue
		}
		bad = append(bad, fmt.Sprintf("%s: %s", code, c.Summary.Message))
		if c.Severity != "HEALTH_WARN" || !slices.Contains(passing, code) {
			state = service.Stop
		} else if state == service.OK {
			state = service.Wait
		}
	}
	if len(bad) > 0 {
		return judge.Verdict(name, "", state, seen, "Ceph complains: %s", strings.Join(bad, "; ")).WithRisk(riskHealth)
	}
	return judge.OK(name, "", seen, "Ceph reports nothing else")
}
