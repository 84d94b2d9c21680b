package nodecli

import "github.com/spf13/cobra"

func (a *app) disableCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "disable",
		Short: "Make every boot of this host a plain one",
		Long: `disable writes UMM=no into /etc/umm.conf: every boot is a plain one, whatever
happens. The count of unclean boots is forgotten. Refused (1) in maintenance mode
and when it is disabled already.`,
		Args:    cobra.NoArgs,
		PreRunE: a.asRoot,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.node.Disable(cmd.Context(), a.config) },
	}
}
