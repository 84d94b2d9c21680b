// Package service is the vocabulary that the rollout and the services of a
// cluster share: what is asked of the hosts, what was seen, what may be said
// about it, and what is changed so that a host can leave. It is pure. Each
// service is a package below: it says which commands to ask and reads their
// output, and never runs anything itself, so that every judgement can be tested
// on outputs captured from the real programs.
package service

import (
	"time"

	"umm/internal/execx"
)

// State is how something stands.
type State string

// The states. Whatever cannot be read is Unknown, and Unknown is not healthy.
const (
	// OK: it is as it must be.
	OK State = "ok"
	// Wait: not yet, and waiting is what helps: a resync, a host that joins.
	Wait State = "wait"
	// Stop: it is not, and waiting will not help by itself.
	Stop State = "stop"
	// Unknown: it cannot be told.
	Unknown State = "unknown"
)

// Verdict is the result of one health check, with its reason. It never stands without what
// was seen.
type Verdict struct {
	// Service is the name of the service; "host" for what umm itself says.
	Service string `json:"service"`
	// Name is that of the check: a stable word with dashes, as "quorum", "synced",
	// "last-copy".
	Name string `json:"name"`
	// Host is the host that it is about; empty where it is about the cluster.
	Host  string `json:"host,omitempty"`
	State State  `json:"state"`
	// Reason is a sentence for the operator, without a full stop: "n2 is a donor
	// and not in sync".
	Reason string `json:"reason"`
	// Evidence is what was seen and where: "n1: wsrep_cluster_size=2".
	Evidence string `json:"evidence,omitempty"`
	// Risk is the name by which an operator may accept it all the same; empty where
	// it cannot be accepted: quorum and the last synced copy never can.
	Risk string `json:"risk,omitempty"`
	// Lasts: nothing that is waited for, and no other host's return, makes it better.
	Lasts bool `json:"-"`
}

// Ask is a command for a host. It must be cheap, change nothing and end by
// itself.
type Ask struct {
	// ID tells the asks of one service apart.
	ID    string
	Argv  []string
	Stdin []byte
	// Limit is how long it may take; 0 is as long as any.
	Limit time.Duration
}

// Shell is the argument vector that runs a script of ours on a host, by the sh that is there.
// name stands for it in what it prints.
func Shell(name, script string, args ...string) []string {
	return append([]string{"sh", "-c", script, name}, args...)
}

// Answer is what became of an ask. Err says why there is no result: the host
// could not be reached, the program is not there, it took too long.
type Answer struct {
	Result execx.Result
	Err    error
}

// Answers are all answers of one round: by host, then by ID.
type Answers map[string]map[string]Answer

// Get is the answer of a host; one with an error where it was not asked.
func (a Answers) Get(host, id string) Answer {
	got, ok := a[host][id]
	if !ok {
		return Answer{Err: errNotAsked}
	}
	return got
}

// Service is one service of the cluster. Implementations are values without
// state: all they know of the hosts comes through Read.
type Service interface {
	// Name is one lower-case word, as "galera".
	Name() string
	// Asks are what a member is asked at each round, all at once. members are all
	// hosts that run the service, in order.
	Asks(host string, members []string) []Ask
	// Read makes a view of the answers. It never fails: what cannot be read becomes
	// an Unknown verdict of the view.
	Read(members []string, a Answers) View
}

// Narrow is a Service that can tell whether a change has settled from less than all
// of its members: each ask costs a host something.
type Narrow interface {
	// Hears are the members that have to be asked; none means all of them.
	Hears(c Change) []string
}

// Frugal is a Service that can tell whether a change has settled from less than all of
// its asks.
type Frugal interface {
	// AsksAbout are the asks that Settled needs of a host.
	AsksAbout(c Change, host string, members []string) []Ask
}

// Spokesman is a Service of which one member is asked for more than the others: what each
// of them would say alike, and what costs much to say.
type Spokesman interface {
	// AsksMore is what that member is asked in place of Asks.
	AsksMore(host string, members []string) []Ask
	// Spoke tells whether its answers have it: else another member is asked.
	Spoke(answers map[string]Answer) bool
}

// View is one service as it was seen in one round.
type View interface {
	// Health says whether the service is as it should be, apart from the members in
	// out, which are known to be away. Every check is there, also those that
	// are OK.
	Health(out []string) []Verdict
	// Leave says whether the service would keep what it needs, and its users their
	// service, while host is away. It does not repeat Health.
	Leave(host string) []Verdict
	// Exit says how host leaves: why it should go late, and what to change before.
	Exit(host string) Exit
	// Settled says whether a change has had its effect (done: Do was run) or is
	// gone again (not done: Undo was run). Wait while it comes about.
	Settled(c Change, done bool) Verdict
}

// Exit is how a host leaves a service.
type Exit struct {
	// Late are the reasons to take this host after the others: "holds the virtual
	// IP vip", "is the coordinator". Each counts for one.
	Late []string
	// Moves is how many of them are things that clients use and that go to another host
	// when this one leaves: taken before that host, it would be noticed twice.
	Moves int
	// Changes are made in order and undone in the reverse order.
	Changes []Change
	// Starts are made while the host is still in maintenance mode, just before it leaves
	// that: what its peers wait for while it comes up, and what would come up in the
	// crowd of all services otherwise. As those of a Start they have no Undo.
	Starts []Change
}
