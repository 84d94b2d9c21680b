package rollout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"umm/internal/cluster/run"
)

// Engine drives one run.
type Engine struct {
	Cluster Cluster
	Journal Journal
	// Emit shows an entry; kept entries come with their number.
	Emit   func(run.Entry)
	Limits Limits
	Now    func() time.Time
	// Meanwhile gives entries that came about beside the run, as gaps; they are
	// written before the next one of the run itself. It may be nil.
	Meanwhile func() []run.Entry
	// Accepted are the risks that the operator takes with a word on a run that exists.
	Accepted []run.Risk

	state run.State
	// cleared is the service whose changes may be undone: all else was seen whole, and
	// nothing but undoing them was done since.
	cleared string
	// fresh is the cluster as the last step saw it; nil if that did not look at all of it.
	fresh *Observation
	// untrusted is why the last look at a host need not be waited for to get better.
	untrusted error
}

// Outcome is how a call of the engine ended.
type Outcome string

// The outcomes.
const (
	// Ended: the run is over, and holds nothing any more.
	Ended Outcome = "ended"
	// Held: it waits for the operator's word.
	Paused Outcome = "held"
	// Stopped: something could not be done; the entry said what, and what comes next.
	Stopped Outcome = "stopped"
)

// Stop is why a run stands still: a sentence, and the command that comes next.
type Stop struct {
	Err  error
	Hint string
}

func (s *Stop) Error() string { return s.Err.Error() }
func (s *Stop) Unwrap() error { return s.Err }

// State is the run as the engine knows it.
func (e *Engine) State() run.State { return e.state }

// Open takes up a run by its entries; none for a new one.
func (e *Engine) Open(entries []run.Entry) error {
	s, err := run.Fold(entries)
	e.state = s
	return err
}

// Write makes an entry durable, folds it and shows it.
func (e *Engine) Write(entry run.Entry) error {
	if e.Meanwhile != nil && entry.Kind.Kept() && entry.Kind != run.Requested {
		for _, beside := range e.Meanwhile() {
			if err := e.write(beside); err != nil {
				return err
			}
		}
	}
	return e.write(entry)
}

func (e *Engine) write(entry run.Entry) error {
	entry = sanitized(entry)
	entry.At, entry.Run = e.Now(), e.state.Request.ID
	if entry.Request != nil {
		entry.Run = entry.Request.ID
	}
	if entry.Kind == run.Done || entry.Kind == run.PassedOver {
		if c := e.state.Current(); c != nil {
			entry.Took = max(0, entry.At.Sub(c.BegunAt))
		}
	}
	if entry.Kind.Kept() {
		kept, err := e.Journal.Append(entry)
		if err != nil {
			return fmt.Errorf("cannot keep the journal of the run: %w", err)
		}
		entry = kept
		if err := e.state.Add(entry); err != nil {
			return fmt.Errorf("cannot go on: the journal makes no sense: %w", err)
		}
	}
	e.Emit(entry)
	return nil
}

// Go drives the run as far as it gets. The error is a *Stop, or says why the
// journal could not be kept; nothing is done after that.
func (e *Engine) Go(ctx context.Context) (Outcome, error) {
	for {
		if err := ctx.Err(); err != nil {
			return e.halt(context.Cause(ctx), "")
		}
		m := Next(e.state, nil, e.Limits)
		if m.Act == Look {
			var err error
			if m, err = e.chooses(ctx); ctx.Err() != nil {
				continue
			} else if err != nil {
				return e.halt(err, "")
			}
		}
		switch m.Act {
		case Hold:
			return Paused, e.hold(m.Why)
		case End:
			if left := e.state.InForce(); len(left) > 0 && e.state.Direction == run.Undo && !e.state.Closed {
				return e.halt(fmt.Errorf("cannot undo everything; in force by this run: %s", strings.Join(left, "; ")), "")
			}
			return Ended, e.end(ctx)
		}
		if err := e.move(ctx, m); err != nil {
			var stop *Stop
			switch {
			case errors.Is(err, errHold):
				return Paused, e.hold(m.Host + " is in maintenance mode for work by hand")
			case errors.As(err, &stop):
				return e.halt(stop.Err, stop.Hint)
			}
			return Stopped, err
		}
	}
}

// errHold is what a hold step returns.
var errHold = errors.New("held")

func (e *Engine) move(ctx context.Context, m Move) error {
	switch m.Act {
	case Choose:
		return e.Write(run.Entry{Kind: run.Chosen, Host: m.Host, Text: m.Why, Steps: m.Steps})
	case Finish:
		return e.Write(run.Entry{Kind: run.Finished, Host: m.Host})
	}
	return e.step(ctx, m.Step)
}

// step does the step that is due.
func (e *Engine) step(ctx context.Context, st run.Step) error {
	begun := run.Entry{Kind: run.Begun, Host: st.Host, Step: &st}
	if st.Kind == run.Enter && e.state.Current().Boot == "" {
		boot, err := e.bootOf(ctx, st.Host)
		if err != nil {
			return e.stop(st, err)
		}
		begun.Boot = boot
	}
	if err := e.Write(begun); err != nil {
		return err
	}
	if st.Kind == run.Hold {
		return errHold
	}
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	if st.Limit > 0 {
		limited, cancel = context.WithTimeout(ctx, st.Limit)
		defer cancel()
	}
	done, err := e.do(limited, st)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil && ctx.Err() == nil && st.Kind == run.Restore && e.state.Direction == run.Undo {
		// One undo that fails keeps no other from being made.
		return e.Write(run.Entry{Kind: run.PassedOver, Host: st.Host, Step: &st, Text: "it stays in force: " + err.Error(), Verdicts: done.Verdicts})
	}
	if err != nil {
		if wrote := e.Write(run.Entry{Kind: run.Failed, Host: st.Host, Step: &st, Text: err.Error(), Verdicts: done.Verdicts}); wrote != nil {
			return wrote
		}
		return e.stop(st, err)
	}
	done.Kind, done.Host, done.Step = cmp.Or(done.Kind, run.Done), st.Host, &st
	return e.Write(done)
}

