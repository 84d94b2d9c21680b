package essential

import (
	"slices"
	"strings"

	"umm/internal/host/unitfile"
)

// LeaveRunning is what a live switch has to leave alone where it runs, since it is
// essential though umm.target does not want it: what an essential socket, timer, path, bus
// call or device starts, what that needs, and the templates of sockets with Accept=yes.
// Until 253 systemd itself stops these.
func LeaveRunning(t *unitfile.Tree, p Result) []string {
	running := Running(t, p)
	roots := map[string]string{earlyBoot: EarlyBoot}
	for _, u := range p.Start {
		roots[u.Name] = u.Why
	}
	wanted := closure(t, roots, byWants)
	var left []string
	for name := range running {
		if _, is := wanted[name]; !is && unitfile.Kind(name) != "target" {
			left = append(left, name)
		}
		if template := connections(t, name); template != "" {
			left = append(left, template)
		}
	}
	slices.Sort(left)
	return slices.Compact(left)
}

// connections is the template of the services that a socket starts one of for each
// connection, if name is such a socket.
func connections(t *unitfile.Tree, name string) string {
	prefix, isSocket := strings.CutSuffix(name, ".socket")
	if !isSocket || strings.Contains(name, "@") {
		return ""
	}
	u, err := t.Read(name)
	if template := prefix + "@.service"; err == nil && accepts(u) && t.Exists(template) {
		return template
	}
	return ""
}
