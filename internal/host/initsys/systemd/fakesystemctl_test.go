package systemd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"umm/internal/execx"
)

// Run implements execx.Runner.
func (f *fakeSystemd) Run(ctx context.Context, c execx.Cmd) (execx.Result, error) {
	if err := ctx.Err(); err != nil {
		return execx.Result{}, err
	}
	line := strings.Join(c.Argv, " ")
	if c.Limit <= 0 {
		f.t.Errorf("%s has no time limit", line)
	}
	f.ran = append(f.ran, line)
	words := c.Argv[1:]
	if c.Argv[0] != "systemctl" {
		f.t.Errorf("an unknown program: %s", line)
		return execx.Result{}, errors.New("unknown")
	}
	switch words[0] {
	case "daemon-reload":
		f.reload()
		return execx.Result{}, nil
	case "show":
		return f.show(words[1:])
	case "list-jobs":
		return f.listJobs(), nil
	case "list-units":
		return f.listUnits(), nil
	case "isolate":
		f.isolate(words[1])
		return execx.Result{}, nil
	case "start":
		return f.startAll(words[1:])
	case "stop":
		return f.stopAll(words[1:]), nil
	case "reset-failed":
		return f.resetFailed(words[1]), nil
	}
	f.t.Errorf("an unknown command: %s", line)
	return execx.Result{}, errors.New("unknown")
}

func fails(code int, text string) execx.Result {
	return execx.Result{Code: code, Stderr: []byte(text + "\n")}
}

func (f *fakeSystemd) startAll(words []string) (execx.Result, error) {
	res := execx.Result{}
	ignoreDependencies := false
	for _, name := range words {
		u := f.units[name]
		switch {
		case name == "--":
		case name == "--job-mode=ignore-dependencies":
			ignoreDependencies = true
		case name == "default.target":
			f.start("multi-user.target", map[string]bool{})
		case u == nil || u.load == "not-found":
			res = fails(5, "Failed to start "+name+": Unit "+name+" not found.")
		case u.refusesManualStart:
			res = fails(4, "Failed to start "+name+": Operation refused, unit may be requested by dependency only.")
		case ignoreDependencies:
			u.state = "active"
		case name == liveService && f.isolateCancels:
			u.state, f.jobs[name], f.looked = "activating", "start", 0
			return fails(1, "Job for umm-live.service canceled."), nil
		case name == liveService:
			u.state = "activating"
			f.live()
			if u.state = "inactive"; u.fails {
				u.state = "failed"
				return fails(1, "Job for umm-live.service failed."), nil
			}
		default:
			if !f.start(name, map[string]bool{}) && !u.conditionFails && !u.ends {
				res = fails(1, "Job for "+name+" failed.")
			}
		}
	}
	return res, nil
}

func (f *fakeSystemd) stopAll(words []string) execx.Result {
	res := execx.Result{}
	for _, name := range words {
		switch u := f.units[name]; {
		case name == "--":
		case u == nil:
			res = fails(5, "Failed to stop "+name+": Unit "+name+" not loaded.")
		default:
			u.state = "inactive"
		}
	}
	return res
}

func (f *fakeSystemd) resetFailed(name string) execx.Result {
	if f.units[name] == nil {
		return fails(1, "Failed to reset failed state of unit "+name+": Unit "+name+" not loaded.")
	}
	f.units[name].state = "inactive"
	return execx.Result{}
}

func (f *fakeSystemd) listJobs() execx.Result {
	var b strings.Builder
	for n, name := range slices.Sorted(maps.Keys(f.jobs)) {
		fmt.Fprintf(&b, "%4d %s %s waiting\n", n+100, name, f.jobs[name])
	}
	for n, name := range f.stopping {
		fmt.Fprintf(&b, "%4d %s stop running\n", n+500, name)
	}
	f.stopping = nil
	return execx.Result{Stdout: []byte(b.String()), Code: f.release.listJobs}
}

