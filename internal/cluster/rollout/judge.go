package rollout

import (
	"fmt"
	"strings"

	"umm/internal/api"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// Word is what a look at a host means for the step that is under way.
type Word string

// The words.
const (
	// Ask: it has to be asked to do it.
	Ask Word = "ask"
	// Wait: it is on its way.
	Wait Word = "wait"
	// Gone: it is on its way, and the host does not answer: that is waited for.
	Gone Word = "gone"
	// There: it is done.
	There Word = "there"
	// Fail: it cannot come about as things are; the text says why.
	Fail Word = "fail"
	// Over: it cannot come about by this run any more, whatever is mended.
	Over Word = "over"
	// Miss: it came to its end, and failed; run.Options.ContinueOnFailure may go on after that.
	Miss Word = "miss"
)

// Entering judges a host that is to be in maintenance mode for run id and had the
// boot ID before when it was asked. asked: this umm-cluster has asked it already.
func Entering(h HostStatus, id, before string, asked bool) (Word, string) {
	if h.Err != nil {
		return Wait, h.Host + " does not answer: " + h.Err.Error()
	}
	st := h.Status
	ours := st.Trigger != nil && st.Trigger.Run == id
	switch {
	case st.Mode == api.ModeMaintenance && ours && st.BootID != before:
		return There, fmt.Sprintf("maintenance mode, boot %s after %s", short(st.BootID), short(before))
	case st.Mode == api.ModeMaintenance && ours:
		return Fail, h.Host + " is in maintenance mode without having rebooted"
	case st.Mode == api.ModeMaintenance:
		return Fail, h.Host + " is in maintenance mode, but not by this run" + why(st.Trigger)
	case st.Mode == api.ModeRebooting:
		return Wait, h.Host + " is going down"
	case st.BootID != before:
		// To ask again could run the command again.
		return Over, h.Host + " rebooted and came up operational, not in maintenance mode: umm history there tells more"
	case st.Mode == api.ModeDisabled:
		return Fail, "maintenance mode is disabled on " + h.Host
	case st.Mode != api.ModeOperational:
		return Fail, fmt.Sprintf("%s is in mode %q, which this umm-cluster does not know", h.Host, st.Mode)
	case asked:
		return Wait, h.Host + " has not gone down yet"
	}
	return Ask, ""
}

// Working judges the command of a host in maintenance mode. One that was cut short
// by a crash or a person did not fail by itself, and is no Miss.
func CommandResult(h HostStatus, id string) (Word, string) {
	if h.Err != nil {
		return Wait, h.Host + " does not answer: " + h.Err.Error()
	}
	st := h.Status
	if st.Mode != api.ModeMaintenance || st.Trigger == nil || st.Trigger.Run != id {
		return Over, h.Host + " has left maintenance mode meanwhile: it is " + st.Mode
	}
	if st.Command == nil {
		return Fail, h.Host + " knows of no command"
	}
	c := st.Command
	switch c.State {
	case "pending", "running":
		return Wait, "the command is " + c.State
	case "succeeded":
		return There, "the command succeeded"
	}
	text := "the command " + c.State
	word := Fail
	if c.State == "failed" || c.State == "timed-out" {
		word = Miss
	}
	switch {
	case c.Error != "":
		text += ": " + c.Error
	case c.ExitCode != nil:
		text += fmt.Sprintf(" with status %d", *c.ExitCode)
	}
	return word, text + ": umm output on " + h.Host + " shows what it printed"
}

// Busy tells whether the command runs on a host.
func CommandRunning(st api.Status) bool {
	return st.Mode == api.ModeMaintenance && st.Command != nil && st.Command.State == "running"
}

// Leaving judges a host that is to be operational. asked: it was asked already,
// and said that it did. anyway: also while its command runs.
func Leaving(h HostStatus, asked, anyway bool) (Word, string) {
	if h.Err != nil {
		return Wait, h.Host + " does not answer: " + h.Err.Error()
	}
	switch h.Status.Mode {
	case api.ModeOperational, api.ModeDisabled:
		return There, h.Host + " is operational"
	case api.ModeRebooting:
		return Wait, h.Host + " is rebooting"
	case api.ModeMaintenance:
		if asked {
			return Wait, h.Host + " is still in maintenance mode"
		}
		if CommandRunning(h.Status) && !anyway {
			return Wait, "the command still runs on " + h.Host + ": umm output -f there follows it"
		}
		return Ask, ""
	}
	return Fail, fmt.Sprintf("%s is in mode %q, which this umm-cluster does not know", h.Host, h.Status.Mode)
}

// reboots tells whether a host is to leave maintenance mode by a reboot.
func reboots(how run.LeaveBy, st api.Status) bool {
	return how == run.LeaveReboot || how == run.LeaveAuto && rebootNeeded(st)
}

func rebootNeeded(st api.Status) bool {
	return st.Reboot != nil && st.Reboot.Needed == api.RebootNeeded
}

// Left tells how a host has left maintenance mode, as far as that was seen: by a reboot, on
// which kernel, and whether it has to be rebooted still, or that cannot be told.
func Left(how run.LeaveBy, before, after api.Status) string {
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
		parts = append(parts, "a reboot is needed still: "+strings.Join(r.Reasons, "; "))
	default:
		parts = append(parts, "whether a reboot is needed cannot be told: "+strings.Join(r.Unknown, "; "))
	}
	return strings.Join(parts, "; ")
}

// Gating judges what stands in the way of a host's leaving: Stop ends the wait,
// unless it can be told that waiting helps.
func Gating(bad []service.Verdict) (Word, string) {
	if len(bad) == 0 {
		return There, ""
	}
	text := sentence(bad)
	if service.Worst(bad) == service.Stop {
		return Fail, text
	}
	return Wait, text
}

func short(boot string) string {
	if len(boot) > 8 {
		return boot[:8]
	}
	if boot == "" {
		return "unknown"
	}
	return boot
}

// Blocking are the verdicts that stand in the way of host's leaving, and all that
// were made.
func Blocking(seen Observation, s run.State, host string) (bad, all []service.Verdict) {
	open := openChanges(s)
	whole := append(seen.Health(inMaintenance(s), excluded(open)...), seen.without(host, inMaintenance(s), open)...)
	leave := seen.Leaving(host)
	for _, c := range open {
		if c.Target == host && len(c.Carries) > 0 {
			// What it did has to be done elsewhere still.
			leave = append(leave, seen.Settled(c, true))
		}
	}
	return append(Unaccepted(whole, s.Request, s.Baseline), Unaccepted(leave, s.Request, nil)...), append(whole, leave...)
}
