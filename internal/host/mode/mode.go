// Package mode decides which mode a boot of this host is in, and why, and how the record
// changes by what happens. It is pure: facts in, decision or next record out. It reads no
// file, no clock and no environment, so that the boot-time generator, the
// recorder, the commands and `umm check` cannot disagree, and so that every
// combination can be tested.
package mode

import "time"

// Mode is what a boot is for.
type Mode string

const (
	// Operational is the host's ordinary life: its own default target.
	Operational Mode = "operational"
	// Maintenance is MM: only what is needed to reach and repair the host.
	Maintenance Mode = "maintenance"
)

// Kind names what led into maintenance mode.
type Kind string

const (
	// ByOperator is `umm on`.
	ByOperator Kind = "operator"
	// ByKernelArgument is the word `umm` on the kernel command line: the boot
	// menu's entry.
	ByKernelArgument Kind = "kernel-argument"
	// ByUncleanBoots is REBOOT_COUNT reached.
	ByUncleanBoots Kind = "unclean-boots"
	// ByEmergency is a boot that would have ended in the emergency shell.
	ByEmergency Kind = "emergency"
)

// Trigger is why the host is, or will be, in maintenance mode.
type Trigger struct {
	Kind Kind `json:"kind"`
	// Detail is a phrase for people: which mount failed, how many boots.
	Detail string    `json:"detail,omitempty"`
	At     time.Time `json:"at,omitzero"`
	// By is who asked, as far as is known: "alice from 192.0.2.7".
	By string `json:"by,omitempty"`
	// Run is the run of umm-cluster that asked; empty where it was a person.
	Run string `json:"run,omitempty"`
}

// BootState is how a boot stands in the count of unclean boots.
type BootState string

const (
	// Running means that if the host stops now, this boot was unclean.
	Running BootState = "running"
	// Healed means operational for COUNTER_RESET_TIME: how it ends no longer counts.
	Healed BootState = "healthy"
	// Ended means by a shutdown that somebody asked for.
	Ended BootState = "ended"
)

// Boot is one boot of the host as umm recorded it.
type Boot struct {
	// ID is the kernel's boot ID, in lower-case hex without dashes.
	ID      string    `json:"id"`
	Mode    Mode      `json:"mode"`
	State   BootState `json:"state"`
	Started time.Time `json:"started,omitzero"`
	// Leaving is set from the word of `umm off` until the operational services
	// have been asked for, or the host is down. A power cut in between is that of
	// an operational boot, a crash of umm in between lets `umm off` be said again.
	Leaving bool `json:"leaving,omitempty"`
	// Asked as in Facts.Asked.
	Asked bool `json:"asked,omitempty"`
	// Kexec: it ended by starting another kernel itself, on a machine where that kernel
	// cannot tell.
	Kexec bool `json:"kexec,omitempty"`
}

// same tells whether b is this very run of userspace. A soft reboot keeps the
// boot ID, but then the earlier run has Ended.
func (b Boot) same(id string) bool { return id != "" && b.ID == id && b.State != Ended }

// Then is what follows a command that succeeded.
type Then string

// What can follow a command that succeeded.
const (
	ThenStay   Then = "stay"
	ThenOff    Then = "off"
	ThenReboot Then = "reboot"
)

// CommandState is how far the command of a session is.
type CommandState string

// A command goes from Pending to Running once, and from there to one of the
// others once. Interrupted: the host stopped while it ran.
const (
	CommandPending     CommandState = "pending"
	CommandRunning     CommandState = "running"
	CommandSucceeded   CommandState = "succeeded"
	CommandFailed      CommandState = "failed"
	CommandTimedOut    CommandState = "timed-out"
	CommandInterrupted CommandState = "interrupted"
	CommandCancelled   CommandState = "cancelled"
)

