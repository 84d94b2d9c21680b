// Package run is the vocabulary of a run of umm-cluster: what was asked for, the
// steps it is made of, and the entries that say what happened. The journal keeps
// the entries, the report shows them, the rollout decides by them. It is pure.
package run

import (
	"regexp"
	"slices"
	"time"

	"umm/internal/cluster/service"
)

// ValidID tells whether a text can be the ID of a run: what is anything else is nobody's, and
// must not stand in a command that people are told to type.
func ValidID(id string) bool { return idPattern.MatchString(id) }

var idPattern = regexp.MustCompile(`^[0-9]{8}-[0-9]{6}-[0-9a-f]{4}$`)

// Verb is what a run does.
type Verb string

// The verbs.
const (
	// Roll takes hosts through maintenance mode one after another.
	Roll Verb = "roll"
	// On takes one host into maintenance mode and leaves it there.
	On Verb = "on"
	// Off brings one host back.
	Off Verb = "off"
	// Down takes all hosts into maintenance mode, one after another; Up brings them
	// back, last in, first out.
	Down Verb = "down"
	Up   Verb = "up"
	// Unlock took the cluster away from another run; it does nothing else.
	Unlock Verb = "unlock"
)

// Request is what was asked for, and how the cluster was then: the first entry.
type Request struct {
	// ID names the run: "20261123-092114-3f2a"; it sorts by time.
	ID   string `json:"id"`
	Verb Verb   `json:"verb"`
	// By is who asked, Master where umm-cluster runs.
	By     string `json:"by"`
	Master string `json:"master"`
	Reason string `json:"reason,omitempty"`
	// Hosts are the hosts to take, in the order of the inventory. The order in which
	// they are taken is decided as the run goes.
	Hosts []string `json:"hosts"`
	// Command is run on each host in maintenance mode; as for umm on.
	Command []string `json:"command,omitempty"`
	Options Options  `json:"options"`
	// Members are the hosts of each service, of the whole cluster and not only of
	// Hosts, as found when the run started.
	Members map[string][]string `json:"members"`
	// Addresses are what the hosts said then that their addresses are.
	Addresses map[string][]string `json:"addresses,omitempty"`
	Risks     []Risk              `json:"risks,omitempty"`
	// Machines are the hosts of the whole cluster, by their names: other clusters may have hosts
	// of the same names.
	Machines map[string]Machine `json:"machines,omitempty"`
	// IDs are what its services call their clusters.
	IDs map[string][]string `json:"cluster_ids,omitempty"`
	// Probes are what is measured of clients while the run is under way.
	Probes []string `json:"probes,omitempty"`
	// Connects are those of Probes that only connect: they see whether connections are taken,
	// and nothing of how long a request takes.
	Connects []string `json:"connects,omitempty"`
}

// Options are the operator's wishes for the course of a run.
type Options struct {
	// Canary holds after the first host.
	Canary bool `json:"canary,omitempty"`
	// PauseAfter holds after every so many hosts; 0: never.
	PauseAfter int `json:"pause_after,omitempty"`
	// Hold keeps each host in maintenance mode until `umm-cluster continue`.
	Hold bool `json:"hold,omitempty"`
	// ContinueOnFailure brings a host back whose command failed, and takes the next.
	ContinueOnFailure bool `json:"go_on,omitempty"`
	// Enter is how hosts enter maintenance mode, Leave how they leave it.
	Enter EnterBy `json:"enter,omitempty"`
	Leave LeaveBy `json:"leave,omitempty"`
	// Until is when the run has to be through with the host under way: none begins that would not
	// be. Zero: there is no such time.
	Until time.Time `json:"until,omitzero"`
}

// OffOptions are what umm off is asked with on a host.
type OffOptions struct {
	// LeaveCommandRunning: umm off also while the command runs there, which goes on.
	LeaveCommandRunning bool
	// Reboot reboots into operational mode.
	Reboot bool
}

// EnterBy is how a host enters maintenance mode.
type EnterBy string

// The ways. A journal of an earlier version has none, and means EnterReboot.
const (
	EnterReboot EnterBy = "reboot"
	// EnterLive stops the services in the boot that runs.
	EnterLive EnterBy = "live"
)

// LeaveBy is how a host leaves maintenance mode.
type LeaveBy string

// The ways. A journal of an earlier version has none, and means LeaveOff.
const (
	// LeaveOff starts the services in the boot that runs.
	LeaveOff LeaveBy = "off"
	// LeaveReboot reboots into operational mode.
	LeaveReboot LeaveBy = "reboot"
	// LeaveAuto reboots where the host says that a reboot is needed.
	LeaveAuto LeaveBy = "auto"
)

// Risk is a danger that the operator accepted by its name, and why.
type Risk struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// StepKind is what a step does.
type StepKind string

// The kinds, in the order in which a host goes through them.
const (
	// Gate: every service is healthy, and stays so without the host. It stands before
	// the first change, and again before the host goes.
	Gate StepKind = "gate"
	// Drain makes one change, and waits for its effect.
	Drain StepKind = "drain"
	// Enter: umm on, then another boot ID and maintenance mode seen.
	Enter StepKind = "enter"
	// Command waits for the command to end, and wants it to have succeeded.
	Command StepKind = "command"
	// Hold waits for the operator's word.
	Hold StepKind = "hold"
	// Start makes a change that has no undo: a service is started on a host that is
	// in maintenance mode, as for the bootstrap of a cluster.
	Start StepKind = "start"
	// Leave: umm off, then operational mode seen.
	Leave StepKind = "leave"
	// Restore undoes one change, and waits for that.
	Restore StepKind = "restore"
	// Settle: every service is healthy again, several times in a row, and nothing is
	// worse than before the run.
	Settle StepKind = "settle"
)

