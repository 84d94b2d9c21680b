package rollout

import (
	"slices"
	"strings"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// HealthDuring is Health with what the run itself did told as its own, as ServiceDuring does. Nothing is
// left out: a host that the run has out is waited for.
func (s Observation) HealthDuring(st run.State) []service.Verdict {
	out := inMaintenance(st)
	vs := make([]service.Verdict, 0, len(s.Hosts))
	for _, h := range s.Hosts {
		v := h.operational()
		if slices.Contains(out, h.Host) && v.State != service.OK {
			v = h.verdict(v.Name, service.Wait, h.Host+" is out of service by run "+st.Request.ID, v.Reason)
		}
		vs = append(vs, v)
	}
	vs = sanitizeVerdicts(vs)
	for _, v := range s.Views {
		vs = append(vs, s.ServiceDuring(v, st)...)
	}
	return vs
}

// OtherRun says that a run of another master has the cluster, of which only its name is known: what
// is drained or in maintenance mode may be its doing.
func OtherRun(name string) service.Verdict {
	v := service.Verdict{Service: hostService, Name: "run", State: service.Wait, Reason: "run " + name + " has the cluster lock: what is out of service may be its doing",
		Evidence: "umm status: guard"}
	return sanitizeVerdict(v)
}

// ServiceDuring is what is to be said of a service while a run is under way, or stands still with
// something in force: what the run itself did is told as its own, and is nobody else's doing.
// The zero State is no run.
func (s Observation) ServiceDuring(v NamedView, st run.State) []service.Verdict {
	open := openChanges(st)
	out := inMaintenance(st)
	var paths, titles []string
	for _, c := range open {
		if c.Effect != service.Keeps {
			out = append(out, c.Target)
		}
		if c.Service == v.Name || slices.Contains(c.Stops, v.Name) {
			titles = append(titles, c.Title)
			for _, name := range c.Shows {
				if c.Effect == service.Keeps {
					paths = append(paths, path(c.Service, name, c.Target), path(c.Service, name, ""))
				}
			}
		}
	}
	vs := slices.DeleteFunc(slices.Clone(v.View.Health(out)), func(v service.Verdict) bool { return slices.Contains(paths, path(v.Service, v.Name, v.Host)) })
	if len(titles) > 0 {
		own := service.Verdict{Service: v.Name, Name: "run", State: service.Wait, Reason: "run " + st.Request.ID + " has in force: " + strings.Join(titles, ", ")}
		// What is worse stands before it.
		at := slices.IndexFunc(vs, func(v service.Verdict) bool { return v.State == service.Wait })
		if service.Worst(vs) == service.OK || at < 0 {
			at = len(vs)
		}
		vs = slices.Insert(vs, at, own)
	}
	return sanitizeVerdicts(vs)
}
