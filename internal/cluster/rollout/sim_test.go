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
	// finishes is when the command ends, joined when the database serves again.
	finishes, joined time.Time
	// standby: the database was told to stand by; drained: the balancer sends nobody.
	standby, drained bool
	command          *api.Command
	dead             bool
	// installed: something that wants a reboot was.
	installed bool
	// fails is what asking it for its status ends with.
	fails    error
	guard    string
	disabled bool
}

func newWorld(t *testing.T, names ...string) *world {
	w := &world{t: t, hosts: map[string]*simHost{}, names: names, on: map[string]int{},
		reboot: 3 * time.Millisecond, work: 2 * time.Millisecond, join: 2 * time.Millisecond,
		trouble: map[string]service.Verdict{}, late: map[string][]string{}, mute: map[string]int{},
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

var errDead = errors.New("no route to host")

// pass lets what is due happen on a host, and counts who is out.
func (w *world) pass(h *simHost) {
	now := time.Now()
	if h.next != "" && !now.Before(h.until) {
		h.boot++
		h.guard, h.installed = "", false
		h.mode, h.next, h.joined = h.next, "", h.until.Add(w.join)
		if h.mode == api.ModeMaintenance && h.command != nil {
			h.command.State, h.finishes = "running", now.Add(w.work)
		}
	}
	if h.mode == api.ModeMaintenance && h.command != nil && h.command.State == "running" && !w.hang && !now.Before(h.finishes) {
		h.command.State, h.command.ExitCode = "succeeded", new(int)
		h.installed = w.installs[h.name]
		if !w.command(h.name) {
			h.command.State = "failed"
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
	w.wants(h.drained && h.standby, "%s reboots, drained %v, standby %v", host, h.drained, h.standby)
	h.mode, h.next, h.until, h.run = api.ModeRebooting, api.ModeMaintenance, time.Now().Add(w.reboot), r.ID
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
	r.w.pass(h)
	if c.Argv[0] == "state" {
		return r.state(h, c.Argv[1])
	}
	target, on := r.w.hosts[c.Argv[1]], c.Argv[2] == "on"
	switch c.Argv[0] {
	case "drain":
		r.w.wants(on || target.serves() || r.w.hasty, "clients are sent to %s, whose database does not serve", target.name)
		target.drained = on
		return execx.Result{}, nil
	case "standby":
		return r.standby(target, on)
	}
	r.w.t.Errorf("%s: unknown command %q", r.host, c.Argv)
	return execx.Result{Code: 127}, nil
}

// state is what one service of a host says of itself.
func (r simRunner) state(h *simHost, name string) (execx.Result, error) {
	if name == "lb" {
		return execx.Result{Stdout: fmt.Appendf(nil, "%s %v", h.mode, h.drained)}, nil
	}
	if r.w.mute[r.host] > 0 {
		r.w.mute[r.host]--
		return execx.Result{}, errMute
	}
	text := fmt.Sprintf("%s %v", h.mode, h.standby)
	if h.mode == api.ModeOperational && !h.standby && !h.serves() {
		text = "joins " + text
	}
	return execx.Result{Stdout: []byte(text)}, nil
}

func (r simRunner) standby(target *simHost, on bool) (execx.Result, error) {
	switch {
	case !on && r.w.stuck == target.name:
		return execx.Result{Code: 1, Stderr: []byte("no such server")}, nil
	case !on && r.w.refuse > 0:
		r.w.refuse--
		return execx.Result{Code: 69, Stderr: []byte("Error: the node does not run")}, nil
	case !on && r.w.forget > 0:
		r.w.forget--
		return execx.Result{}, nil
	}
	r.w.wants(!on || target.drained, "the database of %s stands by, and clients are still sent there", target.name)
	if target.standby && !on {
		target.joined = time.Now().Add(r.w.join)
	}
	target.standby = on
	return execx.Result{}, nil
}

// simService is the balancer, "lb", or the database, "db".
type simService struct {
	w    *world
	name string
}

var errMute = errors.New("it took too long")

func (s simService) Name() string { return s.name }
func (s simService) Asks(string, []string) []service.Ask {
	return []service.Ask{{ID: "state", Argv: []string{"state", s.name}}}
}
func (s simService) Read(members []string, a service.Answers) service.View {
	return simView{s, members, a}
}

type simView struct {
	simService
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

// reason says it in words.
func (v simView) reason(host string) string {
	switch text := v.state(host); {
	case strings.HasPrefix(text, "joins "):
		return host + " is joining"
	case text == "operational true":
		return host + map[string]string{"lb": " is drained", "db": " is in standby"}[v.name]
	case text == errMute.Error(), text == errDead.Error():
		return host + ": " + text
	default:
		mode, _, _ := strings.Cut(text, " ")
		return host + " is " + map[bool]string{true: "serving", false: "in mode " + mode}[mode == api.ModeOperational]
	}
}

func (v simView) Whole(out []string) []service.Verdict {
	var vs []service.Verdict
	for _, m := range v.members {
		if slices.Contains(out, m) {
			continue
		}
		if t, ok := v.w.trouble[m]; ok && v.name == "db" {
			vs = append(vs, t)
			continue
		}
		state := service.OK
		switch text := v.state(m); {
		case text == errMute.Error():
			state = service.Unknown
		case strings.HasPrefix(text, "joins "):
			state = service.Wait
		case text != "operational false":
			state = service.Stop
		}
		vs = append(vs, service.Verdict{Service: v.name, Name: "serves", Host: m, State: state, Reason: v.reason(m)})
	}
	return vs
}

func (v simView) Leave(host string) []service.Verdict {
	if v.name == "lb" {
		return nil
	}
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
	program, title, late := "drain", "drain "+host+" on the balancer", []string(nil)
	if v.name == "db" {
		program, title, late = "standby", "set "+host+" to standby", v.w.late[host]
	}
	return service.Exit{Late: late, Changes: []service.Change{{
		ID: v.name + "/" + host, Service: v.name, Target: host, Title: title, On: peers,
		Do:       service.Command{Argv: []string{program, host, "on"}},
		Undo:     service.Command{Argv: []string{program, host, "off"}},
		Patience: time.Minute}}}
}

func (v simView) Settled(c service.Change, done bool) service.Verdict {
	state := service.Wait
	if strings.HasSuffix(v.state(c.Target), fmt.Sprint(done)) {
		state = service.OK
	}
	return service.Verdict{Service: v.name, Name: "changed", State: state, Reason: v.reason(c.Target)}
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
