package rollout

import (
	"context"
	"fmt"
	"strings"

	"umm/internal/api"
	"umm/internal/cluster/run"
)

// judgeLeave says whether a host is operational. asked: it was asked already, and said that it
// is. evenBusy: it leaves also while its command runs.
func judgeLeave(h HostStatus, asked, evenBusy bool) Result {
	if h.Err != nil {
		return unanswered(h)
	}
	if t := h.Status.Trial; t != nil && t.State == api.TrialUnclear {
		return Result{Status: Waiting, Text: h.Host + " does not say yet what became of the kernel " + t.Kernel}
	}
	switch h.Status.Mode {
	case api.ModeOperational, api.ModeDisabled:
		return Result{Status: Done}
	case api.ModeRebooting:
		return Result{Status: Waiting, Text: h.Host + " is rebooting"}
	case api.ModeMaintenance:
		switch {
		case asked:
			return Result{Status: Waiting, Text: h.Host + " is still in maintenance mode"}
		case CommandRunning(h.Status) && !evenBusy:
			return Result{Status: Waiting, Text: "the command still runs on " + h.Host + ": umm output -f there follows it"}
		}
		return Result{Status: Due}
	}
	return unknownMode(h)
}

// byReboot tells whether a host leaves maintenance mode by a reboot.
func byReboot(how run.LeaveBy, st api.Status) bool {
	return how == run.LeaveReboot || how == run.LeaveAuto && rebootNeeded(st)
}

func rebootNeeded(st api.Status) bool {
	return st.Reboot != nil && st.Reboot.Needed == api.RebootNeeded
}

// howItLeft tells how a host has left maintenance mode, as far as that was seen: by a reboot, on
// which kernel, and whether it still has to be rebooted, or that nobody knows.
func howItLeft(how run.LeaveBy, before, after api.Status) string {
	var parts []string
	if before.BootID != "" && before.BootID != after.BootID {
		text := fmt.Sprintf("rebooted: boot %s after %s", short(after.BootID), short(before.BootID))
		if before.Kernel != "" && after.Kernel != "" && before.Kernel != after.Kernel {
			text += fmt.Sprintf(", kernel %s -> %s", before.Kernel, after.Kernel)
		}
		parts = append(parts, text)
	}
	switch r := after.Reboot; {
	case how == "" || how == run.LeaveOff || r == nil || r.Needed == api.RebootNotNeeded:
	case r.Needed == api.RebootNeeded:
		parts = append(parts, "still needs a reboot: "+strings.Join(r.Reasons, "; "))
	default:
		parts = append(parts, "cannot tell whether a reboot is needed: "+strings.Join(r.Unknown, "; "))
	}
	return strings.Join(parts, "; ")
}

// leave has a host leave maintenance mode, and wants to see it operational. Then it sets the
// guard again, which went with the reboot.
func (e *Engine) leave(ctx context.Context, st run.Step) Result {
	aborting := e.state.Direction == run.Undo
	if aborting {
		// An umm on of this run that is still on its way is refused from here on.
		_ = e.Cluster.Guard.Clear(ctx, st.Host, e.state.Request.ID)
	}
	evenBusy := AcceptedRisk(e.state.Request.Risks, api.RiskCommandRunning)
	// reboots: it may have heard that it is to reboot; asked: it did hear.
	reboots, asked := false, false
	var last error
	var before, after api.Status
	r := e.wait(ctx, st, e.Limits.Poll, func(ctx context.Context) Result {
		h := e.statusOf(ctx, st.Host)
		r := judgeLeave(h, asked, evenBusy)
		switch {
		case h.Err != nil && reboots:
			return rebooting(h)
		case r.Status == Due && e.Cluster.Node.Refused(last):
			return failure(last)
		case r.Status == Due:
			before = h.Status
			reboots = byReboot(st.Leave, h.Status)
			last = e.Cluster.Node.Off(ctx, st.Host, run.OffOptions{LeaveCommandRunning: evenBusy && CommandRunning(h.Status), Reboot: reboots})
			asked = last == nil
			return Result{Status: Waiting, Text: "umm off requested"}
		}
		after = h.Status
		return r
	})
	if r.Status != Done {
		return r
	}
	if !aborting {
		if err := e.Cluster.Guard.Set(ctx, st.Host, e.state.Request); err != nil {
			return failure(err)
		}
	}
	r.Text = howItLeft(st.Leave, before, after)
	if text := failedTrial(before, after); text != "" && !aborting && e.failed != text {
		return Result{Status: Failed, Text: text}
	}
	return r
}

// failedTrial says that a host has come back on its old kernel, "" where it has not: a kernel that
// fails on one host may fail on all. It stops a run once; who resumes it has seen it.
func failedTrial(before, after api.Status) string {
	for _, st := range []api.Status{after, before} {
		if st.Returned() {
			return fmt.Sprintf("it is back on the kernel %s: %s failed its trial: %s", st.Kernel, st.Trial.Kernel, st.Trial.Why)
		}
	}
	return ""
}
