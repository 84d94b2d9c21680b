package clustercli

import (
	"fmt"

	"github.com/spf13/cobra"

	"umm/internal/version"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of umm-cluster",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return a.version() },
	}
}

func (a *app) version() error {
	_, err := fmt.Fprintln(a.stdout, "umm-cluster "+version.Version)
	return err
}
