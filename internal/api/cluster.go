package api

import "time"

// ClusterVersion is the version of the documents that umm-cluster prints about
// runs, and of the events that it prints and sends while one is under way.
const ClusterVersion = 1

// ClusterEvent is one line of `umm-cluster roll -o json`, and what a notification
// hook is given: one thing that happened in a run.
type ClusterEvent struct {
	Version int `json:"version"`
	// Seq counts from 1; it is absent where the event is not in the journal.
	Seq int       `json:"seq,omitempty"`
	At  time.Time `json:"at"`
	Run string    `json:"run"`
	// Kind is requested, baseline, chosen, begun, done, failed, passed-over, finished,
	// held, continued, resumed, returning, aborting, stopped, ended, gap, waiting or
	// warned.
	// A reader passes over those that it does not know.
	Kind    string          `json:"kind"`
	Host    string          `json:"host,omitempty"`
	Request *ClusterRequest `json:"request,omitempty"`
	Step    *ClusterStep    `json:"step,omitempty"`
	// Steps are what is done for a host that was chosen, Plan is what is done for each
	// host from here on.
	Steps    []ClusterStep    `json:"steps,omitempty"`
	Plan     []ClusterTurn    `json:"plan,omitempty"`
	Boot     string           `json:"boot_id,omitempty"`
	Verdicts []ClusterVerdict `json:"verdicts,omitempty"`
	Text     string           `json:"text,omitempty"`
	// Hint is what the operator does next.
	Hint string `json:"hint,omitempty"`
	// LastLines are at most the ten last lines that the command printed, while it runs and where it
	// failed; absent from what is sent elsewhere.
	LastLines []string `json:"last_lines,omitempty"`

	Took float64 `json:"took_seconds,omitempty"`
}

// ClusterRequest is what a run was asked to do.
type ClusterRequest struct {
	// Verb is roll, on, off, down or up.
	Verb   string   `json:"verb"`
	By     string   `json:"by"`
	Master string   `json:"master"`
	Reason string   `json:"reason,omitempty"`
	Hosts  []string `json:"hosts"`
	// Command is absent from what is sent elsewhere.
	Command    []string `json:"command,omitempty"`
	Canary     bool     `json:"canary,omitempty"`
	PauseAfter int      `json:"pause_after,omitempty"`
	Hold       bool     `json:"hold,omitempty"`
	// Enter is live; it is absent for reboot.
	Enter string `json:"enter,omitempty"`
	// Leave is how hosts leave maintenance mode: auto or reboot; it is absent for off.
	Leave string `json:"leave,omitempty"`
	// OnCommandFailure is continue; it is absent for stop.
	OnCommandFailure string        `json:"on_command_failure,omitempty"`
	Risks            []ClusterRisk `json:"risks,omitempty"`
}

// ClusterRisk is a danger that the operator accepted.
type ClusterRisk struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// ClusterTurn is one host's turn.
type ClusterTurn struct {
	Host  string        `json:"host"`
	Why   string        `json:"why,omitempty"`
	Steps []ClusterStep `json:"steps"`
}

// ClusterStep is one thing that is done for a host.
type ClusterStep struct {
	// N is its place in the host's turn, from 1.
	N    int    `json:"n"`
	Host string `json:"host"`
	// Kind is gate, drain, enter, command, hold, start, leave, restore or settle.
	Kind  string `json:"kind"`
	Title string `json:"title"`
	// Change names what is changed in which service; the commands are not told.
	Change string  `json:"change,omitempty"`
	Limit  float64 `json:"limit_seconds,omitempty"`
}

// ClusterVerdict is the result of one health check, with its reason.
type ClusterVerdict struct {
	Service string `json:"service"`
	Name    string `json:"name"`
	Host    string `json:"host,omitempty"`
	// State is ok, wait, stop or unknown.
	State    string `json:"state"`
	Reason   string `json:"reason"`
	Evidence string `json:"evidence,omitempty"`
	Risk     string `json:"risk,omitempty"`
}

// ClusterChecks is the answer of `umm-cluster check -o json`.
type ClusterChecks struct {
	Version  int              `json:"version"`
	OK       bool             `json:"ok"`
	Verdicts []ClusterVerdict `json:"verdicts"`
}

// ClusterPlan is the answer of `umm-cluster plan -o json`.
type ClusterPlan struct {
	Version int            `json:"version"`
	Request ClusterRequest `json:"request"`
	Turns   []ClusterTurn  `json:"turns"`
}

// ClusterRuns is the answer of `umm-cluster history -o json`, oldest first, and of
// `umm-cluster show -o json`, with one run.
type ClusterRuns struct {
	Version int          `json:"version"`
	Runs    []ClusterRun `json:"runs"`
}

// ClusterRun is where a run stands, or stood at its end.
type ClusterRun struct {
	Run     string         `json:"run"`
	Request ClusterRequest `json:"request"`
	// Phase is active, held, stopped or ended; Direction is empty, back or undo.
	Phase     string    `json:"phase"`
	Direction string    `json:"direction,omitempty"`
	Text      string    `json:"text,omitempty"`
	Hint      string    `json:"hint,omitempty"`
	Started   time.Time `json:"started"`
	Last      time.Time `json:"last"`
	// Hosts are those of the request.
	Hosts    []ClusterHost    `json:"hosts"`
	Baseline []ClusterVerdict `json:"baseline,omitempty"`
	Gaps     []ClusterGap     `json:"gaps,omitempty"`
	Warnings []string         `json:"warnings,omitempty"`
}

// ClusterHost is where a host stands in a run.
type ClusterHost struct {
	Host string `json:"host"`
	// State is untouched, through, dropped, away, under-way or failed.
	State string `json:"state"`
	Text  string `json:"text,omitempty"`
	// Maintenance: it is in maintenance mode by this run, or may be.
	Maintenance bool `json:"maintenance,omitempty"`
	// InForce are the changes that are not undone.
	InForce []string `json:"in_force,omitempty"`
	// Left says how the host left maintenance mode, where it was by a reboot, and on which
	// kernel it came back.
	Left string `json:"left,omitempty"`
	// CommandFailed says how the command failed of a host after which the run went on.
	CommandFailed string `json:"command_failed,omitempty"`
	// LastLines are what the command printed last, where it failed.
	LastLines []string `json:"last_lines,omitempty"`
	// Took is how long the steps took, by their kind.
	Took map[string]float64 `json:"took_seconds,omitempty"`
}

// ClusterGap is a time in which a client's probe was not served.
type ClusterGap struct {
	Probe string    `json:"probe"`
	Until time.Time `json:"until"`
	Took  float64   `json:"took_seconds"`
}
