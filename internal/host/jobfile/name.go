package jobfile

import "strings"

// NameOf is what a unit of systemd is called as a job or init script. Interfaces that
// appear are brought up by instances of one job.
func NameOf(unit string) string {
	switch {
	case strings.HasPrefix(unit, "ifup@"):
		return "network-interface"
	case unit == "NetworkManager.service":
		return "network-manager"
	default:
		return strings.TrimSuffix(unit, ".service")
	}
}
