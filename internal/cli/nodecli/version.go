package nodecli

import (
	"fmt"

	"github.com/spf13/cobra"

	"umm/internal/version"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of umm",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return a.version() },
	}
}

func (a *app) version() error {
	_, err := fmt.Fprintln(a.stdout, "umm "+version.Version)
	return err
}
