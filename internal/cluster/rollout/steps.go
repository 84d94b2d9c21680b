package rollout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// gate waits until nothing stands in the way of a host's leaving, as long as
// waiting helps.
func (e *Engine) gate(ctx context.Context, st run.Step) (run.Entry, error) {
	var unclear patience
	var entry run.Entry
	err := e.poll(ctx, st, e.Limits.Interval, func(ctx context.Context) (Word, string) {
		seen := e.Cluster.Sparing(append(inMaintenance(e.state), st.Host)...).Observe(ctx, e.Limits)
		bad, all := Blocking(seen, e.state, st.Host)
		entry.Verdicts = Collapse(all)
		if anyUnknown(bad) {
			// Whatever else is said may be said because of it.
			if unclear.over(e.Now(), e.Limits.Unclear) {
				return Fail, sentence(bad)
			}
			return Wait, sentence(bad)
		}
		return Gating(bad)
	})
	return entry, err
}

// settle waits until all is whole, several times in a row, and nothing is worse
// than before the run.
func (e *Engine) settle(ctx context.Context, st run.Step) (run.Entry, error) {
	good := 0
	var entry run.Entry
	err := e.poll(ctx, st, e.Limits.Interval, func(ctx context.Context) (Word, string) {
		seen := e.Cluster.Sparing(inMaintenance(e.state)...).Observe(ctx, e.Limits)
		open := openChanges(e.state)
		whole := seen.Health(inMaintenance(e.state), excluded(open)...)
		bad := Unaccepted(whole, e.state.Request, e.state.Baseline)
		entry.Verdicts = Collapse(whole)
		if len(bad) > 0 {
			good = 0
			return Wait, sentence(bad)
		}
		if good++; good < e.Limits.Samples {
			return Wait, fmt.Sprintf("all is well, %d of %d", good, e.Limits.Samples)
		}
		e.fresh = &seen
		return There, ""
	})
	return entry, err
}

// make makes a change and waits for its effect.
func (e *Engine) make(ctx context.Context, st run.Step) (run.Entry, error) {
	c := *st.Change
	if st.Kind == run.Start && st.Leave == run.LeaveAuto {
		if h := e.sightOf(ctx, st.Host); h.Err == nil && rebootNeeded(h.Status) {
			return run.Entry{Text: "left to the reboot"}, nil
		}
	}
	if len(c.Do.Argv) == 0 {
		return e.settled(ctx, st, c, true, c.Target)
	}
	if !c.Blind && e.Cluster.About(c).Observe(ctx, e.Limits).Settled(c, true).State == service.OK {
		return run.Entry{Text: "it was so already"}, nil
	}
	where, err := e.act(ctx, c.On, c.Do)
	if err != nil {
		return run.Entry{}, err
	}
	if c.Later {
		return run.Entry{Text: "on " + where + "; it is waited for later"}, nil
	}
	return e.settled(ctx, st, c, true, where)
}

// restore undoes a change, once everything that is not held back by a change is
// whole: nobody is sent back to a service that is not there yet.
func (e *Engine) restore(ctx context.Context, st run.Step) (run.Entry, error) {
	c := *st.Change
	if e.state.Direction != run.Undo && e.cleared != c.Service {
		ready, cancel := context.WithTimeout(context.WithoutCancel(ctx), e.Limits.Settle)
		defer cancel()
		step := ctx
		stop := context.AfterFunc(step, func() {
			if !errors.Is(step.Err(), context.DeadlineExceeded) {
				cancel()
			}
		})
		defer stop()
		waits := st
		waits.Limit = e.Limits.Settle
		err := e.poll(ready, waits, e.Limits.Interval, func(ctx context.Context) (Word, string) {
			// One that another run made is not in the entries of this one.
			except := excluded(append(openChanges(e.state), c))
			seen := e.Cluster.Without(except...).Sparing(inMaintenance(e.state)...).Observe(ctx, e.Limits)
			bad := Unaccepted(seen.Health(inMaintenance(e.state), except...), e.state.Request, e.state.Baseline)
			if len(bad) > 0 {
				return Wait, sentence(bad)
			}
			return There, ""
		})
		if err != nil {
			return run.Entry{}, err
		}
		e.cleared = c.Service
		// The change has its own time from here.
		var again context.CancelFunc
		ctx, again = context.WithTimeout(ready, st.Limit)
		defer again()
	}
	where, err := e.undo(ctx, st, c)
	if err != nil {
		return run.Entry{}, err
	}
	return e.settled(ctx, st, c, false, where)
}

// undo undoes a change. The service may not be there yet, as on a host that has just booted,
// or where a run is given up: it tries until it is.
func (e *Engine) undo(ctx context.Context, st run.Step, c service.Change) (where string, err error) {
	err = e.poll(ctx, st, e.Limits.Interval, func(ctx context.Context) (Word, string) {
		var failed error
		if where, failed = e.act(ctx, undoneOn(c), c.Undo); failed != nil {
			return Wait, failed.Error()
		}
		return There, ""
	})
	return where, err
}

