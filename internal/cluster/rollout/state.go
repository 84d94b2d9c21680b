package rollout

import (
	"slices"
	"strings"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// inMaintenance are the hosts that this run has in maintenance mode. One that is back is not
// among them, also while changes are in force for it: it has to be well before they
// are undone.
func inMaintenance(s run.State) []string {
	var hosts []string
	for _, turn := range s.Hosts {
		if turn.Entered {
			hosts = append(hosts, turn.Host)
		}
	}
	return hosts
}

// outOfService are those for which anything is in force.
func outOfService(s run.State) []string {
	var hosts []string
	for _, turn := range s.Out() {
		hosts = append(hosts, turn.Host)
	}
	return hosts
}

// openChanges are all changes in force, of all hosts.
func openChanges(s run.State) []service.Change {
	var open []service.Change
	for _, turn := range s.Hosts {
		open = append(open, turn.Open...)
	}
	return open
}

// excluded are the services that are not checked while the changes are in force: those that
// were changed, and those that stand still for it; before the reboot they are, as without the
// host. Of one whose target stays in it only some checks are left out, by their paths.
func excluded(open []service.Change) []string {
	var names []string
	for _, c := range open {
		if c.Effect != service.Keeps {
			names = append(names, c.Service)
		}
		for _, name := range c.Shows {
			names = append(names, path(c.Service, name, c.Target), path(c.Service, name, ""))
		}
		names = append(names, c.Stops...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func are(hosts []string) string {
	if len(hosts) == 1 {
		return hosts[0] + " is"
	}
	return list(hosts) + " are"
}

// list is "n1, n2 and n3".
func list(hosts []string) string {
	if len(hosts) < 2 {
		return strings.Join(hosts, "")
	}
	return strings.Join(hosts[:len(hosts)-1], ", ") + " and " + hosts[len(hosts)-1]
}
