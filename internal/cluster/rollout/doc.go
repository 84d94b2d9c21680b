// Package rollout takes the hosts of a cluster through maintenance mode, one at a time. It
// knows the services of a cluster only as service.Service, and hosts only through the small
// interfaces below.
//
// engine.go is the loop: what comes next (next.go, pure) is done, step by step. Each kind of
// step has a file: gate, drain (and start), enter, command, hold, leave, restore, settle. There
// a pure function judges what was seen, and beside it stands what the step does; both speak of
// a Result. plan.go and return.go say which steps there are, health.go what must be true of
// the cluster, request.go what the operator may ask of a run.
//
// The order of things is always the same: an entry that says what begins is durable, then it is
// done, then an entry says that it is done. Every step can be done again: it checks first how
// things are. So a run that was killed at any moment is resumed by reading its entries and going
// on.
package rollout

import (
	"context"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// Node is umm on the hosts.
type Node interface {
	// Status asks umm on a host, and ends by itself. An error means that nothing is
	// known of it.
	Status(ctx context.Context, host string) (api.Status, error)
	// On asks a host to reboot into maintenance mode for the run of r, and returns
	// when it was refused, or when the connection went, be it with the host.
	On(ctx context.Context, host string, r run.Request) error
	// Off asks a host to leave maintenance mode, and returns when it did, or, by a reboot,
	// when the connection went.
	Off(ctx context.Context, host string, how run.OffOptions) error
	// Refused tells an error of On and Off that is the host's own answer from one
	// that leaves open what became of it.
	Refused(err error) bool
}

// Guard keeps everybody else's `umm on` off the hosts for as long as a run lasts. Its
// calls end by themselves.
type Guard interface {
	Set(ctx context.Context, host string, r run.Request) error
	Clear(ctx context.Context, host, runID string) error
}

// Journal keeps the entries of a run.
type Journal interface {
	// Append gives the entry its number and returns it once it is durable.
	Append(run.Entry) (run.Entry, error)
}

// Limits bound what a run waits for.
type Limits struct {
	// Samples is how many consecutive checks must be healthy after a host, Interval apart.
	Samples  int
	Interval time.Duration
	// Gate is how long a gate may wait for what is on its way to be healthy; Unclear
	// how long what cannot be read is tried again.
	Gate    time.Duration
	Unclear time.Duration
	// Enter and Leave bound umm on and umm off, reboot included; Command the wait for
	// the command; Settle the wait for the services after a host is back.
	// Drain is the most that a change may take, whatever its service says.
	Enter, Command, Leave, Settle, Drain time.Duration
	// RepeatUndo is how long the effect of an undo is waited for until it is made again.
	RepeatUndo time.Duration
	// Ask bounds one command that only reads, Act one that changes something.
	Ask, Act time.Duration
	// Poll is how often something that is waited for is checked.
	Poll time.Duration
}

// DefaultLimits are those that are no keys of the configuration; the defaults of these are the
// configuration's alone.
func DefaultLimits() Limits {
	return Limits{
		Unclear: 10 * time.Second, RepeatUndo: 10 * time.Second,
		Act:  time.Minute,
		Poll: 200 * time.Millisecond,
	}
}

// Cluster is what a run works on.
type Cluster struct {
	// Hosts are all hosts, also those that are not to be taken.
	Hosts []string
	// Services in the order in which hosts leave them; they come back in the reverse
	// order.
	Services []service.Service
	// Members are the hosts of each service, by its name.
	Members map[string][]string
	// Runner runs commands on a host.
	Runner func(host string) execx.Runner
	Node   Node
	Guard  Guard
	// Alerts are verdicts of the cluster's monitoring on alerts that fire. It may be nil.
	Alerts func(ctx context.Context) []service.Verdict
	// Await returns as soon as the ssh server of a host answers.
	Await func(ctx context.Context, host string) error
	// hears are the only members that are asked; none means all of them.
	hears []string
	// about is the only change that is asked about; nil means everything.
	about *service.Change
	// spared are the members that speak for a service only where no other does.
	spared []string
}
