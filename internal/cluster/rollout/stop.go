package rollout

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"umm/internal/cluster/run"
)

// Stop is why a run stands still: a sentence, and the command that comes next.
type Stop struct {
	Err  error
	Hint string
	// Told: it is written, so everyone who watches the run has read it.
	Told bool
}

func (s *Stop) Error() string { return s.Err.Error() }
func (s *Stop) Unwrap() error { return s.Err }

// stop is the end of a call of the engine by a step that failed.
func (e *Engine) stop(st run.Step, r Result) error {
	id, hint := e.state.Request.ID, Hint(e.state)
	switch {
	case e.state.Direction == run.Undo:
	case r.Status == Lost:
		hint = fmt.Sprintf("umm-cluster abort %s brings back what is out of service; then roll again over the hosts that are left", id)
	case r.Status == Failed && st.Kind == run.Command:
		hint = fmt.Sprintf("%s is in maintenance mode: finish the work there by hand, then umm-cluster continue %s; umm-cluster resume --retry %s runs the command again; umm-cluster abort %s brings the host back", st.Host, id, id, id)
	}
	var says interface{ Hint() string }
	if errors.As(r, &says) {
		hint = says.Hint() + "; " + hint
	}
	return &Stop{Err: fmt.Errorf("%s: %s: %w", st.Host, st.Name(), r), Hint: hint}
}

// Hint says which command comes next after a failure.
func Hint(s run.State) string {
	id := s.Request.ID
	switch {
	case s.Direction == run.Undo:
		return "umm-cluster abort " + id + " tries again once the cause is fixed; with --accept-risk=" + RiskLeftInForce + " --reason=TEXT it closes the run as it is"
	case len(s.Out()) == 0:
		return fmt.Sprintf("nothing is out of service; umm-cluster resume %s tries again, umm-cluster abort %s ends the run", id, id)
	}
	return fmt.Sprintf("umm-cluster resume %s goes on from here, umm-cluster abort %s brings back what is out of service", id, id)
}

// halt keeps why the run stands still.
func (e *Engine) halt(cause error, hint string) (Outcome, error) {
	if hint == "" {
		hint = Hint(e.state)
	}
	if err := e.Write(run.Entry{Kind: run.Stopped, Text: cause.Error(), Hint: hint}); err != nil {
		return Stopped, err
	}
	return Stopped, &Stop{Err: cause, Hint: hint, Told: true}
}

// pause keeps what the run waits for: for a person, or later, for a time to come.
func (e *Engine) pause(why string, later bool) error {
	id := e.state.Request.ID
	hint := "umm-cluster continue " + id + " goes on, umm-cluster abort " + id + " brings back what is out of service"
	switch e.state.Request.Verb {
	case run.On:
		hint = "umm-cluster off " + e.state.Request.Hosts[0] + " brings it back"
	case run.Down:
		hint = "umm-cluster up " + id + " brings them back, last in, first out"
	}
	return e.Write(run.Entry{Kind: run.Paused, Text: why, Hint: hint, Later: later})
}

// end closes the run, but not one that was to undo all that it did, and could not.
func (e *Engine) end(ctx context.Context) (Outcome, error) {
	if left := e.state.InForce(); len(left) > 0 && e.state.Direction == run.Undo && !e.state.Closed {
		return e.halt(fmt.Errorf("cannot undo everything; still in force by this run: %s", strings.Join(left, "; ")), "")
	}
	return Ended, e.close(ctx)
}

// close takes the guard off every host and closes the run. A host that does not answer does not
// keep a run from ending: its guard goes with its next reboot, and the entry warns.
func (e *Engine) close(ctx context.Context) error {
	for i, err := range e.clearGuards(ctx) {
		if err == nil || e.state.Phase == run.StoppedPhase && e.Cluster.Node.Refused(err) {
			continue // where the run did not begin, the host that refused its guard has none
		}
		host := e.Cluster.Hosts[i]
		text := fmt.Sprintf("cannot clear the guard of this run on %s: %v; run umm guard clear %s there, or reboot it", host, err, e.state.Request.ID)
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
		ended.Text = "aborted; nothing is out of service"
		if left := e.state.InForce(); len(left) > 0 {
			ended.Text = "aborted; left in force: " + strings.Join(left, "; ")
		}
		// It was not waited for the cluster's health.
		if bad := Unaccepted(e.Cluster.Observe(ctx, e.Limits).Health(nil), e.state.Request, e.state.Baseline); len(bad) > 0 {
			ended.Text += ", but the cluster is not healthy yet: " + summary(bad)
			ended.Hint = "umm-cluster status shows how it recovers; umm-cluster up starts what does not run"
		}
	case e.state.Phase == run.StoppedPhase:
		ended.Text = "nothing was done"
	}
	return e.Write(ended)
}