// Command is what `umm on COMMAND` asked to be run once.
type Command struct {
	// Argv is run as it is; `sh -c` was put in front already where one argument
	// was given.
	Argv  []string     `json:"argv"`
	State CommandState `json:"state"`
	// Limit bounds the run; 0 means no bound.
	Limit time.Duration `json:"limit,omitempty"`
	// ExitCode is the exit status, 128+N after signal N; meaningful once the
	// state is succeeded, failed or timed-out.
	ExitCode int       `json:"exit_code"`
	Started  time.Time `json:"started,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
	// Error says why a command could not be run at all, or why it is not known how it
	// ended.
	Error string `json:"error,omitempty"`
	// Process is the command while it runs.
	Process *Process `json:"process,omitempty"`
}

// Process is a program that runs, such that it is not taken for another one.
type Process struct {
	PID int `json:"pid"`
	// Start is when it started, in clock ticks since the boot: field 22 of /proc/PID/stat.
	Start uint64 `json:"start"`
}

// EarlierCommand is a command that still ran when another maintenance session began.
type EarlierCommand struct {
	Number  int     `json:"stay"`
	Command Command `json:"command"`
}

// Live is what a switch without a reboot stopped and has to start again.
type Live struct {
	// Boot is the boot it happened in; in a later boot it means nothing.
	Boot string `json:"boot"`
	// Active are the units that ran before the switch.
	Active []string `json:"active,omitempty"`
	// Stopped are the units that the switch stopped; known once Done.
	Stopped []string `json:"stopped,omitempty"`
	Done    bool     `json:"done,omitempty"`
}

// Session is one maintenance session, from its request to its end. It may
// span several boots: a crash in MM stays in MM.
type Session struct {
	// Number numbers the sessions of a host, so that what is run for one is not taken for
	// what is run for the next; 0 where an earlier version of umm began it.
	Number  int     `json:"stay,omitempty"`
	Trigger Trigger `json:"trigger"`
	// Reason is the operator's own words.
	Reason string `json:"reason,omitempty"`
	// Entered is when MM was reached; zero while it is only asked for.
	Entered time.Time `json:"entered,omitzero"`
	// For ends the session by itself that long after it was entered; 0: never.
	For     time.Duration `json:"for,omitempty"`
	Then    Then          `json:"then,omitempty"`
	Command *Command      `json:"command,omitempty"`
	Live    *Live         `json:"live,omitempty"`
}

// Record is all that survives a power cut.
type Record struct {
	// Unclean is how many boots in a row before Boot did not end well.
	Unclean int `json:"unclean"`
	// Boot is the last boot that was recorded; its ID is empty when none was.
	Boot Boot `json:"boot"`
	// Pending is the maintenance asked for by somebody for the next boot.
	Pending *Session `json:"pending,omitempty"`
	// NextOperational: the next boot is operational whatever the count says.
	NextOperational bool `json:"next_operational,omitempty"`
	// Session is the session that Boot is in, or the last one.
	Session *Session `json:"session,omitempty"`
	// Earlier are the commands of sessions before that one that still run.
	Earlier []EarlierCommand `json:"earlier,omitempty"`
	// Trial is the last new kernel on trial; nil where none is.
	Trial *Trial `json:"trial,omitempty"`
	// Events are not yet in the history file; NextEvent numbers the next one.
	Events    []Event `json:"events,omitempty"`
	NextEvent uint64  `json:"next_event"`
	// Unsaved: the disk could not keep this record, only /run has it.
	Unsaved bool `json:"unsaved,omitempty"`
}

// Facts are what the host says about this boot.
type Facts struct {
	// BootID as in Boot.ID.
	BootID string
	// Asked: the kernel command line holds the word umm.
	Asked bool
	// Kexec: the kernel before started this one, and no boot loader was asked.
	Kexec bool
	// Kernel is the release of the kernel that runs; empty where it is not this host's own.
	Kernel string
	// Trial: the boot loader has begun a trial of this kernel.
	Trial bool
	// KeepsOut says why umm keeps out of this boot; empty: it does not. See KeepsOut.
	KeepsOut string
	// Noted is the record as /run/umm has it, nil when it has none. It counts where
	// the durable one knows less. See Public and Known.
	Noted *Record
}

// Policy is what /etc/umm.conf says.
type Policy struct {
	Enabled bool
	// Hidden: the caller may not read it, so what else stands here is not known.
	Hidden bool
	// RebootCount is how many unclean boots in a row lead to MM; 0: every boot.
	RebootCount int
	// HealthyAfter is how long an operational boot lasts until it is healthy.
	HealthyAfter time.Duration
	// KeepUnits are units that run in MM beside the built-in ones.
	KeepUnits      []string
	CatchEmergency bool
	// CommandLimit bounds a command that names no limit itself; 0: none.
	CommandLimit time.Duration
	// KernelTrial: the first boot of a new kernel is a trial.
	KernelTrial bool
	// RebootNeeded is the operator's command that tells whether a reboot is needed, a line for
	// /bin/sh; empty where there is none.
	RebootNeeded string
}

// Decision is what to do with this boot.
type Decision struct {
	Mode Mode
	// Why is a phrase for the journal.
	Why string
	// Trigger is set for Maintenance.
	Trigger Trigger
	// KeepsOut: umm keeps out of this boot and records nothing of it.
	KeepsOut bool
	// Disabled: UMM is not yes.
	Disabled bool
	// Fresh: this boot is not in the record yet.
	Fresh bool
	// Unclean is the count that goes with this boot.
	Unclean int
	// source says which session a fresh Maintenance boot is in.
	source source
}

type source int

const (
	fromNew source = iota
	fromPending
	fromCrash
)
