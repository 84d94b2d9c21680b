package nodecli

import "github.com/spf13/cobra"

func (a *app) enableCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "enable",
		Short: "Allow maintenance mode on this host",
		Long: `enable writes UMM=yes to /etc/umm.conf: this host may enter maintenance mode by umm on, from
the boot menu, and by itself. It changes nothing else. Refused (1) if it is enabled
already.`,
		Args:    cobra.NoArgs,
		PreRunE: a.asRoot,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.node.Enable(cmd.Context(), a.config) },
	}
}
