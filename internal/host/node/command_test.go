package node_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"umm/internal/execx"
	"umm/internal/host/mode"
	"umm/internal/host/node"
)

func succeeds(context.Context, *os.File) (int, error) { return 0, nil }

// ending is a command that comes to that.
func ending(code int, err error) command {
	return func(context.Context, *os.File) (int, error) { return code, err }
}

// withCommand asks for MM with the command "a b".
func withCommand(then mode.Then) node.OnOptions {
	return node.OnOptions{Argv: []string{"a", "b"}, Then: then}
}

// runCommand is what umm-command@.service does.
func (w *world) runCommand() error {
	return w.operator(func(ctx context.Context, n *node.Node) error { return n.Command(ctx, n.SessionNumber(), sink{}) })
}

func TestCommandResult(t *testing.T) {
	for name, c := range map[string]struct {
		run   command
		state mode.CommandState
		code  int
		told  string
	}{
		"success":        {succeeds, mode.CommandSucceeded, 0, ""},
		"failure":        {ending(3, nil), mode.CommandFailed, 3, ""},
		"its time limit": {ending(143, context.DeadlineExceeded), mode.CommandTimedOut, 143, ""},
		"it is stopped":  {ending(143, context.Canceled), mode.CommandInterrupted, 143, "umm-boot was stopped while the command ran; it does not run again"},
		"cannot be run":  {ending(127, errors.New("cannot run a")), mode.CommandFailed, 127, "cannot run a"},
	} {
		t.Run(name, func(t *testing.T) {
			w := booted(t)
			w.commands["a b"] = c.run
			w.must(w.on(withCommand(mode.ThenStay)))
			w.wantMaintenance()
			got := w.status().Command
			if got.State != string(c.state) || got.Error != c.told || got.Started == nil || got.Ended == nil {
				t.Errorf("the command is %+v", got)
			}
			if ended := c.state != mode.CommandInterrupted; (got.ExitCode != nil) != ended || ended && *got.ExitCode != c.code {
				t.Errorf("the exit code is %v, want %d", got.ExitCode, c.code)
			}
			// Neither a second start of its unit nor a crash runs it again.
			w.must(w.runCommand())
			w.crash()
			if w.ran["a b"] != 1 {
				t.Errorf("it ran %d times", w.ran["a b"])
			}
		})
	}
}

func TestCommandThatCutsThePower(t *testing.T) {
	w := booted(t)
	w.commands["a b"] = func(context.Context, *os.File) (int, error) { panic(powerCut{}) }
	func() {
		defer func() { _ = recover() }()
		_ = w.on(withCommand(mode.ThenOff))
	}()
	w.crash()
	w.wantMaintenance()
	if got := w.status().Command; got.State != string(mode.CommandInterrupted) || w.ran["a b"] != 1 {
		t.Errorf("after %d runs the command is %+v", w.ran["a b"], got)
	}
}

// What was asked for after it is done only after its success.
func TestThen(t *testing.T) {
	for _, c := range []struct {
		then  mode.Then
		run   command
		want  mode.Mode
		boots int
	}{
		{mode.ThenStay, succeeds, mode.Maintenance, 2},
		{mode.ThenOff, succeeds, mode.Operational, 2},
		{mode.ThenReboot, succeeds, mode.Operational, 3},
		{mode.ThenOff, ending(1, nil), mode.Maintenance, 2},
		{mode.ThenReboot, ending(1, nil), mode.Maintenance, 2},
		{mode.ThenReboot, ending(143, context.DeadlineExceeded), mode.Maintenance, 2},
		{mode.ThenReboot, ending(143, context.Canceled), mode.Maintenance, 2},
		{mode.ThenOff, ending(0, errors.New("cannot run")), mode.Maintenance, 2},
	} {
		w := booted(t)
		w.commands["a b"] = c.run
		w.must(w.on(withCommand(c.then)))
		w.want(c.want)
		if w.boots != c.boots {
			t.Errorf("--then %s: %d boots, want %d", c.then, w.boots, c.boots)
		}
		// Its unit started once more changes nothing.
		w.must(w.runCommand())
		w.want(c.want)
	}
}

// A power cut between the command's end and what follows it is made up for.
func TestThenAfterACrash(t *testing.T) {
	w := booted(t)
	w.commands["a b"] = succeeds
	w.fails["Resume"] = errors.New("no bus")
	w.must(w.on(withCommand(mode.ThenOff)))
	w.crash()
	w.wantOperational()

	w = booted(t)
	w.commands["a b"] = succeeds
	w.addHook("pre-off/10", nil)
	w.fails["Broken"] = errors.New("no bus") // Off cannot even begin
	w.hooks["pre-off/10"] = passes
	w.must(w.on(withCommand(mode.ThenOff)))
	w.wantMaintenance()
	delete(w.fails, "Broken")
	w.crash()
	w.wantOperational()
	if w.ran["a b"] != 1 {
		t.Errorf("the command ran %d times", w.ran["a b"])
	}
}

