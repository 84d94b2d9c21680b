package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// world is a cluster as it would be: hosts with umm and one service of which two
// of three must run. Everything that takes time takes a number of looks.
type world struct {
	t     *testing.T
	lock  sync.Mutex
	hosts map[string]*simHost
	names []string
	// command is whether hosts' commands succeed.
	command func(host string) bool
	// installs are the hosts whose command installs what wants a reboot.
	installs map[string]bool
	// hang: commands do not end.
	hang bool
	// most is the largest number of hosts out at once.
	most int
	// on counts the umm on that were accepted, by host.
	on map[string]int
	// trouble is what the service says of a host, if anything.
	trouble map[string]service.Verdict
	late    map[string][]string
	// forget is how many undos of a standby are lost.
	forget int
	// refuse is how many undos of a standby fail.
	refuse int
	// stuck is a host whose standby cannot be undone.
	stuck string
	// mute are hosts on which the service does not answer, for so many more asks.
	mute map[string]int
}

type simHost struct {
	name    string
	mode    string
	boot    int
	run     string
	busy    int // looks until what was asked has come about
	next    string
	standby bool
	command *api.Command
	dead    bool
	// installed: something that wants a reboot was.
	installed bool
	// fails is what asking it for its status ends with.
	fails error
	guard string
	// foreign: the standby was set by somebody else.
	disabled bool
}

func newWorld(t *testing.T, names ...string) *world {
	w := &world{t: t, hosts: map[string]*simHost{}, names: names, on: map[string]int{},
		trouble: map[string]service.Verdict{}, late: map[string][]string{}, mute: map[string]int{},
		command: func(string) bool { return true }}
	for _, n := range names {
		w.hosts[n] = &simHost{name: n, mode: api.ModeOperational, boot: 1}
	}
	return w
}

func (w *world) cluster() Cluster {
	return Cluster{Hosts: w.names, Services: []service.Service{simService{w}},
		Members: map[string][]string{"db": w.names},
		Runner:  func(host string) execx.Runner { return simRunner{w, host} },
		Node:    w, Guard: simGuard{w},
		Await: func(context.Context, string) error { return nil }}
}

var errDead = errors.New("no route to host")

// pass lets time go by for a host, and counts who is out.
func (w *world) pass(h *simHost) {
	if h.busy > 0 {
		h.busy--
		if h.busy == 0 && h.next != "" {
			h.boot++
			h.guard, h.installed = "", false
			if h.next == api.ModeMaintenance {
				if h.command != nil {
					h.command.State = "running"
				}
			}
			h.mode, h.next = h.next, ""
		}
	} else if h.mode == api.ModeMaintenance && h.command != nil && h.command.State == "running" && !w.hang {
		h.command.State, h.command.ExitCode = "succeeded", new(int)
		h.installed = w.installs[h.name]
		if !w.command(h.name) {
			h.command.State = "failed"
			*h.command.ExitCode = 3
		}
	}
	out := 0
	for _, other := range w.hosts {
		if other.mode != api.ModeOperational || other.standby || other.dead {
			out++
		}
	}
	w.most = max(w.most, out)
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
	st := api.Status{Version: 1, Mode: h.mode, Enabled: !h.disabled, BootID: fmt.Sprintf("%s-boot-%d", host, h.boot), Umm: "1", Reboot: &api.Reboot{Needed: api.RebootNotNeeded}, Kernel: fmt.Sprintf("6.%d", h.boot)}
	if h.installed {
		st.Reboot = &api.Reboot{Needed: api.RebootNeeded, Reasons: []string{"a new kernel"}}
	}
	if h.mode != api.ModeOperational {
		st.Trigger = &api.Trigger{Kind: "operator", Run: h.run}
		st.Command = h.command
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
	case h.mode != api.ModeOperational:
		return errors.New("refused: in maintenance mode already")
	}
	h.mode, h.next, h.busy, h.run = api.ModeRebooting, api.ModeMaintenance, 2, r.ID
	if len(r.Command) > 0 {
		h.command = &api.Command{Argv: r.Command, State: "pending"}
	}
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
		h.mode, h.next, h.busy = api.ModeRebooting, api.ModeOperational, 2
		return nil
	}
	h.mode = api.ModeOperational
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

