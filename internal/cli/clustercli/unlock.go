package clustercli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"umm/internal/cluster/inventory"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/site"
)

func (a *app) unlockCommand() *cobra.Command {
	var risks riskFlags
	var sel inventory.Selection
	cmd := &cobra.Command{
		Use:   "unlock",
		Short: "Show who holds the cluster; break that by a named risk",
		Long: `unlock shows which run has the cluster. With --accept-risk=break-lock and a reason
it takes the cluster away from it, here and on the cluster, and takes the run's
mark off every host. The run may have a host out: umm-cluster abort, on the master
that it belongs to, is the safe way.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			accepted, err := risks.risks()
			if err != nil {
				return err
			}
			s, err := a.open(cmd, sel, "text")
			if err != nil {
				return err
			}
			defer s.Close()
			return a.unlock(cmd.Context(), s, accepted, risks.reason)
		},
	}
	selectionFlags(cmd, &sel)
	risks.add(cmd, risksOfUnlock...)
	return cmd
}

func (a *app) unlock(ctx context.Context, s *site.Site, risks []run.Risk, reason string) error {
	breakIt := rollout.AcceptedRisk(risks, site.RiskBreakLock)
	owner := s.Owner(ctx)
	if owner.Err != nil && (owner.Claim == nil || !breakIt) {
		return owner.Err
	}
	if owner.Claim == nil {
		_, err := fmt.Fprintln(a.stdout, "no run has this cluster")
		return err
	}
	working := ""
	if owner.Working {
		working = ", at work right now on this master"
	}
	fmt.Fprintf(a.stdout, "run %s%s\n", owner.Claim, working)
	if !breakIt {
		_, err := fmt.Fprintf(a.stdout, "--accept-risk=%s --reason=TEXT takes the cluster away from it, whatever it has out\n", site.RiskBreakLock)
		return err
	}
	if err := s.Break(ctx, owner, risks, reason); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "taken away from it: %s\n", reason)
	return err
}
