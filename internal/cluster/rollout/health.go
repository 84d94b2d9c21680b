package rollout

import (
	"fmt"
	"slices"

	"umm/internal/api"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// hostService is the name under which umm's own verdicts on hosts stand.
const hostService = "host"

// Observation is the cluster as it was seen in one round.
type Observation struct {
	Hosts []HostStatus
	// Views are the services', in the order of Cluster.Services.
	Views []NamedView
	// alerts are those of Cluster.Alerts.
	alerts []service.Verdict
	// members are those of the services.
	members map[string][]string
}

// HostStatus is what umm on a host said.
type HostStatus struct {
	Host   string
	Status api.Status
	// Err says why there is no status.
	Err error
}

// NamedView is the view of one service.
type NamedView struct {
	Name string
	View service.View
}

// Health is everything that must be true of the cluster while the hosts in out are
// away. Services in except, and single checks by their paths, are left out: a change
// of ours is in force there.
func (s Observation) Health(out []string, except ...string) []service.Verdict {
	vs := make([]service.Verdict, 0, len(s.Hosts))
	for _, h := range s.Hosts {
		if !slices.Contains(out, h.Host) {
			vs = append(vs, h.operational())
		}
	}
	for _, v := range s.Views {
		if !slices.Contains(except, v.Name) {
			vs = append(vs, v.View.Health(out)...)
		}
	}
	if len(except) > 0 {
		vs = slices.DeleteFunc(vs, func(v service.Verdict) bool { return slices.Contains(except, path(v.Service, v.Name, v.Host)) })
	}
	if len(out) == 0 && len(except) == 0 {
		// While something is in force alerts may be about that.
		vs = append(vs, s.alerts...)
	}
	return sanitizeVerdicts(vs)
}

// healthWithout is everything that must be true, while host is away as well, of the services that it
// was taken out of: what their other members are may have changed since. Of one that has no
// other there is nothing to say.
func (s Observation) healthWithout(host string, out []string, open []service.Change) []service.Verdict {
	own := slices.DeleteFunc(slices.Clone(open), func(c service.Change) bool { return c.Target != host })
	names, except := excluded(own), excluded(open)
	out = append(slices.Clone(out), host)
	var vs []service.Verdict
	for _, v := range s.Views {
		others := slices.DeleteFunc(slices.Clone(s.members[v.Name]), func(m string) bool { return slices.Contains(out, m) })
		if slices.Contains(names, v.Name) && len(others) > 0 {
			vs = append(vs, v.View.Health(out)...)
		}
	}
	vs = slices.DeleteFunc(vs, func(v service.Verdict) bool { return slices.Contains(except, path(v.Service, v.Name, v.Host)) })
	return sanitizeVerdicts(vs)
}

// path tells a check from all others.
func path(service, name, host string) string { return service + "/" + name + "/" + host }

// enabled tells of each host that answers whether umm would take it: one that it
// would not is found before any other goes.
func (s Observation) enabled(hosts []string) []service.Verdict {
	var vs []service.Verdict
	for _, name := range hosts {
		if h := s.Of(name); h.Err == nil {
			vs = append(vs, h.enabled())
		}
	}
	return vs
}

// NeverLeaving is what keeps single hosts of r from leaving, however the others stand: it is better
// known before the first one goes than when it is their turn.
func (s Observation) NeverLeaving(r run.Request) []service.Verdict {
	if r.Verb == run.Down {
		return nil
	}
	var all []service.Verdict
	for _, host := range r.Hosts {
		for _, v := range Unaccepted(s.Leaving(host), r, nil) {
			if v.Lasts {
				all = append(all, v)
			}
		}
	}
	return all
}

// allBlocked is what keeps every host of r from leaving, where waiting does not help;
// nothing if one of them can go, and where all go whatever that means. With one gone
// it can be otherwise for the next.
func (s Observation) allBlocked(r run.Request) []service.Verdict {
	if r.Verb == run.Down {
		return nil
	}
	var all []service.Verdict
	for _, host := range r.Hosts {
		bad := Unaccepted(s.Leaving(host), r, nil)
		if len(bad) == 0 || service.Worst(bad) != service.Stop {
			return nil
		}
		all = append(all, bad...)
	}
	return all
}

// Leaving is everything that must be true for host to go away, beside Health.
func (s Observation) Leaving(host string) []service.Verdict {
	var vs []service.Verdict
	for i := range s.Hosts {
		if h := &s.Hosts[i]; h.Host == host {
			vs = append(vs, h.enabled())
		}
	}
	for _, v := range s.Views {
		vs = append(vs, v.View.Leave(host)...)
	}
	return sanitizeVerdicts(vs)
}

// Exit is how a host leaves all services.
func (s Observation) Exit(host string) service.Exit {
	var all service.Exit
	for _, v := range s.Views {
		e := v.View.Exit(host)
		all.Late = append(all.Late, e.Late...)
		all.Moves += e.Moves
		all.Changes = append(all.Changes, e.Changes...)
		all.Starts = append(all.Starts, e.Starts...)
	}
	return all
}

// Settled asks the service of a change about it.
func (s Observation) Settled(c service.Change, done bool) service.Verdict {
	for _, v := range s.Views {
		if v.Name == c.Service {
			return v.View.Settled(c, done)
		}
	}
	return service.Verdict{Service: c.Service, Name: "settled", Host: c.Target, State: service.Unknown,
		Reason: "this version of umm-cluster does not check " + c.Service}
}

// Of is what was seen of a host.
func (s Observation) Of(host string) HostStatus {
	for i := range s.Hosts {
		if s.Hosts[i].Host == host {
			return s.Hosts[i]
		}
	}
	return HostStatus{Host: host, Err: fmt.Errorf("%s was not asked", host)}
}

func (h HostStatus) verdict(name string, state service.State, reason, evidence string) service.Verdict {
	return service.Verdict{Service: hostService, Name: name, Host: h.Host, State: state, Reason: reason, Evidence: evidence}
}

// operational: the host answers and is not in maintenance mode.
func (h HostStatus) operational() service.Verdict {
	if h.Err != nil {
		return h.verdict("operational", service.Unknown, "cannot get the status of "+h.Host+": "+h.Err.Error(), "")
	}
	seen := "umm status: " + h.Status.Mode
	switch h.Status.Mode {
	case api.ModeOperational, api.ModeDisabled:
		return h.verdict("operational", service.OK, h.Host+" is operational", seen)
	case api.ModeRebooting:
		return h.verdict("operational", service.Wait, h.Host+" is rebooting", seen)
	case api.ModeMaintenance:
		return h.verdict("operational", service.Stop, h.Host+" is in maintenance mode"+why(h.Status.Trigger), seen)
	}
	return h.verdict("operational", service.Unknown, h.Host+" is in a mode that this version of umm-cluster does not know", seen)
}

// enabled: umm would take the host into maintenance mode.
func (h HostStatus) enabled() service.Verdict {
	switch {
	case h.Err != nil:
		return h.verdict("enabled", service.Unknown, "cannot tell whether maintenance mode is enabled on "+h.Host, h.Err.Error())
	case !h.Status.Enabled:
		return h.verdict("enabled", service.Stop, "maintenance mode is disabled on "+h.Host+": run umm enable there", "umm status: disabled")
	}
	return h.verdict("enabled", service.OK, "maintenance mode is enabled on "+h.Host, "umm "+h.Status.Umm)
}

func why(t *api.Trigger) string {
	if t == nil {
		return ""
	}
	text := ", by " + t.Kind
	if t.By != "" {
		text += " (" + t.By + ")"
	}
	if t.Reason != "" {
		text += ": " + t.Reason
	}
	return text
}
