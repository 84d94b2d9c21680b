package rollout

import (
	"context"
	"fmt"

	"umm/internal/api"
	"umm/internal/cluster/run"
)

// CommandResult says how the command of run id stands on a host in maintenance mode. With
// goesOn one that failed by itself is passed over; one that was cut short by a crash or a
// person did not.
func CommandResult(h HostStatus, id string, goesOn bool) Result {
	if h.Err != nil {
		r := unanswered(h)
		if r.Status == Unreachable {
			r.Status = Waiting // it does not reboot
		}
		return r
	}
	st := h.Status
	if st.Mode != api.ModeMaintenance || st.Trigger == nil || st.Trigger.Run != id {
		return Result{Status: Lost, Text: h.Host + " has left maintenance mode in the meantime: it is " + st.Mode}
	}
	c := st.Command
	if c == nil {
		return Result{Status: Failed, Text: h.Host + " has no command"}
	}
	switch c.State {
	case "pending", "running":
		return Result{Status: Waiting, Text: "the command is " + c.State, LastLines: c.LastLines}
	case "succeeded":
		return Result{Status: Done, Text: "the command succeeded"}
	}
	r := Result{Status: Failed, Text: "the command " + c.State, LastLines: c.LastLines}
	if goesOn && (c.State == "failed" || c.State == "timed-out") {
		r.Status = PassedOver
	}
	switch {
	case c.Error != "":
		r.Text += ": " + c.Error
	case c.ExitCode != nil:
		r.Text += fmt.Sprintf(" with status %d", *c.ExitCode)
	}
	r.Text += ": umm output on " + h.Host + " shows what it printed"
	return r
}

// CommandRunning tells whether the command runs on a host.
func CommandRunning(st api.Status) bool {
	return st.Mode == api.ModeMaintenance && st.Command != nil && st.Command.State == "running"
}

// command waits for the command to end, and wants it to have succeeded, or to have failed where
// the run goes on after that.
func (e *Engine) command(ctx context.Context, st run.Step) Result {
	return e.wait(ctx, st, e.Limits.Poll, func(ctx context.Context) Result {
		return CommandResult(e.statusOf(ctx, st.Host), e.state.Request.ID, e.state.Request.Options.ContinueOnFailure)
	})
}
