package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// RiskServiceStop is the risk of taking all hosts down at once: service stops.
const RiskServiceStop = "service-stop"

// RiskLeftInForce is the risk of closing a run that could not undo all that it did.
const RiskLeftInForce = "left-in-force"

// Refused is why nothing was begun: what was seen, and the verdicts in the way.
type Refused struct {
	Verdicts []service.Verdict
	Bad      []service.Verdict
}

func (r *Refused) Error() string { return "the cluster is not healthy: " + summary(r.Bad) }

// Begin checks the cluster and, if it is healthy, begins a run: nothing is written and nothing
// done before. The baseline is what was seen.
func (e *Engine) Begin(ctx context.Context, r run.Request) error {
	health, err := e.baseline(ctx, r)
	if err != nil {
		return err
	}
	if err := e.Write(run.Entry{Kind: run.Requested, Request: &r}); err != nil {
		return err
	}
	if err := e.Write(run.Entry{Kind: run.Baseline, Verdicts: Collapse(health)}); err != nil {
		return err
	}
	if err := e.SetGuards(ctx); err != nil {
		return e.notBegun(ctx, err)
	}
	return nil
}

// baseline is the health of the cluster before a run, or a *Refused. What cannot be read is tried
// again, for as long as at a gate.
func (e *Engine) baseline(ctx context.Context, r run.Request) (health []service.Verdict, err error) {
	var unclear patience
	repeat(ctx, e.Limits.Interval, func() bool {
		var refused *Refused
		if health, refused = e.Cluster.Observe(ctx, e.Limits).refusal(r); refused == nil {
			err = nil
			return true
		}
		err = refused
		return ctx.Err() != nil || !anyUnknown(refused.Bad) || unclear.over(e.Now(), e.Limits.Unclear)
	})
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return health, err
}

// refusal is why a run cannot begin, if it cannot, and all that was seen.
func (s Observation) refusal(r run.Request) ([]service.Verdict, *Refused) {
	health := s.Health(nil)
	enabled := s.enabled(r.Hosts)
	if bad := Unaccepted(append(enabled, health...), r, nil); len(bad) > 0 {
		return health, &Refused{Verdicts: append(enabled, health...), Bad: bad}
	}
	if bad := s.NeverLeaving(r); len(bad) > 0 {
		return health, &Refused{Verdicts: append(bad, health...), Bad: bad}
	}
	if bad := s.allBlocked(r); len(bad) > 0 {
		return health, &Refused{Verdicts: append(bad, health...), Bad: bad}
	}
	return health, nil
}

// notBegun ends a run that could not begin.
func (e *Engine) notBegun(ctx context.Context, cause error) error {
	cause = fmt.Errorf("cannot set the guard on every host: %w", cause)
	if err := e.Write(run.Entry{Kind: run.Stopped, Text: cause.Error(), Hint: "nothing was done"}); err != nil {
		return err
	}
	if err := e.close(ctx); err != nil {
		return err
	}
	return &Stop{Err: cause, Hint: "nothing was done", Told: true}
}

// Resume goes on with a run that was killed or stopped.
func (e *Engine) Resume(ctx context.Context, by string) error {
	if err := e.Write(e.asked(run.Resumed, by)); err != nil {
		return err
	}
	if err := e.completeBegin(ctx); err != nil {
		return err
	}
	return e.resetGuards(ctx)
}

// completeBegin takes the baseline of a run that was killed before it had one: without that each
// risk that was accepted would count for whatever comes later.
func (e *Engine) completeBegin(ctx context.Context) error {
	if e.state.Baseline != nil || e.state.Direction != run.Forward || len(e.state.Hosts) > 0 {
		return nil
	}
	health, refused := e.Cluster.Observe(ctx, e.Limits).refusal(e.state.Request)
	if refused != nil {
		return e.stopAll(refused)
	}
	return e.Write(run.Entry{Kind: run.Baseline, Verdicts: Collapse(health)})
}

// asked is the entry of what the operator asked for, with the risks that were accepted for it.
func (e *Engine) asked(kind run.Kind, by string) run.Entry {
	text := "by " + by
	for _, r := range e.Accepted {
		text += fmt.Sprintf(", who accepts %s: %s", r.Name, r.Reason)
	}
	return run.Entry{Kind: kind, Text: text, Risks: e.Accepted}
}

