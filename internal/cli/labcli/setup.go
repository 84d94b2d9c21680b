package labcli

import (
	"github.com/spf13/cobra"

	"umm/internal/lab"
)

func (a *app) setup() *cobra.Command {
	return &cobra.Command{
		Use:   "setup",
		Short: "install what practice hosts need, by apt-get",
		Long:  "Installs by apt-get what practice hosts need. Does nothing when all is there.",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return lab.Setup(c.Context(), a.stderr)
		},
	}
}
