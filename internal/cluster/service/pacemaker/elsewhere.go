package pacemaker

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/service"
)

// elsewhere: without the host everything still runs that runs now. Pacemaker's own
// scheduler says so: bans are one reason of many for which it would stop something.
func (v view) elsewhere(host string) service.Verdict {
	const name = "elsewhere"
	asked, s, ok := v.best(host)
	if !ok {
		return judge.Unknown(name, host, "", "no host tells what Pacemaker runs on %s", host)
	}
	here := v.nodes[host]
	n := len(s.mon.duties(here))
	seen := fmt.Sprintf("crm_mon on %s: %d resources on %s", asked, n, cmp.Or(here, host))
	if n == 0 {
		return judge.OK(name, host, seen, "Pacemaker runs nothing on %s that would have to go elsewhere", host)
	}
	then, err := v.without(host)
	if err != nil {
		return judge.Unknown(name, host, seen+"; crm_simulate on "+host+": "+err.Error(),
			"cannot tell what Pacemaker would stop without %s", host)
	}
	seen += fmt.Sprintf("; crm_simulate on %s with %s in standby: %d duties lost", host, here, len(lost(s.mon, then, here)))
	if gone := lost(s.mon, then, here); len(gone) > 0 {
		return judge.Stop(name, host, seen, "without %s Pacemaker would run nowhere: %s", host, strings.Join(gone, ", ")).WithRisk(riskOnlyHere)
	}
	return judge.OK(name, host, seen, "without %s Pacemaker runs elsewhere what it runs now", host)
}

// without is how Pacemaker would stand with a member in standby.
func (v view) without(host string) (mon, error) {
	s, known := v.seen[host]
	switch {
	case !known:
		return mon{}, errors.New("it was not asked")
	case s.withoutErr != nil:
		return mon{}, s.withoutErr
	}
	if n, ok := s.without.node(v.nodes[host]); !ok || !n.standby {
		return mon{}, fmt.Errorf("it does not show %s in standby", cmp.Or(v.nodes[host], host))
	}
	return s.without, nil
}

// lost are the duties of now that nobody has then, on any node but one.
func lost(now, then mon, but string) []string {
	return slices.DeleteFunc(now.duties(""), func(d string) bool { return then.does(d, but, now) })
}

// promoted marks a duty that is to be promoted.
const promoted = " (promoted)"

// duty is what a resource does, whichever instance of it does that: the resource's name,
// or for a clone the clone's and that of the part. Of a clone that is globally unique each
// instance does something of its own.
func (r resource) duty() string {
	if !r.clone {
		return r.id
	}
	part, _, _ := strings.Cut(r.id, ":")
	switch {
	case r.replica():
		part = r.agent // of a bundle each replica has its own names
	case r.unique:
		part = r.id
	}
	return r.within[0] + "/" + part
}

// replica tells whether it is part of a replica of a bundle.
func (r resource) replica() bool {
	return len(r.within) > 1 && strings.Trim(r.within[1], "0123456789") == ""
}

// duties are what is done on a node, or on any where none is named. What fences a host
// is not among them: many such resources run on one host only by design.
func (m mon) duties(node string) []string {
	var all []string
	for _, r := range m.resources {
		if !r.active || r.orphaned || stonith(r) || node != "" && !slices.Contains(r.nodes, node) {
			continue
		}
		all = append(all, r.duty())
		if r.promoted() {
			all = append(all, r.duty()+promoted)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// does tells whether a duty is done on any node but one. Remote and guest nodes are no place
// to go to: they come and go with hosts and resources of their own. Only what was on one
// before counts there, and what a bundle runs, whose replicas are such nodes.
func (m mon) does(duty, but string, before mon) bool {
	id, asPromoted := strings.CutSuffix(duty, promoted)
	return slices.ContainsFunc(m.resources, func(r resource) bool {
		return r.duty() == id && r.active && !r.failed && (!asPromoted || r.promoted()) &&
			slices.ContainsFunc(r.nodes, func(n string) bool {
				full, known := m.node(n)
				return n != but && (known && full.member || r.replica() || before.at(id, n))
			})
	})
}

// at tells whether a duty is done on that node.
func (m mon) at(id, node string) bool {
	return slices.ContainsFunc(m.resources, func(r resource) bool {
		return r.duty() == id && r.active && slices.Contains(r.nodes, node)
	})
}

func (r resource) promoted() bool { return r.role == "Master" || r.role == "Promoted" }

// carried are the duties of a host that have to be done elsewhere before it goes: all
// that Pacemaker can move. What it cannot was weighed when the host was to leave.
func (v view) carried(host string, now mon) []string {
	here := v.nodes[host]
	if here == "" {
		return nil
	}
	all := now.duties(here)
	if then, err := v.without(host); err == nil {
		all = slices.DeleteFunc(all, func(d string) bool { return !then.does(d, here, mon{}) })
	}
	return all
}

// stopped are the checks of Health about what nothing does without a host: that was
// weighed when it was to leave, and shows for as long as it is in standby.
func (v view) stopped(host string, now mon) []string {
	then, err := v.without(host)
	if err != nil {
		return nil
	}
	gone := lost(now, then, v.nodes[host])
	var names []string
	for _, r := range now.resources {
		if slices.Contains(gone, r.duty()) {
			names = append(names, resourceName(r.id))
			if r.clone {
				names = append(names, resourceName(r.within[0]))
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// nowhere are the duties that are done on no node but one.
func (m mon) nowhere(duties []string, but string) []string {
	return slices.DeleteFunc(slices.Clone(duties), func(d string) bool { return m.does(d, but, mon{}) })
}
