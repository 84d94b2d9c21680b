package nodecli

import (
	"github.com/spf13/cobra"

	"umm/internal/api"
	"umm/internal/cli/completion"
	"umm/internal/host/node"
)

func (a *app) offCommand() *cobra.Command {
	var o node.OffOptions
	cmd := &cobra.Command{
		Use:   "off [reboot]",
		Short: "Leave maintenance mode, with or without a reboot",
		Long: `off leaves maintenance mode without a reboot: it starts the default target (with Upstart
the boot continues), or, after umm on --live, exactly what was stopped. Nothing that you
started by hand is stopped or restarted. The count of unclean boots is reset. Units that
should have started and did not are listed, and the exit code is 4. If a switch is still
under way, off waits for it.

off reboot reboots into operational mode instead.

While the command of umm on runs, off is refused: services would start during an fsck or a
package upgrade. --accept-risk=command-running leaves the command running.

If umm on was asked for and the host has not rebooted yet, off cancels the request.`,
		Args:    cobra.MatchAll(cobra.MaximumNArgs(1), onlyReboot),
		PreRunE: a.asRoot,
		RunE: func(cmd *cobra.Command, args []string) error {
			unhurried()
			if o.Run != "" {
				if err := checkRun(o.Run); err != nil {
					return err
				}
			}
			for _, risk := range o.Risks {
				if risk != api.RiskCommandRunning {
					return unknownRisk(risk, []string{api.RiskCommandRunning})
				}
			}
			o.Reboot, o.By = len(args) == 1, caller()
			return a.node.Off(cmd.Context(), o)
		},
		ValidArgsFunction: completion.OnceBegun("reboot"),
	}
	cmd.Flags().StringVar(&o.Run, "run", "", "the `RUN` of umm-cluster that asks; no other may have this host")
	cmd.Flags().StringSliceVar(&o.Risks, "accept-risk", nil, "accept a named `RISK`: "+api.RiskCommandRunning)
	_ = cmd.RegisterFlagCompletionFunc("accept-risk", cobra.FixedCompletions([]string{api.RiskCommandRunning}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func onlyReboot(_ *cobra.Command, args []string) error {
	if len(args) == 1 && args[0] != "reboot" {
		return usage("invalid argument %q: use umm off or umm off reboot", args[0])
	}
	return nil
}
