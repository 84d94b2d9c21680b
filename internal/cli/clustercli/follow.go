package clustercli

import (
	"strings"

	"github.com/spf13/cobra"

	"umm/internal/cluster/inventory"
	"umm/internal/cluster/site"
)

func (a *app) followCommand() *cobra.Command {
	var format string
	var cluster []string
	cmd := &cobra.Command{
		Use:   "follow [flags] [RUN]",
		Short: "Watch a run from another terminal",
		Long: `follow shows a run of this master as the terminal shows it that started it, until the run
ends, stops or pauses, and exits with the run's exit code. It changes nothing: Ctrl-C
ends follow, and the run goes on. Without RUN it is the run that has the cluster.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd, inventory.Selection{Hosts: cluster}, format, func(s *site.Site) error { return s.Follow(cmd.Context(), strings.Join(args, "")) })
		},
	}
	eventFlag(cmd, &format)
	clusterFlag(cmd, &cluster)
	return cmd
}
