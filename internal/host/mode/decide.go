package mode

import "fmt"

// Decide says which mode this boot is in. Within one boot it always says the
// same, unless `umm off`, `umm on --live` or a caught emergency changed the
// record: systemd asks again at each daemon-reload.
//
// A record that could not be read is passed as the zero Record: then only the
// kernel argument and REBOOT_COUNT=0 lead to MM, and the host boots as it would
// without umm.
func Decide(r Record, f Facts, p Policy) Decision {
	if f.KeepsOut != "" {
		return Decision{Mode: Operational, KeepsOut: true, Why: "umm keeps out of this boot: " + f.KeepsOut}
	}
	if b := this(r, f); b != nil {
		d := Decision{Mode: b.Mode, Why: "as recorded for this boot", Unclean: r.Unclean, Disabled: !p.Enabled}
		if r.Session != nil && b.Mode == Maintenance {
			d.Trigger = r.Session.Trigger
		}
		return d
	}
	if !p.Enabled {
		return Decision{Mode: Operational, Disabled: true, Fresh: true, Why: "maintenance mode is disabled"}
	}
	return fresh(r, f, p)
}

// this returns the boot as it was recorded, when it is the one that runs now.
func this(r Record, f Facts) *Boot {
	b := r.Boot
	if onlyNoted(r, f) {
		b = f.Noted.Boot
	}
	if !b.same(f.BootID) {
		return nil
	}
	return &b
}

// onlyNoted tells whether /run knows more of this boot than the disk does: the
// disk could not keep it, cannot be read, or was not asked to keep it.
func onlyNoted(r Record, f Facts) bool {
	n := f.Noted
	return n != nil && f.BootID != "" && n.Boot.ID == f.BootID && (n.Unsaved || r.Boot.ID != f.BootID)
}

// Known is what is known on this host: the record, or what /run has of it where
// that is more.
func Known(r Record, f Facts) Record {
	if !onlyNoted(r, f) {
		return r
	}
	n := *f.Noted
	n.Unsaved = false
	n.Events, n.NextEvent = r.Events, r.NextEvent
	n.Session = n.Session.withWordsOf(r.Session, r.Pending)
	n.Pending = n.Pending.withWordsOf(r.Pending)
	return n
}

// fresh decides for a boot of which nothing is recorded yet.
func fresh(r Record, f Facts, p Policy) Decision {
	last := r.Boot
	d := Decision{Mode: Maintenance, Fresh: true}
	reused := reusesArguments(r, f)
	if last.ID != "" && last.State == Running {
		d.Unclean = r.Unclean
		if !r.excused(f) {
			d.Unclean++
		}
	}
	switch {
	case r.Pending != nil:
		d.source = fromPending
		d.Trigger = r.Pending.Trigger
		d.Why = "maintenance mode was requested"
	case f.Asked && !reused:
		d.Trigger = Trigger{Kind: ByKernelArgument, Detail: "the kernel argument umm"}
		d.Why = "the kernel argument umm requests maintenance mode"
		if crashedInMaintenance(r) {
			d.goOn(r)
		}
	case r.NextOperational:
		d.Mode = Operational
		d.Why = "operational mode was requested"
	case crashedInMaintenance(r):
		d.Trigger = Trigger{Kind: ByUncleanBoots, Detail: "stopped unexpectedly in maintenance mode"}
		d.goOn(r)
		d.Why = "the host stopped unexpectedly in maintenance mode and returns to it"
	case last.Mode == Maintenance && last.State == Ended:
		d.Mode = Operational
		d.Why = "a reboot out of maintenance mode leads to operational mode"
	case d.Unclean >= p.RebootCount:
		d.Trigger = Trigger{Kind: ByUncleanBoots, Detail: uncleanDetail(d.Unclean, p.RebootCount)}
		d.Why = "unclean boots: " + d.Trigger.Detail
	default:
		d.Mode = Operational
		d.Why = fmt.Sprintf("%d of %d unclean boots", d.Unclean, p.RebootCount)
	}
	if f.Asked && reused {
		d.Why += "; the kernel argument umm is left from the previous boot and ignored"
	}
	return d
}

// reusesArguments tells whether the kernel arguments are those of the boot before, so that
// nobody asked for anything by them: a soft reboot keeps the kernel, and kexec is mostly
// given the arguments of the kernel that runs (--reuse-cmdline, Debian's LOAD_KEXEC).
func reusesArguments(r Record, f Facts) bool {
	return r.Boot.Asked && (f.Kexec || r.Boot.Kexec || r.Boot.ID == f.BootID)
}

// goOn lets the session that a crash broke into go on, whatever else leads to MM.
func (d *Decision) goOn(r Record) {
	d.source = fromCrash
	if r.Session != nil {
		d.Trigger = r.Session.Trigger
	}
}

// crashedInMaintenance tells whether the last boot was in MM and nobody asked
// for its end.
func crashedInMaintenance(r Record) bool {
	return r.Boot.ID != "" && r.Boot.Mode == Maintenance && r.Boot.State == Running
}

func uncleanDetail(n, limit int) string {
	if limit == 0 {
		return "REBOOT_COUNT=0: every boot is maintenance mode"
	}
	return fmt.Sprintf("%d unclean boots in a row (REBOOT_COUNT=%d)", n, limit)
}

// InMaintenance tells whether the boot that runs now is in MM.
func InMaintenance(r Record, f Facts) bool {
	b := this(r, f)
	return b != nil && b.Mode == Maintenance
}

// This returns the boot that runs now as it was noted; ok is false when it was
// not: umm was enabled after it began, or stayed out of it.
func This(r Record, f Facts) (b Boot, ok bool) {
	if t := this(r, f); t != nil {
		return *t, true
	}
	return Boot{}, false
}
