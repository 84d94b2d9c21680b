package nova

import (
	"fmt"
	"slices"

	"umm/internal/cluster/service"
)

// The names under which an operator may accept what was found.
const (
	riskDisabled  = "nova-disabled"
	riskDown      = "nova-down"
	riskInstances = "instances-down"
	riskLast      = "last-compute"
)

// Health implements service.View.
func (v view) Health(out []string) []service.Verdict {
	asked, all, ok := v.list(out...)
	if !ok {
		return []service.Verdict{judge.Unknown("answers", "", v.complaints(), "no host can query nova")}
	}
	vs := []service.Verdict{judge.OK("answers", "", fmt.Sprintf("openstack compute service list on %s: %d hosts", asked, len(all)), "nova answers on %s", asked)}
	for _, host := range v.members {
		if !slices.Contains(out, host) {
			vs = append(vs, v.serves(host, asked, all)...)
		}
	}
	return vs
}

// serves: nova-compute on the host is up, and may be given instances. For up to a
// minute nova shows it as up that went down: what it said before the host booted does
// not count.
func (v view) serves(host, asked string, all []compute) []service.Verdict {
	c, ok := of(host, all)
	if !ok {
		return []service.Verdict{judge.Unknown("up", host, fmt.Sprintf("openstack compute service list on %s: not there", asked), "nova does not know %s", host)}
	}
	seen := c.seen(asked)
	isUp := judge.OK("up", host, seen, "nova-compute on %s is up", host)
	s := v.seen[host]
	switch {
	case c.State != up:
		isUp = judge.Wait("up", host, seen, "nova-compute on %s is down", host).WithRisk(riskDown)
	case s.hostErr != nil:
		isUp = judge.Unknown("up", host, host+": "+s.hostErr.Error(), "%s does not report when it booted", host)
	case !c.updated.After(s.boot):
		isUp = judge.Wait("up", host, fmt.Sprintf("%s; booted at %s", seen, s.boot.Format("2006-01-02T15:04:05")), "nova-compute on %s has not reported since the host booted", host).WithRisk(riskDown)
	}
	may := judge.OK("enabled", host, seen, "%s may be given instances", host)
	if c.Status != enabled {
		may = judge.Stop("enabled", host, seen, "nova-compute on %s is disabled by hand", host).WithRisk(riskDisabled)
	}
	return []service.Verdict{isUp, may}
}

// Leave implements service.View.
func (v view) Leave(host string) []service.Verdict {
	return []service.Verdict{v.empty(host), v.others(host)}
}

// empty: no instance runs on the host. Any that does stops with it, as nothing here
// moves them; an operator may accept that.
func (v view) empty(host string) service.Verdict {
	const name = "instances"
	s, ok := v.seen[host]
	switch {
	case !ok:
		return judge.OK(name, host, "not a compute host of nova", "no instance runs on %s", host)
	case s.hostErr != nil:
		return judge.Unknown(name, host, host+": "+s.hostErr.Error(), "cannot tell whether instances run on %s", host)
	case len(s.instances) == 0:
		return judge.OK(name, host, "processes on "+host+": no virtual machine", "no instance runs on %s", host)
	}
	return judge.Stop(name, host, "processes on "+host+": "+service.Few(s.instances), "%s on %s and would be down with it", count(len(s.instances)), host).WithRisk(riskInstances)
}

func count(n int) string {
	if n == 1 {
		return "1 instance runs"
	}
	return fmt.Sprintf("%d instances run", n)
}

// others: new instances have somewhere to go.
func (v view) others(host string) service.Verdict {
	const name = "others"
	asked, all, ok := v.list(host)
	if !ok {
		return judge.Unknown(name, host, v.complaints(), "no host can query nova")
	}
	mine, _ := of(host, all)
	n := 0
	for _, c := range all {
		if c.Host != mine.Host && c.Status == enabled && c.State == up {
			n++
		}
	}
	seen := fmt.Sprintf("openstack compute service list on %s: %d others are enabled and up", asked, n)
	if n == 0 {
		return judge.Stop(name, host, seen, "no other host than %s takes new instances", host).WithRisk(riskLast)
	}
	return judge.OK(name, host, seen, "%d other hosts take new instances", n)
}

// Exit implements service.View. A host that is disabled already is somebody else's
// work and stays so.
func (v view) Exit(host string) service.Exit {
	_, all, ok := v.list(host)
	c, there := of(host, all)
	if !ok || !there || c.Status != enabled {
		return service.Exit{}
	}
	reason := "umm-cluster: maintenance of " + host
	change := service.Change{
		ID: Name + "/" + host, Service: Name, Target: host, Title: "keep new instances off " + host,
		About:  service.About(aboutDisabled{reason}),
		Do:     service.Command{Argv: v.conf.openstack("disable", c.Host, reason)},
		Undo:   service.Command{Argv: v.conf.openstack("enable", c.Host, reason)},
		Effect: service.Keeps, Shows: []string{"enabled"}, Wait: service.Waiting{Limit: patience},
	}
	change.On = service.PeersFirst(v.members, host, v.lists)
	return service.Exit{Changes: []service.Change{change}}
}

// aboutDisabled is what a change is about: the reason with which it disables nova-compute, by which
// it is known again.
type aboutDisabled struct {
	Reason string `json:"reason"`
}

// reasonOf is the reason of a change; of one of before November 2026 it is the last argument.
func reasonOf(c service.Change) (string, bool) {
	var about aboutDisabled
	if c.Decode(&about) {
		return about.Reason, true
	}
	if len(c.Do.Argv) == 0 {
		return "", false
	}
	return c.Do.Argv[len(c.Do.Argv)-1], true
}

// Settled implements service.View.
func (v view) Settled(c service.Change, done bool) service.Verdict {
	const name = "settled"
	asked, all, ok := v.list(c.Target)
	if !ok {
		return judge.Unknown(name, c.Target, v.complaints(), "no host can query nova")
	}
	one, there := of(c.Target, all)
	ours, known := reasonOf(c)
	if !there || !known {
		return judge.Unknown(name, c.Target, "openstack compute service list on "+asked, "nova does not know %s", c.Target)
	}
	switch seen := one.seen(asked); {
	case done && one.Status == disabled:
		return judge.OK(name, c.Target, seen, "%s is given no new instances", c.Target)
	case done:
		return judge.Wait(name, c.Target, seen, "%s still is given new instances", c.Target)
	case one.Status == enabled:
		return judge.OK(name, c.Target, seen, "%s may be given instances again", c.Target)
	case one.reason() != ours:
		return judge.OK(name, c.Target, seen, "somebody else has disabled nova-compute on %s meanwhile: it stays so", c.Target)
	default:
		return judge.Wait(name, c.Target, seen, "%s may not be given instances yet", c.Target)
	}
}
