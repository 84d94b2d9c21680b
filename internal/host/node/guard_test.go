package node_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/execx"
	"umm/internal/host/node"
)

const ourRun = "20260301-115900-3f2a"

// guarded is a host that a run of umm-cluster has.
func guarded(t *testing.T) *world {
	t.Helper()
	w := booted(t)
	w.must(w.setGuard(api.Guard{Run: ourRun, By: "alice", Master: "fuel", Reason: "new kernel"}))
	return w
}

func (w *world) setGuard(g api.Guard) error {
	return w.operator(func(ctx context.Context, n *node.Node) error { return n.SetGuard(ctx, &g) })
}

func (w *world) clearGuard(run string) error {
	return w.operator(func(ctx context.Context, n *node.Node) error { return n.ClearGuard(ctx, run) })
}

func hint(err error) string {
	var coded *node.Error
	if !errors.As(err, &coded) {
		return ""
	}
	return coded.Hint
}

func TestOnByHandIsRefusedWhileARunIsOn(t *testing.T) {
	for name, o := range map[string]node.OnOptions{
		"by a reboot": {}, "live": {Live: true}, "with another risk accepted": {Risks: []string{api.RiskLoseSSH}},
	} {
		t.Run(name, func(t *testing.T) {
			w := guarded(t)
			w.effects = nil
			err := w.on(o)
			w.wantCode(err, node.Refused, "a run of umm-cluster is taking the hosts of this cluster out", ourRun, "by alice on fuel", "since 2026-03-01 12:00", "(new kernel)")
			for _, word := range []string{"umm-cluster show " + ourRun + " on fuel", "umm guard clear " + ourRun, "--accept-risk=cluster-run"} {
				if !strings.Contains(hint(err), word) {
					t.Errorf("the hint is %q, want it to say %q", hint(err), word)
				}
			}
			if len(w.effects) > 0 {
				t.Errorf("it did %q", w.effects)
			}
			w.wantOperational()
		})
	}
}

func TestOnGoesAheadInSpiteOfARun(t *testing.T) {
	w := guarded(t)
	w.must(w.on(node.OnOptions{Risks: []string{api.RiskClusterRun}}))
	w.wantMaintenance()
	if !said(w.warned, "accepted risk cluster-run: a run of umm-cluster is in progress: "+ourRun) {
		t.Errorf("the warnings are %q", w.warned)
	}
	if s := w.status(); s.Trigger.Run != "" || s.Trigger.Detail != "umm on" {
		t.Errorf("the trigger is %+v", s.Trigger)
	}
	free := booted(t)
	free.must(free.on(node.OnOptions{Risks: []string{api.RiskClusterRun}}))
	if len(free.warned) > 0 {
		t.Errorf("without a run it warns %q", free.warned)
	}
}

// The run that has the host gets through, and is known by its trigger after the
// reboot, which took the guard away.
func TestOnByTheRun(t *testing.T) {
	for _, live := range []bool{false, true} {
		w := guarded(t)
		w.must(w.on(node.OnOptions{Run: ourRun, Live: live, Reason: "new kernel", By: "root from 192.0.2.1"}))
		w.wantMaintenance()
		s := w.status()
		if s.Trigger == nil || s.Trigger.Run != ourRun || s.Trigger.Detail != "umm-cluster run "+ourRun || s.Trigger.By != "alice" || s.Trigger.Kind != "operator" {
			t.Errorf("the trigger is %+v", s.Trigger)
		}
		if (s.Guard != nil) != live {
			t.Errorf("live %v: the guard is %+v", live, s.Guard)
		}
	}
}

func TestOnByAnotherRunIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		guard *api.Guard
		words string
	}{
		"has the host":    {&api.Guard{Run: "other", By: "bob"}, "another run has this host: other, by bob"},
		"none has it":     {nil, "run " + ourRun + " does not have this host"},
		"named much like": {&api.Guard{Run: ourRun + "a"}, "does not have this host"},
	} {
		t.Run(name, func(t *testing.T) {
			w := booted(t)
			w.guard = c.guard
			w.wantCode(w.on(node.OnOptions{Run: ourRun, Risks: []string{api.RiskClusterRun}}), node.Refused, c.words)
			w.wantOperational()
		})
	}
}

// A run that begins while somebody's umm on is at its hooks is not overlooked.
func TestOnSeesARunThatBeginsMeanwhile(t *testing.T) {
	for _, live := range []bool{false, true} {
		w := booted(t)
		w.addHook("pre-on/10", func([]string) (execx.Result, error) {
			return execx.Result{}, w.program(func(ctx context.Context, n *node.Node) error { return n.SetGuard(ctx, &api.Guard{Run: ourRun}) })
		})
		w.wantCode(w.on(node.OnOptions{Live: live}), node.Refused, ourRun)
		w.wantOperational()
	}
}

