// Package jobs decides which jobs and init scripts run in maintenance mode on a host that
// Upstart runs: essential's list with what such hosts have beside it, as far as the host has
// them enabled, and what the operator adds by KEEP_UNITS. It reads jobfile and
// starts, stops and writes nothing.
package jobs

import (
	"cmp"
	"slices"
	"strings"

	"umm/internal/host/essential"
	"umm/internal/host/jobfile"
	"umm/internal/host/unitfile"
)

// Plan is what is essential on one host.
type Plan struct {
	tree  *jobfile.Tree
	words []string
	// Problems are words of KEEP_UNITS that cannot be done as written.
	Problems []essential.Problem
}

// New makes the plan of a host. keepUnits are the words of KEEP_UNITS: names of jobs or
// init scripts, or globs; systemd's suffix .service may stand behind them.
func New(t *jobfile.Tree, keepUnits []string) Plan {
	p := Plan{tree: t, words: keepUnits}
	for _, word := range keepUnits {
		name := strings.TrimSuffix(word, ".service")
		switch isGlob := strings.ContainsAny(name, "*?["); {
		case isGlob && !slices.ContainsFunc(p.names(), func(n string) bool { return match(name, n) }):
			p.Problems = append(p.Problems, essential.Problem{Name: word, Text: "no job and no init script on this host matches it", Absent: true})
		case !isGlob && !t.Exists(name):
			p.Problems = append(p.Problems, essential.Problem{Name: word, Text: "no such job or init script on this host", Absent: true})
		}
	}
	return p
}

// names are those of all jobs and init scripts but umm's own, sorted.
func (p Plan) names() []string {
	var names []string
	for _, j := range p.tree.Jobs() {
		if !match("umm", j.Name) && !match("umm-*", j.Name) {
			names = append(names, j.Name)
		}
	}
	for _, s := range p.tree.Scripts() {
		names = append(names, s.Name)
	}
	slices.Sort(names)
	return names
}

// Keeps tells whether maintenance mode leaves a job or init script alone, and what for.
// The name may be that of an instance, as initctl prints it.
func (p Plan) Keeps(name string) (why string, keeps bool) {
	why, when := p.find(name)
	return why, when != stop
}

// find returns the reason for which something is essential, and the condition under which
// it is started; stop where it is not.
func (p Plan) find(name string) (why string, when essential.When) {
	name, _ = jobfile.InstanceOf(name)
	for _, word := range p.words {
		if match(strings.TrimSuffix(word, ".service"), name) {
			if strings.ContainsAny(word, "*?[") {
				return "the operator", essential.IfEnabled
			}
			return "the operator", essential.Always
		}
	}
	for _, e := range list {
		if match(e.pattern, name) {
			return e.why, e.when
		}
	}
	for _, e := range essential.List {
		if match(e.Pattern, name+".service") {
			return e.Why, e.When
		}
	}
	if j, ok := p.tree.Job(name); ok && wall(j) {
		return "it runs before the network and may be a firewall", essential.IfEnabled
	}
	if j, ok := p.tree.Job(name); ok && j.Enabled() && !slices.ContainsFunc(j.Events(), func(event string) bool {
		return !slices.Contains(early, event)
	}) {
		return essential.EarlyBoot, essential.OnDemand
	}
	return "", stop
}

// wall tells whether a job may be a firewall by its order: before the network is set up.
func wall(j jobfile.Job) bool {
	words := strings.FieldsFunc(j.StartOn, func(r rune) bool { return strings.ContainsRune(" \t()", r) })
	for i, w := range words[:max(len(words)-1, 0)] {
		if w == "starting" && (words[i+1] == "networking" || words[i+1] == "network-interface" || words[i+1] == "network-manager") {
			return j.Enabled()
		}
	}
	return false
}

// Start lists what maintenance mode starts, where it does not run by then: jobs by
// name, and after them the init scripts in the order of the boot.
func (p Plan) Start() (jobs, scripts []essential.Unit) {
	starts := func(name string, enabled bool) (essential.Unit, bool) {
		why, when := p.find(name)
		source := essential.SourceList
		if why == "the operator" {
			source = essential.SourceKeepUnits
		}
		return essential.Unit{Name: name, Why: why, Source: source}, when == essential.Always || when == essential.IfEnabled && enabled
	}
	for _, j := range p.tree.Jobs() {
		// What has instances is started for each by events; a task has been run by them,
		// unless it is asked for by name.
		_, when := p.find(j.Name)
		if u, ok := starts(j.Name, j.Enabled()); ok && j.Instance == "" && (!j.Task || when == essential.Always) {
			jobs = append(jobs, u)
		}
	}
	all := p.tree.Scripts()
	slices.SortFunc(all, func(a, b jobfile.Script) int { return strings.Compare(place(a), place(b)) })
	for _, s := range all {
		if u, ok := starts(s.Name, s.Enabled()); ok {
			scripts = append(scripts, u)
		}
	}
	return jobs, scripts
}

// place is where an init script stands in the order of a boot: rcS.d comes before the
// run level.
func place(s jobfile.Script) string {
	if s.Early != "" {
		return "0" + s.Early
	}
	if s.Start != "" {
		return "1" + s.Start
	}
	return "2" + s.Name
}

// Essential lists what is essential of what the host has, by name, with the reason.
func (p Plan) Essential() []essential.Unit {
	started, scripts := p.Start()
	units := slices.Concat(started, scripts)
	for _, name := range p.names() {
		if slices.ContainsFunc(units, func(u essential.Unit) bool { return u.Name == name }) || !p.tree.Enabled(name) {
			continue
		}
		if why, keeps := p.Keeps(name); keeps {
			units = append(units, essential.Unit{Name: name, Why: why, Source: essential.SourceList})
		}
	}
	slices.SortFunc(units, func(a, b essential.Unit) int { return strings.Compare(a.Name, b.Name) })
	return units
}

// Stopped lists what the boot starts and maintenance mode does not keep, by name.
func (p Plan) Stopped() []essential.Stop {
	var stops []essential.Stop
	for _, name := range p.names() {
		why, keeps := p.Keeps(name)
		s, isScript := p.tree.Script(name)
		if !keeps && p.tree.Enabled(name) && (!isScript || IsService(s)) {
			stops = append(stops, essential.Stop{Name: name, Why: cmp.Or(why, "not essential")})
		}
	}
	return stops
}

// IsService tells whether an init script has a service that can be stopped: one that no
// shutdown stops leaves nothing running.
func IsService(s jobfile.Script) bool {
	return s.Stop != "" && !slices.Contains(notStopped, s.Name)
}

func match(pattern, name string) bool { return unitfile.Match([]string{pattern}, name) }