// Without a durable word that it started a crash could run it twice: it is not run.
func TestCommandIsNotRunWhereItCannotBeRecorded(t *testing.T) {
	w := booted(t)
	w.commands["a b"] = succeeds
	w.fails["Reboot"], w.fails["GoingDown"] = errors.New("x"), errors.New("x")
	w.on0(withCommand(mode.ThenStay))
	w.fails = map[string]error{}
	w.unwritable = errors.New("read-only")
	w.reboot()
	if w.phase != string(mode.Maintenance) || w.ran["a b"] != 0 {
		t.Errorf("in %s the command ran %d times", w.phase, w.ran["a b"])
	}
	w.wantCode(w.runCommand(), node.CannotDo, "command not run", "read-only")
	// Once the disk can be written it is run, with the words it had.
	w.unwritable = nil
	w.must(w.runCommand())
	if w.ran["a b"] != 1 {
		t.Errorf("the command ran %d times", w.ran["a b"])
	}
}

func TestCommandWithoutAPlaceForItsOutput(t *testing.T) {
	w := inMaintenance(t, node.OnOptions{})
	w.must(w.off(node.OffOptions{}))
	w.must((*store)(w).saveLocked(func(r *mode.Record) {
		r.Boot.Mode = mode.Maintenance
		r.Session.Command = &mode.Command{Argv: []string{"a", "b"}, State: mode.CommandPending}
	}))
	w.commands["a b"] = func(_ context.Context, out *os.File) (int, error) {
		if out != os.Stdout {
			t.Errorf("it writes to %s", out.Name())
		}
		return 0, nil
	}
	w.must(w.operator(func(ctx context.Context, n *node.Node) error {
		return n.Command(ctx, n.SessionNumber(), sink{errors.New("/var is full")})
	}))
	if !said(w.warned, "/var is full; its output goes to the journal only") || w.ran["a b"] != 1 {
		t.Errorf("it ran %d times; the warnings are %q", w.ran["a b"], w.warned)
	}
}

// saveLocked changes the durable record behind umm's back.
func (s *store) saveLocked(change func(*mode.Record)) error {
	r, err := s.Load()
	change(&r)
	s.locked = true
	defer func() { s.locked = false }()
	return errors.Join(err, s.Save(r))
}

// The result is saved also where the host's going down ended the command.
func TestInterruptedByTheShutdown(t *testing.T) {
	w := booted(t)
	w.commands["a b"] = func(ctx context.Context, _ *os.File) (int, error) {
		w.goingDown = true
		w.endProgram()
		return 143, ctx.Err()
	}
	w.must(w.on(withCommand(mode.ThenReboot)))
	w.wantOperational() // somebody typed reboot
	if got := w.status().Command; got.State != string(mode.CommandInterrupted) || got.Error != "" {
		t.Errorf("the command is %+v", got)
	}
}

// left before it ran, the command never runs.
func TestCommandOfALeftSession(t *testing.T) {
	w := booted(t)
	w.must(w.on(node.OnOptions{}))
	w.must((*store)(w).saveLocked(func(r *mode.Record) {
		r.Session.Command = &mode.Command{Argv: []string{"a", "b"}, State: mode.CommandPending}
	}))
	w.must(w.off(node.OffOptions{}))
	w.must(w.runCommand())
	w.must(w.on(live))
	if w.ran["a b"] != 0 {
		t.Error("it ran")
	}
}

func TestTimeLimitReachesTheCommand(t *testing.T) {
	w := booted(t)
	w.policy.CommandLimit = 7 * time.Minute
	w.must(w.on(node.OnOptions{}))
	e := &limitSeen{executor: (*executor)(w)}
	w.commands["a b"] = succeeds
	w.must((*store)(w).saveLocked(func(r *mode.Record) {
		r.Session.Command = &mode.Command{Argv: []string{"a", "b"}, State: mode.CommandPending, Limit: w.policy.CommandLimit}
	}))
	n := w.node()
	n.Exec = e
	w.must(n.Command(context.Background(), n.SessionNumber(), sink{}))
	if e.limit != 7*time.Minute {
		t.Errorf("the limit is %s", e.limit)
	}
}

type limitSeen struct {
	*executor
	limit time.Duration
}

func (l *limitSeen) Stream(ctx context.Context, j execx.Job) (int, error) {
	l.limit = j.Limit
	return l.executor.Stream(ctx, j)
}
