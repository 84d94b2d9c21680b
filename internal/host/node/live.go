package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"umm/internal/host/mode"
	"umm/internal/sanitize"
)

// onLive records the switch and lets the init system carry it out, since it may
// stop the session that asked for it.
func (n *Node) onLive(ctx context.Context, o OnOptions, session mode.Session) error {
	active, err := n.Switch.Active(ctx)
	if err != nil {
		return fmt.Errorf("cannot list what runs now, so umm off could not start it again: %w", err)
	}
	if active, err = n.restartable(ctx, active); err != nil {
		return err
	}
	err = n.update(ctx, func(s state) (mode.Record, error) {
		if err := n.stillMay(s, o); err != nil {
			return s.record, err
		}
		session.Live = &mode.Live{Boot: s.facts.BootID, Active: active}
		return mode.Enter(s.record, s.facts, session, n.Now()), nil
	})
	if err != nil {
		return err
	}
	return n.goLive(ctx, session)
}

// asksFor tells whether o asks for nothing that session s does not have: what else it asks
// for would be lost where s goes on.
func (o OnOptions) asksFor(s mode.Session) bool {
	if len(o.Argv) == 0 && o.For == 0 {
		return true
	}
	own := o.session(mode.Policy{}, nil, time.Time{})
	var argv []string
	if s.Command != nil {
		argv = s.Command.Argv
	}
	same := own.Command == nil || slices.Equal(own.Command.Argv, argv) && own.Then == s.Then
	return same && (o.For == 0 || o.For == s.For)
}

// goLive has the switch carried out that is recorded. It may be said again.
func (n *Node) goLive(ctx context.Context, session mode.Session) error {
	n.Power.Wall(ctx, "This host is switching to maintenance mode now"+because(session)+".")
	err := n.Jobs.GoLive(ctx)
	if s := n.current(); err != nil && (s.switching() || s.problem != nil) {
		// What came of it counts, not what became of the job: the switch may cancel the
		// very one that carries it out.
		if ctx.Err() != nil {
			// As by the switch itself, where a service that it stops asked for it.
			return &Error{Code: CannotDo, Err: fmt.Errorf("interrupted; the switch continues in the background"),
				Hint: "umm status shows its state; umm off restarts what was stopped"}
		}
		return &Error{Code: CannotDo, Err: err, Hint: "umm on --live retries; umm off restarts what was stopped"}
	}
	n.tellSurvivors(ctx)
	n.Tell("in maintenance mode")
	return nil
}

// FinishLive carries out what onLive recorded; the init system runs it.
func (n *Node) FinishLive(ctx context.Context) error {
	s := n.current()
	if !s.inMaintenance() || s.record.Session == nil || s.record.Session.Live == nil {
		return refused("no switch to maintenance mode was requested")
	}
	if s.record.Session.Live.Done {
		return nil
	}
	before := s.record.Session.Live.Active
	if err := n.Switch.Enter(ctx); err != nil {
		return err
	}
	after, err := n.Switch.Active(ctx)
	if err != nil {
		return err
	}
	stopped := slices.DeleteFunc(slices.Clone(before), func(u string) bool { return slices.Contains(after, u) })
	err = n.update(ctx, func(s state) (mode.Record, error) {
		return mode.Stopped(s.record, stopped), nil
	})
	if err == nil {
		n.tellSurvivors(ctx)
	}
	return err
}

// restartable is active without what umm off could not start again; that is named
// before it is lost.
func (n *Node) restartable(ctx context.Context, active []string) ([]string, error) {
	if n.Runtime == nil {
		return active, nil
	}
	lost, err := n.Runtime.Transient(ctx, active)
	if err != nil {
		return nil, fmt.Errorf("cannot tell which running units could be restarted: %w", err)
	}
	if len(lost) > 0 {
		n.Warn("the switch stops these, and umm off cannot restart them: " + strings.Join(lost, ", "))
	}
	return slices.DeleteFunc(slices.Clone(active), func(u string) bool { return slices.Contains(lost, u) }), nil
}

// tellSurvivors names what a switch has not reached.
func (n *Node) tellSurvivors(ctx context.Context) {
	if n.Runtime == nil {
		return
	}
	left, err := n.Runtime.Survivors(ctx)
	switch {
	case err != nil:
		n.Warn("cannot list what still runs although it is not essential: " + err.Error())
	case len(left) > 0:
		n.Warn("still running although not essential: " + strings.Join(left, "; "))
	}
}

// Enter is run once in each maintenance session, and again after a crash in
// it: it arms the session's end, shows the banner and runs the post-on hooks.
func (n *Node) Enter(ctx context.Context) error {
	s := n.current()
	if _, known := mode.This(s.record, s.facts); !known {
		// The recorder did not come to its end.
		n.warnIf(n.Begin(ctx))
		s = n.current()
	}
	if s.leaving() {
		n.Tell("leaving maintenance mode is under way")
		return nil
	}
	if !s.inMaintenance() {
		// Somebody started umm.target by hand. That is maintenance mode: say so,
		// and let `umm off` end it.
		session := mode.Session{Trigger: mode.Trigger{Kind: mode.ByOperator, Detail: "umm.target was started by hand", At: n.Now()}}
		err := n.update(ctx, func(s state) (mode.Record, error) {
			return mode.Enter(s.record, s.facts, session, n.Now()), nil
		})
		if err != nil {
			return err
		}
		s = n.current()
	}
	session := s.record.Session
	if session == nil {
		session = &mode.Session{}
	}
	n.warnIf(n.RunState.Banner(banner(*session)))
	n.blockPackages()
	if left, ends := session.Remaining(n.Now()); ends {
		if err := n.Timer.Arm(ctx, left); err != nil {
			n.Warn("maintenance mode will not end automatically: " + err.Error())
		}
	}
	n.warnIf(n.Switch.Settle(ctx))
	n.warnIf(n.hooks(ctx, "post-on", *session, false))
	n.flush(ctx)
	return nil
}

// banner is what an interactive login is shown.
func banner(s mode.Session) string {
	var b strings.Builder
	b.WriteString("\n*** This host is in maintenance mode (UMM)")
	if !s.Entered.IsZero() {
		b.WriteString(" since " + s.Entered.Format("2006-01-02 15:04:05 MST"))
	}
	b.WriteString(".\n*** Why: " + why(s) + "\n")
	if s.For > 0 {
		b.WriteString("*** It ends automatically at " + s.Entered.Add(s.For).Format(time.DateTime) + ".\n")
	}
	b.WriteString("*** umm status shows more. Leave it with umm off, or with umm off reboot.\n\n")
	return b.String()
}

// why says in one line what led into a session.
func why(s mode.Session) string { return sanitize.Line(apiTrigger(s).String()) }
