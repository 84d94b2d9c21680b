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
		Long: `output shows the output of the last command of umm on COMMAND, while it runs and
afterwards. It is also in the journal: journalctl -t umm-command; with Upstart in
/var/log/upstart/umm-command-N.log, where N is the number of the maintenance session.
The output of the last ten commands is stored; of a long one the beginning and the end,
32 MiB in all and never more than a quarter of the free disk space.`,
		Args:    cobra.NoArgs,
		PreRunE: a.asRoot,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.output(cmd.Context(), follow) },
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "follow the output until the command ends")
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
