package nodecli

import (
	"context"
	"os"

	"umm/internal/api"
	"umm/internal/execx"
	"umm/internal/host/sshcheck"
	"umm/internal/host/unitfile"
)

// checkReach asks whether the operator would get back in. `umm on` does not go
// ahead where ssh would be lost, or where that cannot be told, unless the risk is
// accepted.
func (a *app) checkReach(ctx context.Context, host services) []api.Check {
	src := sshcheck.Source{Tree: unitfile.Open(a.node.Root), Job: host.job, Getenv: os.Getenv, Parent: os.Getppid()}
	if os.Geteuid() == 0 { // sshd and Open vSwitch answer nobody else
		src.Runner = execx.Local{}
	}
	findings := sshcheck.Judge(sshcheck.Gather(ctx, src), host.runs)
	checks := make([]api.Check, 0, len(findings))
	for _, f := range findings {
		c := api.Check{
			Name: f.Name, Verdict: string(f.Verdict), Reason: f.Reason, Evidence: f.Evidence, Hint: f.Hint,
			Refuses: f.LosesSSH,
		}
		if f.LosesSSH || f.Verdict == sshcheck.Warn {
			c.Risk = api.RiskLoseSSH
		}
		checks = append(checks, c)
	}
	return checks
}