// listUnits prints as each release does: a column for jobs where there are some up to
// 239, and an empty one in front in 245.
func (f *fakeSystemd) listUnits() execx.Result {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f.units)) {
		u := f.units[name]
		switch n := f.number(); {
		case n <= 239 && len(f.jobs) > 0:
			fmt.Fprintf(&b, "%-40s %-9s %-10s %-11s %-5s A unit\n", name, u.load, u.state, "sub", f.jobs[name])
		case n == 245:
			fmt.Fprintf(&b, "  %-40s %-9s %-10s %-11s A unit\n", name, u.load, u.state, "sub")
		default:
			fmt.Fprintf(&b, "%-40s %-9s %-10s %-11s A unit\n", name, u.load, u.state, "sub")
		}
	}
	return execx.Result{Stdout: []byte(b.String())}
}

// number is the version as one.
func (f *fakeSystemd) number() int {
	n, err := strconv.Atoi(f.version)
	if err != nil {
		f.t.Error(err)
	}
	return n
}

// show is `systemctl show --property=... [--all] [--] UNIT...`.
func (f *fakeSystemd) show(words []string) (execx.Result, error) {
	list, found := strings.CutPrefix(words[0], "--property=")
	if !found {
		return execx.Result{}, fmt.Errorf("show without properties: %q", words)
	}
	names, all := []string{}, false
	for _, w := range words[1:] {
		switch w {
		case "--":
		case "--all":
			all = true
		case "*":
			for _, name := range slices.Sorted(maps.Keys(f.units)) {
				if all || f.number() <= 245 || f.units[name].state != "inactive" || f.jobs[name] != "" {
					names = append(names, name)
				}
			}
		default:
			names = append(names, w)
		}
	}
	var blocks []string
	for _, name := range names {
		var b strings.Builder
		unknown := false
		facts := f.facts(name)
		for _, property := range strings.Split(list, ",") {
			value, known := facts[property]
			if known = known && !slices.Contains(f.lacks, property); !known {
				unknown = true
				continue
			}
			fmt.Fprintf(&b, "%s=%s\n", property, value)
		}
		blocks = append(blocks, b.String())
		if unknown && f.stopsAtUnknown {
			return execx.Result{Stdout: []byte(strings.Join(blocks, "\n")), Code: 1}, nil
		}
	}
	return execx.Result{Stdout: []byte(strings.Join(blocks, "\n"))}, nil
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// facts are the properties that every kind of unit has.
func (f *fakeSystemd) facts(name string) map[string]string {
	u := f.units[name]
	if u == nil {
		u = &fakeUnit{load: "not-found", state: "inactive"}
	}
	if name == liveService && u.state == "activating" {
		if f.looked++; f.looked == 3 {
			f.live()
			delete(f.jobs, name)
			u.state = "inactive"
		}
	}
	names, job, condition := name, "", "0"
	if name == "multi-user.target" {
		names = "multi-user.target default.target"
	}
	if f.jobs[name] != "" {
		job = "115"
	}
	if u.tried {
		condition = "1234567"
	}
	by := func(list func(*fakeUnit) []string) string {
		var names []string
		for _, other := range slices.Sorted(maps.Keys(f.units)) {
			if slices.Contains(list(f.units[other]), name) {
				names = append(names, other)
			}
		}
		return strings.Join(names, " ")
	}
	return map[string]string{
		"Id": name, "Names": names, "LoadState": u.load, "ActiveState": u.state, "Job": job,
		"Wants": strings.Join(u.wants, " "), "Requires": strings.Join(u.requires, " "), "BindsTo": "", "Requisite": "",
		"Conflicts": strings.Join(u.conflicts, " "), "ConflictedBy": by(func(u *fakeUnit) []string { return u.conflicts }),
		"WantedBy": by(func(u *fakeUnit) []string { return u.wants }), "RequiredBy": by(func(u *fakeUnit) []string { return u.requires }),
		"BoundBy": "", "RequisiteOf": "", "UpheldBy": "", "TriggeredBy": strings.Join(u.triggeredBy, " "),
		"IgnoreOnIsolate": yesNo(u.ignoreOnIsolate), "Transient": yesNo(u.transient), "RefuseManualStart": yesNo(u.refusesManualStart),
		"ConditionResult": yesNo(u.tried && !u.conditionFails), "ConditionTimestampMonotonic": condition,
	}
}
