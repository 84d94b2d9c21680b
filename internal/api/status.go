// Package api holds the JSON documents that umm prints and umm-cluster reads.
// They are the contract between programs of different versions: a field is only
// ever added, and each document's version has a golden file. It is pure.
package api

import "time"

// StatusVersion is the version of the Status document.
const StatusVersion = 1

// What Status.Mode can say.
const (
	ModeOperational = "operational"
	ModeMaintenance = "maintenance"
	// ModeRebooting: a mode was asked for and the host is going down.
	ModeRebooting = "rebooting"
	ModeDisabled  = "disabled"
)

// Status is the answer of `umm status -o json`.
type Status struct {
	Version int    `json:"version"`
	Mode    string `json:"mode"`
	// Enabled is UMM=yes; a host can be in maintenance mode all the same, when it
	// was disabled by hand meanwhile.
	Enabled bool   `json:"enabled"`
	BootID  string `json:"boot_id"`
	// Trigger is why the host is in, or on its way into, maintenance mode.
	Trigger *Trigger `json:"trigger,omitempty"`
	// Since is when maintenance mode was entered; Until when it ends by itself.
	Since *time.Time `json:"since,omitempty"`
	Until *time.Time `json:"until,omitempty"`
	// Switching: umm on --live has not come to its end.
	Switching bool `json:"switching,omitempty"`
	// Guard is the run of umm-cluster that has this host.
	Guard *Guard `json:"guard,omitempty"`
	// Unclean counts the boots in a row before this one that did not end well.
	Unclean Unclean  `json:"unclean_boots"`
	Command *Command `json:"command,omitempty"`
	// FailedUnits are the units of the init system that failed; null when it
	// could not be asked.
	FailedUnits []string `json:"failed_units"`
	// Kernel is the release of the kernel that runs, as uname -r prints it.
	Kernel string `json:"kernel,omitempty"`
	// Reboot is whether the host has to be rebooted; absent where an earlier version of umm
	// did not look.
	Reboot *Reboot `json:"reboot,omitempty"`
	// Trial is the last new kernel on trial; absent where none is, or once its boot was healthy.
	Trial *Trial `json:"kernel_trial,omitempty"`
	// Problems are sentences on what is wrong with umm's record or configuration.
	Problems []string `json:"problems,omitempty"`
	Umm      string   `json:"umm_version"`
}

// What Reboot.Needed can say.
const (
	RebootNeeded    = "yes"
	RebootNotNeeded = "no"
	RebootUnknown   = "unknown"
)

// Reboot is whether a host has to be rebooted for what was installed to take effect.
type Reboot struct {
	// Needed is yes, no or unknown: unknown where nothing says yes, and one of those that
	// could say so could not be asked.
	Needed string `json:"needed"`
	// Reasons are phrases on what says yes, Unknown on what could not be told.
	Reasons []string `json:"reasons,omitempty"`
	Unknown []string `json:"unknown,omitempty"`
}

// What Trial.State can say.
const (
	TrialWaiting = "waiting"
	TrialRunning = "running"
	TrialFailed  = "failed"
	// TrialUnclear: another kernel runs, and whether it was tried is not known yet.
	TrialUnclear = "unclear"
)

// Trial is a new kernel that is started once, until a boot of it was healthy. Kernels are named as
// uname -r prints them.
type Trial struct {
	// State is waiting (for the next boot), running (in this one), failed, or unclear (this boot began just now).
	State  string `json:"state"`
	Kernel string `json:"kernel"`
	// Kept is the kernel that is started otherwise.
	Kept string `json:"kept,omitempty"`
	// Why says how it failed; Panic, for root only, what the kernel said last.
	Why   string `json:"why,omitempty"`
	Panic string `json:"panic,omitempty"`
	// ReturnedBoot is the ID of the first boot of another kernel after it had failed.
	ReturnedBoot string `json:"returned_boot,omitempty"`
	// At is when the state changed last.
	At *time.Time `json:"at,omitempty"`
}

// Returned tells whether this very boot is the one that came back on the kernel before.
func (s Status) Returned() bool {
	return s.Trial != nil && s.Trial.State == TrialFailed && s.Trial.ReturnedBoot != "" && s.Trial.ReturnedBoot == s.BootID
}

// Trigger is why.
type Trigger struct {
	// Kind is operator, kernel-argument, unclean-boots or emergency.
	Kind   string     `json:"kind"`
	Detail string     `json:"detail,omitempty"`
	Reason string     `json:"reason,omitempty"`
	At     *time.Time `json:"at,omitempty"`
	By     string     `json:"by,omitempty"`
	// Run is the run of umm-cluster that asked; empty where it was a person.
	Run string `json:"run,omitempty"`
}

// String says what led into maintenance mode, as a phrase: "umm on, by alice from
// 192.0.2.7 (new disk)".
func (t Trigger) String() string {
	text := t.Detail
	if text == "" {
		text = t.Kind
	}
	if t.By != "" {
		text += ", by " + t.By
	}
	if t.Reason != "" {
		text += " (" + t.Reason + ")"
	}
	return text
}

// Unclean is the count of unclean boots and where it leads to maintenance mode.
type Unclean struct {
	Count     int `json:"count"`
	Threshold int `json:"threshold"`
}

// Command is the command of the current or last maintenance session.
type Command struct {
	// Argv is absent when the caller is not root.
	Argv []string `json:"argv,omitempty"`
	// State is pending, running, succeeded, failed, timed-out, interrupted or
	// cancelled.
	State string `json:"state"`
	// ExitCode is null until the command has ended.
	ExitCode *int       `json:"exit_code"`
	Started  *time.Time `json:"started,omitempty"`
	Ended    *time.Time `json:"ended,omitempty"`
	Error    string     `json:"error,omitempty"`
	// LastLines are at most the ten last lines that it printed; absent when the caller is not
	// root.
	LastLines []string `json:"last_lines,omitempty"`
}
