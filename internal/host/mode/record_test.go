package mode_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"umm/internal/host/mode"
)

var here = mode.Facts{BootID: current}

// begin decides and records a boot.
func begin(r mode.Record, f mode.Facts, p mode.Policy) mode.Record {
	return mode.Begin(r, mode.Decide(r, f, p), f, now)
}

func TestBeginStartsTheSession(t *testing.T) {
	for name, c := range map[string]struct {
		record mode.Record
		facts  mode.Facts
		want   mode.Session
	}{
		"that was asked for": {mode.Record{Pending: requested(), Session: withCommand(mode.CommandFailed)}, here,
			mode.Session{Trigger: requested().Trigger, Entered: now}},
		"of the kernel argument": {mode.Record{Session: requested()}, mode.Facts{BootID: current, Asked: true},
			mode.Session{Number: 1, Trigger: mode.Trigger{Kind: mode.ByKernelArgument, Detail: "the kernel argument umm", At: now}, Entered: now}},
		"of the unclean boots": {mode.Record{Unclean: 1, Boot: boot(earlier, mode.Operational, mode.Running)}, here,
			mode.Session{Number: 1, Trigger: mode.Trigger{Kind: mode.ByUncleanBoots, Detail: "2 unclean boots in a row (REBOOT_COUNT=2)", At: now}, Entered: now}},
	} {
		r := begin(c.record, c.facts, enabled)
		if r.Session == nil || !reflect.DeepEqual(*r.Session, c.want) {
			t.Errorf("the session %s is %+v, want %+v", name, r.Session, c.want)
		}
		if r.Pending != nil || r.Boot.Mode != mode.Maintenance || !r.Boot.Started.Equal(now) {
			t.Errorf("the boot of the session %s is recorded as %+v", name, r)
		}
	}
}

func TestBeginAfterACrashGoesOn(t *testing.T) {
	entered := now.Add(-2 * time.Hour)
	session := withCommand(mode.CommandRunning)
	session.Entered, session.For = entered, 3*time.Hour
	session.Live = &mode.Live{Boot: earlier, Active: []string{"a.service"}}
	r := begin(mode.Record{Boot: boot(earlier, mode.Maintenance, mode.Running), Session: session}, here, enabled)
	if r.Session.Live != nil || !r.Session.Entered.Equal(entered) || r.Session.For != 3*time.Hour {
		t.Errorf("the session goes on as %+v", r.Session)
	}
	if c := r.Session.Command; c.State != mode.CommandInterrupted || !c.Ended.Equal(now) {
		t.Errorf("the command that ran is %+v, want it interrupted", c)
	}
}

func TestBeginCancelsWhatNeverRan(t *testing.T) {
	r := begin(mode.Record{Boot: boot(earlier, mode.Maintenance, mode.Ended), Session: withCommand(mode.CommandPending)}, here, enabled)
	if r.Boot.Mode != mode.Operational || r.Session.Command.State != mode.CommandCancelled {
		t.Errorf("after a reboot typed in MM before its command ran: %s, command %s", r.Boot.Mode, r.Session.Command.State)
	}
}

func TestBeginWithoutABootID(t *testing.T) {
	r := mode.Record{Pending: requested()}
	if next := begin(r, mode.Facts{}, enabled); !reflect.DeepEqual(next, r) {
		t.Errorf("a boot without an ID is recorded: %+v", next)
	}
}

func TestRequestAndCancel(t *testing.T) {
	r := mode.Request(mode.Record{NextOperational: true}, here, *requested(), now)
	if r.Pending == nil || r.NextOperational {
		t.Errorf("asked for, the record is %+v", r)
	}
	r = mode.Cancel(r, here, "why not", now)
	if r.Pending != nil || len(r.Events) != 2 || r.Events[1].Kind != mode.EventCancelled {
		t.Errorf("taken back, the record is %+v", r)
	}
	if again := mode.Cancel(r, here, "why not", now); !reflect.DeepEqual(again, r) {
		t.Errorf("taken back twice, the record changes to %+v", again)
	}
}

