package mode_test

import (
	"fmt"
	"reflect"

	"umm/internal/host/mode"
)

func crashStays(s situation) error {
	after, d := s.begun()
	b, ok := mode.This(after.record, after.facts)
	if d.Mode != mode.Maintenance || !ok || b.State != mode.Running || !s.policy.Enabled {
		return nil
	}
	if after.record.NextOperational || after.record.Pending != nil {
		return nil // the last word of the operator counts
	}
	next := s.next(after.record)
	if next.Mode != mode.Maintenance || next.Unclean != after.record.Unclean+1 {
		return fmt.Errorf("in %+v, and after a crash in %+v", d, next)
	}
	if session := after.record.Session; session != nil && next.Trigger.Kind != session.Trigger.Kind {
		return fmt.Errorf("the session by %s goes on as one by %s", session.Trigger.Kind, next.Trigger.Kind)
	}
	return nil
}

func rebootLeaves(s situation) error {
	after, d := s.begun()
	if d.Mode != mode.Maintenance || after.record.Pending != nil {
		return nil
	}
	next := s.next(mode.End(after.record, after.facts, now))
	if next.Mode != mode.Operational || (next.Unclean != 0 && !next.Disabled) {
		return fmt.Errorf("in %+v, and after reboot typed there in %+v", d, next)
	}
	return nil
}

func counted(s situation) error {
	after, d := s.begun()
	b, ok := mode.This(after.record, after.facts)
	if !d.Fresh || !ok || d.Disabled {
		return nil
	}
	if d.Unclean != after.record.Unclean {
		return fmt.Errorf("decided with %d unclean boots, recorded %d", d.Unclean, after.record.Unclean)
	}
	before := mode.Known(s.record, s.facts)
	want := 0
	if before.Boot.ID != "" && before.Boot.State == mode.Running {
		want = before.Unclean + 1
	}
	if d.Unclean != want {
		return fmt.Errorf("%d unclean boots counted, there were %d", d.Unclean, want)
	}
	ended := mode.End(after.record, after.facts, now)
	twice := mode.End(ended, after.facts, now)
	healthy := mode.Healthy(after.record, after.facts, now)
	crash, shutdown, late := s.next(after.record), s.next(ended), s.next(healthy)
	if crash.Unclean != want+1 || shutdown.Unclean != 0 || !reflect.DeepEqual(twice, ended) {
		return fmt.Errorf("after %d: %d after a crash, %d after a shutdown", want, crash.Unclean, shutdown.Unclean)
	}
	if b.Mode == mode.Operational && (late.Unclean != 0 || late.Mode != s.next(ended).Mode) {
		return fmt.Errorf("healthy, and then %+v", late)
	}
	return nil
}

func offLeads(s situation) error {
	if s.facts.KeepsOut != "" || !s.policy.Enabled {
		return nil
	}
	for _, reboot := range []bool{false, true} {
		after, _ := s.begun()
		r := mode.Leave(after.record, after.facts, reboot, "alice", now)
		noted := mode.Public(r)
		after.facts.Noted = &noted
		b, ok := mode.This(r, after.facts)
		if mode.InMaintenance(r, after.facts) || !ok || !b.Leaving || r.Pending != nil || r.Unclean != 0 {
			return fmt.Errorf("left (reboot %v) as %+v", reboot, r)
		}
		if again := mode.Decide(r, after.facts, s.policy); again.Mode != mode.Operational {
			return fmt.Errorf("left, and a reload decides %+v", again)
		}
		crash, shutdown := s.next(r), s.next(mode.End(r, after.facts, now))
		if reboot && (crash.Mode != mode.Operational || shutdown.Mode != mode.Operational) {
			return fmt.Errorf("umm off reboot leads to %+v, by a crash to %+v", shutdown, crash)
		}
		if !reboot && (crash.Mode == mode.Maintenance) != (s.policy.RebootCount <= 1) {
			return fmt.Errorf("a crash after umm off leads to %+v", crash)
		}
		if done := mode.Left(r, after.facts); done.Boot.Leaving {
			return fmt.Errorf("left for good, and still leaving")
		}
	}
	return nil
}

func startedOnce(s situation) error {
	after, d := s.begun()
	r, _, ok := mode.StartCommand(after.record, after.facts, numberOf(after.record), now)
	c := after.record.Session
	due := c != nil && c.Command != nil && c.Command.State == mode.CommandPending
	if ok != (due && mode.InMaintenance(after.record, after.facts)) {
		return fmt.Errorf("in %+v the command starts: %v", d, ok)
	}
	if d.Fresh && d.Mode == mode.Operational && due {
		return fmt.Errorf("a command waits in operational mode")
	}
	if d.Fresh && c != nil && c.Command != nil && c.Command.State == mode.CommandRunning {
		return fmt.Errorf("a command runs in a boot that has just begun")
	}
	if !ok || r.Pending != nil {
		return nil // another command is due after this one
	}
	if _, _, again := mode.StartCommand(r, after.facts, numberOf(r), now); again {
		return fmt.Errorf("the command is started twice in one boot")
	}
	cut := situation{record: r, facts: mode.Facts{BootID: "b2"}, policy: s.policy}
	cut, _ = cut.begun()
	if _, _, again := mode.StartCommand(cut.record, cut.facts, numberOf(cut.record), now); again {
		return fmt.Errorf("the command is started again after a power cut")
	}
	return nil
}

// unchanged: what a function is given stays as it was, sessions and commands
// behind pointers included.
func unchanged(s situation) error {
	before := deepCopy(s.record)
	after, _ := s.begun()
	was := deepCopy(after.record)
	mode.Leave(after.record, after.facts, false, "alice", now)
	running, _, _ := mode.StartCommand(after.record, after.facts, numberOf(after.record), now)
	mode.EndCommand(running, after.facts, numberOf(running), mode.Command{State: mode.CommandFailed}, now)
	mode.Enter(after.record, after.facts, *requested(), now)
	mode.Public(after.record)
	if !reflect.DeepEqual(before, s.record) || !reflect.DeepEqual(was, after.record) {
		return fmt.Errorf("the record that was given has changed")
	}
	return nil
}

func deepCopy(r mode.Record) mode.Record {
	r.Pending, r.Session = copySession(r.Pending), copySession(r.Session)
	r.Events = append([]mode.Event(nil), r.Events...)
	return r
}

func copySession(s *mode.Session) *mode.Session {
	if s == nil {
		return nil
	}
	n := *s
	if s.Command != nil {
		c := *s.Command
		c.Argv = append([]string(nil), c.Argv...)
		n.Command = &c
	}
	return &n
}
