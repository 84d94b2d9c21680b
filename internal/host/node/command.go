package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"umm/internal/api"
	"umm/internal/execx"
	"umm/internal/host/mode"
)

// Executor runs the operator's command.
type Executor interface {
	// Check says why argv could not be run with env; nil where nothing speaks against it.
	Check(ctx context.Context, argv, env []string) error
	// Stream runs a job to its end. The error says why it could not be run, or is
	// context.DeadlineExceeded or context.Canceled when it was ended.
	Stream(ctx context.Context, j execx.Job) (code int, err error)
	// Join waits for the end of a job that a program started which is gone; its errors
	// are Stream's.
	Join(ctx context.Context, p execx.Process, limit time.Duration) error
}

// OutputFile keeps what the command prints.
type OutputFile interface {
	// Open returns the file to write to, and what to call when the command has
	// ended.
	Open() (file *os.File, finish func(), err error)
}

// Command runs the command of a session, if it has one that was never started, and
// then does what was asked for after its success. The init system runs it in
// maintenance mode once network and ssh are up, and again where it was killed: then it
// waits for the command that runs.
func (n *Node) Command(ctx context.Context, number int, out OutputFile) error {
	if running, is := mode.CommandOf(n.current().record, number); is {
		if err := n.joinCommand(ctx, number, running); err != nil {
			return err
		}
		return n.afterCommand(ctx, number)
	}
	command, err := n.startCommand(ctx, number)
	if err != nil {
		return err
	}
	if command != nil {
		if err := n.runCommand(ctx, number, *command, out); err != nil {
			return err
		}
	}
	return n.afterCommand(ctx, number)
}

// startCommand takes the command for running, durably, before it is run: a crash
// from here on ends as interrupted and never as a second run.
func (n *Node) startCommand(ctx context.Context, number int) (*mode.Command, error) {
	var command *mode.Command
	err := n.update(ctx, func(s state) (mode.Record, error) {
		next, c, ok := mode.StartCommand(s.record, s.facts, number, n.Now())
		if ok {
			command = &c
		}
		return next, nil
	})
	if err != nil {
		return nil, fmt.Errorf("command not run, because it might run twice after a crash: %w", err)
	}
	return command, nil
}

func (n *Node) runCommand(ctx context.Context, number int, command mode.Command, out OutputFile) error {
	file, finish, err := out.Open()
	if err != nil {
		n.Warn(fmt.Sprintf("%v; its output goes to the journal only", err))
		file, finish = os.Stdout, func() {}
	}
	n.noteBefore(ctx, number)
	code, err := n.Exec.Stream(ctx, execx.Job{
		Argv: command.Argv, Env: n.CommandEnv, Limit: command.Limit, Out: file, Outlived: true,
		Started: func(p execx.Process) { n.commandIs(ctx, number, p) },
	})
	result := mode.Command{ExitCode: code, State: mode.CommandSucceeded}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		result.State = mode.CommandTimedOut
	case errors.Is(err, context.Canceled):
		result.State, result.Error = mode.CommandInterrupted, n.toldToEnd(ctx)
	case err != nil:
		result.State, result.Error = mode.CommandFailed, err.Error()
	case code != 0:
		result.State = mode.CommandFailed
	}
	err = n.endCommand(ctx, number, result)
	if named := n.stopStrays(ctx, number); named != "" {
		_, _ = fmt.Fprintf(file, "[umm: %s]\n", named)
	}
	// Only now: the journal may take its time.
	finish()
	return err
}

// commandIs notes the process, for the case that this program is killed.
func (n *Node) commandIs(ctx context.Context, number int, p execx.Process) {
	err := n.update(context.WithoutCancel(ctx), func(s state) (mode.Record, error) {
		return mode.CommandIs(s.record, number, mode.Process(p)), nil
	})
	n.warnIf(err)
}

// joinCommand waits for a command whose starter was killed, and records its end.
func (n *Node) joinCommand(ctx context.Context, number int, command mode.Command) error {
	const lost = "umm-boot was killed while the command ran; its exit status is unknown"
	n.Warn(lost)
	result := mode.Command{State: mode.CommandInterrupted, Error: lost}
	if command.Process != nil {
		limit := command.Limit
		if limit > 0 {
			limit = max(limit-n.Now().Sub(command.Started), time.Nanosecond)
		}
		err := n.Exec.Join(ctx, execx.Process(*command.Process), limit)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			result.State, result.ExitCode = mode.CommandTimedOut, 128+15
		case errors.Is(err, context.Canceled):
			result.Error = n.toldToEnd(ctx)
		case err != nil:
			n.Warn(err.Error())
		}
	}
	err := n.endCommand(ctx, number, result)
	n.stopStrays(ctx, number)
	return err
}

// downLimit bounds the question whether the host goes down: if it does, there is little time
// to record anything.
const downLimit = 5 * time.Second

// toldToEnd says why a command was ended before its time, "" where the host goes down.
func (n *Node) toldToEnd(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), downLimit)
	defer cancel()
	if down, err := n.Power.GoingDown(ctx); err != nil || down {
		return ""
	}
	return "umm-boot was stopped while the command ran; it does not run again"
}

// endCommand records how the command ended. The context may be done because the host goes
// down: what the command came to is saved all the same.
func (n *Node) endCommand(ctx context.Context, number int, result mode.Command) error {
	return n.update(context.WithoutCancel(ctx), func(s state) (mode.Record, error) {
		return mode.EndCommand(s.record, s.facts, number, result, n.Now()), nil
	})
}

// afterCommand leaves maintenance mode where --then says so and the command
// succeeded, or where the time of --for is over. It looks at the record, not at what was
// run just now: a crash between the command's end and this is made up for.
func (n *Node) afterCommand(ctx context.Context, number int) error {
	n.flush(ctx)
	s := n.current()
	session := s.record.Session
	if !s.inMaintenance() || session == nil || session.Number != number || session.Command == nil || mode.CommandRuns(s.record) || ctx.Err() != nil {
		return nil
	}
	succeeded := session.Command.State == mode.CommandSucceeded
	switch {
	case succeeded && session.Then == mode.ThenOff:
		return n.Off(ctx, OffOptions{By: "umm on --then=off", Unattended: true})
	case succeeded && session.Then == mode.ThenReboot:
		return n.Off(ctx, OffOptions{By: "umm on --then=reboot", Unattended: true, Reboot: true})
	}
	if left, ends := session.Remaining(n.Now()); ends && left == 0 {
		return n.Expire(ctx)
	}
	return nil
}

// commandRuns refuses to leave maintenance mode under a command that runs: what it works
// on, as a file system or a database's files, may be what operational mode uses.
func commandRuns(r mode.Record, risks []string) error {
	if !mode.CommandRuns(r) || accepted(risks, api.RiskCommandRunning) {
		return nil
	}
	return unsafe("umm output -f follows it; --accept-risk="+api.RiskCommandRunning+" leaves it running",
		"the command of umm on is still running")
}
