package clustercli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"umm/internal/cluster/inventory"
	"umm/internal/cluster/lock"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
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
	risks.add(cmd, risksOfUnlock...)
	return cmd
}

func (a *app) unlock(cmd *cobra.Command, s *site, risks []run.Risk, reason string) error {
	ctx := cmd.Context()
	breakIt := rollout.AcceptedRisk(risks, riskBreakLock)
	keeper := a.keeper(s)
	st := keeper.Holder(ctx)
	claim := st.OnMaster
	if st.OnEngine != nil {
		claim = st.OnEngine
	}
	if claim == nil {
		bare := s.cluster
		bare.Services = nil
		claim = marked(bare.Observe(ctx, s.limits))
	}
	if err := errors.Join(st.MasterErr, st.EngineErr); err != nil && (claim == nil || !breakIt) {
		return fmt.Errorf("cannot tell for certain who has the cluster%s: %w", asMarked(claim), err)
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
		_, err := fmt.Fprintf(a.stdout, "--accept-risk=%s --reason=TEXT takes the cluster away from it, whatever it has out\n", riskBreakLock)
		return err
	}
	if err := a.record(s, *claim, risks, reason); err != nil {
		return err
	}
	broken := keeper.Break(ctx, lock.Claim{Run: claim.Run, By: claim.By, Master: claim.Master, Reason: claim.Reason, At: claim.At})
	if broken != nil && st.EngineErr == nil {
		return broken
	}
	if broken != nil {
		// As after down: Pacemaker is down with the hosts.
		a.log.Warnf("%v; once that can be asked again, unlock has to be said again", broken)
	}
	for _, host := range s.cluster.Hosts {
		if err := s.cluster.Guard.Clear(ctx, host, claim.Run); err != nil {
			a.log.Warnf("%s keeps the run's mark: %v", host, err)
		}
	}
	_, err := fmt.Fprintf(a.stdout, "taken away from it: %s\n", reason)
	return err
}

// marked is the run that hosts are marked with, nil where there is none.
func marked(sight rollout.Observation) *lock.Claim {
	for _, h := range sight.Hosts {
		if g := h.Status.Guard; h.Err == nil && g != nil {
			c := lock.Claim{Run: g.Run, By: g.By, Master: g.Master, Reason: g.Reason}
			if g.Since != nil {
				c.At = *g.Since
			}
			return &c
		}
	}
	return nil
}

func asMarked(claim *lock.Claim) string {
	if claim == nil {
		return ""
	}
	return " (it looks like run " + claim.String() + ")"
}
