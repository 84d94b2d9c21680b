package mode_test

import (
	"fmt"
	"reflect"
	"testing"

	"umm/internal/host/mode"
)

// situation is one combination of all that a decision depends on.
type situation struct {
	record mode.Record
	facts  mode.Facts
	policy mode.Policy
}

func (s situation) String() string {
	return fmt.Sprintf("%+v\nsession %+v\nfacts %+v, noted %+v\npolicy %+v", s.record, s.record.Session, s.facts, s.facts.Noted, s.policy)
}

// TestEveryCombination holds the invariants of the decision in every combination
// of record, facts and policy.
func TestEveryCombination(t *testing.T) {
	n := 0
	everySituation(func(s situation) {
		if n++; t.Failed() {
			return
		}
		for _, check := range invariants {
			if err := check.holds(s); err != nil {
				t.Errorf("%s: %v\nwhere %v", check.name, err, s)
			}
		}
	})
	if n < 40000 {
		t.Errorf("only %d combinations were tried", n)
	}
}

func everySituation(visit func(situation)) {
	for _, record := range everyRecord() {
		for _, facts := range everyFacts() {
			visit(situation{record, facts, mode.Policy{}})
			for count := range 3 {
				visit(situation{record, facts, mode.Policy{Enabled: true, RebootCount: count}})
			}
		}
	}
}

func everyRecord() []mode.Record {
	var rs []mode.Record
	for _, b := range everyBoot() {
		for _, session := range everySession() {
			for _, unclean := range []int{0, 5} {
				for _, pending := range []*mode.Session{nil, withCommand(mode.CommandPending)} {
					for _, operational := range []bool{false, true} {
						rs = append(rs, mode.Record{Unclean: unclean, Boot: b, Pending: pending, NextOperational: operational, Session: session})
					}
				}
			}
		}
	}
	return rs
}

func everyBoot() []mode.Boot {
	bs := []mode.Boot{{}}
	for _, id := range []string{current, earlier} {
		for _, m := range []mode.Mode{mode.Operational, mode.Maintenance} {
			for _, s := range []mode.BootState{mode.Running, mode.Healed, mode.Ended} {
				b := boot(id, m, s)
				bs = append(bs, b)
				if b.Leaving = true; s == mode.Running {
					bs = append(bs, b)
				}
				b.Leaving, b.Asked = false, true
				bs = append(bs, b)
			}
		}
	}
	return bs
}

func everySession() []*mode.Session {
	all := []*mode.Session{nil, requested()}
	// The other states are as final as this one.
	for _, state := range []mode.CommandState{mode.CommandPending, mode.CommandRunning, mode.CommandSucceeded} {
		all = append(all, withCommand(state))
	}
	return all
}

func withCommand(state mode.CommandState) *mode.Session {
	s := requested()
	s.Command = &mode.Command{Argv: []string{"a"}, State: state}
	return s
}

func everyFacts() []mode.Facts {
	var fs []mode.Facts
	noted := func(id string, m mode.Mode, unsaved bool) *mode.Record {
		return &mode.Record{Boot: boot(id, m, mode.Running), Session: requested(), Unsaved: unsaved}
	}
	for _, n := range []*mode.Record{nil, noted(current, mode.Maintenance, false), noted(current, mode.Maintenance, true),
		noted(current, mode.Operational, true), noted(earlier, mode.Maintenance, true)} {
		fs = append(fs,
			mode.Facts{BootID: current, Noted: n},
			mode.Facts{BootID: current, Noted: n, Asked: true},
			mode.Facts{BootID: current, Noted: n, Asked: true, Kexec: true},
			mode.Facts{BootID: current, Noted: n, Asked: true, KeepsOut: "the kernel argument single"})
	}
	return fs
}

var invariants = []struct {
	name  string
	holds func(situation) error
}{
	{"umm keeps out where it must, and changes nothing there", keepsOut},
	{"asked for, it is maintenance mode", asked},
	{"disabled, a fresh boot is operational and nothing is left over", disabled},
	{"the same boot is decided once and counted once", once},
	{"time in maintenance mode never makes healthy", neverHealthy},
	{"a crash in maintenance mode stays in it", crashStays},
	{"a requested reboot leads out of maintenance mode", rebootLeaves},
	{"the count is kept", counted},
	{"umm off leads out, for good", offLeads},
	{"a command is started once", startedOnce},
	{"a record is a value", unchanged},
}

// begun is the situation once this boot is recorded, on disk and in /run.
func (s situation) begun() (situation, mode.Decision) {
	known := mode.Known(s.record, s.facts)
	d := mode.Decide(known, s.facts, s.policy)
	s.record = mode.Begin(known, d, s.facts, now)
	noted := mode.Public(s.record)
	if d.Disabled && d.Fresh {
		noted = mode.Public(mode.Adopt(s.record, s.facts, now))
	}
	if !d.KeepsOut {
		s.facts.Noted = &noted
	}
	return s, d
}

// next decides the boot after a power cut, by the same policy and without a word
// to the kernel.
func (s situation) next(r mode.Record) mode.Decision {
	return mode.Decide(r, mode.Facts{BootID: "b2"}, s.policy)
}

func keepsOut(s situation) error {
	after, d := s.begun()
	if (s.facts.KeepsOut != "") != d.KeepsOut {
		return fmt.Errorf("decided %+v", d)
	}
	if d.KeepsOut && (d.Mode != mode.Operational || !reflect.DeepEqual(after.record, mode.Known(s.record, s.facts))) {
		return fmt.Errorf("decided %+v, and the record became %+v", d, after.record)
	}
	return nil
}

func asked(s situation) error {
	_, d := s.begun()
	known := mode.Known(s.record, s.facts)
	// A soft reboot and kexec may have the arguments of the boot before.
	typed := s.facts.Asked && !(known.Boot.Asked && (s.facts.Kexec || known.Boot.ID == current))
	wanted := typed || known.Pending != nil
	if wanted && d.Fresh && !d.Disabled && !d.KeepsOut && d.Mode != mode.Maintenance {
		return fmt.Errorf("decided %+v", d)
	}
	return nil
}

func disabled(s situation) error {
	after, d := s.begun()
	if s.policy.Enabled || d.KeepsOut || !d.Fresh {
		return nil
	}
	left := after.record
	left.Events, left.NextEvent = nil, 0
	if d.Mode != mode.Operational || !reflect.DeepEqual(left, mode.Record{}) {
		return fmt.Errorf("decided %+v, and left %+v", d, left)
	}
	return nil
}

func once(s situation) error {
	after, d := s.begun()
	if d.KeepsOut {
		return nil
	}
	notes := []*mode.Record{after.facts.Noted}
	if !d.Disabled {
		// What /run could not keep, the disk has.
		notes = append(notes, nil)
	}
	for _, after.facts.Noted = range notes {
		again, second := after.begun()
		if second.Mode != d.Mode || second.Fresh || second.Unclean != d.Unclean || second.Trigger.Kind != d.Trigger.Kind {
			return fmt.Errorf("decided %+v, and then %+v", d, second)
		}
		if after.facts.Noted == nil && !reflect.DeepEqual(again.record, after.record) {
			return fmt.Errorf("recorded %+v, and then %+v", after.record, again.record)
		}
	}
	return nil
}

func neverHealthy(s situation) error {
	after, d := s.begun()
	if d.Mode != mode.Maintenance {
		return nil
	}
	if r := mode.Healthy(after.record, after.facts, now); !reflect.DeepEqual(r, after.record) {
		return fmt.Errorf("healthy after %+v", d)
	}
	return nil
}
