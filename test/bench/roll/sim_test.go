package roll

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// How long things take on a host, as on practice hosts: a minute in all. It is the
// time of the test's own clock, which goes on when nobody has anything to do. That the
// host serves again is waited for while it joins.
const (
	drainTakes   = 2130 * time.Millisecond
	goingDown    = 1270 * time.Millisecond
	rebootTakes  = 24370 * time.Millisecond
	commandTakes = 15510 * time.Millisecond
	offTakes     = 8290 * time.Millisecond
	syncTakes    = 8430 * time.Millisecond
	undoTakes    = 3 * time.Second
	hostTakes    = drainTakes + goingDown + rebootTakes + commandTakes + offTakes + syncTakes
)

// sim is a cluster of which every host runs one service: three the database, the
// others the work.
type sim struct {
	lock  sync.Mutex
	hosts map[string]*host
	names []string
	// asked counts the asks.
	asked int
}

// host is one host. Times are when something has come about; the zero time is long ago.
type host struct {
	boot                        int
	mode, run                   string
	drained                     bool
	settled, awake, ended, well time.Time
	guard                       string
}

func newSim(n int) *sim {
	s := &sim{hosts: map[string]*host{}}
	for i := range n {
		name := fmt.Sprintf("node-%04d", i+1)
		s.names = append(s.names, name)
		s.hosts[name] = &host{boot: 1, mode: api.ModeOperational}
	}
	return s
}

const databases = 3

func (s *sim) cluster() rollout.Cluster {
	return rollout.Cluster{
		Hosts: s.names, Services: []service.Service{work{"work"}, work{"database"}},
		Members: s.members(),
		Runner:  func(host string) execx.Runner { return runner{s, host} },
		Node:    s, Guard: s, Await: s.await,
	}
}

func (s *sim) members() map[string][]string {
	return map[string][]string{"database": s.names[:databases], "work": s.names[databases:]}
}

