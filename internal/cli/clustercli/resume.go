package clustercli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"umm/internal/cluster/inventory"
	"umm/internal/cluster/site"
)

func (a *app) resumeCommand() *cobra.Command {
	var retry bool
	cmd := a.orderCommand("resume", "Go on with a run that stopped or was killed",
		`resume compares the journal of a run with the state of the hosts and goes on with the
step that was under way. A command that failed is not run again, unless with --retry:
the host then leaves maintenance mode and enters it again.`, nil,
		func(ctx context.Context, s *site.Site, o site.Order) error { return s.Resume(ctx, o, retry) })
	cmd.Flags().BoolVar(&retry, "retry", false, "run the failed command again")
	return cmd
}

func (a *app) continueCommand() *cobra.Command {
	var until string
	var scheduled bool
	cmd := a.orderCommand("continue", "Go on with a run that is paused",
		`continue goes on after a pause. If the command failed on the current host, it counts as
done: the work was finished by hand. continue is refused while the command still runs;
--accept-risk=command-running leaves it running.

A run that is paused for its maintenance window, or since a hook postponed a host, is
continued by umm-cluster@NAME.timer, if that is enabled, while a window of policy.window is
open. NAME is the configuration /etc/umm-cluster/NAME.yaml.`, risksOfCommand,
		func(ctx context.Context, s *site.Site, o site.Order) error {
			if scheduled && until != "" {
				return usage("--scheduled and --until exclude each other")
			}
			if scheduled {
				return s.ContinueScheduled(ctx, o)
			}
			o.Until = until
			return s.Continue(ctx, o)
		})
	untilFlag(cmd, &until)
	cmd.Flags().BoolVar(&scheduled, "scheduled", false, "do nothing unless a run waits for its time, and the time has come")
	return cmd
}

func (a *app) abortCommand() *cobra.Command {
	return a.orderCommand("abort", "End a run early and bring back its hosts",
		`abort undoes all changes of a run that are in force, last in, first out: no host stays
drained, in standby or in maintenance mode by it. It does not wait for the cluster to be
healthy; what needs a host that does not answer comes last. If something cannot be
undone, the rest is undone all the same; run abort again to retry, or with
--accept-risk=left-in-force to end the run and leave it. abort is refused while the
command still runs on a host; --accept-risk=command-running leaves it running.`, risksOfAbort,
		func(ctx context.Context, s *site.Site, o site.Order) error { return s.Abort(ctx, o) })
}

// orderCommand is one of the operator's orders to a run that exists; known are the risks that can
// be accepted with it.
func (a *app) orderCommand(name, short, long string, known []namedRisk, give func(context.Context, *site.Site, site.Order) error) *cobra.Command {
	var format string
	var cluster []string
	var risks riskFlags
	cmd := &cobra.Command{
		Use:   name + " [flags] [RUN]",
		Short: short,
		Long:  long + "\n\nWithout RUN it is the last unfinished run.",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			accepted, err := risks.risks()
			if err != nil {
				return err
			}
			order := site.Order{Run: strings.Join(args, ""), Accepted: accepted, Reason: risks.reason}
			return a.with(cmd, inventory.Selection{Hosts: cluster}, format, func(s *site.Site) error { return give(cmd.Context(), s, order) })
		},
	}
	eventFlag(cmd, &format)
	if known != nil {
		risks.add(cmd, known...)
	}
	clusterFlag(cmd, &cluster)
	return cmd
}
