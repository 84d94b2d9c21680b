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
		Long: `off goes on into operational mode without a reboot: the default target is started
(with Upstart the boot goes on), or, after umm on --live, exactly what was stopped. Nothing that was started by
hand is stopped or restarted. The count of unclean boots is cleared. What is wanted
and was not started is named, and the exit code is 4. A switch that is still under
way is waited for.

off reboot reboots into operational mode instead.

While the command of umm on runs, off is refused: services would be started under
an fsck or a package manager at work. --accept-risk=command-running leaves it running.

Where the reboot of umm on did not happen, off takes the request back.`,
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
	cmd.Flags().StringSliceVar(&o.Risks, "accept-risk", nil, "go ahead in spite of a named `RISK`: "+api.RiskCommandRunning)
	_ = cmd.RegisterFlagCompletionFunc("accept-risk", cobra.FixedCompletions([]string{api.RiskCommandRunning}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func onlyReboot(_ *cobra.Command, args []string) error {
	if len(args) == 1 && args[0] != "reboot" {
		return usage("umm off %s: there is umm off and umm off reboot", args[0])
	}
	return nil
}