func TestEnterInABootThatIsNotRecorded(t *testing.T) {
	r := mode.Enter(mode.Record{}, here, *requested(), now)
	if !mode.InMaintenance(r, here) || !r.Session.Entered.Equal(now) {
		t.Errorf("entered, the record is %+v", r)
	}
}

func TestLeaveCancelsAWaitingCommand(t *testing.T) {
	in := mode.Record{Boot: boot(current, mode.Maintenance, mode.Running), Session: withCommand(mode.CommandPending)}
	if r := mode.Leave(in, here, false, "alice", now); r.Session.Command.State != mode.CommandCancelled {
		t.Errorf("left, the command is %s", r.Session.Command.State)
	}
	in.Session = withCommand(mode.CommandRunning)
	if r := mode.Leave(in, here, false, "alice", now); r.Session.Command.State != mode.CommandRunning {
		t.Errorf("left while it runs, the command is %s", r.Session.Command.State)
	}
}

func TestForget(t *testing.T) {
	r := mode.Forget(mode.Record{Unclean: 3, Boot: boot(current, mode.Operational, mode.Running), Pending: requested(), NextOperational: true}, here)
	if r.Unclean != 0 || r.Pending != nil || r.NextOperational || r.Boot.State != mode.Healed {
		t.Errorf("forgotten, the record is %+v", r)
	}
	other := boot(earlier, mode.Operational, mode.Running)
	if r := mode.Forget(mode.Record{Boot: other}, here); r.Boot != other {
		t.Errorf("another boot became %+v", r.Boot)
	}
}

func TestHealthyTellsOfWhatItForgets(t *testing.T) {
	r := mode.Healthy(mode.Record{Unclean: 1, Boot: boot(current, mode.Operational, mode.Running)}, here, now)
	if r.Unclean != 0 || r.Boot.State != mode.Healed || len(r.Events) != 1 || r.Events[0].Kind != mode.EventHealthy {
		t.Errorf("healthy, the record is %+v", r)
	}
	if again := mode.Healthy(r, here, now); !reflect.DeepEqual(again, r) {
		t.Errorf("healthy twice, the record changes to %+v", again)
	}
}

func TestStopped(t *testing.T) {
	in := mode.Enter(mode.Record{}, here, mode.Session{Live: &mode.Live{Boot: current, Active: []string{"a", "b"}}}, now)
	r := mode.Stopped(in, []string{"b"})
	if l := r.Session.Live; !l.Done || !reflect.DeepEqual(l.Stopped, []string{"b"}) || l.Active != nil {
		t.Errorf("the switch is recorded as %+v", l)
	}
	if in.Session.Live.Done {
		t.Error("the record that was given has changed")
	}
	if r := mode.Stopped(mode.Record{}, []string{"b"}); !reflect.DeepEqual(r, mode.Record{}) {
		t.Errorf("without a switch the record becomes %+v", r)
	}
}

func TestEndCommandOnlyOfARunningOne(t *testing.T) {
	in := mode.Record{Boot: boot(current, mode.Maintenance, mode.Running), Session: withCommand(mode.CommandRunning)}
	r := mode.EndCommand(in, here, numberOf(in), mode.Command{State: mode.CommandFailed, ExitCode: 3}, now)
	if c := r.Session.Command; c.State != mode.CommandFailed || c.ExitCode != 3 || !c.Ended.Equal(now) || c.Argv[0] != "a" {
		t.Errorf("ended, the command is %+v", c)
	}
	if again := mode.EndCommand(r, here, numberOf(r), mode.Command{State: mode.CommandSucceeded}, now); !reflect.DeepEqual(again, r) {
		t.Errorf("ended twice, the command is %+v", again.Session.Command)
	}
}

