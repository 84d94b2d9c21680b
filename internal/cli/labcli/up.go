package labcli

import (
	"github.com/spf13/cobra"

	"umm/internal/lab"
)

func (a *app) up() *cobra.Command {
	var spec lab.Spec
	cmd := &cobra.Command{
		Use:   "up",
		Short: "make a lab and boot its hosts",
		Long: `Makes a lab and boots its hosts. Returns when ssh answers on all of them. The files
of a host are in /run/umm-lab/LAB/HOST/root, whether it is on or off.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			spec.Name, spec.Log = a.labName, a.stderr
			_, err := lab.Up(c.Context(), spec)
			return err
		},
	}
	cmd.Flags().IntVar(&spec.N, "hosts", 1, "how many hosts")
	imageFlags(cmd.Flags(), &spec.Image)
	return cmd
}
