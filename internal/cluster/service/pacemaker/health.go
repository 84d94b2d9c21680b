package pacemaker

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/service"
)

// The names under which an operator may accept what was found. Quorum, standby
// and unmanaged resources have none.
const (
	riskFailed   = "failed-actions"
	riskResource = "resource-not-running"
	riskForeign  = "foreign-node"
	riskOnlyHere = "resource-only-here"
)

// Health implements service.View.
func (v view) Health(out []string) []service.Verdict {
	var vs []service.Verdict
	for _, host := range v.members {
		if err := v.seen[host].monErr; err != nil && !slices.Contains(out, host) {
			vs = append(vs, judge.Unknown("answers", host, host+": "+err.Error(),
				"Pacemaker on %s does not report its state", host))
		}
	}
	asked := v.readable(out...)
	if len(asked) == 0 {
		if len(vs) == 0 {
			vs = append(vs, judge.Unknown("answers", "", "", "no host is left to ask about Pacemaker"))
		}
		return vs
	}
	vs = append(vs, v.agree(asked))
	var all []service.Verdict
	for _, host := range asked {
		all = append(all, v.cluster(host)...)
		all = append(all, v.votes(host))
		for _, n := range v.seen[host].mon.nodes {
			all = append(all, v.node(host, n, out)...)
		}
		all = append(all, v.missing(host, out)...)
		all = append(all, v.resources(host, out)...)
		all = append(all, v.failures(host)...)
	}
	return append(vs, worst(all)...)
}

// agree: the members see one and the same cluster.
func (v view) agree(asked []string) service.Verdict {
	var said []string
	same := true
	for _, host := range asked {
		m := v.seen[host].mon
		var online []string
		for _, n := range m.nodes {
			if n.member && n.online {
				online = append(online, n.name)
			}
		}
		slices.Sort(online)
		said = append(said, fmt.Sprintf("coordinator %s, quorum %t, online %s", cmp.Or(m.dc, "none"), m.quorum, strings.Join(online, " ")))
		same = same && said[0] == said[len(said)-1]
	}
	if same {
		return judge.OK("agreement", "", strings.Join(asked, ", ")+": "+said[0], "%s see the same cluster", strings.Join(asked, ", "))
	}
	for i, host := range asked {
		said[i] = host + ": " + said[i]
	}
	return judge.Wait("agreement", "", strings.Join(said, "; "), "%s do not see the same cluster", strings.Join(asked, ", "))
}

// cluster is what holds for the cluster as a whole.
func (v view) cluster(asked string) []service.Verdict {
	m := v.seen[asked].mon
	seen := func(format string, args ...any) string {
		return "crm_mon on " + asked + ": " + fmt.Sprintf(format, args...)
	}
	quorum := judge.OK("quorum", "", seen("with_quorum=true, coordinator %s", m.dc), "Pacemaker has quorum, its coordinator is %s", m.dc)
	switch {
	case m.dc == "":
		quorum = judge.Wait("quorum", "", seen("no current_dc"), "Pacemaker has no coordinator")
	case !m.quorum:
		quorum = judge.Stop("quorum", "", seen("with_quorum=false"), "Pacemaker has no quorum")
	}
	managed := judge.OK("managed", "", seen("maintenance-mode=false"), "Pacemaker manages its resources")
	switch {
	case m.maintenance:
		managed = judge.Stop("managed", "", seen("maintenance-mode=true"),
			"the cluster property maintenance-mode is set: Pacemaker does not manage its resources")
	case m.stopAll:
		managed = judge.Stop("managed", "", seen("stop-all-resources=true"),
			"the cluster property stop-all-resources is set")
	}
	return []service.Verdict{quorum, managed}
}