func TestOutcome(t *testing.T) {
	for want, c := range map[string]mode.Command{
		"succeeded":                         {State: mode.CommandSucceeded},
		"failed with exit status 3":         {State: mode.CommandFailed, ExitCode: 3},
		"failed: cannot run a":              {State: mode.CommandFailed, Error: "cannot run a"},
		"stopped by its time limit of 1m0s": {State: mode.CommandTimedOut, Limit: time.Minute},
		"running":                           {State: mode.CommandRunning},
		"pending":                           {State: mode.CommandPending},
		"never run: maintenance mode ended before":                          {State: mode.CommandCancelled},
		"interrupted: the host stopped while it ran; it does not run again": {State: mode.CommandInterrupted},
	} {
		if got := c.Outcome(); got != want {
			t.Errorf("a command in state %s: %q, want %q", c.State, got, want)
		}
	}
}

// A clock that jumps never makes the wait longer than what was asked for.
func TestRemaining(t *testing.T) {
	s := mode.Session{Entered: now, For: 2 * time.Hour}
	for after, want := range map[time.Duration]time.Duration{
		0: 2 * time.Hour, 30 * time.Minute: 90 * time.Minute, 2 * time.Hour: 0, 9000 * time.Hour: 0, -9000 * time.Hour: 2 * time.Hour,
	} {
		if left, ends := s.Remaining(now.Add(after)); left != want || !ends {
			t.Errorf("%s after it was entered %s are left (%v), want %s", after, left, ends, want)
		}
	}
	if _, ends := (mode.Session{Entered: now}).Remaining(now); ends {
		t.Error("a session without an end ends by itself")
	}
}

func TestPublicHidesWhatOnlyRootMaySee(t *testing.T) {
	r := mode.Record{Session: withCommand(mode.CommandRunning), Pending: withCommand(mode.CommandPending), Boot: boot(current, mode.Maintenance, mode.Running)}
	r = mode.Note(r, here, mode.EventProblem, "a secret", now)
	r.Session.Reason = "a reason"
	p := mode.Public(r)
	if p.Session.Command.Argv != nil || p.Pending.Command.Argv != nil || p.Events != nil {
		t.Errorf("everybody sees %+v", p)
	}
	if p.Session.Reason == "" || p.Session.Command.State != mode.CommandRunning || r.Session.Command.Argv == nil {
		t.Errorf("the public record is %+v", p)
	}
	// What is known again from disk and /run has the words, and the events.
	p.Unsaved = true
	old := mode.Record{Pending: r.Session, Events: r.Events, NextEvent: r.NextEvent}
	known := mode.Known(old, mode.Facts{BootID: current, Noted: &p})
	if len(known.Session.Command.Argv) != 1 || len(known.Events) != 1 || known.Unsaved {
		t.Errorf("known is %+v, session %+v", known, known.Session)
	}
	if p.Session.Command.Argv != nil {
		t.Error("the public record has got the words")
	}
	other := requested()
	other.Trigger.At = now
	other.Command = &mode.Command{Argv: []string{"of another session"}}
	if known := mode.Known(mode.Record{Session: other}, mode.Facts{BootID: current, Noted: &p}); known.Session.Command.Argv != nil {
		t.Errorf("the command has another session's words: %q", known.Session.Command.Argv)
	}
}

func FuzzRecord(f *testing.F) {
	for _, r := range []mode.Record{{}, {Boot: boot(current, mode.Maintenance, mode.Running), Session: withCommand(mode.CommandRunning)},
		{Boot: boot(earlier, mode.Operational, mode.Ended), Pending: requested(), Unclean: 3}} {
		data, err := json.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var r mode.Record
		if json.Unmarshal(data, &r) != nil {
			return
		}
		for _, s := range []situation{{record: r, facts: here, policy: enabled}, {facts: mode.Facts{BootID: current, Noted: &r}, policy: enabled}} {
			s.record = mode.Known(s.record, s.facts)
			after, d := s.begun()
			if err := once(s); err != nil {
				t.Fatal(err)
			}
			if d.Mode != mode.Maintenance && mode.InMaintenance(after.record, after.facts) {
				t.Fatalf("decided %+v, recorded %+v", d, after.record)
			}
			mode.Leave(after.record, after.facts, true, "", now)
			mode.End(after.record, after.facts, now)
		}
	})
}
