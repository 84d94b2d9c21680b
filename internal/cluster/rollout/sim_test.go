package rollout

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// world is a cluster as it would be: hosts with umm, a balancer that sends clients to them, and
// a database of which all but one member must serve. What takes time takes it by the clock, so
// that in a bubble of synctest it takes none.
//
// It is strict about order: clients must not be sent to a database that does not serve, neither
// on a host's way out nor on its way back, and no host may reboot that is not drained.
type world struct {
	t     *testing.T
	lock  sync.Mutex
	hosts map[string]*simHost
	names []string
	// reboot, work and join are how long a reboot, the command, and the database take to come up.
	reboot, work, join time.Duration
	// command is whether hosts' commands succeed.
	command func(host string) bool
	// installs are the hosts whose command installs what wants a reboot.
	installs map[string]bool
	// badKernel: what is installed so fails its trial.
	badKernel bool
	// hang: commands do not end.
	hang bool
	// most is the largest number of hosts out at once.
	most int
	// on counts the umm on that were accepted, by host.
	on map[string]int
	// wrong is what was done in a wrong order.
	wrong []string
	// hasty: a run is aborted, or all hosts come back: changes are undone without waiting for the
	// health of what stands behind them.
	hasty bool
	// trouble is what the database says of a host, if anything.
	trouble map[string]service.Verdict
	late    map[string][]string
	// forget is how many undos of a standby are lost.
	forget int
	// refuse is how many undos of a standby fail.
	refuse int
	// stuck is a host whose standby cannot be undone.
	stuck string
	// postpones is how many more umm on a hook of a host puts off.
	postpones map[string]int
	// mute are hosts on which the database does not answer, for so many more asks.
	mute map[string]int
}

type simHost struct {
	name string
	mode string
	boot int
	run  string
	// until is when next is its mode, until then it reboots.
	until time.Time
	next  string
	// live is when a switch without a reboot is over; zero: none is under way.
	live time.Time
	// finishes is when the command ends, joined when the database serves again.
	finishes, joined time.Time
	// standby: the database was told to stand by; drained: the balancer sends nobody.
	standby, drained bool
	command          *api.Command
	dead             bool
	// installed: something that wants a reboot was.
	installed bool
	// returned is the boot, by its number, that came back on the old kernel.
	returned int
	// fails is what asking it for its status ends with.
	fails    error
	guard    string
	disabled bool
}

func newWorld(t *testing.T, names ...string) *world {
	w := &world{t: t, hosts: map[string]*simHost{}, names: names, on: map[string]int{},
		reboot: 3 * time.Millisecond, work: 2 * time.Millisecond, join: 2 * time.Millisecond,
		trouble: map[string]service.Verdict{}, late: map[string][]string{}, mute: map[string]int{}, postpones: map[string]int{},
		command: func(string) bool { return true }}
	for _, n := range names {
		w.hosts[n] = &simHost{name: n, mode: api.ModeOperational, boot: 1}
	}
	return w
}

func (w *world) cluster() Cluster {
	return Cluster{Hosts: w.names, Services: []service.Service{simService{w, "lb"}, simService{w, "db"}},
		Members: map[string][]string{"lb": w.names, "db": w.names},
		Runner:  func(host string) execx.Runner { return simRunner{w, host} },
		Node:    w, Guard: simGuard{w},
		Await: func(context.Context, string) error { return nil }}
}

// later is the answer of a host whose hook asks to try again later.
type later struct{}

func (later) Error() string   { return "umm on: postponed: a backup is running" }
func (later) Postponed() bool { return true }

var errDead = errors.New("no route to host")

// pass lets what is due happen on a host, and counts who is out.
func (w *world) pass(h *simHost) {
	now := time.Now()
	if h.next != "" && !now.Before(h.until) {
		h.boot++
		if w.badKernel && h.installed {
			h.returned = h.boot
		}
		h.guard, h.installed = "", false
		h.mode, h.next, h.joined = h.next, "", h.until.Add(w.join)
		if h.mode == api.ModeMaintenance && h.command != nil {
			h.command.State, h.finishes = "running", now.Add(w.work)
		}
	}
	if !h.live.IsZero() && !now.Before(h.live) {
		h.live = time.Time{}
		if h.command != nil {
			h.command.State, h.finishes = "running", now.Add(w.work)
		}
	}
	if h.mode == api.ModeMaintenance && h.command != nil && h.command.State == "running" && !w.hang && !now.Before(h.finishes) {
		h.command.State, h.command.ExitCode = "succeeded", new(int)
		h.installed = w.installs[h.name]
		if !w.command(h.name) {
			h.command.State, h.command.LastLines = "failed", []string{"true: cannot be so"}
			*h.command.ExitCode = 3
		}
	}
	out := 0
	for _, other := range w.hosts {
		if other.mode != api.ModeOperational || other.standby || other.drained || other.dead {
			out++
		}
	}
	w.most = max(w.most, out)
}

// serves tells whether the database of a host does.
func (h *simHost) serves() bool {
	return h.mode == api.ModeOperational && !h.standby && !h.dead && !time.Now().Before(h.joined)
}

// wants notes what was done although it should not have been.
func (w *world) wants(ok bool, format string, args ...any) {
	if !ok {
		w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
	}
}

