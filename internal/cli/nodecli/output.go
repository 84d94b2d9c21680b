package nodecli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"umm/internal/cli/wiring"
	"umm/internal/host/commandlog"
	"umm/internal/host/mode"
	"umm/internal/host/node"
)

func (a *app) outputCommand() *cobra.Command {
	var follow bool
	cmd := &cobra.Command{
		Use:   "output",
		Short: "Show what the last command printed in maintenance mode",
		Long: `output shows what the last command of umm on COMMAND printed, while it runs as
well as later. The journal has it too: journalctl -t umm-command; with
Upstart /var/log/upstart/umm-command-N.log, N being the maintenance session.
Of a long output the beginning and the end are kept, 32 MiB in all and never more
than a quarter of what is free on the disk; of ten commands.`,
		Args:    cobra.NoArgs,
		PreRunE: a.asRoot,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.output(cmd.Context(), follow) },
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on while the command runs, and end with it")
	return cmd
}

func (a *app) output(ctx context.Context, follow bool) error {
	running := func() bool { return false }
	if follow {
		running = func() bool {
			c := a.node.Status(ctx, "").Command
			return c != nil && c.State == string(mode.CommandRunning)
		}
	}
	err := wiring.CommandLog(a.node.Root).Show(ctx, a.stdout, running)
	if errors.Is(err, commandlog.ErrNone) {
		return &node.Error{Code: node.Refused, Err: err}
	}
	return err
}
