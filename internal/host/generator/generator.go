// Package generator plans what systemd's generator writes for a boot: which units
// umm.target wants, what is masked, which timers are armed. The decision is made by then;
// the links themselves are package systemd's.
package generator

import (
	"umm/internal/host/essential"
	"umm/internal/host/initsys/systemd"
	"umm/internal/host/mode"
	"umm/internal/host/unitfile"
)

// Boot is what is known of the boot.
type Boot struct {
	Decision mode.Decision
	Record   mode.Record
	Policy   mode.Policy
	// Trial: the boot loader has begun a kernel's trial.
	Trial bool
	// Unit is the target that the kernel arguments name, where it is an ordinary one.
	Unit string
}

// Plan is the layout of that boot for the host below root.
func Plan(root string, boot Boot) (systemd.Layout, error) {
	unitDir, err := systemd.UnitDir(root)
	if err != nil {
		return systemd.Layout{}, err
	}
	d, p := boot.Decision, boot.Policy
	session := mode.SessionOf(boot.Record, d)
	b := systemd.Boot{
		KeepsOut:       d.KeepsOut,
		Enabled:        p.Enabled,
		Maintenance:    d.Mode == mode.Maintenance,
		Session:        session.Number,
		CommandDue:     session.CommandDue(),
		CatchEmergency: p.CatchEmergency,
		HealthyAfter:   p.HealthyAfter,
		KernelTrial:    boot.Record.Trial != nil || boot.Trial,
	}
	if d.KeepsOut || (!p.Enabled && !b.Maintenance) {
		return systemd.Plan(b, unitDir), nil
	}
	b.Unit = boot.Unit
	tree := unitfile.Open(root)
	plan := essential.Plan(tree, tree.Enabled(), p.KeepUnits)
	b.Keep = essential.Names(plan.Start)
	b.LeaveRunning = essential.Names(plan.OnDemand)
	if b.Maintenance {
		b.Mask = append(essential.BusMasks(tree, plan), essential.DefaultMasks(tree, plan)...)
	}
	if b.Maintenance && !d.Fresh {
		// It may be a switch of a host that runs already; no boot waits for the reading of
		// so many files.
		b.LeaveRunning = essential.LeaveRunning(tree, plan)
	}
	return systemd.Plan(b, unitDir), nil
}
