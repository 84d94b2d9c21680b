package node

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"

	"umm/internal/api"
	"umm/internal/host/mode"
)

// Status gathers what `umm status` tells. It changes nothing and needs no root.
func (n *Node) Status(ctx context.Context, version string) api.Status {
	s := n.current()
	w := api.Status{
		Version: api.StatusVersion,
		Mode:    n.modeWord(ctx, s),
		Enabled: s.policy.Enabled,
		BootID:  s.facts.BootID,
		Unclean: api.Unclean{Count: s.record.Unclean, Threshold: s.policy.RebootCount},
		Umm:     version,
		Kernel:  n.runningKernel(),

		Switching: s.switching(),
	}
	if s.problem != nil && !errors.Is(s.problem, fs.ErrPermission) {
		w.Problems = append(w.Problems, s.problem.Error())
	}
	guard, unreadable := n.Guards.Guard()
	if unreadable != nil {
		w.Problems = append(w.Problems, unreadable.Error())
	}
	w.Guard = guard
	w.Trial = apiTrial(s.record.Trial, s.facts.BootID)
	if s.leaving() && w.Mode != api.ModeRebooting {
		w.Problems = append(w.Problems, "umm off is running, or was interrupted and can be run again")
	}
	for _, p := range s.settings {
		w.Problems = append(w.Problems, p.String())
	}
	session := s.record.Session
	if s.record.Pending != nil {
		session = s.record.Pending
	}
	if session == nil {
		return w
	}
	w.Command = apiCommand(session.Command)
	if w.Mode == api.ModeMaintenance || s.record.Pending != nil {
		w.Trigger = apiTrigger(*session)
		w.Since = moment(session.Entered)
		if !session.Entered.IsZero() && session.For > 0 {
			w.Until = moment(session.Entered.Add(session.For))
		}
	}
	return w
}

// modeWord is the mode as fuel-umm names it.
func (n *Node) modeWord(ctx context.Context, s state) string {
	if s.record.Pending != nil || s.record.NextOperational {
		if down, err := n.Power.GoingDown(ctx); err == nil && down {
			return api.ModeRebooting
		}
	}
	switch {
	case s.inMaintenance() || s.leaving():
		// Until the operational services have been asked for.
		return api.ModeMaintenance
	case !s.policy.Enabled && !s.policy.Hidden:
		return api.ModeDisabled
	default:
		return api.ModeOperational
	}
}

func apiTrigger(s mode.Session) *api.Trigger {
	t := s.Trigger
	return &api.Trigger{Kind: string(t.Kind), Detail: t.Detail, Reason: s.Reason, At: moment(t.At), By: t.By, Run: t.Run}
}

func apiCommand(c *mode.Command) *api.Command {
	if c == nil {
		return nil
	}
	w := &api.Command{Argv: c.Argv, State: string(c.State), Started: moment(c.Started), Ended: moment(c.Ended), Error: c.Error}
	switch c.State {
	case mode.CommandSucceeded, mode.CommandFailed, mode.CommandTimedOut:
		code := c.ExitCode
		w.ExitCode = &code
	}
	return w
}

// moment is t, or nil where nothing happened.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}

// Past returns what happened to the host, oldest first, with what has not reached
// the history file yet.
func (n *Node) Past() ([]mode.Event, error) {
	events, err := n.History.Read()
	if err != nil {
		return nil, err
	}
	s := n.current()
	for _, e := range s.record.Events {
		if !slices.ContainsFunc(events, e.Same) {
			events = append(events, e)
		}
	}
	return events, nil
}
