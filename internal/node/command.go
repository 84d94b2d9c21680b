package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"umm/internal/mode"
)

// Executor runs the operator's command.
type Executor interface {
	// Stream runs argv with out as its output. It
	// ends the command's whole process group after limit (0: none), and when ctx
	// is done. The error says why the command could not be run, or is
	// context.DeadlineExceeded or context.Canceled when it was ended.
	Stream(ctx context.Context, argv []string, limit time.Duration, out *os.File) (code int, err error)
}

// Output keeps what the command prints.
type Output interface {
	// Open returns the file to write to, and what to call when the command has
	// ended.
	Open() (file *os.File, finish func(), err error)
}

// Command runs the session's command, if it has one that was never started, and
// then does what was asked for after its success. The init system runs it in
// maintenance mode once network and ssh are up.
func (n *Node) Command(ctx context.Context, out Output) error {
	command, err := n.startCommand(ctx)
	if err != nil {
		return err
	}
	if command != nil {
		if err := n.runCommand(ctx, *command, out); err != nil {
			return err
		}
	}
	return n.afterCommand(ctx)
}

// startCommand takes the command for running, durably, before it is run: a crash
// from here on ends as interrupted and never as a second run.
func (n *Node) startCommand(ctx context.Context) (*mode.Command, error) {
	var command *mode.Command
	err := n.update(ctx, func(s state) (mode.Record, error) {
		next, c, ok := mode.StartCommand(s.record, s.facts, n.Now())
		if ok {
			command = &c
		}
		return next, nil
	})
	if err != nil {
		return nil, fmt.Errorf("the command is not run, since a second run after a crash could not be ruled out: %w", err)
	}
	return command, nil
}

func (n *Node) runCommand(ctx context.Context, command mode.Command, out Output) error {
	file, finish, err := out.Open()
	if err != nil {
		n.Warn(fmt.Sprintf("%v; the output goes to the journal only", err))
		file, finish = os.Stdout, func() {}
	}
	code, err := n.Exec.Stream(ctx, command.Argv, command.Limit, file)
	finish()
	result := mode.Command{ExitCode: code, State: mode.CommandSucceeded}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		result.State = mode.CommandTimedOut
	case errors.Is(err, context.Canceled):
		result.State = mode.CommandInterrupted
	case err != nil:
		result.State, result.Error = mode.CommandFailed, err.Error()
	case code != 0:
		result.State = mode.CommandFailed
	}
	// The context may be done because the host goes down: what the command came
	// to is saved all the same.
	return n.update(context.WithoutCancel(ctx), func(s state) (mode.Record, error) {
		return mode.EndCommand(s.record, s.facts, result, n.Now()), nil
	})
}

// afterCommand leaves maintenance mode where --then says so and the command
// succeeded. It looks at the record, not at what was run just now: a crash
// between the command's end and this is made up for.
func (n *Node) afterCommand(ctx context.Context) error {
	n.flush(ctx)
	s := n.look()
	session := s.record.Session
	if !s.inMaintenance() || session == nil || session.Command == nil || session.Command.State != mode.CommandSucceeded {
		return nil
	}
	switch session.Then {
	case mode.ThenOff:
		return n.Off(ctx, OffOptions{By: "umm on --then=off", Unattended: true})
	case mode.ThenReboot:
		return n.Off(ctx, OffOptions{By: "umm on --then=reboot", Unattended: true, Reboot: true})
	default:
		return nil
	}
}

// CommandDue tells whether a boot into session s has anything for Command to do.
func CommandDue(s *mode.Session) bool {
	if s == nil || s.Command == nil {
		return false
	}
	after := s.Command.State == mode.CommandSucceeded && (s.Then == mode.ThenOff || s.Then == mode.ThenReboot)
	return s.Command.State == mode.CommandPending || after
}
