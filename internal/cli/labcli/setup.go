package labcli

import (
	"github.com/spf13/cobra"

	"umm/internal/lab"
)

func (a *app) setup() *cobra.Command {
	var machines bool
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "install what practice hosts need, by apt-get",
		Long:  "Installs by apt-get what practice hosts need. Does nothing when all is there.",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return lab.Setup(c.Context(), machines, a.stderr)
		},
	}
	cmd.Flags().BoolVar(&machines, "machines", false, "what machines need too: QEMU, firmware, tools for disks")
	return cmd
}