func (w *world) Status(_ context.Context, host string) (api.Status, error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	h := w.hosts[host]
	w.pass(h)
	if h.dead {
		return api.Status{}, errDead
	}
	if h.fails != nil {
		return api.Status{}, h.fails
	}
	st := api.Status{Version: 1, Mode: h.mode, Enabled: !h.disabled, BootID: fmt.Sprintf("%s-b%d", host, h.boot), Umm: "1", Reboot: &api.Reboot{Needed: api.RebootNotNeeded}, Kernel: fmt.Sprintf("6.%d", h.boot)}
	if h.returned > 0 {
		st.Kernel = "6.1"
		st.Trial = &api.Trial{State: api.TrialFailed, Kernel: "6.2", Kept: "6.1", Why: "that boot stopped unexpectedly before it was healthy", ReturnedBoot: fmt.Sprintf("%s-b%d", host, h.returned)}
	}
	if h.installed {
		st.Reboot = &api.Reboot{Needed: api.RebootNeeded, Reasons: []string{"a new kernel"}}
	}
	if h.mode != api.ModeOperational {
		st.Trigger = &api.Trigger{Kind: "operator", Run: h.run}
		st.Command = h.command
		st.Switching = !h.live.IsZero()
	}
	return st, nil
}

func (w *world) On(_ context.Context, host string, r run.Request) error {
	w.lock.Lock()
	defer w.lock.Unlock()
	h := w.hosts[host]
	switch {
	case h.dead:
		return errDead
	case h.guard != r.ID:
		return fmt.Errorf("the guard of %s is %q", host, h.guard)
	case r.Options.Enter == run.EnterLive && !h.live.IsZero():
		return nil // it goes on
	case h.mode != api.ModeOperational:
		return errors.New("refused: in maintenance mode already")
	}
	if w.postpones[host] > 0 {
		w.postpones[host]--
		return later{}
	}
	w.wants(h.drained && h.standby, "%s leaves service, drained %v, standby %v", host, h.drained, h.standby)
	h.run = r.ID
	if len(r.Command) > 0 {
		h.command = &api.Command{Argv: r.Command, State: "pending"}
	}
	if r.Options.Enter == run.EnterLive {
		h.mode, h.live = api.ModeMaintenance, time.Now().Add(w.reboot)
		w.on[host]++
		return nil
	}
	h.mode, h.next, h.until = api.ModeRebooting, api.ModeMaintenance, time.Now().Add(w.reboot)
	w.on[host]++
	return nil
}

func (w *world) Off(_ context.Context, host string, how run.OffOptions) error {
	w.lock.Lock()
	defer w.lock.Unlock()
	h := w.hosts[host]
	if h.dead {
		return errDead
	}
	if h.command != nil && h.command.State == "running" && !how.LeaveCommandRunning {
		w.t.Errorf("umm off on %s, where the command runs", host)
		return errors.New("refused: its command runs")
	}
	h.command = nil
	if how.Reboot {
		h.mode, h.next, h.until = api.ModeRebooting, api.ModeOperational, time.Now().Add(w.reboot)
		return nil
	}
	h.mode, h.joined = api.ModeOperational, time.Now().Add(w.join)
	return nil
}

func (w *world) Refused(err error) bool { return err != nil && !errors.Is(err, errDead) }

type simGuard struct{ w *world }

func (g simGuard) Set(_ context.Context, host string, r run.Request) error {
	g.w.lock.Lock()
	defer g.w.lock.Unlock()
	h := g.w.hosts[host]
	switch {
	case h.dead:
		return errDead
	case h.guard != "" && h.guard != r.ID:
		return errors.New("another run has it: " + h.guard)
	}
	h.guard = r.ID
	return nil
}

func (g simGuard) Clear(_ context.Context, host, id string) error {
	g.w.lock.Lock()
	defer g.w.lock.Unlock()
	h := g.w.hosts[host]
	if h.dead {
		return errDead
	}
	if h.guard == id {
		h.guard = ""
	}
	return nil
}

// memory is a journal that can be killed at an entry, before or after that is
// durable.
type memory struct {
	entries []run.Entry
	killAt  int
	durable bool
}

var errKilled = errors.New("killed")

func (m *memory) Append(e run.Entry) (run.Entry, error) {
	e.Seq = len(m.entries) + 1
	if m.killAt == e.Seq {
		m.killAt = 0
		if m.durable {
			m.entries = append(m.entries, e)
		}
		return e, errKilled
	}
	m.entries = append(m.entries, e)
	return e, nil
}

func quick() Limits {
	l := DefaultLimits()
	l.Samples, l.Gate, l.Enter, l.Command, l.Leave, l.Settle, l.Drain = 3, time.Minute, time.Minute, time.Hour, time.Minute, time.Minute, time.Minute
	l.Interval, l.Poll = time.Millisecond, time.Millisecond
	l.Unclear, l.RepeatUndo = 20*time.Millisecond, 20*time.Millisecond
	return l
}

// engine takes up what the journal has.
func (w *world) engine(j *memory, l Limits) *Engine {
	w.t.Helper()
	e := &Engine{Cluster: w.cluster(), Journal: j, Limits: l, Now: time.Now, Emit: func(run.Entry) {}}
	if err := e.Open(j.entries); err != nil {
		w.t.Fatalf("the journal makes no sense: %v", err)
	}
	return e
}

func request(verb run.Verb, hosts ...string) run.Request {
	return run.Request{ID: "20261123-092114-3f2a", Verb: verb, By: "test", Hosts: hosts, Command: []string{"true"},
		Members: map[string][]string{"lb": hosts, "db": hosts}}
}