type simRunner struct {
	w    *world
	host string
}

func (r simRunner) Run(_ context.Context, c execx.Cmd) (execx.Result, error) {
	r.w.lock.Lock()
	defer r.w.lock.Unlock()
	h := r.w.hosts[r.host]
	if h.dead {
		return execx.Result{}, errDead
	}
	switch c.Argv[0] {
	case "state":
		if r.w.mute[r.host] > 0 {
			r.w.mute[r.host]--
			return execx.Result{}, errMute
		}
		return execx.Result{Stdout: fmt.Appendf(nil, "%s %v", h.mode, h.standby)}, nil
	case "standby":
		if c.Argv[2] == "off" && r.w.stuck == c.Argv[1] {
			return execx.Result{Code: 1, Stderr: []byte("no such server")}, nil
		}
		if c.Argv[2] == "off" && r.w.refuse > 0 {
			r.w.refuse--
			return execx.Result{Code: 69, Stderr: []byte("Error: the node does not run")}, nil
		}
		if c.Argv[2] == "off" && r.w.forget > 0 {
			r.w.forget--
			return execx.Result{}, nil
		}
		r.w.hosts[c.Argv[1]].standby = c.Argv[2] == "on"
		return execx.Result{}, nil
	}
	r.w.t.Errorf("%s: unknown command %q", r.host, c.Argv)
	return execx.Result{Code: 127}, nil
}

type simService struct{ w *world }

var errMute = errors.New("it took too long")

func (simService) Name() string { return "db" }
func (simService) Asks(string, []string) []service.Ask {
	return []service.Ask{{ID: "state", Argv: []string{"state"}}}
}
func (s simService) Read(members []string, a service.Answers) service.View {
	return simView{s.w, members, a}
}

type simView struct {
	w       *world
	members []string
	answers service.Answers
}

func (v simView) state(host string) string {
	text, err := v.answers.Get(host, "state").Output()
	if err != nil {
		return err.Error()
	}
	return text
}

func (v simView) Whole(out []string) []service.Verdict {
	var vs []service.Verdict
	for _, m := range v.members {
		if slices.Contains(out, m) {
			continue
		}
		if t, ok := v.w.trouble[m]; ok {
			vs = append(vs, t)
			continue
		}
		state := service.OK
		if v.state(m) == errMute.Error() {
			state = service.Unknown
		} else if v.state(m) != "operational false" {
			state = service.Stop
		}
		vs = append(vs, service.Verdict{Service: "db", Name: "serves", Host: m, State: state, Reason: m + " " + v.state(m)})
	}
	return vs
}

func (v simView) Leave(host string) []service.Verdict {
	n := 0
	for _, m := range v.members {
		if m != host && v.state(m) == "operational false" {
			n++
		}
	}
	state := service.OK
	if n < len(v.members)-1 {
		state = service.Stop
	}
	return []service.Verdict{{Service: "db", Name: "enough", State: state, Reason: fmt.Sprintf("%d others serve", n)}}
}

// Exit is nothing where a member cannot be read, as for whatever is changed on it.
func (v simView) Exit(host string) service.Exit {
	if slices.ContainsFunc(v.members, func(m string) bool { return v.state(m) == errMute.Error() }) {
		return service.Exit{}
	}
	peers := slices.DeleteFunc(slices.Clone(v.members), func(m string) bool { return m == host })
	return service.Exit{Late: v.w.late[host], Changes: []service.Change{{
		ID: "db/" + host, Service: "db", Target: host, Title: "set " + host + " to standby", On: peers,
		Do:       service.Command{Argv: []string{"standby", host, "on"}},
		Undo:     service.Command{Argv: []string{"standby", host, "off"}},
		Patience: time.Minute}}}
}

func (v simView) Settled(c service.Change, done bool) service.Verdict {
	state := service.Wait
	if strings.HasSuffix(v.state(c.Target), fmt.Sprint(done)) {
		state = service.OK
	}
	return service.Verdict{Service: "db", Name: "standby", State: state, Reason: c.Target + " " + v.state(c.Target)}
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
		Members: map[string][]string{"db": hosts}}
}
