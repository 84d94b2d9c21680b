package node_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/execx"
	"umm/internal/host/mode"
	"umm/internal/host/node"
)

// during is a command that does something while it runs.
func during(what func()) command {
	return func(context.Context, *os.File) (int, error) { what(); return 0, nil }
}

var anyway = []string{api.RiskCommandRunning}

func (w *world) pastHas(t *testing.T, words ...string) {
	t.Helper()
	events, err := w.node().Past()
	w.must(err)
	for _, word := range words {
		if !slices.ContainsFunc(events, func(e mode.Event) bool { return strings.Contains(e.Text, word) }) {
			t.Errorf("the history does not say %q: %v", word, events)
		}
	}
}

// Nothing is started under a command that works, unless the operator says so.
func TestOffWhileTheCommandRuns(t *testing.T) {
	w := booted(t)
	w.commands["a b"] = during(func() {
		for _, reboot := range []bool{false, true} {
			err := w.off(node.OffOptions{Reboot: reboot})
			w.wantCode(err, node.Unsafe, "still running")
			var coded *node.Error
			if errors.As(err, &coded) && !strings.Contains(coded.Hint, "--accept-risk=command-running") {
				t.Errorf("the hint is %q", coded.Hint)
			}
		}
		w.wantMaintenance()
		w.must(w.off(node.OffOptions{Risks: anyway}))
		w.wantOperational()
		if got := w.status().Command; got == nil || got.State != string(mode.CommandRunning) {
			t.Errorf("the command is %+v", got)
		}
	})
	w.must(w.on(withCommand(mode.ThenReboot)))
	w.wantOperational()
	if w.boots != 2 {
		t.Errorf("the host was booted %d times: --then of a session that was left is obeyed", w.boots)
	}
	w.pastHas(t, "succeeded")
	w.must(w.on(node.OnOptions{}))
	w.wantMaintenance()
	w.must(w.off(node.OffOptions{}))
}

// It starts between the question and the answer.
func TestOffWhileTheCommandStarts(t *testing.T) {
	w := booted(t)
	w.must(w.on(node.OnOptions{}))
	w.addHook("pre-off/10", func([]string) (execx.Result, error) {
		return execx.Result{}, (*store)(w).saveLocked(func(r *mode.Record) {
			r.Session.Command = &mode.Command{State: mode.CommandRunning}
		})
	})
	w.wantCode(w.off(node.OffOptions{}), node.Unsafe, "still running")
	w.wantMaintenance()
}

// A session that was left with its command running does not keep the next one from running its
// own, and both ends are recorded.
func TestEachSessionRunsItsOwnCommand(t *testing.T) {
	w := booted(t)
	ran := false
	w.commands["c d"] = during(func() { ran = true })
	w.commands["a b"] = during(func() {
		first := w.ended
		w.ended = nil // it is another process
		w.must(w.off(node.OffOptions{Risks: anyway}))
		w.must(w.on(node.OnOptions{Live: true, Argv: []string{"c", "d"}, For: time.Hour}))
		w.wantMaintenance()
		if !ran || w.armed == 0 {
			t.Errorf("the second command ran: %v; --for is armed: %v", ran, w.armed)
		}
		if got := w.status().Command; got.State != string(mode.CommandSucceeded) || strings.Join(got.Argv, " ") != "c d" {
			t.Errorf("the command of this session is %+v", got)
		}
		w.must(w.off(node.OffOptions{}))
		if !said(w.warned, "of an earlier maintenance session is still running") {
			t.Errorf("the warnings are %q", w.warned)
		}
		w.must(w.on(live))
		w.ended = first
	})
	w.must(w.on(withCommand(mode.ThenOff)))
	w.wantMaintenance()
	w.pastHas(t, "of an earlier session: succeeded")
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
}

// The time of --for does not start services under a command: it waits.
func TestForIsOverWhileTheCommandRuns(t *testing.T) {
	for name, end := range map[string]int{"succeeds": 0, "fails": 1} {
		t.Run(name, func(t *testing.T) {
			w := booted(t)
			w.commands["a b"] = func(context.Context, *os.File) (int, error) {
				w.now = w.now.Add(2 * time.Hour)
				w.must(w.operator(func(ctx context.Context, n *node.Node) error { return n.Expire(ctx) }))
				w.wantMaintenance()
				return end, nil
			}
			o := withCommand(mode.ThenStay)
			o.For = time.Hour
			w.must(w.on(o))
			w.wantOperational()
			if !said(w.warned, "the command is still running") {
				t.Errorf("the warnings are %q", w.warned)
			}
			w.pastHas(t, "left by umm on --for")
		})
	}
}

