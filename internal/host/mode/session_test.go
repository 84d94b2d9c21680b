package mode_test

import (
	"strings"
	"testing"
	"time"

	"umm/internal/host/mode"
)

// numberOf is the number of the session that r is in.
func numberOf(r mode.Record) int {
	if r.Session == nil {
		return 0
	}
	return r.Session.Number
}

// running is a record in whose session a command runs.
func running(r mode.Record) mode.Record {
	r = mode.Enter(r, here, mode.Session{Command: &mode.Command{Argv: []string{"secret"}, State: mode.CommandPending, Limit: time.Hour}}, now)
	r, _, _ = mode.StartCommand(r, here, numberOf(r), now)
	return mode.CommandIs(r, numberOf(r), mode.Process{PID: 7, Start: 70})
}

func texts(r mode.Record) string {
	var all []string
	for _, e := range r.Events {
		all = append(all, e.Text)
	}
	return strings.Join(all, "\n")
}

func TestEachSessionHasANumberOfItsOwn(t *testing.T) {
	requested := mode.Request(mode.Record{}, here, mode.Session{}, now)
	entered := mode.Enter(requested, here, mode.Session{}, now)
	if requested.Pending.Number != 1 || entered.Session.Number != 2 || mode.Request(entered, here, mode.Session{}, now).Pending.Number != 3 {
		t.Errorf("the numbers are %d and %d", requested.Pending.Number, entered.Session.Number)
	}
	// The boot path knows the number before it is recorded.
	for name, r := range map[string]mode.Record{
		"asked for":        requested,
		"unclean boots":    {Unclean: 4, Boot: mode.Boot{ID: "old", Mode: mode.Operational, State: mode.Running}, Session: &mode.Session{Number: 4}},
		"a crash in it":    entered,
		"nothing recorded": {},
	} {
		next := mode.Facts{BootID: "next", Asked: true}
		d := mode.Decide(r, next, mode.Policy{Enabled: true, RebootCount: 2})
		begun := mode.Begin(r, d, next, now)
		if got := mode.SessionOf(r, d); got.Number != begun.Session.Number {
			t.Errorf("%s: the generator takes the session for %d, recorded is %d", name, got.Number, begun.Session.Number)
		}
		again := mode.Decide(begun, next, mode.Policy{Enabled: true, RebootCount: 2})
		if got := mode.SessionOf(begun, again); got.Number != begun.Session.Number {
			t.Errorf("%s: after a reload the session is %d, and was %d", name, got.Number, begun.Session.Number)
		}
	}
}

// A command that still runs when another session begins is not taken for that one's, and its
// end is recorded.
func TestCommandOfAnEarlierSession(t *testing.T) {
	first := running(mode.Record{})
	old := numberOf(first)
	left := mode.Left(mode.Leave(first, here, false, "x", now), here)
	second := mode.Enter(left, here, mode.Session{Command: &mode.Command{Argv: []string{"b"}, State: mode.CommandPending}}, now)
	if c, runs := mode.CommandOf(second, old); !runs || c.Process == nil || *c.Process != (mode.Process{PID: 7, Start: 70}) || c.Limit != time.Hour || c.Argv != nil {
		t.Errorf("the earlier command is %+v, %v", c, runs)
	}
	if _, _, ok := mode.StartCommand(second, here, old, now); ok {
		t.Error("what was started for the earlier session starts the command of this one")
	}
	second, _, ok := mode.StartCommand(second, here, numberOf(second), now)
	if !ok {
		t.Fatal("the command of this session cannot be started")
	}
	ended := mode.EndCommand(second, here, old, mode.Command{State: mode.CommandFailed, ExitCode: 5}, now)
	if got := texts(ended); !strings.Contains(got, "of an earlier session: failed with exit status 5") || !mode.CommandRuns(ended) || len(ended.Earlier) != 0 {
		t.Errorf("the events are %s; earlier: %v", got, ended.Earlier)
	}
	if again := mode.EndCommand(ended, here, old, mode.Command{State: mode.CommandFailed}, now); len(again.Events) != len(ended.Events) {
		t.Error("it ended twice")
	}
	// A power cut ends both.
	next := mode.Facts{BootID: "next"}
	cut := mode.Begin(second, mode.Decide(second, next, mode.Policy{Enabled: true, RebootCount: 2}), next, now)
	if got := texts(cut); strings.Count(got, "interrupted: the host stopped") != 2 || cut.Earlier != nil || mode.CommandRuns(cut) {
		t.Errorf("after a power cut the events are %s; earlier: %v", got, cut.Earlier)
	}
}

// An earlier version of umm that still runs saves the record without the number.
func TestSessionWithoutItsNumber(t *testing.T) {
	r := mode.Enter(mode.Record{}, here, mode.Session{Command: &mode.Command{Argv: []string{"b"}, State: mode.CommandPending}}, now)
	saved := *r.Session
	saved.Number = 0
	r.Session = &saved
	next, _, ok := mode.StartCommand(r, here, 1, now)
	if _, runs := mode.CommandOf(next, 1); !ok || !runs || saved.Number != 0 {
		t.Errorf("started: %v, runs: %v; the old record says %d", ok, runs, saved.Number)
	}
}

func TestFewEarlierCommandsAreFollowed(t *testing.T) {
	r := mode.Record{}
	for range 12 {
		r = mode.Left(mode.Leave(running(r), here, false, "x", now), here)
	}
	if len(r.Earlier) != 8 || !strings.Contains(texts(r), "no longer followed") {
		t.Errorf("%d are followed: %s", len(r.Earlier), texts(r))
	}
}

// The process is known for as long as the command runs.
func TestProcessOfACommand(t *testing.T) {
	r := running(mode.Record{})
	if c, runs := mode.CommandOf(r, numberOf(r)); !runs || c.Process == nil {
		t.Errorf("the command is %+v, %v", c, runs)
	}
	ended := mode.EndCommand(r, here, numberOf(r), mode.Command{State: mode.CommandInterrupted, Error: "umm-boot was killed"}, now)
	if c := ended.Session.Command; c.Process != nil || c.Outcome() != "interrupted: umm-boot was killed" {
		t.Errorf("ended, it is %+v: %s", c, c.Outcome())
	}
	if later := mode.CommandIs(ended, numberOf(ended), mode.Process{PID: 8}); later.Session.Command.Process != nil {
		t.Error("a command that has ended has a process")
	}
}

// A reboot that failed after umm off reboot leaves the session as it was, with what has
// happened in it since.
func TestRemain(t *testing.T) {
	before := running(mode.Record{Unclean: 3})
	left := mode.Leave(before, here, true, "x", now)
	left = mode.EndCommand(left, here, numberOf(left), mode.Command{State: mode.CommandSucceeded}, now)
	back := mode.Remain(left, before, here, "no bus", now)
	if !mode.InMaintenance(back, here) || back.NextOperational || back.Unclean != 3 || back.Boot.Leaving || back.Session.Command.State != mode.CommandSucceeded {
		t.Errorf("it came to %+v", back)
	}
	pending := mode.Enter(mode.Record{}, here, mode.Session{Command: &mode.Command{Argv: []string{"a"}, State: mode.CommandPending}}, now)
	back = mode.Remain(mode.Leave(pending, here, true, "x", now), pending, here, "no bus", now)
	if back.Session.Command.State != mode.CommandPending {
		t.Errorf("the command that waited is %s", back.Session.Command.State)
	}
}
