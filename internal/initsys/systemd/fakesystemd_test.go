package systemd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"umm/internal/execx"
)

// fakeSystemd is a systemd of one release in memory, behind systemctl. It is strict: what
// it does not know fails the test. Jobs are done at once, but for the start of
// umm-live.service, which a later question finds at its end, and for stops, which the
// first list-jobs still shows.
type fakeSystemd struct {
	t testing.TB
	release
	units map[string]*fakeUnit
	// jobs are those that stay.
	jobs map[string]string
	// stopping are shown once.
	stopping []string
	// reload is what generators do; live what umm-live.service runs.
	reload, live func()
	// looked counts the questions about a service that is being started.
	looked int
	ran    []string
}

// fakeUnit is one unit.
type fakeUnit struct {
	load, state                 string
	wants, requires, conflicts  []string
	triggeredBy                 []string
	ignoreOnIsolate, transient  bool
	fails, ends, conditionFails bool
	refusesManualStart          bool
	tried                       bool
}

// newFake is a host with the targets that each has.
func newFake(t testing.TB, r release) *fakeSystemd {
	t.Helper()
	f := &fakeSystemd{t: t, release: r, units: map[string]*fakeUnit{}, jobs: map[string]string{}, reload: func() {}, live: func() {}}
	f.add("shutdown.target")
	f.add("umm.target", "wants sysinit.target")
	f.add("sysinit.target")
	f.add("basic.target", "requires sysinit.target", "wants sockets.target timers.target paths.target")
	f.add("sockets.target")
	f.add("timers.target")
	f.add("paths.target")
	f.add("multi-user.target", "requires basic.target")
	return f
}

// add adds a unit: "wants a b", "requires a", "triggered-by a", and so on.
func (f *fakeSystemd) add(name string, facts ...string) *fakeUnit {
	f.t.Helper()
	u := &fakeUnit{load: "loaded", state: "inactive"}
	if strings.HasSuffix(name, ".service") {
		u.requires = []string{"sysinit.target"}
		if f.servicesRequireBasic {
			u.requires = []string{"basic.target"}
		}
	}
	for _, fact := range facts {
		words := strings.Fields(fact)
		switch words[0] {
		case "wants":
			u.wants = append(u.wants, words[1:]...)
		case "requires":
			u.requires = append(u.requires, words[1:]...)
		case "conflicts":
			u.conflicts = append(u.conflicts, words[1:]...)
		case "triggered-by":
			u.triggeredBy = append(u.triggeredBy, words[1:]...)
		case "wanted-by":
			for _, by := range words[1:] {
				f.units[by].wants = append(f.units[by].wants, name)
			}
		case "early":
			u.requires = nil
		default:
			f.t.Fatalf("unknown fact %q of %s", fact, name)
		}
	}
	f.units[name] = u
	return u
}

func (f *fakeSystemd) manager() Manager { return Manager{Run: f} }

// boot starts a target as PID 1 does.
func (f *fakeSystemd) boot(target string) { f.start(target, map[string]bool{}) }

func (f *fakeSystemd) isActive(name string) bool { return f.units[name].state == "active" }

// wantActive checks which of the units are up.
func (f *fakeSystemd) wantActive(want bool, names ...string) {
	f.t.Helper()
	for _, name := range names {
		if f.isActive(name) != want {
			f.t.Errorf("systemd %s: %s is %s", f.version, name, f.units[name].state)
		}
	}
}

// start is a transaction: jobs for units that are active already are dropped, but for the
// one that is asked for, and with them what only those pulled in.
func (f *fakeSystemd) start(name string, seen map[string]bool) (ok bool) {
	u := f.units[name]
	if u == nil || u.load != "loaded" {
		return false
	}
	anchor := len(seen) == 0
	if seen[name] || u.state == "active" && !anchor {
		return u.state == "active"
	}
	seen[name] = true
	for _, other := range u.conflicts {
		if f.isActive(other) {
			return false // its job is what is given up
		}
	}
	met := true
	for _, n := range u.requires {
		met = f.start(n, seen) && met
	}
	for _, n := range u.wants {
		f.start(n, seen)
	}
	switch {
	case u.state == "active":
	case !met:
		return false
	case u.fails:
		u.tried, u.state = true, "failed"
	case u.conditionFails:
		u.tried = true
		return true
	default:
		u.tried, u.state = true, "active"
		if u.ends {
			u.state = "inactive"
			return true
		}
	}
	return u.state == "active"
}

// isolate starts a target and stops what is not in its transaction.
func (f *fakeSystemd) isolate(target string) {
	if f.isolateCancels {
		f.jobs = map[string]string{}
	}
	stays := map[string]bool{}
	f.transaction(target, stays)
	keeps := func(name string) bool { return stays[name] || f.units[name].ignoreOnIsolate }
	for _, name := range slices.Sorted(maps.Keys(f.units)) {
		u := f.units[name]
		switch {
		case u.state != "active" || keeps(name):
		case f.isolateSparesTriggered && slices.ContainsFunc(u.triggeredBy, keeps):
		default:
			u.state = "inactive"
			f.stopping = append(f.stopping, name)
		}
	}
	f.start(target, map[string]bool{})
}

func (f *fakeSystemd) transaction(name string, all map[string]bool) {
	u := f.units[name]
	if all[name] || u == nil || u.load != "loaded" {
		return
	}
	all[name] = true
	for _, n := range slices.Concat(u.wants, u.requires) {
		f.transaction(n, all)
	}
}

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

func (f *fakeSystemd) listUnits() execx.Result {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f.units)) {
		u := f.units[name]
		fmt.Fprintf(&b, "%s %s %s sub A unit\n", name, u.load, u.state)
	}
	return execx.Result{Stdout: []byte(b.String())}
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
				if version, _ := strconv.Atoi(f.version); all || version <= 245 || f.units[name].state != "inactive" || f.jobs[name] != "" {
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

// obeys has the fake's units follow the drop-ins of a layout, as a reload does.
func (f *fakeSystemd) obeys(l Layout) {
	for path := range l.Files {
		unit := strings.TrimSuffix(filepath.Dir(path), ".d")
		prefix, template := strings.CutSuffix(unit, "@.service")
		for name, u := range f.units {
			if strings.HasSuffix(path, "50-umm.conf") && (name == unit || template && strings.HasPrefix(name, prefix+"@")) {
				u.ignoreOnIsolate = u.ignoreOnIsolate || !strings.HasSuffix(name, ".timer")
			}
		}
	}
	for path := range l.Normal {
		if owner, unit, found := strings.Cut(path, ".wants/"); found && f.units[owner] != nil && !slices.Contains(f.units[owner].wants, unit) {
			f.units[owner].wants = append(f.units[owner].wants, unit)
		}
	}
	for unit, target := range l.Early {
		if u := f.units[unit]; u != nil && target == "/dev/null" {
			u.load = "masked"
		}
	}
}

// onEach runs a test on a fake of each release.
func onEach(t *testing.T, test func(t *testing.T, f *fakeSystemd)) {
	t.Helper()
	for _, r := range releases {
		t.Run(r.version, func(t *testing.T) {
			t.Parallel()
			test(t, newFake(t, r))
		})
	}
}
