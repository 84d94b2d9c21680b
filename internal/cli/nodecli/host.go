package nodecli

import (
	"context"
	"maps"
	"slices"
	"strings"

	"umm/internal/api"
	"umm/internal/cli/bootcli"
	"umm/internal/host/essential"
	"umm/internal/host/essential/jobs"
	"umm/internal/host/initsys"
	"umm/internal/host/initsys/systemd"
	"umm/internal/host/initsys/upstart"
	"umm/internal/host/jobfile"
	"umm/internal/host/mode"
	"umm/internal/host/sshcheck"
	"umm/internal/host/unitfile"
)

// services is what maintenance mode makes of the services of a host, in the words of
// the init system that runs it.
type services struct {
	units api.Units
	// early names what the units of the early boot belong to.
	early string
	// problems are those of KEEP_UNITS.
	problems []essential.Problem
	// whole is the target of an ordinary boot that something kept pulls in, and why;
	// empty if nothing does.
	whole, wholeWhy string
	// runs tells of a unit, by systemd's name, whether it runs in maintenance mode, or
	// may be started there.
	runs func(unit string) bool
	// job answers for what is no unit but a job or an init script; nil on systemd.
	job func(name string) sshcheck.Unit
}

// servicesOf works it out for the host below root.
func servicesOf(root string, keepUnits []string) services {
	if initsys.Detect(root) == initsys.Upstart {
		return jobsOf(root, keepUnits)
	}
	tree := unitfile.Open(root)
	enabled := tree.Enabled()
	plan := essential.Plan(tree, enabled, keepUnits)
	running := essential.Running(tree, plan)
	s := services{units: emptyUnits(plan.Problems), early: "sysinit.target", problems: plan.Problems, runs: func(unit string) bool {
		_, runs := running[tree.Canonical(unit)]
		return runs
	}}
	for _, name := range slices.Sorted(maps.Keys(running)) {
		s.units.Kept = append(s.units.Kept, api.Unit{Name: name, Why: running[name]})
	}
	for _, stop := range essential.Stopped(tree, enabled, running) {
		s.units.Stopped = append(s.units.Stopped, api.Unit{Name: stop.Name, Why: stop.Why})
	}
	for _, name := range essential.BusMasks(tree, plan) {
		s.units.Masked = append(s.units.Masked, api.Unit{Name: name, Why: "a call on the system bus would start it"})
	}
	for _, name := range essential.DefaultMasks(tree, plan) {
		s.units.Masked = append(s.units.Masked, api.Unit{Name: name, Why: "default.target would start it"})
	}
	s.whole, s.wholeWhy = essential.WholeHost(tree, running)
	return s
}

// jobsOf is servicesOf where Upstart runs the host.
func jobsOf(root string, keepUnits []string) services {
	tree := jobfile.Open(root)
	plan := jobs.New(tree, keepUnits)
	started, scripts := plan.Start()
	starts := func(name string) bool {
		return slices.ContainsFunc(slices.Concat(started, scripts), func(u essential.Unit) bool { return u.Name == name })
	}
	s := services{
		units:    emptyUnits(plan.Problems),
		early:    "startup",
		problems: plan.Problems,
		runs: func(unit string) bool {
			switch {
			case unit == "getty.target":
				return starts("tty1") || starts("tty2")
			case strings.HasSuffix(unit, ".mount"):
				return true // mountall mounts them, whatever follows
			}
			name := sshcheck.JobName(unit)
			_, keeps := plan.Keeps(name)
			return starts(name) || keeps && tree.Enabled(name)
		},
		job: func(name string) sshcheck.Unit {
			return sshcheck.Unit{Exists: tree.Exists(name), Enabled: tree.Enabled(name)}
		},
	}
	for _, u := range plan.Kept() {
		s.units.Kept = append(s.units.Kept, api.Unit{Name: u.Name, Why: u.Why})
	}
	for _, stop := range plan.Stopped() {
		s.units.Stopped = append(s.units.Stopped, api.Unit{Name: stop.Name, Why: stop.Why})
	}
	return s
}

func emptyUnits(problems []essential.Problem) api.Units {
	u := api.Units{Version: api.UnitsVersion, Kept: []api.Unit{}, Stopped: []api.Unit{}, Masked: []api.Unit{}}
	for _, p := range problems {
		u.Problems = append(u.Problems, "KEEP_UNITS: "+p.Name+": "+p.Text)
	}
	return u
}

// failedUnits asks the init system which units failed.
func (a *app) failedUnits(ctx context.Context) ([]string, error) {
	if initsys.Detect(a.node.Root) == initsys.Upstart {
		return bootcli.Upstart(a.node).Failed(ctx)
	}
	return systemd.Manager{Run: a.node.Run}.Failed(ctx)
}

// runlevel is what runlevel(8) prints.
func runlevel(root string) string {
	if initsys.Detect(root) == initsys.Upstart {
		return upstart.Runlevel(root)
	}
	return systemd.Runlevel(root)
}

// checkInit tells whether umm knows what runs this host.
func (a *app) checkInit(ctx context.Context) api.Check {
	const name = "init"
	switch initsys.Detect(a.node.Root) {
	case initsys.Systemd:
		return ok(name, "systemd runs this host")
	case initsys.Upstart:
		version, err := bootcli.Upstart(a.node).Version(ctx)
		if err != nil {
			return bad(name, "umm knows systemd and Upstart as PID 1", "%v", err)
		}
		return ok(name, "Upstart %s runs this host", version)
	default:
		return bad(name, "umm knows systemd and Upstart as PID 1", "umm does not know what runs this host: %s",
			strings.Join(initsys.Missing(a.node.Root), "; "))
	}
}

// checkBoot tells whether the next boot would be maintenance mode if it were asked for.
func (a *app) checkBoot(ctx context.Context) api.Check {
	if initsys.Detect(a.node.Root) == initsys.Upstart {
		return a.checkGate(ctx)
	}
	return a.checkGenerator(ctx)
}

// checkGate is that where a job holds the boot back.
func (a *app) checkGate(ctx context.Context) api.Check {
	const name, again = "gate", "install the package umm again"
	if err := bootcli.Upstart(a.node).GateInPlace(ctx); err != nil {
		return bad(name, again+", and remove /etc/init/"+upstart.Gate+".override if it is there", "%v", err)
	}
	if err := a.tryBootProgram(ctx); err != nil {
		return bad(name, again, "the program that it runs does not work: %v", err)
	}
	if d, _ := a.node.DecideNext(); d.Mode != mode.Maintenance {
		return bad(name, "", "the next boot would not be maintenance mode if it were asked for: %s", d.Why)
	}
	return ok(name, "the job %s holds the next boot back, in maintenance mode, when it is asked for", upstart.Gate)
}

// checkRemoteMounts warns of file systems of other hosts that hold a boot up, for ever, where
// their server does not answer; it is silent where there are none.
func (a *app) checkRemoteMounts() []api.Check {
	if initsys.Detect(a.node.Root) != initsys.Upstart {
		return nil
	}
	holding := upstart.Disks{Manager: bootcli.Upstart(a.node)}.Holding()
	if len(holding) == 0 {
		return nil
	}
	return []api.Check{{
		Name: "remote-mounts", Verdict: api.VerdictWarn,
		Reason: "without its server every boot waits for ever for " + strings.Join(holding, ", ") +
			"; maintenance mode is then entered without it, minutes later",
		Hint: "the option nobootwait in /etc/fstab, where the host can do without it",
	}}
}
