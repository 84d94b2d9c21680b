package essential

import (
	"maps"
	"slices"
	"strings"

	"umm/internal/host/unitfile"
)

// earlyBoot is what every boot starts before anything else, umm.target's too.
const earlyBoot = "sysinit.target"

// EarlyBoot is the reason of what sysinit.target brings up.
const EarlyBoot = "early boot"

// pulls are the settings by which a unit starts others.
var pulls = []string{"Requires", "BindsTo", "Wants", "Upholds"}

// Running is every unit that runs, or may run, in maintenance mode, with the
// reason: early boot, what Plan keeps, what those pull in, and the services of
// essential sockets. Unlike Plan it reads many unit files.
func Running(t *unitfile.Tree, p Result) map[string]string {
	roots := make(map[string]string, len(p.Start)+len(p.OnDemand)+1)
	roots[earlyBoot] = EarlyBoot
	for _, u := range slices.Concat(p.OnDemand, p.Start) {
		if t.Exists(u.Name) {
			roots[u.Name] = u.Why
		}
	}
	return closure(t, roots, byTriggers)
}

// follow is by what units are followed to others.
type follow bool

const (
	// byWants: what a start of the one starts too; byTriggers: also what it may start
	// later.
	byWants    follow = false
	byTriggers follow = true
)

// closure adds to roots what they pull in.
func closure(t *unitfile.Tree, roots map[string]string, triggers follow) map[string]string {
	set := make(map[string]string, 4*len(roots))
	queue := make([]string, 0, len(roots))
	for name, why := range roots {
		set[name] = why
		queue = append(queue, name)
	}
	slices.Sort(queue) // the same reasons each time
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		for _, pulled := range pulledBy(t, name, triggers) {
			if _, seen := set[pulled]; seen || !t.Exists(pulled) || t.Masked(pulled) {
				continue
			}
			set[pulled] = reason(name, pulled)
			queue = append(queue, pulled)
		}
	}
	return set
}

func reason(by, pulled string) string {
	switch {
	case by == earlyBoot || strings.HasPrefix(by, "local-fs"):
		return EarlyBoot
	case unitfile.Kind(by) == "socket" && unitfile.Kind(pulled) == "service":
		return "started on demand by " + by
	default:
		return "needed by " + by
	}
}

// pulledBy lists the units that one unit starts, real names.
func pulledBy(t *unitfile.Tree, name string, triggers follow) []string {
	names := t.WantedBy(name)
	u, err := t.Read(name)
	if err != nil {
		return names
	}
	words := u.List("Service", "Sockets")
	for _, key := range pulls {
		words = append(words, u.List("Unit", key)...)
	}
	for _, n := range words {
		if n = expand(n, name); unitfile.ValidName(n) {
			names = append(names, t.Canonical(n))
		}
	}
	if n := activates(u, name); n != "" && triggers == byTriggers {
		names = append(names, t.Canonical(n))
	}
	return names
}

// accepts tells whether a socket starts a service for each connection.
func accepts(u *unitfile.Unit) bool {
	a := strings.ToLower(u.Get("Socket", "Accept"))
	return a == "yes" || a == "true" || a == "1" || a == "on"
}

// activates is the unit that a socket, timer or path starts, if name is one and
// if what it starts has a name of its own.
func activates(u *unitfile.Unit, name string) string {
	section, key := "", "Unit"
	switch unitfile.Kind(name) {
	case "socket":
		if accepts(u) {
			return ""
		}
		section, key = "Socket", "Service"
	case "timer":
		section = "Timer"
	case "path":
		section = "Path"
	default:
		return ""
	}
	if n := u.Get(section, key); n != "" {
		return expand(n, name)
	}
	return strings.TrimSuffix(name, unitfile.Kind(name)) + "service"
}

// expand fills in the specifiers that unit names are made with.
func expand(n, self string) string {
	if !strings.Contains(n, "%") {
		return n
	}
	_, instance, _ := unitfile.Template(self)
	return strings.NewReplacer("%i", instance, "%I", instance, "%n", self, "%%", "%").Replace(n)
}

// Stop is a unit that an ordinary boot runs and maintenance mode does not.
type Stop struct {
	Name string
	Why  string // a clause: "not essential"
}

// Stopped lists, by name, what an ordinary boot runs and maintenance mode does
// not. running is what Running says.
func Stopped(t *unitfile.Tree, enabled map[string][]string, running map[string]string) []Stop {
	roots := map[string]string{t.Canonical("default.target"): ""}
	for name := range enabled {
		if !strings.Contains(name, "@.") && t.Exists(name) && !t.Masked(name) {
			roots[name] = ""
		}
	}
	var stops []Stop
	for _, name := range slices.Sorted(maps.Keys(closure(t, roots, byTriggers))) {
		if _, runs := running[name]; runs {
			continue
		}
		if why := whyStopped(name); why != "" && t.Exists(name) {
			stops = append(stops, Stop{Name: name, Why: why})
		}
	}
	return stops
}

func whyStopped(name string) string {
	switch unitfile.Kind(name) {
	case "service":
		return "not essential"
	case "timer":
		return "timers do not run in maintenance mode"
	case "socket":
		return "a connection would start its service"
	case "path":
		return "a change of files would start its service"
	case "mount", "automount":
		return "only local file systems are mounted"
	case "swap":
		return "not essential"
	default: // targets, slices, devices: groups and hardware, not programs
		return ""
	}
}

// BusMasks lists the names to mask so that a call on the bus starts nothing that
// is not essential, sorted. Where the bus knows a service by an alias the alias alone
// is in the list: the unit itself can still be started by hand. Left alone are
// the units that the list names, enabled or not, and those that an essential unit
// asks for.
func BusMasks(t *unitfile.Tree, p Result) []string {
	l := newLookup(t)
	keep := make(map[string]bool, 2*len(p.Start))
	for _, u := range p.Start {
		keep[u.Name] = true
	}
	byName := false
	var masks []string
	for name, real := range t.BusActivatable() {
		if _, listed := l.find(real); !listed && !keep[real] && t.Exists(name) && !t.Masked(name) {
			masks = append(masks, name)
			byName = byName || name == real
		}
	}
	slices.Sort(masks)
	if !byName {
		return masks
	}
	for _, u := range p.Start {
		for _, pulled := range pulledBy(t, u.Name, byTriggers) {
			keep[pulled] = true
		}
	}
	return slices.DeleteFunc(masks, func(name string) bool { return keep[name] })
}