// stepKinds are all of them.
var stepKinds = []StepKind{Gate, Drain, Enter, Command, Hold, Start, Leave, Restore, Settle}

// StepKinds are all of them, in the order in which a host goes through them.
func StepKinds() []StepKind { return slices.Clone(stepKinds) }

// Step is one thing that is done for one host.
type Step struct {
	// N is its place in the host's turn, from 0.
	N    int      `json:"n"`
	Host string   `json:"host"`
	Kind StepKind `json:"kind"`
	// Title is what it does, for people: "umm on: reboot into maintenance mode".
	Title  string          `json:"title"`
	Change *service.Change `json:"change,omitempty"`
	// Limit is how long it may take.
	Limit time.Duration `json:"limit"`
	// Leave is how a step of the kinds Leave and Start has the host leave maintenance mode;
	// empty: LeaveOff.
	Leave LeaveBy `json:"leave,omitempty"`
}

// Name is what it does, without the words of the command that is run on the hosts, which may
// hold secrets: for what is told elsewhere.
func (s Step) Name() string {
	if s.Kind == Command {
		return "run the command"
	}
	return s.Title
}

// Planned is one host's turn: why it is its turn, and what is done then.
type Planned struct {
	Host  string `json:"host"`
	Why   string `json:"why"`
	Steps []Step `json:"steps"`
}

// Kind is what an entry says.
type Kind string

// The kinds of entries. Those that are not Journaled are for the eye only: they are
// shown, and not kept.
const (
	// Requested has Request.
	Requested Kind = "requested"
	// Baseline has Verdicts: the health before anything was done.
	Baseline Kind = "baseline"
	// Chosen: Host is next, Text says why, Steps are what is done for it.
	Chosen Kind = "chosen"
	// Begun, Done and Failed have Step. Begun is durable before anything is done. Done
	// may have Verdicts and Text (what was seen); Failed has Text (what could not be
	// done and why).
	Begun  Kind = "begun"
	Done   Kind = "done"
	Failed Kind = "failed"
	// PassedOver has Step, which failed for good; the run goes on without it, as
	// Options.ContinueOnFailure says of commands. So does one that is given up with a change that it
	// cannot undo, which stays in force. Text has what failed.
	PassedOver Kind = "passed-over"
	// Finished: Host is through.
	Finished Kind = "finished"
	// Paused: the run waits for `umm-cluster continue`; Text says why. Later tells whether that
	// is for a time, or for a person.
	Paused Kind = "held"
	// Continued and Resumed are the operator's word; Text has who.
	Continued Kind = "continued"
	Resumed   Kind = "resumed"
	// Returning and Aborting are too: what the run took out goes back, as Plan says.
	// Returning is the good end of on and down, Aborting gives up what is left; without a
	// Plan it leaves in force what is.
	Returning Kind = "returning"
	Aborting  Kind = "aborting"
	// Stopped: the run stands still, Text says why and Hint which command comes next.
	Stopped Kind = "stopped"
	// Ended: the run is over, and holds nothing any more.
	Ended Kind = "ended"
	// Gap: a client's probe could not be served for Took, until At; Text names the
	// probe.
	Gap Kind = "gap"
	// Waiting: Step goes on; Text says what is waited for. Shown, not kept.
	Waiting Kind = "waiting"
	// Warned: something that the operator should know. Shown and kept.
	Warned Kind = "warned"
)

// Entry is one thing that happened in a run.
type Entry struct {
	// Seq counts the kept entries of a run from 1; 0 for those that are not kept.
	Seq  int       `json:"seq,omitempty"`
	At   time.Time `json:"at"`
	Run  string    `json:"run"`
	Kind Kind      `json:"kind"`
	Host string    `json:"host,omitempty"`

	Request *Request `json:"request,omitempty"`
	Step    *Step    `json:"step,omitempty"`
	// Steps are those of the host that was chosen.
	Steps []Step `json:"steps,omitempty"`
	// Plan is what is left to do from here on.
	Plan []Planned `json:"plan,omitempty"`
	// Boot is the host's boot ID when the step began.
	Boot     string            `json:"boot,omitempty"`
	Verdicts []service.Verdict `json:"verdicts,omitempty"`
	Text     string            `json:"text,omitempty"`
	Hint     string            `json:"hint,omitempty"`
	// LastLines are what the command of a host printed last: while it runs, and where it failed.
	LastLines []string `json:"last_lines,omitempty"`
	// Risks are those that the operator took with a word on the run.
	Risks []Risk `json:"risks,omitempty"`
	// Until is what Options.Until is from now on, where the operator continues a run.
	Until time.Time `json:"until,omitzero"`
	// Postponed is why the host that is chosen again did not go: a hook there asks for it to be
	// tried later. It is put back into its services.
	Postponed string `json:"postponed,omitempty"`
	// Later: the run is paused for a time to come, and nobody has to look at anything before it
	// is continued.
	Later bool `json:"later,omitempty"`
	// Took is how long a step took, from its first Begun; or a gap.
	Took time.Duration `json:"took,omitempty"`
}

// Journaled tells whether entries of this kind belong in the journal.
func (k Kind) Journaled() bool { return k != Waiting }
