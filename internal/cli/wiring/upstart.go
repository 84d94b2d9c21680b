package wiring

import (
	"os"

	"umm/internal/host/essential"
	"umm/internal/host/essential/jobs"
	"umm/internal/host/initsys/upstart"
	"umm/internal/host/jobfile"
	"umm/internal/host/node"
)

// Upstart is what a node says to Upstart, and by what it says it.
func Upstart(n *node.Node) upstart.Manager {
	return upstart.Manager{
		Run:    n.Run,
		Root:   n.Root,
		Getenv: os.Getenv,
		Tree:   func() *jobfile.Tree { return jobfile.Open(n.Root) },
		Plan: func(t *jobfile.Tree) upstart.Plan {
			p, _ := n.Policy()
			return planOf(jobs.New(t, p.KeepUnits))
		},
		Session: n.SessionNumber,
		Warn:    func(text string) { n.Warn(text) },
	}
}

// planOf is a plan as the init system's side wants it.
func planOf(p jobs.Plan) upstart.Plan {
	plan := upstart.Plan{
		Keeps:   func(name string) bool { _, keeps := p.Keeps(name); return keeps },
		Service: jobs.IsService,
	}
	started, scripts := p.Start()
	plan.Jobs, plan.Scripts = essential.Names(started), essential.Names(scripts)
	return plan
}
