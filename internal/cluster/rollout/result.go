package rollout

import (
	"errors"
	"fmt"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// Status says how a step stands.
type Status string

// The statuses. A step is checked again while it is Waiting, Unreachable or Unclear; with any
// of the others it is over.
const (
	// Due: nothing was done yet; the step has to do it.
	Due Status = "due"
	// Waiting: it is on its way.
	Waiting Status = "waiting"
	// Unreachable: it is on its way, and the host does not answer. As soon as its ssh server
	// does, the step is checked again.
	Unreachable Status = "unreachable"
	// Unclear: something cannot be read. That is tried again for Limits.Unclear, and is a
	// failure then.
	Unclear Status = "unclear"

	// Done: it has happened, and was seen.
	Done Status = "done"
	// PassedOver: it failed for good, and the run goes on without it.
	PassedOver Status = "passed-over"
	// Postponed: the host asks for it to be tried later, and did nothing.
	Postponed Status = "postponed"
	// OnHold: the operator has to say how to go on.
	OnHold Status = "on-hold"
	// Failed: it cannot happen as things are.
	Failed Status = "failed"
	// Lost: it cannot happen in this run any more, whatever is repaired.
	Lost Status = "lost"
	// Interrupted: its time is over, or umm-cluster was told to stop. It may still happen.
	Interrupted Status = "interrupted"
)

// over tells whether there is nothing to wait for any more.
func (s Status) over() bool {
	switch s {
	case Due, Waiting, Unreachable, Unclear:
		return false
	}
	return true
}

// Result is what one check says of a step, and what became of it at last. It is the same for
// every kind of step.
type Result struct {
	Status Status
	// Text is a sentence: what was seen, what is waited for, or why it failed.
	Text string
	// Shown is what is shown in place of Text while it is waited for: that a host which does not
	// answer is rebooting, as it was asked to.
	Shown string
	// Boot is the boot ID of the host in maintenance mode.
	Boot string
	// Verdicts are what it was judged by.
	Verdicts []service.Verdict
	// LastLines are what the command printed last.
	LastLines []string
	// Err is the error that it failed with, where there was one.
	Err error
}

// failure is the result of a step that failed with an error.
func failure(err error) Result { return Result{Status: Failed, Text: err.Error(), Err: err} }

// unanswered is the result where a host does not tell its status: waiting helps, unless the
// error says otherwise.
func unanswered(h HostStatus) Result {
	if lasting(h.Err) {
		return failure(h.Err)
	}
	return Result{Status: Unreachable, Text: h.Host + " does not answer: " + h.Err.Error()}
}

// rebooting is unanswered where the host was asked to reboot.
func rebooting(h HostStatus) Result {
	r := unanswered(h)
	if r.Status == Unreachable {
		r.Shown = h.Host + " is rebooting"
	}
	return r
}

// unknownMode is the result where a host is in a mode of a later version of umm.
func unknownMode(h HostStatus) Result {
	return Result{Status: Failed, Text: fmt.Sprintf("%s is in mode %q, which this version of umm-cluster does not know", h.Host, h.Status.Mode)}
}

// lasting tells whether waiting does not make an error go away, as with a host key that is not
// the recorded one.
func lasting(err error) bool {
	var l interface{ Lasting() bool }
	return errors.As(err, &l) && l.Lasting()
}

// failed tells whether the step was not done.
func (r Result) failed() bool {
	return r.Status == Failed || r.Status == Lost || r.Status == Interrupted
}

// entry is the result as it is kept and shown.
func (r Result) entry(st run.Step) run.Entry {
	e := run.Entry{Kind: run.Done, Host: st.Host, Step: &st, Text: r.Text, Boot: r.Boot, Verdicts: r.Verdicts}
	switch {
	case r.failed():
		e.Kind, e.Boot, e.LastLines = run.Failed, "", r.LastLines
	case r.Status == PassedOver:
		e.Kind, e.LastLines = run.PassedOver, r.LastLines
	}
	return e
}

// Error is why the step failed.
func (r Result) Error() string { return r.Text }

// Unwrap is the error that it failed with.
func (r Result) Unwrap() error { return r.Err }
