package mode

import (
	"fmt"
	"slices"
	"time"
)

// The functions here are the only ways in which a record changes. Each takes the
// record as it is and returns the one to save; saying the same thing twice
// changes nothing more.

// Begin records the boot f.BootID as decided. A boot that umm keeps out of
// leaves the record as it is; where umm is disabled what the record holds about
// earlier boots and requests is forgotten, so that enabling it starts afresh.
func Begin(r Record, d Decision, f Facts, now time.Time) Record {
	if d.KeepsOut || !d.Fresh || f.BootID == "" {
		return r
	}
	if d.Disabled {
		// The boot loader has to be told of the end of a trial.
		return Record{Events: r.Events, NextEvent: r.NextEvent, Trial: r.Trial}
	}
	last := r.Boot
	if last.ID != "" && last.State == Running && !r.excused(f) {
		r = r.event(now, f.BootID, EventUnclean, fmt.Sprintf("the previous boot ended without a requested shutdown (%d in a row)", d.Unclean))
	}
	session := SessionOf(r, d)
	r = r.interrupted(f, now)
	r.Unclean = d.Unclean
	r.Boot = Boot{ID: f.BootID, Mode: d.Mode, State: Running, Started: now, Asked: f.Asked}
	r.Pending, r.NextOperational = nil, false
	r = r.tried(f, last, now)
	if d.Mode == Operational {
		return r.withoutPendingCommand().event(now, f.BootID, EventBoot, d.Why)
	}
	switch {
	case d.source == fromCrash && r.Session != nil:
		// The session goes on; what a live switch stopped runs no longer.
		r.Session = r.Session.with(func(s *Session) { s.Live = nil })
	default:
		if d.source != fromPending {
			session.Trigger.At = now
		}
		r.Session = session.entered(now)
	}
	return r.event(now, f.BootID, EventEntered, d.Why)
}

// SessionOf is the session that a boot as decided is in: in maintenance mode the one that
// Begin records, and else the one that maintenance mode would begin.
func SessionOf(r Record, d Decision) *Session {
	switch {
	case !d.Fresh && d.Mode == Maintenance && r.Session != nil, d.Fresh && d.Mode == Maintenance && d.source == fromCrash && r.Session != nil:
		return r.Session
	case d.Fresh && d.Mode == Maintenance && d.source == fromPending:
		return r.Pending
	default:
		return &Session{Number: r.nextNumber(), Trigger: d.Trigger}
	}
}

// nextNumber numbers a session that begins.
func (r Record) nextNumber() int {
	next := 1
	for _, s := range []*Session{r.Session, r.Pending} {
		if s != nil {
			next = max(next, s.Number+1)
		}
	}
	return next
}

// Adopt takes the boot that runs for an operational one that nothing was recorded
// of: umm was installed or enabled after it began.
func Adopt(r Record, f Facts, now time.Time) Record {
	r.Unclean = 0
	r.Boot = Boot{ID: f.BootID, Mode: Operational, State: Running, Started: now, Asked: f.Asked}
	return r
}

// End records that the boot ends by a shutdown that was asked for.
func End(r Record, f Facts, now time.Time) Record {
	b, ok := This(r, f)
	if !ok {
		return r
	}
	b.State = Ended
	r.Boot = b
	return r.event(now, b.ID, EventShutdown, "requested shutdown or reboot")
}

// EndByKexec is End of a boot that starts the next kernel itself.
func EndByKexec(r Record, f Facts, now time.Time) Record {
	if _, ok := This(r, f); !ok {
		return r
	}
	r = End(r, f, now)
	r.Boot.Kexec = true
	return r
}

// MayHeal tells whether this boot is an operational one that does not count as healthy yet.
func MayHeal(r Record, f Facts) bool {
	b := this(r, f)
	return b != nil && b.Mode == Operational && b.State == Running
}

// Healthy records that the boot has been operational long enough: how it ends
// does not matter any more. Time spent in MM never makes a boot healthy.
func Healthy(r Record, f Facts, now time.Time) Record {
	if !MayHeal(r, f) {
		return r
	}
	b, counted := *this(r, f), r.Unclean
	b.State = Healed
	r.Boot, r.Unclean = b, 0
	if OnTrial(r, f) {
		t := r.Trial.with(func(t *Trial) { t.State, t.At = TrialPassed, now })
		r = r.withTrial(t, f, "the kernel "+f.Kernel+" was healthy: it is the default from now on", now)
	}
	if counted == 0 {
		return r
	}
	return r.event(now, b.ID, EventHealthy, fmt.Sprintf("operational long enough: %d unclean boots forgotten", counted))
}

// Request records that s is to begin with the next boot.
func Request(r Record, f Facts, s Session, now time.Time) Record {
	s.Trigger, s.Number = s.Trigger.bounded(), r.nextNumber()
	r.Pending, r.NextOperational = &s, false
	return r.event(now, f.BootID, EventRequested, s.describe())
}

// Cancel takes back what was asked of the next boot.
func Cancel(r Record, f Facts, why string, now time.Time) Record {
	if r.Pending == nil && !r.NextOperational {
		return r
	}
	r.Pending, r.NextOperational = nil, false
	return r.event(now, f.BootID, EventCancelled, why)
}

