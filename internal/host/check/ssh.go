package check

import (
	"context"
	"os"

	"umm/internal/api"
	"umm/internal/execx"
	"umm/internal/host/services"
	"umm/internal/host/sshcheck"
	"umm/internal/host/unitfile"
)

// ssh asks whether the operator would get back in. umm on does not go ahead where ssh
// would be lost, or where that is unknown, unless the risk is accepted.
func (h Host) ssh(ctx context.Context, has services.Services) []api.Check {
	src := sshcheck.Source{Tree: unitfile.Open(h.Root), Getenv: os.Getenv, Parent: os.Getppid()}
	if has.Job != nil {
		src.Job = func(name string) sshcheck.Unit {
			exists, enabled := has.Job(name)
			return sshcheck.Unit{Exists: exists, Enabled: enabled}
		}
	}
	if os.Geteuid() == 0 { // sshd and Open vSwitch answer nobody else
		src.Runner = execx.Local{}
	}
	findings := sshcheck.Judge(sshcheck.Gather(ctx, src), has.Runs)
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