// votes is what Corosync says.
func (v view) votes(asked string) service.Verdict {
	s := v.seen[asked]
	switch {
	case s.quorumErr != nil:
		return judge.Unknown("votes", asked, asked+": "+s.quorumErr.Error(), "Corosync on %s does not tell its votes", asked)
	case !s.quorum.quorate:
		return judge.Stop("votes", asked, "corosync-quorumtool on "+asked+": "+s.quorum.String(), "Corosync on %s has no quorum", asked)
	}
	return judge.OK("votes", asked, "corosync-quorumtool on "+asked+": "+s.quorum.String(), "Corosync on %s has quorum", asked)
}

// node: it is there and takes resources. Of one in out only that the others do not
// wait for it to be fenced.
func (v view) node(asked string, n node, out []string) []service.Verdict {
	host := v.hostOf(n.name)
	seen := fmt.Sprintf("crm_mon on %s: node %s online=%t pending=%t unclean=%t standby=%t maintenance=%t",
		asked, n.name, n.online, n.pending, n.unclean, n.standby, n.maintenance)
	online := judge.OK("online", host, seen, "%s is online", host)
	switch {
	case n.unclean:
		online = judge.Stop("online", host, seen, "%s is unclean: Pacemaker does not know its state and waits for it to be fenced", host)
	case slices.Contains(out, host), !n.member:
		// Remote and guest nodes hold no quorum; what connects them is a resource, and told as one.
		return nil
	case n.pending:
		online = judge.Wait("online", host, seen, "%s is joining", host)
	case n.shutdown && n.online:
		online = judge.Wait("online", host, seen, "Pacemaker on %s is shutting down", host)
	case !n.online && !slices.Contains(v.members, host):
		online = judge.Stop("online", host, seen, "%s is a node of the cluster but offline, and not among the hosts that umm-cluster knows", host).WithRisk(riskForeign)
	case !n.online:
		online = judge.Wait("online", host, seen, "%s is offline", host)
	}
	if slices.Contains(out, host) || !n.online {
		return []service.Verdict{online}
	}
	ready := judge.OK("standby", host, seen, "%s takes resources", host)
	switch {
	case n.standbyOnFail:
		ready = judge.Stop("standby", host, seen, "%s is in standby since a resource failed there", host)
	case n.standby:
		by := "hand"
		if v.seen[asked].stored.marks[n.name] != "" {
			by = "a run of umm-cluster"
		}
		ready = judge.Stop("standby", host, seen, "%s is in standby, set by %s", host, by)
	case n.maintenance:
		ready = judge.Stop("standby", host, seen, "%s is in Pacemaker's maintenance, set by hand", host)
	}
	return []service.Verdict{online, ready}
}

// missing are the members that the cluster does not know.
func (v view) missing(asked string, out []string) []service.Verdict {
	var vs []service.Verdict
	for _, host := range v.members {
		if slices.Contains(out, host) {
			continue
		}
		if _, known := v.seen[asked].mon.node(v.nodes[host]); !known {
			vs = append(vs, judge.Unknown("online", host, "crm_mon on "+asked+": no such node", "cannot tell which node of Pacemaker %s is", host))
		}
	}
	return vs
}

// resources: none failed, none is down that should run, none is on its way.
func (v view) resources(asked string, out []string) []service.Verdict {
	m := v.seen[asked].mon
	var vs []service.Verdict
	running := 0
	for _, r := range m.resources {
		if r.active {
			running++
		}
		seen := fmt.Sprintf("crm_mon on %s: resource %s role=%s failed=%t blocked=%t managed=%t", asked, r.id, r.role, r.failed, r.blocked, r.managed)
		name := resourceName(r.id)
		switch {
		case r.disabled || r.orphaned && !r.failed:
		case r.failed || r.blocked:
			vs = append(vs, judge.Stop(name, "", seen, "%s has failed", where(r)))
		case r.pending != "":
			vs = append(vs, judge.Wait(name, "", seen, "%s is %s", where(r), strings.ToLower(r.pending)))
		case !r.clone && !r.active && r.managed:
			vs = append(vs, judge.Wait(name, "", seen, "%s runs nowhere", r.id))
		case !r.managed && r.active && !m.maintenance:
			vs = append(vs, judge.Stop(name, "", seen, "%s is not managed, set by hand: Pacemaker would not move it", where(r)))
		case !r.clone && len(r.nodes) > 1:
			vs = append(vs, judge.Stop(name, "", seen, "%s runs on more than one host", where(r)))
		}
	}
	vs = append(vs, v.instances(asked, out)...)
	for i := range vs {
		vs[i].Risk = riskResource
	}
	if len(vs) == 0 {
		vs = append(vs, judge.OK("resources", "", fmt.Sprintf("crm_mon on %s: %d running", asked, running), "every resource runs that should"))
	}
	return vs
}