// do does what a step says; the entry has what was seen.
func (e *Engine) do(ctx context.Context, st run.Step) (run.Entry, error) {
	e.fresh = nil
	if st.Kind != run.Restore {
		e.cleared = ""
	}
	switch st.Kind {
	case run.Gate:
		return e.gate(ctx, st)
	case run.Drain, run.Start:
		return e.make(ctx, st)
	case run.Enter:
		return e.enter(ctx, st)
	case run.Command:
		return e.command(ctx, st)
	case run.Leave:
		return e.leave(ctx, st)
	case run.Restore:
		return e.restore(ctx, st)
	case run.Settle:
		return e.settle(ctx, st)
	}
	return run.Entry{}, fmt.Errorf("cannot do a step of the kind %q: this umm-cluster does not know it", st.Kind)
}

func (e *Engine) bootOf(ctx context.Context, host string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, e.Limits.Ask)
	defer cancel()
	status, err := e.Cluster.Node.Status(ctx, host)
	if err != nil {
		return "", err
	}
	return status.BootID, nil
}

// stop says why the run stands still and which command comes next.
func (e *Engine) stop(st run.Step, err error) error {
	id, hint := e.state.Request.ID, Hint(e.state)
	var f *failed
	switch {
	case !errors.As(err, &f) || e.state.Direction == run.Undo:
	case f.over:
		hint = fmt.Sprintf("umm-cluster abort %s brings back what is out; then roll again over the hosts that are left", id)
	case st.Kind == run.Command:
		hint = fmt.Sprintf("%s is in maintenance mode: finish the work there by hand, then umm-cluster continue %s; umm-cluster resume --retry %s runs the command again; umm-cluster abort %s brings the host back", st.Host, id, id, id)
	}
	var says interface{ Hint() string }
	if errors.As(err, &says) {
		hint = says.Hint() + "; " + hint
	}
	return &Stop{Err: fmt.Errorf("%s: cannot %s: %w", st.Host, st.Name(), err), Hint: hint}
}

// Hint says which command comes next after a failure.
func Hint(s run.State) string {
	id := s.Request.ID
	switch {
	case s.Direction == run.Undo:
		return "umm-cluster abort " + id + " tries again, once the cause is gone; with --accept-risk=" + RiskLeftInForce + " --reason=TEXT it closes the run as it is"
	case len(s.Out()) == 0:
		return fmt.Sprintf("nothing is out of service; umm-cluster resume %s tries again, umm-cluster abort %s gives it up", id, id)
	}
	return fmt.Sprintf("umm-cluster resume %s goes on from here, umm-cluster abort %s brings back what is out", id, id)
}

// halt keeps why the run stands still.
func (e *Engine) halt(cause error, hint string) (Outcome, error) {
	if hint == "" {
		hint = Hint(e.state)
	}
	if err := e.Write(run.Entry{Kind: run.Stopped, Text: cause.Error(), Hint: hint}); err != nil {
		return Stopped, err
	}
	return Stopped, &Stop{Err: cause, Hint: hint}
}

func (e *Engine) hold(why string) error {
	id := e.state.Request.ID
	hint := "umm-cluster continue " + id + " goes on, umm-cluster abort " + id + " brings back what is out"
	switch e.state.Request.Verb {
	case run.On:
		hint = "umm-cluster off " + e.state.Request.Hosts[0] + " brings it back"
	case run.Down:
		hint = "umm-cluster up " + id + " brings them back, last in, first out"
	}
	return e.Write(run.Entry{Kind: run.Paused, Text: why, Hint: hint})
}

// end takes the guard off every host and closes the run. A host that does not
// answer does not keep a run from ending: its guard goes with its next reboot, and
// the entry warns.
func (e *Engine) end(ctx context.Context) error {
	for host, err := range e.unguard(ctx) {
		if e.state.Phase == run.StoppedPhase && e.Cluster.Node.Refused(err) {
			continue // the run did not begin, and the host that refused its mark has none
		}
		text := fmt.Sprintf("cannot take the mark of this run off %s: %v; umm guard clear %s there, or its next reboot, does", host, err, e.state.Request.ID)
		if err := e.Write(run.Entry{Kind: run.Warned, Host: host, Text: text}); err != nil {
			return err
		}
	}
	ended := run.Entry{Kind: run.Ended, Text: "done"}
	if failed := e.state.CommandFailed(); len(failed) > 0 {
		ended.Text += "; the command failed on " + list(failed)
		ended.Hint = "umm output on " + list(failed) + " shows what it printed"
	}
	switch {
	case e.state.Direction == run.Undo:
		ended.Text = "given up; nothing is out of service"
		if left := e.state.InForce(); len(left) > 0 {
			ended.Text = "given up; left in force: " + strings.Join(left, "; ")
		}
		// It was not waited for that all is well.
		if bad := Unaccepted(e.Cluster.Observe(ctx, e.Limits).Health(nil), e.state.Request, e.state.Baseline); len(bad) > 0 {
			ended.Text += ", but not all is well yet: " + sentence(bad)
			ended.Hint = "umm-cluster status shows how it goes on; umm-cluster up starts what stands still"
		}
	case e.state.Phase == run.StoppedPhase:
		ended.Text = "nothing was done"
	}
	return e.Write(ended)
}
