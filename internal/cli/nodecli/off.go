package nodecli

import (
	"github.com/spf13/cobra"

	"umm/internal/node"
)

func (a *app) offCommand() *cobra.Command {
	var run string
	cmd := &cobra.Command{
		Use:   "off [reboot]",
		Short: "Leave maintenance mode, with or without a reboot",
		Long: `off goes on into operational mode without a reboot: the default target is started
(with Upstart the boot goes on), or, after umm on --live, exactly what was stopped. Nothing that was started by
hand is stopped or restarted. The count of unclean boots is cleared. What is wanted
and was not started is named, and the exit code is 4. A switch that is still under
way is waited for.

off reboot reboots into operational mode instead.

Where the reboot of umm on did not happen, off takes the request back.`,
		Args:    cobra.MatchAll(cobra.MaximumNArgs(1), onlyReboot),
		PreRunE: a.asRoot,
		RunE: func(cmd *cobra.Command, args []string) error {
			unhurried()
			if run != "" {
				if err := checkRun(run); err != nil {
					return err
				}
			}
			return a.node.Off(cmd.Context(), node.OffOptions{Reboot: len(args) == 1, By: caller(), Run: run})
		},
		ValidArgs: []string{"reboot"},
	}
	cmd.Flags().StringVar(&run, "run", "", "the `RUN` of umm-cluster that asks; no other may have this host")
	return cmd
}

func onlyReboot(_ *cobra.Command, args []string) error {
	if len(args) == 1 && args[0] != "reboot" {
		return usage("umm off %s: there is umm off and umm off reboot", args[0])
	}
	return nil
}
