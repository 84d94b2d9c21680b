package node_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/host/mode"
	"umm/internal/host/node"
)

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
			faults(t, s, false)
		})
		t.Run(s.name+", at a gate", func(t *testing.T) {
			t.Parallel()
			faults(t, s, true)
		})
	}
}

func faults(t *testing.T, s scenario, gated bool) {
	root := t.TempDir()
	fresh := func() *world {
		w := newWorldAt(t, root)
		w.gated = gated
		w.boot()
		s.prepare(w)
		w.effects, w.owners = nil, nil
		return w
	}
	w := fresh()
	w.must(s.act(w))
	stopped{w, s}.wantGoal()
	for _, f := range w.faults() {
		for _, way := range waysOn {
			if f.power && way.afterKillOnly {
				continue
			}
			struck := fresh()
			struck.fault = f
			way.check(stopped{struck, s}.struck())
			if t.Failed() {
				t.Fatalf("%s, and then %s; the effects are %s", struck.why, way.name, strings.Join(w.effects, " "))
			}
		}
	}
	if len(w.effects) < 2 {
		t.Errorf("the effects are only %q", w.effects)
	}
}

// faults are those that can strike what was done. After an effect is before the
// next one, unless that is another program's, or other programs ran within it.
func (w *world) faults() []fault {
	var fs []fault
	for i, name := range w.effects {
		fs = append(fs, fault{i + 1, false, false}, fault{i + 1, false, true})
		last := i == len(w.effects)-1 || w.owners[i] != w.owners[i+1]
		if last || slices.Contains([]string{"GoLive", "Isolate", "Stream"}, name) {
			fs = append(fs, fault{i + 1, true, false}, fault{i + 1, true, true})
		}
	}
	return fs
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
	if strings.Contains(s.scenario.name, "with a command") && told.Mode == api.ModeMaintenance && told.Trigger.Kind == string(mode.ByOperator) && told.Command == nil {
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
	// afterKillOnly: after a power cut it tells nothing new.
	afterKillOnly bool
}{
	{"the same again", again, false},
	{"umm off", offAfter, false},
	{"umm off reboot", offRebootAfter, true},
	{"a power cut", powerCutAfter, true},
	{"reboot typed, twice", rebootAfter, false},
}

// again: what was stopped is done once more and comes to its end. Where the host
// is in the wanted mode already, it is refused.
func again(s stopped) {
	broke := s.gateBroke
	err := s.scenario.act(s.world)
	s.consistent()
	if broke && err == nil {
		// The host went on into operational mode, and what follows is from there.
		s.want(mode.Mode(s.status().Mode))
		return
	}
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
		// The reboot led back, since nobody repaired it.
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
	if s.phase == emergency && s.status().Mode == api.ModeOperational {
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
