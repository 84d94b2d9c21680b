package nodecli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"umm/internal/api"
	"umm/internal/cli/show"
	"umm/internal/host/node"
)

func (a *app) checkCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Tell whether maintenance mode would work here, and whether you would get back in",
		Long: `check tells everything that must be true for maintenance mode to work on this host
and for you to get back in by ssh, each with its reason. umm on asks the same and
refuses where you would be locked out. It exits with 3 where anything fails, or
cannot be told. A warning (warn) is of what maintenance mode can do without, as the
entry in the boot menu, or of what is to be known first, as another address to come
by, and does not count. What is up now proves nothing: an interface, an address, a
home has to come up by what is kept.`,
		Args:    cobra.NoArgs,
		PreRunE: a.asRoot,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkFormat(format); err != nil {
				return err
			}
			return a.check(cmd.Context(), format)
		},
	}
	outputFlag(cmd, &format)
	return cmd
}

func (a *app) check(ctx context.Context, format string) error {
	checks := a.checks(ctx, false)
	ok := api.Healthy(checks)
	if format == "json" {
		if err := show.JSON(a.stdout, api.Checks{Version: api.CheckVersion, OK: ok, Checks: checks}); err != nil {
			return err
		}
	} else if err := a.printChecks(checks); err != nil {
		return err
	}
	if ok {
		return nil
	}
	return &node.Error{Code: node.Unsafe, Err: fmt.Errorf("not everything is ok: %s", strings.Join(failing(checks), ", "))}
}

func (a *app) printChecks(checks []api.Check) error {
	var rows [][]string
	for _, c := range checks {
		rows = append(rows, []string{c.Verdict, c.Name, c.Reason})
		if c.Verdict != api.VerdictOK && c.Hint != "" {
			rows = append(rows, []string{"", "", "-> " + c.Hint})
		}
	}
	return show.Columns(a.stdout, rows)
}

func failing(checks []api.Check) []string {
	var names []string
	for _, c := range checks {
		if !c.Good() {
			names = append(names, c.Name)
		}
	}
	return names
}
