package check

import (
	"strings"

	"umm/internal/api"
	"umm/internal/host/essential"
	"umm/internal/host/policyrcd"
	"umm/internal/host/services"
)

// config tells of what is not obeyed as written. Defaults hold there, so it does not keep
// anybody from maintenance mode.
func (h Host) config(keepUnits []essential.Problem) api.Check {
	const name, disabled = "config", "maintenance mode is disabled"
	p, problems := h.Policy()
	var texts []string
	for _, problem := range problems {
		texts = append(texts, problem.String())
	}
	absent := true // nothing but units that this host does not have
	for _, problem := range keepUnits {
		absent = absent && problem.Absent
		texts = append(texts, "KEEP_UNITS: "+problem.Name+": "+problem.Text)
	}
	if !p.Enabled && !p.Hidden && !strings.HasSuffix(strings.Join(texts, "; "), disabled) {
		texts = append(texts, disabled)
	}
	switch {
	case len(texts) == 0:
		return ok(name, "%s is valid, maintenance mode is enabled", h.ConfPath)
	case absent && p.Enabled && len(problems) == 0:
		return warn(name, "it has no effect; remove it from "+h.ConfPath+" if it is a typo", "%s", strings.Join(texts, "; "))
	}
	return fail(name, "correct "+h.ConfPath+"; umm.conf(5) describes the keys", "%s", strings.Join(texts, "; "))
}

// units tells whether maintenance mode would be less than an ordinary boot.
func (h Host) units(has services.Services) api.Check {
	const name = "units"
	if has.FullBoot == "" {
		return ok(name, "no essential unit pulls in the rest of the host")
	}
	return refuse(name, "remove that dependency from the unit, or the unit from KEEP_UNITS in "+h.ConfPath,
		"maintenance mode would start everything that an ordinary boot does: %s is %s, which is essential", has.FullBoot, has.FullBootWhy)
}

// packages warns where package scripts will not ask umm what they may start; there is no
// such check where they will.
func (h Host) packages() []api.Check {
	host := policyrcd.Host{Root: h.Root}
	why, hint := "", ""
	switch {
	case host.Taken():
		why, hint = "/usr/sbin/"+policyrcd.Name+" is not umm's", "move it away if it is not needed"
	case host.ReadOnly():
		why, hint = "/usr/sbin is read-only", "remount it writable before umm on if packages are to be installed"
	default:
		return nil
	}
	return []api.Check{warn("packages", hint+"; what the command of umm on starts is stopped after it in any case",
		"%s, so packages installed in maintenance mode may start their services", why)}
}
