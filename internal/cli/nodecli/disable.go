package nodecli

import "github.com/spf13/cobra"

func (a *app) disableCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "disable",
		Short: "Forbid maintenance mode on this host",
		Long: `disable writes UMM=no to /etc/umm.conf: whatever happens, the host boots into operational
mode. The count of unclean boots is reset. Refused (1) in maintenance mode, and if it is
disabled already.`,
		Args:    cobra.NoArgs,
		PreRunE: a.asRoot,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.node.Disable(cmd.Context(), a.config) },
	}
}
