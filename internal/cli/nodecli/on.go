package nodecli

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"umm/internal/api"
	"umm/internal/host/mode"
	"umm/internal/host/node"
)

func (a *app) onCommand() *cobra.Command {
	var o node.OnOptions
	var then string
	var limit time.Duration
	cmd := &cobra.Command{
		Use:   "on [flags] [--] [COMMAND [ARG...]]",
		Short: "Take this host into maintenance mode, by a reboot or live",
		Long: `on takes this host into maintenance mode. It checks that MM would work and that you could
log in again, runs the pre-on hooks, saves the request, sends a wall message and reboots;
it does not return before the host goes down. With --live it switches without a reboot and
returns in MM. With systemd it lists the units that umm off cannot start again, such as
those of systemd-run, and what still runs although it is not essential, such as a cron job.

COMMAND runs once, in MM, when network and ssh are up. Several words are a program and its
arguments, with NAME=VALUE before them for its environment; a single word is a line for
/bin/sh -c. It never runs twice: if the host stops meanwhile, it ends as interrupted.
umm output shows its output, umm status its result.

COMMAND runs as root in /, with /dev/null as its input, with
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
and with an environment in which package managers do not ask: DEBIAN_FRONTEND=noninteractive,
DPKG_FORCE=confdef,confold (leave changed configuration files alone;
APT_CONFIG=/lib/umm/apt.conf does the same for old versions of dpkg), UCF_FORCE_CONFFOLD=1,
APT_LISTCHANGES_FRONTEND=none, APT_LISTBUGS_FRONTEND=none, NEEDRESTART_MODE=l.`,
		Example: `  umm on --reason "new disk"
  umm on --live --for 2h
  umm on --then=reboot -- apt-get -y dist-upgrade
  umm on -- DPKG_FORCE=confnew apt-get -y upgrade
  umm on 'fsck -y /dev/vg0/data && mount /data'`,
		Args:    cobra.ArbitraryArgs,
		PreRunE: a.asRoot,
		RunE: func(cmd *cobra.Command, args []string) error {
			unhurried()
			o.Argv, o.Then, o.By = args, mode.Then(then), caller()
			if cmd.Flags().Changed("timeout") {
				o.Limit = &limit
			}
			if err := checkOn(o, cmd.Flags().Changed("then"), limit); err != nil {
				return err
			}
			return a.node.On(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	// What stands behind COMMAND is COMMAND's.
	f.SetInterspersed(false)
	f.BoolVar(&o.Live, "live", false, "switch without a reboot; umm off then starts what was stopped")
	f.StringVar(&o.Reason, "reason", "", "`TEXT` shown by status, history and the login banner")
	f.DurationVar(&o.For, "for", 0, "leave MM automatically after `DURATION`, such as 90m or 2h")
	f.StringVar(&then, "then", string(mode.ThenStay), "what to do after COMMAND succeeds: `stay|off|reboot`")
	f.DurationVar(&limit, "timeout", 0, "stop COMMAND after `DURATION` (default COMMAND_TIMEOUT of umm.conf; 0: never)")
	f.StringSliceVar(&o.Risks, "accept-risk", nil, "accept a named `RISK`: "+strings.Join(risks, ", "))
	f.StringVar(&o.Run, "run", "", "the `RUN` of umm-cluster that asks; it must have this host")
	return cmd
}

func checkOn(o node.OnOptions, thenGiven bool, limit time.Duration) error {
	switch o.Then {
	case mode.ThenStay, mode.ThenOff, mode.ThenReboot:
	default:
		return usage("invalid --then %q: use stay, off or reboot", o.Then)
	}
	if len(o.Argv) == 0 && (thenGiven || o.Limit != nil) {
		return usage("--then and --timeout need a COMMAND")
	}
	if o.For < 0 || limit < 0 {
		return usage("--for and --timeout cannot be negative")
	}
	if o.For > 0 && o.For < time.Second {
		return usage("--for %s is too short", o.For)
	}
	if err := api.CheckRequest(o.Reason, o.Argv); err != nil {
		return usage("%v", err)
	}
	for _, risk := range o.Risks {
		if !slices.Contains(risks, risk) {
			return unknownRisk(risk, risks)
		}
	}
	if o.Run != "" {
		return checkRun(o.Run)
	}
	return nil
}

func unknownRisk(risk string, known []string) error {
	return usage("invalid --accept-risk %q: use %s", risk, strings.Join(known, " or "))
}

// risks are what an operator can accept by name.
var risks = []string{api.RiskLoseSSH, api.RiskClusterRun}
