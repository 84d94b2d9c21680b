package node_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"umm/internal/mode"
	"umm/internal/node"
	"umm/internal/wire"
)

// scenario is something umm does, by an operator's word or by itself, that may be
// stopped at any of its effects.
type scenario struct {
	name string
	// prepare leads to where it begins, without a fault.
	prepare func(w *world)
	// act is what is done. It returns only what the operator would call a failure.
	act func(w *world) error
	// goal is where it leads when nothing stops it.
	goal mode.Mode
}

var noPreparation = func(*world) {}

var scenarios = []scenario{
	{"umm on", noPreparation, func(w *world) error { return w.on(node.OnOptions{}) }, mode.Maintenance},
	{"umm on with a command", noPreparation, onWithCommand(mode.ThenStay, false), mode.Maintenance},
	{"umm on --then=off with a command", noPreparation, onWithCommand(mode.ThenOff, false), mode.Operational},
	{"umm on --then=reboot with a command", noPreparation, onWithCommand(mode.ThenReboot, false), mode.Operational},
	{"umm on --live", noPreparation, func(w *world) error { return w.on(live) }, mode.Maintenance},
	{"umm on --live with a command", noPreparation, onWithCommand(mode.ThenStay, true), mode.Maintenance},
	{"umm off", func(w *world) { w.must(w.on(node.OnOptions{For: time.Hour})) }, off, mode.Operational},
	{"umm off after --live", func(w *world) { w.must(w.on(live)) }, off, mode.Operational},
	{"umm off reboot", func(w *world) { w.must(w.on(node.OnOptions{})) },
		func(w *world) error { return w.off(node.OffOptions{Reboot: true}) }, mode.Operational},
	{"umm off after an emergency", func(w *world) {
		w.broken = []string{"/data"}
		w.reboot()
		w.mendable = true
	}, off, mode.Operational},
	{"an emergency", func(w *world) { w.broken, w.mendable = []string{"/data"}, true },
		func(w *world) error { w.reboot(); return nil }, mode.Maintenance},
	{"healthy", func(w *world) { w.policy.RebootCount = 3; w.crash() }, (*world).healthy, mode.Operational},
	{"a reboot out of maintenance mode", func(w *world) { w.must(w.on(node.OnOptions{})) },
		func(w *world) error { w.reboot(); return nil }, mode.Operational},
	{"the last of the unclean boots", func(w *world) { w.crash() },
		func(w *world) error { w.crash(); return nil }, mode.Maintenance},
	{"a crash in maintenance mode", func(w *world) { w.must(w.on(node.OnOptions{})) },
		func(w *world) error { w.crash(); return nil }, mode.Maintenance},
	{"umm disable", noPreparation, (*world).disable, mode.Operational},
}

func off(w *world) error { return w.off(node.OffOptions{}) }

// onWithCommand asks for a command that has not been asked for yet.
func onWithCommand(then mode.Then, isLive bool) func(w *world) error {
	return func(w *world) error {
		name := fmt.Sprintf("command%d", len(w.commands))
		w.commands[name+" x"] = succeeds
		return w.on(node.OnOptions{Argv: []string{name, "x"}, Then: then, Live: isLive})
	}
}

// stopped is a world that a fault has struck while something was done.
type stopped struct {
	*world
	scenario scenario
}

// TestFaults stops each scenario at every one of its effects, before it and after
// it, once by killing the program and once by cutting the power, and sees where
// each way on from there leads.
func TestFaults(t *testing.T) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			fresh := func() *world {
				w := newWorldAt(t, root)
				w.boot()
				s.prepare(w)
				w.effects = nil
				return w
			}
			w := fresh()
			w.must(s.act(w))
			stopped{w, s}.wantGoal()
			steps := w.effects
			for n := range steps {
				for _, f := range []fault{{n + 1, false, false}, {n + 1, true, false}, {n + 1, false, true}, {n + 1, true, true}} {
					for _, way := range waysOn {
						w := fresh()
						w.fault = f
						way.check(stopped{w, s}.struck())
						if t.Failed() {
							t.Fatalf("%s, and then %s; the effects are %s", w.why, way.name, strings.Join(steps, " "))
						}
					}
				}
			}
			if len(steps) < 2 {
				t.Errorf("the effects are only %q", steps)
			}
		})
	}
}

// struck acts until the fault strikes, and holds what must be true right then:
// after a power cut once the host is up again.
func (s stopped) struck() stopped {
	cut := s.untilPowerCut(func() { _ = s.scenario.act(s.world) })
	s.fault = fault{}
	if !cut {
		s.settle()
		s.consistent()
		return s
	}
	disk := s.onDisk()
	s.crash()
	s.consistent()
	if s.mustStay(disk) {
		s.wantPhase(mode.Maintenance)
	}
	return s
}

