package nodecli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"umm/internal/api"
	"umm/internal/cli/command"
	"umm/internal/cli/show"
	"umm/internal/host/essential"
)

func (a *app) unitsCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "units",
		Short: "Show which units are essential, which stop in maintenance mode, and why",
		Long: `units shows which units are essential and run in maintenance mode on this host, which are
enabled but stop, and which are masked so that neither a call on the system bus nor
default.target starts them, each with the reason. With Upstart they are jobs and init
scripts. KEEP_UNITS in /etc/umm.conf adds essential units.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.units(format)
		},
	}
	command.OutputFlag(cmd, &format, outputHelp)
	return cmd
}

func (a *app) units(format string) error {
	has := a.services()
	u := has.Units
	if format == "json" {
		return show.JSON(a.stdout, u)
	}
	var rows [][]string
	early := len(u.Essential)
	u.Essential = slices.DeleteFunc(u.Essential, func(unit api.Unit) bool { return unit.Why == essential.EarlyBoot })
	if early -= len(u.Essential); early > 0 {
		u.Essential = append(u.Essential, api.Unit{Name: has.Early, Why: fmt.Sprintf("early boot, %d units in all; -o json names them", early)})
	}
	for _, part := range []struct {
		word  string
		units []api.Unit
	}{{"essential", u.Essential}, {"stopped", u.Stopped}, {"masked", u.Masked}} {
		for _, unit := range part.units {
			rows = append(rows, []string{part.word, unit.Name, unit.Why})
		}
	}
	for _, problem := range u.Problems {
		a.log.Warn(problem)
	}
	return show.Columns(a.stdout, rows)
}