// instances are the clones that do not run on a host that is free for them, although
// not all of their instances run. That can only be told where resources may run anywhere.
func (v view) instances(asked string, out []string) []service.Verdict {
	m := v.seen[asked].mon
	if !m.symmetric {
		return nil
	}
	type clone struct {
		id           string
		running, all int
		unclear      bool
		on           []string
	}
	var clones []*clone
	for _, r := range m.resources {
		if !r.clone || r.orphaned {
			continue
		}
		id := r.within[0]
		i := slices.IndexFunc(clones, func(c *clone) bool { return c.id == id })
		if i < 0 {
			i, clones = len(clones), append(clones, &clone{id: id})
		}
		c := clones[i]
		c.all++
		c.unclear = c.unclear || r.disabled || !r.managed || len(r.within) > 1 || m.banned(r)
		if r.active {
			c.running++
			c.on = append(c.on, r.nodes...)
		}
	}
	var vs []service.Verdict
	for _, c := range clones {
		var missed []string
		for _, n := range m.nodes {
			free := n.member && n.online && !n.standby && !n.maintenance && !slices.Contains(out, v.hostOf(n.name))
			if free && !slices.Contains(c.on, n.name) {
				missed = append(missed, n.name)
			}
		}
		if !c.unclear && c.running < c.all && len(missed) > 0 {
			vs = append(vs, judge.Wait(resourceName(c.id), "",
				fmt.Sprintf("crm_mon on %s: %d of %d instances of %s run, none on %s", asked, c.running, c.all, c.id, strings.Join(missed, ", ")),
				"%s does not run on every host that could run it", c.id))
		}
	}
	return vs
}

// resourceName is the name of the check about a resource or a clone.
func resourceName(id string) string { return "resource-" + id }

// banned tells whether a resource, or what it is part of, is kept off some node.
func (m mon) banned(r resource) bool {
	return slices.ContainsFunc(m.bans, func(b ban) bool { return r.is(b.resource) })
}

// is tells whether id names the resource or something that it is part of.
func (r resource) is(id string) bool { return r.id == id || slices.Contains(r.within, id) }

// failures are the failed actions that Pacemaker remembers.
func (v view) failures(asked string) []service.Verdict {
	var vs []service.Verdict
	for _, f := range v.seen[asked].mon.failures {
		host := v.hostOf(f.node)
		bad := judge.Stop("failed-actions", host,
			fmt.Sprintf("crm_mon on %s: %s on %s %s %s %s", asked, f.action, f.node, f.exit, f.at, f.reason),
			"%s failed on %s (%s) at %s: crm_resource --cleanup there clears it once the cause is fixed", f.action, host, cmp.Or(f.exit, "no reason"), cmp.Or(f.at, "an unknown time"))
		bad.Evidence, bad.Risk = strings.TrimSpace(bad.Evidence), riskFailed
		vs = append(vs, bad)
	}
	if len(vs) == 0 {
		vs = append(vs, judge.OK("failed-actions", "", "crm_mon on "+asked+": no failures", "no action has failed"))
	}
	return vs
}

func where(r resource) string {
	if len(r.nodes) == 0 {
		return r.id
	}
	return r.id + " on " + strings.Join(r.nodes, ", ")
}