func (s *sim) await(ctx context.Context, name string) error {
	s.lock.Lock()
	t := time.NewTimer(time.Until(s.hosts[name].awake))
	s.lock.Unlock()
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errAway = errors.New("no route to host")

// away tells whether nobody answers; s.lock is held.
func (h *host) away() bool { return time.Now().Before(h.awake) && h.mode == api.ModeMaintenance }

// Status implements rollout.Node.
func (s *sim) Status(_ context.Context, name string) (api.Status, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.asked++
	h := s.hosts[name]
	if h.away() {
		return api.Status{}, errAway
	}
	st := api.Status{Version: 1, Mode: h.mode, Enabled: true, BootID: fmt.Sprintf("%08x-%s", h.boot, name), Umm: "1.0"}
	if h.mode == api.ModeMaintenance {
		st.Trigger = &api.Trigger{Kind: "operator", Run: h.run}
		st.Command = &api.Command{State: "running"}
		if !time.Now().Before(h.ended) {
			st.Command.State = "succeeded"
		}
	}
	return st, nil
}

// On implements rollout.Node.
func (s *sim) On(ctx context.Context, name string, r run.Request) error {
	if err := pass(ctx, goingDown); err != nil {
		return err
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	h := s.hosts[name]
	h.mode, h.run, h.boot = api.ModeMaintenance, r.ID, h.boot+1
	h.awake = time.Now().Add(rebootTakes)
	h.ended = h.awake.Add(commandTakes)
	return nil
}

// Off implements rollout.Node.
func (s *sim) Off(ctx context.Context, name string, _ run.OffOptions) error {
	if err := pass(ctx, offTakes); err != nil {
		return err
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	h := s.hosts[name]
	h.mode, h.well = api.ModeOperational, time.Now().Add(syncTakes)
	return nil
}

// Refused implements rollout.Node.
func (s *sim) Refused(error) bool { return false }

// Set implements rollout.Guard.
func (s *sim) Set(_ context.Context, name string, r run.Request) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.hosts[name].guard = r.ID
	return nil
}

// Clear implements rollout.Guard.
func (s *sim) Clear(_ context.Context, name, _ string) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.hosts[name].guard = ""
	return nil
}

func pass(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type runner struct {
	s    *sim
	host string
}

// Run implements execx.Runner.
func (r runner) Run(_ context.Context, c execx.Cmd) (execx.Result, error) {
	r.s.lock.Lock()
	defer r.s.lock.Unlock()
	r.s.asked++
	h, now := r.s.hosts[r.host], time.Now()
	switch c.Argv[0] {
	case "state":
		if h.away() {
			return execx.Result{}, errAway
		}
		says := "serves"
		switch {
		case h.mode != api.ModeOperational:
			says = "stopped"
		case now.Before(h.well):
			says = "joins"
		case h.drained != now.Before(h.settled):
			says = "drained"
		}
		return execx.Result{Stdout: []byte(says)}, nil
	case "drain", "undrain":
		of := r.s.hosts[c.Argv[1]]
		of.drained = c.Argv[0] == "drain"
		of.settled = now.Add(drainTakes)
		if !of.drained {
			of.settled = now.Add(undoTakes)
		}
		return execx.Result{}, nil
	}
	return execx.Result{Code: 127}, fmt.Errorf("nobody knows %q here", c.Argv)
}

// work is a service of which one member may be away.
type work struct{ name string }

// Name implements service.Service.
func (w work) Name() string { return w.name }

// Asks implements service.Service.
func (w work) Asks(string, []string) []service.Ask {
	return []service.Ask{{ID: "state", Argv: []string{"state"}}}
}

// Hears implements service.Narrow.
func (w work) Hears(c service.Change) []string { return []string{c.Target} }

// Read implements service.Service.
func (w work) Read(members []string, a service.Answers) service.View {
	v := view{work: w, members: members, says: make(map[string]string, len(members))}
	for _, m := range members {
		text, err := a.Get(m, "state").Output()
		if err != nil {
			text = err.Error()
		}
		v.says[m] = text
		if text == "serves" {
			v.serving++
		}
	}
	return v
}

type view struct {
	work
	members []string
	says    map[string]string
	serving int
}

func (v view) verdict(name, host string, ok bool, reason string) service.Verdict {
	state := service.OK
	if !ok {
		state = service.Wait
	}
	return service.Verdict{Service: v.name, Name: name, Host: host, State: state, Reason: reason, Evidence: host + ": " + reason}
}

// Health implements service.View.
func (v view) Health(out []string) []service.Verdict {
	vs := make([]service.Verdict, 0, len(v.members))
	for _, m := range v.members {
		if !slices.Contains(out, m) {
			vs = append(vs, v.verdict("serves", m, v.says[m] == "serves", m+" "+v.says[m]))
		}
	}
	return vs
}

// Leave implements service.View.
func (v view) Leave(host string) []service.Verdict {
	if _, member := v.says[host]; !member {
		return nil
	}
	return []service.Verdict{v.verdict("enough", host, v.serving >= len(v.members)-1, fmt.Sprintf("%d serve", v.serving))}
}

// Exit implements service.View.
func (v view) Exit(host string) service.Exit {
	if _, member := v.says[host]; !member {
		return service.Exit{}
	}
	var on []string
	for _, m := range v.members[:databases] {
		if m != host {
			on = append(on, m)
		}
	}
	return service.Exit{Changes: []service.Change{{
		ID: v.name + "/" + host, Service: v.name, Target: host, Title: "take " + host + " out of " + v.name, On: on,
		Do: service.Command{Argv: []string{"drain", host}}, Undo: service.Command{Argv: []string{"undrain", host}}, Wait: service.Waiting{Limit: time.Minute}}}}
}

// Settled implements service.View.
func (v view) Settled(c service.Change, done bool) service.Verdict {
	want := "serves"
	if done {
		want = "drained"
	}
	return v.verdict("settled", c.Target, strings.TrimSpace(v.says[c.Target]) == want, c.Target+" "+v.says[c.Target])
}
