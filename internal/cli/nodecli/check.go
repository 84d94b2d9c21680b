package nodecli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"umm/internal/api"
	"umm/internal/cli/command"
	"umm/internal/cli/show"
	"umm/internal/host/node"
)

func (a *app) checkCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check whether maintenance mode would work here, and whether you could log in again",
		Long: `check lists what maintenance mode needs to work on this host, and what you need to log in
again by ssh, each with a verdict and the reason. umm on runs the same checks and refuses
if you would be locked out. The exit code is 3 if a check fails or its result is unknown.
A warning (warn) does not count: it is about something that maintenance mode can do
without, such as the boot menu entry, or that you should know first, such as another
address to connect to. What is up now proves nothing: an interface, an address or a home
directory has to come up by the essential units alone.`,
		Args:    cobra.NoArgs,
		PreRunE: a.asRoot,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.check(cmd.Context(), format)
		},
	}
	command.OutputFlag(cmd, &format, outputHelp)
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
	return &node.Error{Code: node.Unsafe, Err: fmt.Errorf("failed checks: %s", strings.Join(failing(checks), ", "))}
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
