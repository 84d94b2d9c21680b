// Package essential decides which units are essential, so run in maintenance mode: a list
// with a reason for each line, as far as the host has them enabled, and what the operator
// adds by KEEP_UNITS. It reads unit files through unitfile and starts, stops and
// writes nothing. The boot-time generator uses it: standard library only.
package essential

import (
	"maps"
	"slices"
	"strings"

	"umm/internal/host/netplan"
	"umm/internal/host/unitfile"
)

// Sources of an essential unit.
const (
	SourceList      = "list"
	SourceKeepUnits = "KEEP_UNITS"
)

// Unit is one unit that maintenance mode keeps.
type Unit struct {
	Name   string // real name, not an alias
	Why    string // finishes "essential for ..."
	Source string // SourceList or SourceKeepUnits
}

// Names are the names of units.
func Names(units []Unit) []string {
	names := make([]string, 0, len(units))
	for _, u := range units {
		names = append(names, u.Name)
	}
	return names
}

// Problem is something in KEEP_UNITS that cannot be done as written.
type Problem struct {
	Name string // as written there
	Text string // why not, a clause: "the unit is masked"
	// Absent: this host only lacks it. The same words may be meant for many hosts.
	Absent bool
}

// Result is what Plan decides.
type Result struct {
	// Start are the units that umm.target wants, by name.
	Start []Unit
	// OnDemand are units that umm.target does not want, but that may be started
	// by their socket, a call on the bus or their device, by name.
	OnDemand []Unit
	Problems []Problem
}

// Plan decides what is essential on a host. enabled is what Tree.Enabled says;
// keepUnits are the words of KEEP_UNITS: names, with or without suffix, or globs.
// A name counts whether the unit is enabled or not, and even if it is not there
// (another generator may write it, though that makes a Problem as well); a glob
// counts, as with systemctl, for units of any kind that are enabled. Masked units
// are never essential.
func Plan(t *unitfile.Tree, enabled map[string][]string, keepUnits []string) Result {
	p := planner{tree: t, start: make(map[string]Unit, 64), onDemand: make(map[string]Unit, 16)}
	l := newLookup(t)
	for name, wanters := range enabled {
		if e, ok := l.find(name); ok {
			p.add(name, e, onlyDevices(wanters))
		}
	}
	p.addOthers(l)
	if _, done := p.start[networkd]; !done && netplanUses(t) {
		p.add(networkd, Entry{networkd, whyNetwork + ", configured by netplan", IfEnabled}, false)
	}
	p.addWalls(enabled)
	p.spareWatchdog()
	for _, word := range keepUnits {
		p.addWord(word, enabled)
	}
	p.addOnline()
	p.addSockets(enabled)
	return Result{Start: sorted(p.start), OnDemand: sorted(p.onDemand), Problems: p.problems}
}

const networkd = "systemd-networkd.service"

// netplanUses tells whether netplan's generator will enable systemd-networkd: it
// does so at each boot, so no link on disk says it.
func netplanUses(t *unitfile.Tree) bool {
	f := t.FS()
	if !f.Exists("/lib/systemd/system-generators/netplan") && !f.Exists("/usr/lib/systemd/system-generators/netplan") {
		return false
	}
	return netplan.Read(f).Uses(netplan.Networkd)
}

// planner gathers the units of one plan.
type planner struct {
	tree     *unitfile.Tree
	start    map[string]Unit
	onDemand map[string]Unit
	problems []Problem
}

// add keeps a unit for the reason that the list gives. byDevice says that only
// devices want it: umm.target must not wait for hardware that is not there.
func (p *planner) add(name string, e Entry, byDevice bool) {
	if strings.Contains(name, "@.") || !p.tree.Exists(name) || p.tree.Masked(name) {
		return
	}
	u := Unit{Name: name, Why: e.Why, Source: SourceList}
	if _, starts := p.start[name]; starts {
		return
	}
	if e.When == OnDemand || byDevice {
		p.onDemand[name] = u
		return
	}
	p.start[name] = u
}

// addOthers adds what the list keeps whether it is enabled or not.
func (p *planner) addOthers(l lookup) {
	for _, e := range List {
		if e.When != IfEnabled && !isGlob(e.Pattern) {
			p.add(p.tree.Canonical(e.Pattern), e, false)
		}
	}
	for _, name := range p.tree.Names() {
		for _, g := range l.globs {
			if e := List[g.index]; e.When != IfEnabled && g.match(name) {
				p.add(p.tree.Canonical(name), e, false)
			}
		}
	}
}

// addSockets adds the sockets of essential services: a socket cannot be
// opened any more, when maintenance mode is left, once its service runs.
func (p *planner) addSockets(enabled map[string][]string) {
	for name := range enabled {
		if _, done := p.start[name]; done || unitfile.Kind(name) != "socket" {
			continue
		}
		u, err := p.tree.Read(name)
		if err != nil {
			continue
		}
		service := p.tree.Canonical(activates(u, name))
		unit, starts := p.start[service]
		if spared, may := p.onDemand[service]; !starts && may {
			unit, starts = spared, true
		}
		if starts {
			p.add(name, Entry{name, unit.Why, IfEnabled}, false)
		}
	}
}

// addWord adds one word of KEEP_UNITS.
func (p *planner) addWord(word string, enabled map[string][]string) {
	if isGlob(word) {
		for unit := range enabled {
			if match(p.tree, word, unit) {
				p.keep(unit)
			}
		}
		if !p.covers(word) {
			p.absent(word, "no enabled unit on this host matches it")
		}
		return
	}
	name := unitfile.FullName(word)
	switch {
	case !unitfile.ValidName(name):
		p.problem(word, "it is not a unit name")
		return
	case strings.Contains(name, "@."):
		p.problem(word, "it is a template: name an instance")
		return
	case p.tree.Masked(name):
		p.problem(word, "the unit is masked")
		return
	case !p.tree.Exists(name):
		p.absent(word, "no such unit on this host")
	}
	p.keep(p.tree.Canonical(name))
}

// keep adds a unit that the operator asks for, unless the list has it already.
func (p *planner) keep(name string) {
	if _, done := p.start[name]; done || p.tree.Masked(name) || strings.Contains(name, "@.") {
		return
	}
	p.start[name] = Unit{Name: name, Why: "the operator", Source: SourceKeepUnits}
	if name == watchdog {
		delete(p.start, wdKeepalive) // there is one device
	}
}

// covers tells whether a glob matches something essential.
func (p *planner) covers(glob string) bool {
	for name := range p.start {
		if match(p.tree, glob, name) {
			return true
		}
	}
	return false
}

func (p *planner) problem(word, why string) {
	p.problems = append(p.problems, Problem{Name: word, Text: why})
}

func (p *planner) absent(word, why string) {
	p.problems = append(p.problems, Problem{Name: word, Text: why, Absent: true})
}

// match tells whether a pattern fits a unit under any of its names.
func match(t *unitfile.Tree, pattern, name string) bool {
	patterns := []string{pattern}
	return unitfile.Match(patterns, name) || slices.ContainsFunc(t.Aliases(name), func(alias string) bool {
		return unitfile.Match(patterns, alias)
	})
}

func onlyDevices(wanters []string) bool {
	return len(wanters) > 0 && !slices.ContainsFunc(wanters, func(w string) bool {
		return unitfile.Kind(w) != "device"
	})
}

func sorted(set map[string]Unit) []Unit {
	units := make([]Unit, 0, len(set))
	for _, name := range slices.Sorted(maps.Keys(set)) {
		units = append(units, set[name])
	}
	return units
}
