package mode

import (
	"fmt"
	"slices"
	"time"

	"umm/internal/sanitize"
)

// A command belongs to a maintenance session. It is taken for running once, and how it
// ended is recorded also where its session is over by then: umm off may go ahead although it runs.

// StartCommand takes the command of a session for running; ok is false when there
// is none that may run: none was asked for, it was started before, or the session is over.
func StartCommand(r Record, f Facts, number int, now time.Time) (next Record, c Command, ok bool) {
	if !InMaintenance(r, f) || r.Session == nil || r.Session.Command == nil || r.Session.Command.State != CommandPending {
		return r, Command{}, false
	}
	switch r.Session.Number {
	case number:
	case 0:
		// An earlier version of umm, which still ran a command of its own when this one was
		// installed, has saved the record since.
		r.Session = r.Session.with(func(s *Session) { s.Number = number })
	default:
		return r, Command{}, false
	}
	r.Session = r.Session.withCommand(func(c *Command) { c.State, c.Started = CommandRunning, now })
	return r.event(now, f.BootID, EventCommand, "started"), *r.Session.Command, true
}

// CommandDue tells whether a boot into the session has anything to do for its command.
func (s *Session) CommandDue() bool {
	if s == nil || s.Command == nil {
		return false
	}
	after := s.Command.State == CommandSucceeded && (s.Then == ThenOff || s.Then == ThenReboot)
	return s.Command.State == CommandPending || after
}

// CommandIs records which process the command of a session is, for who looks for it when
// the program that started it is gone.
func CommandIs(r Record, number int, p Process) Record {
	if r.Session.runs() && r.Session.Number == number {
		r.Session = r.Session.withCommand(func(c *Command) { c.Process = &p })
	}
	return r
}

// CommandOf is the command of a session, this one or an earlier one, where it runs.
func CommandOf(r Record, number int) (Command, bool) {
	if r.Session.runs() && r.Session.Number == number {
		return *r.Session.Command, true
	}
	for _, e := range r.Earlier {
		if e.Number == number {
			return e.Command, true
		}
	}
	return Command{}, false
}

// EndCommand records how the running command of a session ended, also where another session has
// begun since.
func EndCommand(r Record, f Facts, number int, result Command, now time.Time) Record {
	end := func(c *Command) {
		c.State, c.ExitCode, c.Error, c.Ended, c.Process = result.State, result.ExitCode, sanitize.Phrase(result.Error, maxText), now, nil
	}
	if r.Session.runs() && r.Session.Number == number {
		r.Session = r.Session.withCommand(end)
		return r.event(now, f.BootID, EventCommand, r.Session.Command.Outcome())
	}
	for i, e := range r.Earlier {
		if e.Number == number {
			end(&e.Command)
			r.Earlier = slices.Delete(slices.Clone(r.Earlier), i, i+1)
			return r.event(now, f.BootID, EventCommand, "of an earlier session: "+e.Command.Outcome())
		}
	}
	return r
}

// CommandRuns tells whether the command of the last session runs.
func CommandRuns(r Record) bool { return r.Session.runs() }

// runs tells whether the session's command runs.
func (s *Session) runs() bool {
	return s != nil && s.Command != nil && s.Command.State == CommandRunning
}

// Outcome is a phrase for how a command stands.
func (c Command) Outcome() string {
	switch c.State {
	case CommandSucceeded:
		return "succeeded"
	case CommandFailed:
		if c.Error != "" {
			return "failed: " + c.Error
		}
		return fmt.Sprintf("failed with exit status %d", c.ExitCode)
	case CommandTimedOut:
		return fmt.Sprintf("stopped by its time limit of %s", c.Limit)
	case CommandInterrupted:
		if c.Error != "" {
			return "interrupted: " + c.Error
		}
		return "interrupted: the host stopped while it ran; it does not run again"
	case CommandCancelled:
		return "never run: maintenance mode ended before"
	default:
		return string(c.State)
	}
}

// interrupted records that commands which ran in an earlier boot run no more.
func (r Record) interrupted(f Facts, now time.Time) Record {
	const how = "interrupted: the host stopped while the command ran; it does not run again"
	for range r.Earlier {
		r = r.event(now, f.BootID, EventCommand, "of an earlier session: "+how)
	}
	r.Earlier = nil
	if r.Session != nil && r.Session.Command != nil && r.Session.Command.State == CommandRunning {
		r.Session = r.Session.withCommand(func(c *Command) { c.State, c.Ended, c.Process = CommandInterrupted, now, nil })
		r = r.event(now, f.BootID, EventCommand, how)
	}
	return r
}

// maxEarlier bounds how many commands of earlier sessions are followed.
const maxEarlier = 8

// withEarlier keeps the session's command in mind where umm off went ahead although it ran.
func (r Record) withEarlier(f Facts, now time.Time) Record {
	old := r.Session
	if !old.runs() {
		return r
	}
	earlier := append(slices.Clone(r.Earlier), EarlierCommand{Number: old.Number, Command: Command{
		State: CommandRunning, Limit: old.Command.Limit, Started: old.Command.Started, Process: old.Command.Process}})
	if len(earlier) > maxEarlier {
		earlier = earlier[1:]
		r = r.event(now, f.BootID, EventCommand, "of an earlier session: no longer followed, there are too many")
	}
	r.Earlier = earlier
	return r
}

// withoutPendingCommand: a command that has not been started by the end of its
// session never will be.
func (r Record) withoutPendingCommand() Record {
	if r.Session != nil && r.Session.Command != nil && r.Session.Command.State == CommandPending {
		r.Session = r.Session.withCommand(func(c *Command) { c.State = CommandCancelled })
	}
	return r
}
