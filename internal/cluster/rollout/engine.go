package rollout

import (
	"context"
	"errors"
	"fmt"
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
	// Expected is how long a host is expected to be away, from earlier runs; 0 where that is not
	// known. It may be nil.
	Expected func(host string) time.Duration
	// Accepted are the risks that the operator accepts as a run goes on.
	Accepted []run.Risk

	state run.State
	// cleared is the service whose changes may be undone: all else was seen healthy, and
	// nothing but undoing them was done since.
	cleared string
	// failed says why the step that is done had failed before.
	failed string
	// fresh is the cluster as the last step saw it; nil if that did not observe all of it.
	fresh *Observation
}

// Outcome is how a call of the engine ended.
type Outcome string

// The outcomes.
const (
	// Ended: the run is over, and nothing is in force by it any more.
	Ended Outcome = "ended"
	// Paused: it waits for the operator.
	Paused Outcome = "paused"
	// Stopped: something could not be done; the entry said what, and what comes next.
	Stopped Outcome = "stopped"
)

// State is the run as the engine knows it.
func (e *Engine) State() run.State { return e.state }

// Open takes up a run by its entries; none for a new one.
func (e *Engine) Open(entries []run.Entry) error {
	s, err := run.Fold(entries)
	e.state = s
	return err
}

// Go drives the run as far as it gets. The error is a *Stop, or says why the
// journal could not be written; nothing is done after that.
func (e *Engine) Go(ctx context.Context) (Outcome, error) {
	for {
		next, err := e.next(ctx)
		if err != nil {
			return e.halt(err, "")
		}
		switch next.Kind {
		case ChooseHost:
			err = e.Write(run.Entry{Kind: run.Chosen, Host: next.Host, Text: next.Why, Steps: next.Steps})
		case DoStep:
			var r Result
			if r, err = e.step(ctx, next.Step); r.Status == OnHold && err == nil {
				return Paused, e.pause(r.Text, false)
			}
		case FinishHost:
			err = e.Write(run.Entry{Kind: run.Finished, Host: next.Host})
		case Pause:
			return Paused, e.pause(next.Why, next.Later)
		case End:
			return e.end(ctx)
		}
		var stop *Stop
		if errors.As(err, &stop) {
			return e.halt(stop.Err, stop.Hint)
		}
		if err != nil {
			return Stopped, err
		}
	}
}

// next is what the run does next; an error ends its work for now.
func (e *Engine) next(ctx context.Context) (Action, error) {
	next := Next(e.state, nil, e.Limits)
	var err error
	if next.Kind == Observe && ctx.Err() == nil {
		next, err = e.choose(ctx)
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if next.Kind == ChooseHost && e.Expected != nil {
		next = inTime(e.state, next, e.Now(), e.Expected(next.Host))
	}
	return next, err
}

// choose observes the cluster until the next host can be chosen. What cannot be read is tried
// again, for as long as at a gate. The last step may have seen all that is needed.
func (e *Engine) choose(ctx context.Context) (next Action, err error) {
	shown := ""
	var unclear patience
	repeat(ctx, e.Limits.Interval, func() bool {
		seen := e.fresh
		if e.fresh = nil; seen == nil {
			now := e.Cluster.Sparing(inMaintenance(e.state)...).Observe(ctx, e.Limits)
			seen = &now
		}
		next = Next(e.state, seen, e.Limits)
		switch {
		case ctx.Err() != nil || next.Kind != Observe:
			return true
		case unclear.over(e.Now(), e.Limits.Unclear):
			err = fmt.Errorf("cannot choose the next host: %s", next.Why)
		case next.Why != shown:
			shown = next.Why
			err = e.Write(run.Entry{Kind: run.Waiting, Text: shown})
		}
		return err != nil
	})
	return next, err
}

// step does the step that is due: an entry says so before, and another one how it ended.
func (e *Engine) step(ctx context.Context, st run.Step) (Result, error) {
	begun := run.Entry{Kind: run.Begun, Host: st.Host, Step: &st}
	if st.Kind == run.Enter && e.state.Current().Boot == "" {
		h := e.statusOf(ctx, st.Host)
		if h.Err != nil {
			return Result{}, e.stop(st, failure(h.Err))
		}
		begun.Boot = h.Status.BootID
	}
	e.failed = e.state.Current().Failed
	if err := e.Write(begun); err != nil {
		return Result{}, err
	}
	r := e.do(ctx, st)
	switch {
	case r.Status == OnHold:
		return r, nil
	case r.Status == Postponed && ctx.Err() == nil:
		return r, e.putBack(st, r)
	case ctx.Err() != nil:
		cause := context.Cause(ctx)
		r = Result{Status: Interrupted, Text: cause.Error(), Err: cause, Verdicts: r.Verdicts}
	case r.failed() && st.Kind == run.Restore && e.state.Direction == run.Undo:
		// One undo that fails keeps no other from being made.
		r.Status, r.Text = PassedOver, "it stays in force: "+r.Text
	}
	if err := e.Write(r.entry(st)); err != nil {
		return r, err
	}
	if r.failed() {
		return r, e.stop(st, r)
	}
	return r, nil
}

// do does what a step says, within its limit.
func (e *Engine) do(ctx context.Context, st run.Step) Result {
	if limit := e.limit(st); limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	e.fresh = nil
	if st.Kind != run.Restore {
		e.cleared = ""
	}
	switch st.Kind {
	case run.Gate:
		return e.gate(ctx, st)
	case run.Drain:
		return e.drain(ctx, st)
	case run.Enter:
		return e.enter(ctx, st)
	case run.Command:
		return e.command(ctx, st)
	case run.Hold:
		return hold(st)
	case run.Start:
		return e.start(ctx, st)
	case run.Leave:
		return e.leave(ctx, st)
	case run.Restore:
		return e.restore(ctx, st)
	case run.Settle:
		return e.settle(ctx, st)
	}
	return Result{Status: Failed, Text: fmt.Sprintf("this version of umm-cluster knows no step of the kind %q", st.Kind)}
}

// statusOf asks one host.
func (e *Engine) statusOf(ctx context.Context, host string) HostStatus {
	ctx, cancel := context.WithTimeout(ctx, e.Limits.Ask)
	defer cancel()
	status, err := e.Cluster.Node.Status(ctx, host)
	return HostStatus{Host: host, Status: status, Err: err}
}
