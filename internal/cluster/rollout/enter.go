package rollout

import (
	"context"
	"errors"
	"fmt"

	"umm/internal/api"
	"umm/internal/cluster/run"
)

// judgeEnter says whether a host is in maintenance mode by run id, having had the boot ID before
// when it was asked to. live: without a reboot. asked: this umm-cluster has asked it already.
func judgeEnter(h HostStatus, id, before string, live, asked bool) Result {
	if h.Err != nil {
		return unanswered(h)
	}
	st := h.Status
	ours := st.Trigger != nil && st.Trigger.Run == id
	switch {
	case st.Mode == api.ModeMaintenance && ours && st.BootID != before:
		return Result{Status: Done, Text: fmt.Sprintf("maintenance mode, boot %s after %s", short(st.BootID), short(before)), Boot: st.BootID}
	case st.Mode == api.ModeMaintenance && ours && live && st.Switching && asked:
		return Result{Status: Waiting, Text: h.Host + " is switching to maintenance mode"}
	case st.Mode == api.ModeMaintenance && ours && live && st.Switching:
		// It goes on where it was interrupted.
		return Result{Status: Due}
	case st.Mode == api.ModeMaintenance && ours && live:
		return Result{Status: Done, Text: "maintenance mode, in boot " + short(st.BootID)}
	case st.Mode == api.ModeMaintenance && ours:
		return Result{Status: Failed, Text: h.Host + " is in maintenance mode without having rebooted"}
	case st.Mode == api.ModeMaintenance:
		return Result{Status: Failed, Text: h.Host + " is in maintenance mode, but not by this run" + why(st.Trigger)}
	case st.Mode == api.ModeRebooting:
		return Result{Status: Waiting, Text: h.Host + " is shutting down"}
	case st.BootID != before:
		// To ask again could run the command again.
		return Result{Status: Lost, Text: h.Host + " rebooted and came up operational, not in maintenance mode: umm history there tells why"}
	case st.Mode == api.ModeDisabled:
		return Result{Status: Failed, Text: "maintenance mode is disabled on " + h.Host}
	case st.Mode != api.ModeOperational:
		return unknownMode(h)
	case asked:
		doing := " has not shut down yet"
		if live {
			doing = " has not switched yet"
		}
		return Result{Status: Waiting, Text: h.Host + doing}
	}
	return Result{Status: Due}
}

// enter takes a host into maintenance mode, by a reboot or live, and wants to see that it did:
// the mode, by this run, and after a reboot another boot ID. Then it sets the guard again, which
// a reboot clears: who logs in there is told.
func (e *Engine) enter(ctx context.Context, st run.Step) Result {
	before := e.state.Current().Boot
	live := e.state.Request.Options.Enter == run.EnterLive
	// sent: it may have been heard; asked: it was.
	sent, asked := false, false
	var last error
	r := e.wait(ctx, st, e.Limits.Poll, func(ctx context.Context) Result {
		h := e.statusOf(ctx, st.Host)
		r := judgeEnter(h, e.state.Request.ID, before, live, asked)
		switch {
		case h.Err != nil && sent && !live:
			return rebooting(h)
		case r.Status == Due && postponed(last) && e.state.Request.Verb == run.Roll:
			return Result{Status: Postponed, Text: last.Error(), Err: last}
		case r.Status == Due && e.Cluster.Node.Refused(last):
			return failure(last)
		case r.Status == Due:
			// Where it is not known what became of it, it is asked again, which does no harm.
			last = e.Cluster.Node.On(ctx, st.Host, e.state.Request)
			sent, asked = true, last == nil
			return Result{Status: Waiting, Text: "umm on requested"}
		}
		return r
	})
	if r.Status == Done {
		if err := e.Cluster.Guard.Set(ctx, st.Host, e.state.Request); err != nil {
			return failure(err)
		}
	}
	return r
}

// postponed tells whether the host asks to try again later.
func postponed(err error) bool {
	var p interface{ Postponed() bool }
	return errors.As(err, &p) && p.Postponed()
}

// putBack brings a host that did not go back into its services. Then the run is paused.
func (e *Engine) putBack(st run.Step, r Result) error {
	return e.Write(run.Entry{Kind: run.Chosen, Host: st.Host, Text: "postponed: it goes back into its services", Postponed: r.Text,
		Steps: Back(st.Host, false, e.state.Current().Open, 0, e.Limits)})
}

// short is the beginning of a boot ID.
func short(boot string) string {
	switch {
	case len(boot) > 8:
		return boot[:8]
	case boot == "":
		return "unknown"
	}
	return boot
}
