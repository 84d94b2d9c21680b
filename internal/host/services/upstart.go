package services

import (
	"slices"
	"strings"

	"umm/internal/api"
	"umm/internal/host/essential"
	"umm/internal/host/essential/jobs"
	"umm/internal/host/jobfile"
)

// onUpstart is what maintenance mode makes of the jobs and init scripts below root.
func onUpstart(root string, keepUnits []string) Services {
	tree := jobfile.Open(root)
	plan := jobs.New(tree, keepUnits)
	started, scripts := plan.Start()
	starts := func(name string) bool {
		return slices.ContainsFunc(slices.Concat(started, scripts), func(u essential.Unit) bool { return u.Name == name })
	}
	s := Services{
		Units:    newUnits(plan.Problems),
		Early:    "startup",
		Problems: plan.Problems,
		Runs: func(unit string) bool {
			switch {
			case unit == "getty.target":
				return starts("tty1") || starts("tty2")
			case strings.HasSuffix(unit, ".mount"):
				return true // mountall mounts them, whatever follows
			}
			name := jobfile.NameOf(unit)
			_, keeps := plan.Keeps(name)
			return starts(name) || keeps && tree.Enabled(name)
		},
		Job: func(name string) (exists, enabled bool) { return tree.Exists(name), tree.Enabled(name) },
	}
	for _, u := range plan.Essential() {
		s.Units.Essential = append(s.Units.Essential, api.Unit{Name: u.Name, Why: u.Why})
	}
	s.Units.Stopped = stopped(plan.Stopped())
	return s
}

type upstartLookup struct {
	root      string
	keepUnits func() []string
}

func (l upstartLookup) Unit(name string) string { return strings.TrimSuffix(name, ".service") }

func (l upstartLookup) Keeps(name string) bool {
	if strings.HasPrefix(name, "umm-") || name == "umm" {
		return true
	}
	_, keeps := jobs.New(jobfile.Open(l.root), l.keepUnits()).Keeps(l.Unit(name))
	return keeps
}

func (l upstartLookup) Enabled(name string) bool { return jobfile.Open(l.root).Enabled(l.Unit(name)) }
