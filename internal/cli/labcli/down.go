package labcli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"umm/internal/lab"
)

func (a *app) down() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "down",
		Short: "remove a lab and all that belongs to it",
		Long: `Removes a lab and all that belongs to it: processes, network, mounts, files. Works
on labs that were never finished. Images stay in the cache.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			names := []string{a.labName}
			if all {
				if c.Flags().Changed("name") {
					return usageError("cannot take down one lab and all: give --name or --all")
				}
				var err error
				if names, err = lab.Names(); err != nil {
					return err
				}
			}
			var errs []error
			for _, name := range names {
				err := lab.Down(c.Context(), name)
				if err == nil {
					fmt.Fprintf(a.stderr, "lab %s is down\n", name)
				}
				errs = append(errs, err)
			}
			return errors.Join(errs...)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "remove every lab")
	return cmd
}
