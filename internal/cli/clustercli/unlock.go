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
		Short: "Show which run has the cluster lock, or break the lock",
		Long: `unlock shows which run has the cluster lock. With --accept-risk=break-lock and a reason it
breaks the lock, on this master and in the cluster, and clears the run's guard on every
host. The run may still have a host in maintenance mode: umm-cluster abort, on the master
of that run, is the safe way.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			accepted, err := risks.risks()
			if err != nil {
				return err
			}
			return a.with(cmd, sel, "text", func(s *site.Site) error { return a.unlock(cmd.Context(), s, accepted, risks.reason) })
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
		_, err := fmt.Fprintln(a.stdout, "no run has the cluster lock")
		return err
	}
	working := ""
	if owner.Working {
		working = ", running on this master now"
	}
	fmt.Fprintf(a.stdout, "run %s%s\n", owner.Claim, working)
	if !breakIt {
		_, err := fmt.Fprintf(a.stdout, "--accept-risk=%s --reason=TEXT breaks the lock, even if hosts are still in maintenance mode\n", site.RiskBreakLock)
		return err
	}
	if err := s.Break(ctx, owner, risks, reason); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "lock broken: %s\n", reason)
	return err
}