func TestOnWhereTheGuardCannotBeRead(t *testing.T) {
	w := booted(t)
	w.fails["Guard"] = errors.New("cannot tell whether a run is on")
	err := w.on(node.OnOptions{})
	w.wantCode(err, node.Refused, "cannot tell")
	if !strings.Contains(hint(err), "--accept-risk=cluster-run") {
		t.Errorf("the hint is %q", hint(err))
	}
	w.wantCode(w.on(node.OnOptions{Run: ourRun}), node.Refused, "cannot tell")
	if s := w.status(); s.Guard != nil || !said(s.Problems, "cannot tell whether a run is on") {
		t.Errorf("the status is %+v", s)
	}
	w.must(w.on(node.OnOptions{Risks: []string{api.RiskClusterRun}}))
	w.wantMaintenance()
	w.must(w.off(node.OffOptions{}))
	if !said(w.warned, "cannot tell whether a run is on") {
		t.Errorf("the warnings are %q", w.warned)
	}
}

func TestOffWhileARunIsOn(t *testing.T) {
	stay := func(t *testing.T) *world {
		w := guarded(t)
		w.must(w.on(node.OnOptions{Run: ourRun}))
		w.must(w.setGuard(api.Guard{Run: ourRun, By: "alice"}))
		return w
	}
	for name, c := range map[string]struct {
		options node.OffOptions
		warns   bool
	}{
		"by hand":           {node.OffOptions{}, true},
		"by hand, a reboot": {node.OffOptions{Reboot: true}, true},
		"by the run":        {node.OffOptions{Run: ourRun}, false},
		"by itself":         {node.OffOptions{Unattended: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := stay(t)
			w.must(w.off(c.options))
			w.wantOperational()
			if said(w.warned, "a run of umm-cluster is in progress and will find this host changed: "+ourRun) != c.warns {
				t.Errorf("it warns %q", w.warned)
			}
		})
	}
	w := stay(t)
	w.wantCode(w.off(node.OffOptions{Run: "other"}), node.Refused, "run other does not have this host", ourRun)
	w.wantMaintenance()
	w.must(w.clearGuard(ourRun))
	w.must(w.off(node.OffOptions{Run: "other"}))
	w.wantOperational()
}

func TestSetGuard(t *testing.T) {
	w := guarded(t)
	first := *w.guard.Since
	w.must(w.setGuard(api.Guard{Run: ourRun, By: "bob"}))
	if w.guard.By != "bob" || !w.guard.Since.Equal(first) {
		t.Errorf("said again, it is %+v, since %s", w.guard, w.guard.Since)
	}
	begun := first.Add(-time.Hour)
	w.must(w.setGuard(api.Guard{Run: ourRun, Since: &begun}))
	if !w.guard.Since.Equal(begun) {
		t.Errorf("with a time of its own it is since %s", w.guard.Since)
	}
	err := w.setGuard(api.Guard{Run: "other"})
	w.wantCode(err, node.Refused, "another run has this host: "+ourRun)
	if w.guard.Run != ourRun || !strings.Contains(hint(err), "umm guard clear "+ourRun) {
		t.Errorf("it is %+v, the hint %q", w.guard, hint(err))
	}
	w.reboot()
	if w.guard != nil {
		t.Errorf("after a reboot it is %+v", w.guard)
	}
	w.must(w.setGuard(api.Guard{Run: "other"}))
}

// A run has hosts that it never touches, and hosts in maintenance mode.
func TestSetGuardInEveryState(t *testing.T) {
	for name, w := range map[string]*world{"disabled": booted(t), "in maintenance mode": inMaintenance(t, node.OnOptions{}), "with a guard that cannot be read": booted(t)} {
		w.policy.Enabled = name != "disabled"
		if strings.Contains(name, "read") {
			w.fails["Guard"] = errors.New("rubbish")
		}
		w.must(w.setGuard(api.Guard{Run: ourRun}))
		if w.guard == nil || w.guard.Run != ourRun {
			t.Errorf("%s: it is %+v", name, w.guard)
		}
	}
}

func TestClearGuard(t *testing.T) {
	w := guarded(t)
	w.wantCode(w.clearGuard("other"), node.Refused, "another run has this host: "+ourRun)
	if w.guard == nil {
		t.Error("another run's guard is cleared")
	}
	for range 2 {
		w.must(w.clearGuard(ourRun))
	}
	if w.guard != nil {
		t.Errorf("cleared, it is %+v", w.guard)
	}
	w.must(w.on(node.OnOptions{}))
	w.wantMaintenance()
	w.fails["Guard"] = errors.New("rubbish")
	w.wantCode(w.clearGuard(ourRun), node.CannotDo, "rubbish")
}

func TestGuardErrors(t *testing.T) {
	w := guarded(t)
	w.fails["SetGuard"] = errors.New("/run is full")
	w.wantCode(w.setGuard(api.Guard{Run: ourRun}), node.CannotDo, "/run is full")
	w.wantCode(w.clearGuard(ourRun), node.CannotDo, "/run is full")
	w.fails["Lock"] = errors.New("at work")
	w.wantCode(w.setGuard(api.Guard{Run: ourRun}), node.CannotDo, "at work")
	w.wantCode(w.clearGuard(ourRun), node.CannotDo, "at work")
}
