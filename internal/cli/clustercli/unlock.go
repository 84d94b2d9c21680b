package clustercli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"umm/internal/inventory"
	"umm/internal/lease"
	"umm/internal/rollout"
	"umm/internal/run"
)

// riskBreakLock is the risk of taking the cluster away from a run.
const riskBreakLock = "break-lock"

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
			s, err := a.open(cmd, sel)
			if err != nil {
				return err
			}
			defer s.pool.Close()
			if err := s.detect(cmd.Context()); err != nil {
				a.log.Warn(err)
			}
			return a.unlock(cmd, s, accepted, risks.reason)
		},
	}
	selectionFlags(cmd, &sel)
	risks.add(cmd)
	return cmd
}

func (a *app) unlock(cmd *cobra.Command, s *site, risks []run.Risk, reason string) error {
	ctx := cmd.Context()
	breakIt := rollout.AcceptedRisk(risks, riskBreakLock)
	keeper := a.keeper(s)
	st := keeper.Look(ctx)
	if err := errors.Join(st.HereErr, st.ThereErr); err != nil && !breakIt {
		return fmt.Errorf("cannot tell who has the cluster: %w", err)
	}
	claim := st.Here
	if st.There != nil {
		claim = st.There
	}
	if claim == nil {
		_, err := fmt.Fprintln(a.stdout, "no run has this cluster")
		return err
	}
	working := ""
	if st.Working {
		working = ", at work right now on this master"
	}
	fmt.Fprintf(a.stdout, "run %s%s\n", claim, working)
	if !breakIt {
		return nil
	}
	if err := a.record(s, *claim, risks, reason); err != nil {
		return err
	}
	if err := keeper.Break(ctx, lease.Claim{Run: claim.Run, By: claim.By, Master: claim.Master, Reason: claim.Reason, At: claim.At}); err != nil {
		return err
	}
	for _, host := range s.cluster.Hosts {
		if err := s.cluster.Guard.Clear(ctx, host, claim.Run); err != nil {
			a.log.Warnf("%s keeps the run's mark: %v", host, err)
		}
	}
	_, err := fmt.Fprintf(a.stdout, "taken away from it: %s\n", reason)
	return err
}