// settled waits for the effect of a change, or of its undoing. What was undone in a
// service that was just coming up may be lost, as when the parts of a Pacemaker cluster
// meet and the configuration of one wins: where nothing is seen of it, it is undone again.
func (e *Engine) settled(ctx context.Context, st run.Step, c service.Change, done bool, where string) (run.Entry, error) {
	var last service.Verdict
	told := e.Now()
	err := e.poll(ctx, st, e.Limits.Poll, func(ctx context.Context) (Word, string) {
		seen := e.Cluster.About(c).Observe(ctx, e.Limits).Settled(c, done)
		if ctx.Err() == nil || last.Reason == "" {
			last = seen // what the limit cut off tells nothing
		}
		switch last.State {
		case service.OK:
			return There, ""
		case service.Stop:
			return Fail, last.Reason
		}
		if !done && len(c.Undo.Argv) > 0 && e.Now().Sub(told) >= e.Limits.Again {
			if _, err := e.act(ctx, undoneOn(c), c.Undo); err != nil {
				return Wait, err.Error()
			}
			told = e.Now()
		}
		return Wait, last.Reason
	})
	entry := run.Entry{Text: "on " + where, Verdicts: []service.Verdict{last}}
	// A run that is given up has undone it, and is not there to wait for what else may ail
	// the service.
	if err != nil && c.Soft && (done || e.state.Direction == run.Undo) && errors.Is(err, context.DeadlineExceeded) {
		entry.Text += "; went on after " + st.Limit.String() + ": " + last.Reason
		return entry, nil
	}
	return entry, err
}

// act runs a command on the first of the hosts that answers.
func (e *Engine) act(ctx context.Context, on []string, c service.Command) (where string, err error) {
	limit := e.Limits.Act
	if c.Limit > 0 {
		limit = c.Limit
	}
	var errs []error
	for _, host := range on {
		res, err := e.Cluster.Runner(host).Run(ctx, execx.Cmd{Argv: c.Argv, Stdin: []byte(c.Stdin), Limit: limit})
		if err == nil && res.Code != 0 {
			err = &execx.ExitError{Argv: c.Argv, Result: res}
		}
		if err == nil {
			return host, nil
		}
		errs = append(errs, fmt.Errorf("on %s: %w", host, err))
		if ctx.Err() != nil {
			break
		}
	}
	return "", errors.Join(errs...)
}

// overdue is a step that took longer than it may.
type overdue struct {
	limit time.Duration
	last  string
	cause error
}

func (o *overdue) Error() string {
	if errors.Is(o.cause, context.DeadlineExceeded) {
		return fmt.Sprintf("it took longer than %s: %s", o.limit, o.last)
	}
	return o.cause.Error()
}

func (o *overdue) Unwrap() error { return o.cause }

// failed is a step that cannot come about. over: not by this run, whatever is mended.
type failed struct {
	text  string
	over  bool
	cause error
}

func (f *failed) Error() string { return f.text }
func (f *failed) Unwrap() error { return f.cause }

// lasting tells whether an error of a host is one that waiting does not mend, as a host key
// that is not the recorded one.
func lasting(err error) bool {
	var l interface{ Lasting() bool }
	return errors.As(err, &l) && l.Lasting()
}

// poll looks until it is there, cannot come about, or the time is over. It shows
// what is waited for, whenever that changes.
func (e *Engine) poll(ctx context.Context, st run.Step, every time.Duration, look func(context.Context) (Word, string)) error {
	tick := time.NewTicker(max(every, time.Millisecond))
	defer tick.Stop()
	shown := ""
	for {
		e.untrusted = nil
		word, text := look(ctx)
		if word != There && e.untrusted != nil && ctx.Err() == nil {
			return &failed{text: e.untrusted.Error(), cause: e.untrusted}
		}
		switch word {
		case There:
			return nil
		case Fail, Over:
			if ctx.Err() == nil {
				return &failed{text: text, over: word == Over}
			}
		}
		if text != shown && ctx.Err() == nil {
			shown = text
			_ = e.Write(run.Entry{Kind: run.Waiting, Host: st.Host, Step: &st, Text: text})
		}
		if word == Gone {
			// As soon as it answers it is looked at again.
			if err := e.Cluster.Await(ctx, st.Host); lasting(err) && ctx.Err() == nil {
				return &failed{text: err.Error(), cause: err}
			}
		}
		select {
		case <-ctx.Done():
			// What a look says that the limit cut off is of no use, but for a host that
			// does not answer.
			if word == Gone {
				shown = cmp.Or(shown, text)
			}
			return &overdue{limit: st.Limit, last: cmp.Or(shown, "no look was finished"), cause: ctx.Err()}
		case <-tick.C:
		}
	}
}
