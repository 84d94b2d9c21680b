package node_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/diag"
	"umm/internal/host/config/policy"
	"umm/internal/host/mode"
	"umm/internal/host/node"
)

func TestStatusMode(t *testing.T) {
	w := booted(t)
	if got := w.status(); got.Mode != "operational" || got.Trigger != nil || got.Since != nil || got.Version != 1 || got.Umm != "1.0" || got.BootID != "boot1" {
		t.Errorf("operational: %+v", got)
	}
	w.fails["Reboot"], w.fails["GoingDown"] = errors.New("x"), errors.New("x")
	w.on0(node.OnOptions{Reason: "r"})
	w.fails = map[string]error{}
	if got := w.status(); got.Mode != "operational" || got.Trigger == nil || got.Trigger.Reason != "r" {
		t.Errorf("asked for, and up: %+v", got)
	}
	w.goingDown = true
	if got := w.status(); got.Mode != "rebooting" {
		t.Errorf("asked for, and going down: %+v", got)
	}
	w.settle()
	if got := w.status(); got.Mode != "maintenance" || got.Since == nil || got.Trigger == nil {
		t.Errorf("in MM: %+v", got)
	}
	w.policy.Enabled = false
	if got := w.status(); got.Mode != "maintenance" || got.Enabled {
		t.Errorf("in MM, disabled by hand: %+v", got)
	}
	w.reboot()
	if got := w.status(); got.Mode != "disabled" {
		t.Errorf("disabled: %+v", got)
	}
}

func TestStatusGoingDownOnTheWayOut(t *testing.T) {
	w := inMaintenance(t, node.OnOptions{})
	w.must(w.program(func(ctx context.Context, n *node.Node) error { return n.Off(ctx, node.OffOptions{Reboot: true}) }))
	if got := w.status(); got.Mode != "rebooting" || len(got.Problems) > 0 {
		t.Errorf("umm off reboot: %+v", got)
	}
}

// Who is not root sees all but the command's words, and no problem with it.
func TestStatusForOthers(t *testing.T) {
	w := booted(t)
	w.commands["a b"] = ending(3, nil)
	w.must(w.on(node.OnOptions{Reason: "r", Argv: []string{"a", "b"}}))
	root := w.status()
	if !slices.Equal(root.Command.Argv, []string{"a", "b"}) || *root.Command.ExitCode != 3 {
		t.Errorf("root sees the command as %+v", root.Command)
	}
	w.unreadable = fmt.Errorf("%w: %w", errors.New("the record is not valid"), fs.ErrPermission)
	other := w.status()
	if other.Mode != "maintenance" || other.Trigger == nil || other.Trigger.Reason != "r" || other.Command == nil || other.Command.Argv != nil ||
		*other.Command.ExitCode != 3 || len(other.Problems) > 0 {
		t.Errorf("others see %+v, %+v", other, other.Command)
	}
}

func TestStatusProblems(t *testing.T) {
	w := booted(t)
	w.unreadable = errors.New("record.0: is torn")
	w.problems = []diag.Problem{{File: "/etc/umm.conf", Line: 4, Key: "REBOOT_COUNT", Text: "is odd"}}
	if got := w.status(); !slices.Equal(got.Problems, []string{"record.0: is torn", "/etc/umm.conf:4: REBOOT_COUNT: is odd"}) {
		t.Errorf("the problems are %q", got.Problems)
	}
}

func TestStatusCommand(t *testing.T) {
	for _, state := range []mode.CommandState{mode.CommandPending, mode.CommandRunning, mode.CommandInterrupted, mode.CommandCancelled} {
		w := inMaintenance(t, node.OnOptions{})
		w.must((*store)(w).saveLocked(func(r *mode.Record) { r.Session.Command = &mode.Command{Argv: []string{"a"}, State: state} }))
		if got := w.status().Command; got.State != string(state) || got.ExitCode != nil {
			t.Errorf("a command that is %s: %+v", state, got)
		}
	}
}

// The past is the history file and what waits in the record for it, each once.
func TestPast(t *testing.T) {
	w := booted(t)
	w.must(w.on(node.OnOptions{}))
	w.must(w.off(node.OffOptions{}))
	if len(w.history) == 0 {
		t.Fatal("nothing reached the history")
	}
	w.crash()
	events, err := w.node().Past()
	w.must(err)
	var kinds []mode.EventKind
	for i, e := range events {
		kinds = append(kinds, e.Kind)
		if int(e.Seq) != i {
			t.Errorf("event %d has number %d", i, e.Seq)
		}
	}
	want := []mode.EventKind{mode.EventBoot, mode.EventRequested, mode.EventShutdown, mode.EventEntered, mode.EventLeft, mode.EventUnclean, mode.EventBoot}
	if !slices.Equal(kinds, want) {
		t.Errorf("the past is %v, want %v", kinds, want)
	}
	w.fails["Read"] = errors.New("cannot read")
	if _, err := w.node().Past(); err == nil {
		t.Error("a history that cannot be read is no error")
	}
}

func TestHistoryThatCannotBeWritten(t *testing.T) {
	w := booted(t)
	w.fails["Append"] = errors.New("/var is full")
	w.must(w.on(node.OnOptions{}))
	w.wantMaintenance()
	if len(w.history) > 0 || !said(w.warned, "/var is full") {
		t.Errorf("the history is %v, the warnings %q", w.history, w.warned)
	}
	delete(w.fails, "Append")
	w.must(w.off(node.OffOptions{}))
	if len(w.history) < 4 {
		t.Errorf("what waited is lost: %v", w.history)
	}
}

// Asked what the next boot would be, it changes nothing.
func TestDecideNext(t *testing.T) {
	w := booted(t)
	w.policy.Enabled = false
	w.put("proc/cmdline", "ro single\n")
	w.effects = nil
	if d, _ := w.node().DecideNext(); d.Mode != mode.Maintenance || !d.Fresh || len(w.effects) > 0 {
		t.Errorf("it decides %+v and does %q", d, w.effects)
	}
}

// Whoever waits for operational mode must be able to ask for something else in it.
func TestStatusWhileLeaving(t *testing.T) {
	w := inMaintenance(t, node.OnOptions{})
	w.fails["Resume"] = errors.New("x")
	if err := w.off(node.OffOptions{}); err == nil {
		t.Fatal("umm off succeeded, though nothing could be started")
	}
	if got := w.status(); got.Mode != "maintenance" {
		t.Errorf("half-way out of MM: %+v", got)
	}
	w.fails = map[string]error{}
	w.must(w.off(node.OffOptions{}))
	if got := w.status(); got.Mode != "operational" {
		t.Errorf("out of MM: %+v", got)
	}
}

// To whom the configuration is hidden, maintenance mode is not said to be disabled.
func TestStatusWithAHiddenConfiguration(t *testing.T) {
	w := booted(t)
	w.policy, w.problems = policy.Hidden("/etc/umm.conf")
	s := w.status()
	if s.Mode != api.ModeOperational || len(s.Problems) != 1 || !strings.Contains(s.Problems[0], "is unknown") {
		t.Errorf("the status is %+v", s)
	}
	w = inMaintenance(t, node.OnOptions{})
	w.policy, w.problems = policy.Hidden("/etc/umm.conf")
	if s := w.status(); s.Mode != api.ModeMaintenance {
		t.Errorf("in maintenance mode it is %s", s.Mode)
	}
}