// mustStay tells whether a host with that on its disk is in maintenance mode after
// a power cut, and stays: it was asked for, or was in it.
func (s stopped) mustStay(disk mode.Record) bool {
	return s.scenario.goal == mode.Maintenance && (disk.Pending != nil || disk.Boot.Mode == mode.Maintenance && disk.Boot.State == mode.Running)
}

// wantGoal: disabled, the host is operational, and only that.
func (s stopped) wantGoal() {
	s.t.Helper()
	if s.policy.Enabled {
		s.want(s.scenario.goal)
	}
	s.wantPhase(s.scenario.goal)
}

// untilPowerCut tells whether the power went.
func (s stopped) untilPowerCut(run func()) (cut bool) {
	defer func() {
		if p := recover(); p != nil {
			if _, cut = p.(powerCut); !cut {
				panic(p)
			}
		}
	}()
	run()
	return false
}

func (s stopped) onDisk() (r mode.Record) {
	if s.record != nil {
		s.must(json.Unmarshal(s.record, &r))
	}
	return r
}

// consistent holds in every state that can be reached.
func (s stopped) consistent() {
	s.t.Helper()
	if r := s.onDisk(); s.policy.Enabled && r.Boot.ID == s.bootID && r.Boot.State == mode.Running && r.Unclean != s.crashes {
		s.t.Errorf("%d unclean boots are on record, and there were %d", r.Unclean, s.crashes)
	}
	for name, n := range s.ran {
		if n > 1 {
			s.t.Errorf("%s ran %d times", name, n)
		}
	}
	if s.locked {
		s.t.Error("the lock is held by nobody")
	}
	told := s.status()
	if told.Trigger != nil && told.Trigger.Detail == "umm.target was started by hand" {
		s.t.Error("umm takes itself for somebody else")
	}
	if strings.Contains(s.scenario.name, "with a command") && told.Mode == wire.ModeMaintenance && told.Trigger.Kind == string(mode.ByOperator) && told.Command == nil {
		s.t.Error("the command is lost")
	}
}

// wantPhase looks at what really runs, not at what umm says.
func (s stopped) wantPhase(m mode.Mode) {
	s.t.Helper()
	if s.phase != string(m) {
		s.t.Errorf("the host is in %s, want %s; umm status says %s", s.phase, m, s.status().Mode)
	}
}

// waysOn are what can follow a fault, and where each must lead.
var waysOn = []struct {
	name  string
	check func(s stopped)
}{
	{"the same again", again},
	{"umm off", offAfter},
	{"umm off reboot", offRebootAfter},
	{"a power cut", powerCutAfter},
	{"reboot typed, twice", rebootAfter},
}

// again: what was stopped is done once more and comes to its end. Where the host
// is in the wanted mode already, it is refused.
func again(s stopped) {
	err := s.scenario.act(s.world)
	s.consistent()
	if err == nil {
		s.wantGoal()
		return
	}
	s.wantCode(err, node.Refused)
	if s.policy.Enabled {
		// The banner may be missing; what it tells holds all the same.
		s.wantPhase(mode.Mode(s.status().Mode))
	}
}

// offAfter: umm off ends in operational mode wherever it is said.
func offAfter(s stopped) {
	s.shell()
	if err := s.off(node.OffOptions{}); err != nil {
		s.wantCode(err, node.Refused)
	}
	s.atWork()
	s.wantCode(s.off(node.OffOptions{}), node.Refused)
	s.reboot()
	s.atWork()
}

func offRebootAfter(s stopped) {
	s.shell()
	if err := s.off(node.OffOptions{Reboot: true}); err != nil {
		s.wantCode(err, node.Refused)
	}
	if len(s.broken) > 0 {
		// The reboot led back, since nobody mended it.
		s.must(s.off(node.OffOptions{}))
	}
	s.atWork()
}

func powerCutAfter(s stopped) {
	disk := s.onDisk()
	s.crash()
	s.consistent()
	if s.mustStay(disk) {
		s.wantPhase(mode.Maintenance)
	}
	offAfter(s)
}

// rebootAfter: a requested reboot leads to what was asked for, and the next one out
// of it.
func rebootAfter(s stopped) {
	asked := s.onDisk().Pending != nil
	s.reboot()
	s.consistent()
	if asked && s.scenario.goal == mode.Maintenance {
		s.wantPhase(mode.Maintenance)
	}
	s.reboot()
	if len(s.broken) > 0 {
		s.must(s.off(node.OffOptions{}))
	}
	s.atWork()
}

// shell: where umm was killed before it could do anything about it, the host is in
// the emergency shell, as it would be without umm. There is a way out of that.
func (s stopped) shell() {
	if s.phase == emergency && s.status().Mode == wire.ModeOperational {
		s.reboot()
		s.wantMaintenance()
	}
}

// atWork: all that the host is for runs, and umm says so.
func (s stopped) atWork() {
	s.t.Helper()
	s.consistent()
	if !s.policy.Enabled {
		s.wantPhase(mode.Operational)
		return
	}
	s.wantOperational()
}
