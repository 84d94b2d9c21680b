package systemd

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fakeSystemd is a systemd of one release in memory, behind systemctl. It is strict: what
// it does not know fails the test. Jobs are done at once, but for the start of
// umm-live.service, which a later question finds at its end, and for stops, which the
// first list-jobs still shows.
type fakeSystemd struct {
	t testing.TB
	release
	units map[string]*fakeUnit
	// jobs are those that do not end.
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
