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
	cmd := a.orderCommand("resume", "Go on with a run that was killed or stopped",
		`resume compares the journal of a run with the hosts as they are, and goes on with
the step that was under way. A command that failed is not run again, unless --retry
says so: the host then goes out of maintenance mode and in again.`, nil,
		func(ctx context.Context, s *site.Site, o site.Order) error { return s.Resume(ctx, o, retry) })
	cmd.Flags().BoolVar(&retry, "retry", false, "run the command again that failed")
	return cmd
}

func (a *app) continueCommand() *cobra.Command {
	var until string
	cmd := a.orderCommand("continue", "Go on with a run that is held",
		`continue goes on after a hold. Where the command failed on a host it is taken as
done: its work was finished by hand. While it still runs continue is refused;
--accept-risk=command-running leaves it running.`, risksOfCommand,
		func(ctx context.Context, s *site.Site, o site.Order) error {
			o.Until = until
			return s.Continue(ctx, o)
		})
	untilFlag(cmd, &until)
	return cmd
}

func (a *app) abortCommand() *cobra.Command {
	return a.orderCommand("abort", "Give a run up, and bring back what it has out",
		`abort undoes what a run has in force, last in, first out: no host is left drained,
in standby or in maintenance mode by it. It does not wait for the cluster to be
whole; what needs a host that does not answer comes last. What cannot be undone keeps
nothing else from being undone; abort again tries it again, and with
--accept-risk=left-in-force closes the run with that in force. While the command still
runs on a host abort is refused; --accept-risk=command-running leaves it running.`, risksOfAbort,
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
		Long:  long + "\n\nWithout RUN it is the last one that is not over.",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkFormat(format); err != nil {
				return err
			}
			accepted, err := risks.risks()
			if err != nil {
				return err
			}
			s, err := a.open(cmd, inventory.Selection{Hosts: cluster}, format)
			if err != nil {
				return err
			}
			defer s.Close()
			return give(cmd.Context(), s, site.Order{Run: strings.Join(args, ""), Accepted: accepted, Reason: risks.reason})
		},
	}
	eventFlag(cmd, &format)
	if known != nil {
		risks.add(cmd, known...)
	}
	clusterFlag(cmd, &cluster)
	return cmd
}
