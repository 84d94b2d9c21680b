package rollout

import (
	"slices"
	"strings"

	"umm/internal/run"
	"umm/internal/service"
)

// During is what is to be said of a service while a run is under way, or stands still with
// something in force: what the run itself did is told as its own, and is nobody else's doing.
// The zero State is no run.
func (s Sight) During(v NamedView, st run.State) []service.Verdict {
	open := openChanges(st)
	out := away(st)
	var paths, titles []string
	for _, c := range open {
		if !c.Keeps {
			out = append(out, c.Target)
		}
		if c.Service == v.Name || slices.Contains(c.Stops, v.Name) {
			titles = append(titles, c.Title)
			for _, name := range c.Shows {
				paths = append(paths, path(c.Service, name, c.Target), path(c.Service, name, ""))
			}
		}
	}
	vs := slices.DeleteFunc(slices.Clone(v.View.Whole(out)), func(v service.Verdict) bool { return slices.Contains(paths, path(v.Service, v.Name, v.Host)) })
	if len(titles) > 0 {
		own := service.Verdict{Service: v.Name, Name: "run", State: service.Wait, Reason: "run " + st.Request.ID + " has in force: " + strings.Join(titles, ", ")}
		// What is worse stands before it.
		at := slices.IndexFunc(vs, func(v service.Verdict) bool { return v.State == service.Wait })
		if service.Worst(vs) == service.OK || at < 0 {
			at = len(vs)
		}
		vs = slices.Insert(vs, at, own)
	}
	return cleanVerdicts(vs)
}