// killCommand is umm-boot being killed while the command runs; the init system starts it again.
func killCommand(context.Context, *os.File) (int, error) { panic(killed{}) }

func TestCommandWhoseStarterIsKilled(t *testing.T) {
	for name, c := range map[string]struct {
		limit time.Duration
		join  error
		state mode.CommandState
		says  string
	}{
		"it ends":          {0, nil, mode.CommandInterrupted, "unknown"},
		"its limit":        {time.Hour, context.DeadlineExceeded, mode.CommandTimedOut, ""},
		"it is stopped":    {0, context.Canceled, mode.CommandInterrupted, "was stopped"},
		"cannot be waited": {0, errors.New("no /proc"), mode.CommandInterrupted, "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			w := booted(t)
			w.commands["a b"] = killCommand
			w.fails["Join"] = c.join
			o := withCommand(mode.ThenOff)
			o.Limit = &c.limit
			w.must(w.on(o))
			w.wantMaintenance() // how it ended is not known, so --then does not count
			got := w.status().Command
			if got.State != string(c.state) || !strings.Contains(got.Error, c.says) || w.ran["a b"] != 1 || len(w.joined) != 1 {
				t.Errorf("after %d runs and %v the command is %+v", w.ran["a b"], w.joined, got)
			}
			if left := w.joined[0]; (left > 0) != (c.limit > 0) || left >= time.Hour {
				t.Errorf("it has %s left", left)
			}
		})
	}
	// Before it was noted which process it is.
	w := booted(t)
	w.must(w.on(node.OnOptions{}))
	w.must((*store)(w).saveLocked(func(r *mode.Record) { r.Session.Command = &mode.Command{State: mode.CommandRunning} }))
	w.must(w.runCommand())
	if got := w.status().Command; got.State != string(mode.CommandInterrupted) || len(w.joined) != 0 {
		t.Errorf("the command is %+v", got)
	}
}

// Whoever started it is gone, but not what ran before.
func TestWhatACommandHasStartedWhoseStarterIsKilled(t *testing.T) {
	w := booted(t)
	w.commands["a b"] = func(ctx context.Context, out *os.File) (int, error) {
		w.start([]string{"nginx.service"})
		return killCommand(ctx, out)
	}
	w.must(w.on(withCommand(mode.ThenStay)))
	w.wantMaintenance()
	if w.up["nginx.service"] || !w.up["ssh.service"] {
		t.Errorf("what runs is %v", w.up)
	}
	w.pastHas(t, "not essential: nginx.service")
}

// What ran before is not known: what runs may be what it is for.
func TestWhatACommandHasStartedCannotBeTold(t *testing.T) {
	for _, effect := range []string{"Active", "NoteBefore"} {
		w := booted(t)
		w.fails[effect] = errors.New("no answer")
		w.commands["a b"] = during(func() { w.start([]string{"nginx.service"}) })
		w.must(w.on(withCommand(mode.ThenStay)))
		if !w.up["nginx.service"] || !said(w.warned, "from what runs already: no answer") {
			t.Errorf("%s: what runs is %v, and the warnings are %q", effect, w.up, w.warned)
		}
	}
}

// What the journal takes its time for is not time in which the command runs.
func TestTheEndIsRecordedBeforeTheOutputIsCopied(t *testing.T) {
	w := booted(t)
	w.must(w.on(node.OnOptions{}))
	w.must((*store)(w).saveLocked(func(r *mode.Record) {
		r.Session.Command = &mode.Command{Argv: []string{"a", "b"}, State: mode.CommandPending}
	}))
	w.commands["a b"] = succeeds
	copied := false
	out := slowOutput(func() {
		copied = true
		if got := w.status().Command.State; got != string(mode.CommandSucceeded) {
			t.Errorf("while its output is copied the command is %s", got)
		}
	})
	w.must(w.operator(func(ctx context.Context, n *node.Node) error { return n.Command(ctx, n.SessionNumber(), out) }))
	if !copied {
		t.Error("the output is not copied")
	}
}

type slowOutput func()

func (s slowOutput) Open() (*os.File, func(), error) { return os.Stderr, s, nil }

// A command that cannot be run is refused before anything is done.
func TestCommandThatIsNotThere(t *testing.T) {
	w := booted(t)
	w.fails["Check a"] = errors.New("cannot run a: not found")
	w.addHook("pre-on/10", passes)
	w.wantCode(w.on(withCommand(mode.ThenStay)), node.Unsafe, "cannot run a", "nothing was changed")
	if len(w.hooked) != 0 || w.boots != 1 {
		t.Errorf("hooks ran: %v; boots: %d", w.hooked, w.boots)
	}
	w.wantOperational()
}
