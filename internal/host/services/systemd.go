package services

import (
	"maps"
	"slices"
	"strings"

	"umm/internal/api"
	"umm/internal/host/essential"
	"umm/internal/host/unitfile"
)

// onSystemd is what maintenance mode makes of the units below root.
func onSystemd(root string, keepUnits []string) Services {
	tree := unitfile.Open(root)
	enabled := tree.Enabled()
	plan := essential.Plan(tree, enabled, keepUnits)
	running := essential.Running(tree, plan)
	s := Services{Units: newUnits(plan.Problems), Early: "sysinit.target", Problems: plan.Problems, Runs: func(unit string) bool {
		_, runs := running[tree.Canonical(unit)]
		return runs
	}}
	for _, name := range slices.Sorted(maps.Keys(running)) {
		s.Units.Essential = append(s.Units.Essential, api.Unit{Name: name, Why: running[name]})
	}
	s.Units.Stopped = stopped(essential.Stopped(tree, enabled, running))
	for _, name := range essential.BusMasks(tree, plan) {
		s.Units.Masked = append(s.Units.Masked, api.Unit{Name: name, Why: "a call on the system bus would start it"})
	}
	for _, name := range essential.DefaultMasks(tree, plan) {
		s.Units.Masked = append(s.Units.Masked, api.Unit{Name: name, Why: "default.target would start it"})
	}
	s.FullBoot, s.FullBootWhy = essential.FullBoot(tree, running)
	return s
}

type systemdLookup struct {
	root      string
	keepUnits func() []string
}

func (l systemdLookup) Unit(name string) string {
	if unitfile.Kind(name) == "" {
		name += ".service"
	}
	return unitfile.Open(l.root).Canonical(name)
}

func (l systemdLookup) Keeps(name string) bool {
	tree := unitfile.Open(l.root)
	plan := essential.Plan(tree, tree.Enabled(), l.keepUnits())
	unit := l.Unit(name)
	if strings.HasPrefix(unit, "umm-") {
		return true
	}
	_, runs := essential.Running(tree, plan)[unit]
	return runs
}

func (l systemdLookup) Enabled(name string) bool {
	_, enabled := unitfile.Open(l.root).Enabled()[l.Unit(name)]
	return enabled
}