// Enter records that this boot goes into MM without a reboot: `umm on --live`,
// or a caught emergency. From here on a crash stays in MM.
func Enter(r Record, f Facts, s Session, now time.Time) Record {
	b, ok := This(r, f)
	if !ok {
		b = Boot{ID: f.BootID, Started: now, Asked: f.Asked}
	}
	b.Mode, b.State, b.Leaving = Maintenance, Running, false
	s.Trigger, s.Number = s.Trigger.bounded(), r.nextNumber()
	r.Boot, r.Pending, r.NextOperational = b, nil, false
	r = r.withEarlier(f, now)
	r.Session = (&s).entered(now)
	return r.event(now, b.ID, EventEntered, s.describe())
}

// Leave records the operator's word that MM is over: from here on a power cut
// is one of an operational boot. With reboot the next boot is operational whatever
// the count says. It also takes back a request that has not led to MM yet.
func Leave(r Record, f Facts, reboot bool, by string, now time.Time) Record {
	b, ok := This(r, f)
	if !ok {
		b = Boot{ID: f.BootID, Started: now, Asked: f.Asked}
	}
	b.Mode, b.State, b.Leaving = Operational, Running, true
	r.Boot, r.Pending, r.NextOperational, r.Unclean = b, nil, reboot, 0
	r = r.withoutPendingCommand()
	how := "left by " + by
	if reboot {
		how += ", with a reboot"
	}
	return r.event(now, b.ID, EventLeft, how)
}

// Remain takes back what Leave made of before, since the reboot failed: the host is in
// maintenance mode still.
func Remain(r, before Record, f Facts, why string, now time.Time) Record {
	b, ok := This(r, f)
	if !ok {
		return r
	}
	b.Mode, b.Leaving = Maintenance, false
	r.Boot, r.NextOperational, r.Pending, r.Unclean = b, false, before.Pending, before.Unclean
	if r.Session != nil && r.Session.Command != nil && r.Session.Command.State == CommandCancelled && before.Session != nil {
		r.Session = before.Session
	}
	return r.event(now, b.ID, EventCancelled, "the reboot out of maintenance mode failed: "+why)
}

// Left records that the operational services have been asked for: the leave is
// done.
func Left(r Record, f Facts) Record {
	if b, ok := This(r, f); ok {
		b.Leaving = false
		r.Boot = b
	}
	return r
}

// Forget clears the count, as `umm disable` does: what is enabled again starts
// afresh.
func Forget(r Record, f Facts) Record {
	r.Unclean, r.Pending, r.NextOperational = 0, nil, false
	if b, ok := This(r, f); ok && b.Mode == Operational {
		b.State = Healed
		r.Boot = b
	}
	return r
}

// Stopped records what a live switch has stopped.
func Stopped(r Record, units []string) Record {
	if r.Session == nil || r.Session.Live == nil {
		return r
	}
	live := *r.Session.Live
	live.Stopped, live.Active, live.Done = units, nil, true
	r.Session = r.Session.with(func(s *Session) { s.Live = &live })
	return r
}

// Remaining is how long the session still has until it ends by itself; ok is
// false when it does not. A clock that was set back or forth can shorten the
// wait, but never make it longer than what was asked for.
func (s Session) Remaining(now time.Time) (d time.Duration, ok bool) {
	if s.For <= 0 {
		return 0, false
	}
	left := s.For - now.Sub(s.Entered)
	return min(max(left, 0), s.For), true
}

// Public is r without what only root may see: the command's words, which may
// hold a secret, the events, and a kernel's panic. It is what /run/umm shows to everybody.
func Public(r Record) Record {
	hide := func(s *Session) *Session {
		if s == nil || s.Command == nil {
			return s
		}
		return s.withCommand(func(c *Command) { c.Argv = nil })
	}
	r.Pending, r.Session, r.Events = hide(r.Pending), hide(r.Session), nil
	if r.Trial != nil {
		// As dmesg is on most hosts.
		r.Trial = r.Trial.with(func(t *Trial) { t.Panic = "" })
	}
	return r
}

// withWordsOf gives a session that Public took the command's words from those of
// the same session elsewhere.
func (s *Session) withWordsOf(others ...*Session) *Session {
	if s == nil || s.Command == nil || len(s.Command.Argv) > 0 {
		return s
	}
	for _, o := range others {
		if o != nil && o.Command != nil && o.Trigger.same(s.Trigger) {
			return s.withCommand(func(c *Command) { c.Argv = slices.Clone(o.Command.Argv) })
		}
	}
	return s
}

func (t Trigger) same(o Trigger) bool {
	return t.Kind == o.Kind && t.By == o.By && t.At.Equal(o.At)
}

func (s Session) describe() string {
	text := s.Trigger.Detail
	if text == "" {
		text = string(s.Trigger.Kind)
	}
	if s.Trigger.By != "" {
		text += " by " + s.Trigger.By
	}
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	return text
}

func (s *Session) entered(now time.Time) *Session {
	return s.with(func(n *Session) { n.Entered = now })
}

// with returns a changed copy: records are values, an old one stays as it was.
func (s *Session) with(change func(*Session)) *Session {
	next := *s
	change(&next)
	return &next
}

func (s *Session) withCommand(change func(*Command)) *Session {
	return s.with(func(n *Session) {
		c := *n.Command
		c.Argv = slices.Clone(c.Argv)
		change(&c)
		n.Command = &c
	})
}
