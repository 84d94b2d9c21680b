package nodecli

import (
	"context"
	"os"

	"umm/internal/execx"
	"umm/internal/reach"
	"umm/internal/unitfile"
	"umm/internal/wire"
)

// checkReach asks whether the operator would get back in. `umm on` does not go
// ahead where ssh would be lost, or where that cannot be told, unless the risk is
// accepted.
func (a *app) checkReach(ctx context.Context, host services) []wire.Check {
	src := reach.Source{Tree: unitfile.Open(a.node.Root), Job: host.job, Getenv: os.Getenv, Parent: os.Getppid()}
	if os.Geteuid() == 0 { // sshd and Open vSwitch answer nobody else
		src.Runner = execx.Local{}
	}
	findings := reach.Judge(reach.Gather(ctx, src), host.runs)
	checks := make([]wire.Check, 0, len(findings))
	for _, f := range findings {
		c := wire.Check{
			Name: f.Name, Verdict: string(f.Verdict), Reason: f.Reason, Evidence: f.Evidence, Hint: f.Hint,
			Refuses: f.LosesSSH,
		}
		if f.LosesSSH || f.Verdict == reach.Warn {
			c.Risk = wire.RiskLoseSSH
		}
		checks = append(checks, c)
	}
	return checks
}
