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

func (r *Refused) Error() string {
	return "the cluster is not as it must be before the first host goes: " + sentence(r.Bad)
}

// Begin looks at the cluster and, if it is whole, begins a run: nothing is written
// and nothing done before. The baseline is what was seen. What cannot be read is looked
// at again, for as long as a gate would.
func (e *Engine) Begin(ctx context.Context, r run.Request) error {
	var unclear patience
	tick := time.NewTicker(max(e.Limits.Interval, time.Millisecond))
	defer tick.Stop()
	var whole []service.Verdict
	for {
		var refused *Refused
		whole, refused = e.Cluster.Observe(ctx, e.Limits).refusal(r)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case refused != nil && (!anyUnknown(refused.Bad) || unclear.over(e.Now(), e.Limits.Unclear)):
			return refused
		}
		if refused == nil {
			break
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	if err := e.Write(run.Entry{Kind: run.Requested, Request: &r}); err != nil {
		return err
	}
	if err := e.Write(run.Entry{Kind: run.Baseline, Verdicts: Collapse(whole)}); err != nil {
		return err
	}
	if err := e.SetGuards(ctx); err != nil {
		return e.undone(ctx, err)
	}
	return nil
}

// begins is why a run cannot begin, if it cannot, and all that was seen.
func (s Observation) refusal(r run.Request) ([]service.Verdict, *Refused) {
	whole := s.Health(nil)
	enabled := s.enabled(r.Hosts)
	if bad := Unaccepted(append(enabled, whole...), r, nil); len(bad) > 0 {
		return whole, &Refused{Verdicts: append(enabled, whole...), Bad: bad}
	}
	if bad := s.NeverLeaving(r); len(bad) > 0 {
		return whole, &Refused{Verdicts: append(bad, whole...), Bad: bad}
	}
	if bad := s.allBlocked(r); len(bad) > 0 {
		return whole, &Refused{Verdicts: append(bad, whole...), Bad: bad}
	}
	return whole, nil
}

// undone ends a run that could not begin.
func (e *Engine) undone(ctx context.Context, cause error) error {
	cause = fmt.Errorf("cannot mark every host with the run: %w", cause)
	if err := e.Write(run.Entry{Kind: run.Stopped, Text: cause.Error(), Hint: "nothing was done"}); err != nil {
		return err
	}
	if err := e.end(ctx); err != nil {
		return err
	}
	return &Stop{Err: cause, Hint: "nothing was done"}
}

// Resume goes on with a run that was killed or stopped.
func (e *Engine) Resume(ctx context.Context, by string) error {
	if err := e.Write(e.says(run.Resumed, by)); err != nil {
		return err
	}
	if err := e.beginAgain(ctx); err != nil {
		return err
	}
	return e.guardAgain(ctx)
}

// beginAgain looks at the cluster for a run that was killed before what was seen at its begin
// was kept: without that each risk that was accepted would count for whatever comes later.
func (e *Engine) beginAgain(ctx context.Context) error {
	if e.state.Baseline != nil || e.state.Direction != run.Forward || len(e.state.Hosts) > 0 {
		return nil
	}
	whole, refused := e.Cluster.Observe(ctx, e.Limits).refusal(e.state.Request)
	if refused != nil {
		return e.stopAll(refused)
	}
	return e.Write(run.Entry{Kind: run.Baseline, Verdicts: Collapse(whole)})
}

// says is the operator's word, with the risks that go with it.
func (e *Engine) says(kind run.Kind, by string) run.Entry {
	text := "by " + by
	for _, r := range e.Accepted {
		text += fmt.Sprintf(", who accepts %s: %s", r.Name, r.Reason)
	}
	return run.Entry{Kind: kind, Text: text, Risks: e.Accepted}
}

// ErrNothingToRetry is where no command has failed.
var ErrNothingToRetry = errors.New("no command of this run has failed on the host whose turn it is")

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
	return e.Write(run.Entry{Kind: run.Chosen, Host: c.Host, Text: "the command is run again, as " + by + " says", Steps: steps})
}

// Continue goes on after a hold. A command that failed is taken as done: its work
// was finished by hand.
func (e *Engine) Continue(ctx context.Context, by string) error {
	if err := e.Write(e.says(run.Continued, by)); err != nil {
		return err
	}
	if c := e.state.Current(); c != nil && c.Next < len(c.Steps) && c.Begun {
		st := c.Steps[c.Next]
		if st.Kind == run.Hold || (st.Kind == run.Command && c.Failed != "") {
			if err := e.Write(run.Entry{Kind: run.Done, Host: c.Host, Step: &st, Text: "taken as done, by " + by}); err != nil {
				return err
			}
		}
	}
	return e.guardAgain(ctx)
}

// Abort gives a run up: after starts, what it has in force is undone, last in, first
// out.
func (e *Engine) Abort(ctx context.Context, by string, starts []Start) error {
	plan := GiveUp(e.state, starts, e.gone(ctx), e.Limits)
	word := e.says(run.Aborting, by)
	word.Plan = plan
	return e.Write(word)
}

// Close gives a run up with what is left in force, of which nothing is tried any more.
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
func (e *Engine) Return(ctx context.Context, by string, starts []Start, extra []run.Turn) error {
	plan := Return(e.state, starts, extra, e.Limits)
	word := e.says(run.Returning, by)
	word.Plan = plan
	return e.Write(word)
}

// guardAgain marks the hosts that lost the mark of the run, but for those that are
// out: they get it when they are back.
func (e *Engine) guardAgain(ctx context.Context) error {
	if e.state.Direction != run.Forward {
		return nil
	}
	if err := e.SetGuards(ctx, inMaintenance(e.state)...); err != nil {
		return e.stopAll(fmt.Errorf("cannot mark every host with the run: %w", err))
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
func (e *Engine) BeginReturn(ctx context.Context, r run.Request, starts []Start, extra []run.Turn) error {
	if err := e.Write(run.Entry{Kind: run.Requested, Request: &r}); err != nil {
		return err
	}
	return e.Return(ctx, r.By+" on "+r.Master, starts, extra)
}
