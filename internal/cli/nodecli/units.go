package nodecli

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"umm/internal/cli/show"
	"umm/internal/kept"
	"umm/internal/unitfile"
	"umm/internal/wire"
)

func (a *app) unitsCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "units",
		Short: "Show what maintenance mode keeps, what it stops, and why",
		Long: `units shows which units run in maintenance mode on this host, which are enabled but
do not, and which a call on the system bus cannot start there, each with the
reason. KEEP_UNITS in /etc/umm.conf adds to what is kept.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := checkFormat(format); err != nil {
				return err
			}
			return a.units(format)
		},
	}
	outputFlag(cmd, &format)
	return cmd
}

func (a *app) units(format string) error {
	p, _ := a.config.Policy()
	u := unitsOf(a.node.Root, p.KeepUnits)
	if format == "json" {
		return show.JSON(a.stdout, u)
	}
	var rows [][]string
	early := len(u.Kept)
	u.Kept = slices.DeleteFunc(u.Kept, func(unit wire.Unit) bool { return unit.Why == kept.EarlyBoot })
	if early -= len(u.Kept); early > 0 {
		u.Kept = append(u.Kept, wire.Unit{Name: "sysinit.target", Why: fmt.Sprintf("early boot, %d units in all; -o json names them", early)})
	}
	for _, part := range []struct {
		word  string
		units []wire.Unit
	}{{"kept", u.Kept}, {"stopped", u.Stopped}, {"masked", u.Masked}} {
		for _, unit := range part.units {
			rows = append(rows, []string{part.word, unit.Name, unit.Why})
		}
	}
	for _, problem := range u.Problems {
		a.log.Warn(problem)
	}
	return show.Columns(a.stdout, rows)
}

// unitsOf works out the units of maintenance mode on the host below root.
func unitsOf(root string, keepUnits []string) wire.Units {
	tree := unitfile.Open(root)
	enabled := tree.Enabled()
	plan := kept.Plan(tree, enabled, keepUnits)
	running := kept.Running(tree, plan)
	u := wire.Units{Version: wire.UnitsVersion, Kept: []wire.Unit{}, Stopped: []wire.Unit{}, Masked: []wire.Unit{}}
	for _, name := range slices.Sorted(maps.Keys(running)) {
		u.Kept = append(u.Kept, wire.Unit{Name: name, Why: running[name]})
	}
	for _, s := range kept.Stopped(tree, enabled, running) {
		u.Stopped = append(u.Stopped, wire.Unit{Name: s.Name, Why: s.Why})
	}
	for _, name := range kept.BusMasks(tree, plan) {
		u.Masked = append(u.Masked, wire.Unit{Name: name, Why: "a call on the system bus would start it"})
	}
	for _, p := range plan.Problems {
		u.Problems = append(u.Problems, "KEEP_UNITS: "+p.Name+": "+p.Text)
	}
	return u
}
