package nodecli

import (
	"umm/internal/api"
	"umm/internal/host/hostfs"
	"umm/internal/host/policyrcd"
)

// checkUnits tells whether maintenance mode would be less than the whole host.
func checkUnits(host services) api.Check {
	const name = "units"
	if host.whole == "" {
		return ok(name, "nothing that is kept pulls in the rest of the host")
	}
	return bad(name, "take that dependency out of the unit, or the unit out of KEEP_UNITS in "+confPath,
		"maintenance mode would start what an ordinary boot does: %s is %s, which is kept", host.whole, host.wholeWhy)
}

// checkLasts tells whether what is saved in dir is there after the reboot. A container's
// overlay is kept by who made the container.
func (a *app) checkLasts(dir string) api.Check {
	const name = "record"
	f := hostfs.New(a.node.Root)
	inside := dir
	if root := f.Root(); root != "/" {
		inside = dir[len(root):]
	}
	mounts := f.Mounts()
	lasts, sure, why := hostfs.Lasts(mounts, inside)
	container := f.Exists("/run/systemd/container")
	if m, known := hostfs.MountOf(mounts, inside); known && container && m.Layered() {
		// Where its upper folder is the outer host knows: the path is one of that.
		lasts, sure = true, false
	}
	switch {
	case !lasts:
		c := bad(name, "make /etc durable (overlayroot-chroot, or boot without the overlay); umm on --live needs no reboot",
			"what is written to %s is lost at the reboot, the request too: %s", dir, why)
		c.Refuses = !a.live
		return c
	case !sure && !container && len(mounts) > 0:
		return api.Check{Name: name, Verdict: api.VerdictWarn,
			Reason: dir + " can be written and synced, but may be lost at the reboot: " + why,
			Hint:   "reboot once and see whether a file in /etc is still there; umm on --live needs no reboot"}
	}
	return ok(name, "%s can be written and synced", dir)
}

// checkPackages warns where package scripts will not ask umm what they may start; it is
// silent where they will.
func (a *app) checkPackages() []api.Check {
	h := policyrcd.Host{Root: a.node.Root}
	why, hint := "", ""
	switch {
	case h.Taken():
		why, hint = "/usr/sbin/"+policyrcd.Name+" is not umm's", "move it away where it is not needed"
	case h.ReadOnly():
		why, hint = "/usr/sbin is read-only", "mount it writable before umm on where packages are to be installed"
	default:
		return nil
	}
	return []api.Check{{
		Name: "packages", Verdict: api.VerdictWarn,
		Reason: why + ", so a package that is installed in maintenance mode may start its services",
		Hint:   hint + "; what the command of umm on has started is stopped after it all the same",
	}}
}
