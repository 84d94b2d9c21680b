package clustercli

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"umm/internal/api"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
)

// idle refuses to bring hosts back on which the command still runs, unless that is accepted: its
// services would start under a package manager or an fsck at work. A host that does not answer
// is looked at again when it is its turn.
func (s *site) idle(ctx context.Context, hosts []string, accepted []run.Risk) error {
	if rollout.AcceptedRisk(accepted, api.RiskCommandRunning) {
		return nil
	}
	busy := make([]bool, len(hosts))
	var all sync.WaitGroup
	for i, host := range hosts {
		all.Go(func() {
			st, err := s.cluster.Node.Status(ctx, host)
			busy[i] = err == nil && rollout.CommandRunning(st)
		})
	}
	all.Wait()
	var names []string
	for i, host := range hosts {
		if busy[i] {
			names = append(names, host)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return &Error{Code: Gated, Err: fmt.Errorf("the command still runs on %s", strings.Join(names, ", ")),
		Hint: "umm output -f on " + names[0] + " follows it to its end; --accept-risk=" + api.RiskCommandRunning + " --reason=TEXT leaves it running"}
}

// entered are the hosts that a run has in maintenance mode.
func entered(state run.State) []string {
	var hosts []string
	for _, stay := range state.Out() {
		if stay.Entered {
			hosts = append(hosts, stay.Host)
		}
	}
	return hosts
}