// ErrNothingToRetry is where no command has failed.
var ErrNothingToRetry = errors.New("no command of this run has failed on the current host")

// Retry runs the command again that failed: the host goes out of maintenance mode, stays out
// of its services, and goes in again, as umm runs a command once.
func (e *Engine) Retry(ctx context.Context, by string) error {
	c := e.state.Current()
	if c == nil || e.state.Direction != run.Forward || c.Next >= len(c.Steps) || c.Steps[c.Next].Kind != run.Command || !c.Begun || c.Failed == "" {
		return ErrNothingToRetry
	}
	steps := Again(*c, e.state.Request, e.Limits)
	if err := e.Resume(ctx, by); err != nil {
		return err
	}
	return e.Write(run.Entry{Kind: run.Chosen, Host: c.Host, Text: "the command is run again, by " + by, Steps: steps})
}

// Continue goes on after a hold. A command that failed is taken as done: its work
// was finished by hand.
// until is when the run has to be through with the host under way; zero: there is no such time.
func (e *Engine) Continue(ctx context.Context, by string, until time.Time) error {
	entry := e.asked(run.Continued, by)
	entry.Until = until
	if err := e.Write(entry); err != nil {
		return err
	}
	if c := e.state.Current(); c != nil && c.Next < len(c.Steps) && c.Begun {
		st := c.Steps[c.Next]
		if st.Kind == run.Hold || (st.Kind == run.Command && c.Failed != "") {
			if err := e.Write(run.Entry{Kind: run.Done, Host: c.Host, Step: &st, Text: "marked as done by " + by}); err != nil {
				return err
			}
		}
	}
	return e.resetGuards(ctx)
}

// Abort ends a run early: after starts, what it has in force is undone, last in, first
// out.
func (e *Engine) Abort(ctx context.Context, by string, starts []ColdStart) error {
	plan := GiveUp(e.state, starts, e.gone(ctx), e.Limits)
	entry := e.asked(run.Aborting, by)
	entry.Plan = plan
	return e.Write(entry)
}

// Close ends a run with what is left in force, of which nothing is tried any more.
func (e *Engine) Close(by, reason string) error {
	return e.Write(run.Entry{Kind: run.Aborting, Text: "by " + by + ", with what is left in force: " + reason})
}

// gone are the hosts that do not answer.
func (e *Engine) gone(ctx context.Context) []string {
	hosts := e.Cluster
	hosts.Services = nil
	var gone []string
	for _, h := range hosts.Observe(ctx, e.Limits).Hosts {
		if h.Err != nil && !e.Cluster.Node.Refused(h.Err) {
			gone = append(gone, h.Host)
		}
	}
	return gone
}

// Return brings back what is out: after starts, last in, first out.
func (e *Engine) Return(ctx context.Context, by string, starts []ColdStart, extra []run.Turn) error {
	plan := Return(e.state, starts, extra, e.Limits)
	entry := e.asked(run.Returning, by)
	entry.Plan = plan
	return e.Write(entry)
}

// resetGuards sets the guard on the hosts that lost it, but for those that are in maintenance
// mode: they get it when they are back.
func (e *Engine) resetGuards(ctx context.Context) error {
	if e.state.Direction != run.Forward {
		return nil
	}
	if err := e.SetGuards(ctx, inMaintenance(e.state)...); err != nil {
		return e.stopAll(fmt.Errorf("cannot set the guard on every host: %w", err))
	}
	return nil
}

func (e *Engine) stopAll(cause error) error {
	_, err := e.halt(cause, "")
	return err
}

// AcceptedRisk tells whether a risk is among those that were accepted.
func AcceptedRisk(risks []run.Risk, name string) bool {
	return slices.ContainsFunc(risks, func(r run.Risk) bool { return r.Name == name })
}

// BeginReturn begins a run that only brings back: hosts in extra, and what has to
// be started first.
func (e *Engine) BeginReturn(ctx context.Context, r run.Request, starts []ColdStart, extra []run.Turn) error {
	if err := e.Write(run.Entry{Kind: run.Requested, Request: &r}); err != nil {
		return err
	}
	return e.Return(ctx, r.By+" on "+r.Master, starts, extra)
}
