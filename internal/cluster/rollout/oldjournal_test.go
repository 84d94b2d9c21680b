package rollout_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/journal"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// oldRun is a run as umm-cluster of November 2026 kept it, with a change of every kind that
// there was then: killed while it started the first service on n2.
const oldRun = "20261130-120000-a1b2"

// oldCommand is what a step of that journal has run, read without any type of this version.
type oldCommand struct {
	Argv  []string
	Stdin string
	Limit time.Duration
}

type oldStep struct {
	Kind   string
	Change *struct {
		ID       string
		On       []string
		Do, Undo oldCommand
	}
}

// A run of before is resumed: all that is left is done and undone by the very commands that
// its journal has.
func TestOldJournalIsResumed(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile(filepath.Join("testdata", "journal-1", oldRun+".journal"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, oldRun+".journal"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	left, changes := oldSteps(t, text)
	var want []string
	for _, s := range left {
		switch {
		case s.Kind == "start" && len(s.Change.Do.Argv) > 0:
			want = append(want, ran(s.Change.On[0], s.Change.Do))
		case s.Kind == "restore":
			want = append(want, ran(s.Change.On[0], s.Change.Undo))
		}
	}
	if len(left) != 19 || len(want) != 15 {
		t.Fatalf("%d steps are left, with %d commands", len(left), len(want))
	}

	file, entries, err := journal.Dir{Path: dir}.Open(oldRun)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := &oldWorld{mode: api.ModeMaintenance, done: map[string]bool{}, by: map[string]string{}}
	for _, s := range changes {
		w.by[ran(s.Change.On[0], s.Change.Do)] = s.Change.ID + " true"
		w.by[ran(s.Change.On[0], s.Change.Undo)] = s.Change.ID + " false"
	}
	e := rollout.Engine{Cluster: w.cluster(), Journal: file, Emit: func(run.Entry) {}, Now: time.Now, Limits: rollout.DefaultLimits()}
	e.Limits.Samples, e.Limits.Interval, e.Limits.Poll, e.Limits.Settle, e.Limits.Ask = 1, time.Millisecond, time.Millisecond, time.Minute, time.Minute
	if err := e.Open(entries); err != nil {
		t.Fatal(err)
	}
	state := e.State()
	inForce := state.InForce()
	for _, want := range []string{"set n2 to standby in Pacemaker", "drain RabbitMQ on n2", "set noout in Ceph for n2", "keep new instances off n1", "drain shop on n2", "n2 in maintenance mode"} {
		if !slices.Contains(inForce, want) {
			t.Errorf("in force are %q, without %q", inForce, want)
		}
	}
	if err := e.Resume(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	if out, err := e.Go(t.Context()); out != rollout.Ended || err != nil {
		t.Fatalf("%s, %v", out, err)
	}
	if !slices.Equal(w.ran, want) {
		t.Errorf("these commands were run:\n%s\nwant:\n%s", strings.Join(w.ran, "\n"), strings.Join(want, "\n"))
	}
	state = e.State()
	if left := state.InForce(); len(left) > 0 {
		t.Errorf("left in force: %q", left)
	}
}

// oldSteps are the steps that the journal has not done, and all those with a change.
func oldSteps(t *testing.T, journal []byte) (left, changes []oldStep) {
	t.Helper()
	done := 0
	var all []oldStep
	for line := range bytes.Lines(journal) {
		var e struct {
			Kind  string
			Steps []oldStep
		}
		if err := json.Unmarshal(line[len("00000000 "):], &e); err != nil {
			t.Fatal(err)
		}
		if e.Kind == "done" {
			done++
		}
		all = append(all, e.Steps...)
	}
	for _, s := range all {
		if s.Change != nil {
			changes = append(changes, s)
		}
	}
	return all[done:], changes
}

func ran(host string, c oldCommand) string {
	text, _ := json.Marshal([]any{host, c.Argv, c.Stdin})
	return string(text)
}

// oldWorld is n1, n2 and n3 with services that only tell of a change whether it was made.
type oldWorld struct {
	lock sync.Mutex
	mode string
	ran  []string
	// by tells which change a command makes or undoes, done what was made.
	by   map[string]string
	done map[string]bool
}

func (w *oldWorld) cluster() rollout.Cluster {
	c := rollout.Cluster{Hosts: []string{"n1", "n2", "n3"}, Members: map[string][]string{}, Node: w, Guard: w,
		Runner: func(host string) execx.Runner { return oldRunner{w, host} },
		Await:  func(context.Context, string) error { return nil }}
	for _, name := range []string{"haproxy", "pacemaker", "shop", "rabbitmq", "galera", "etcd", "ceph", "nova"} {
		c.Services = append(c.Services, oldService{w, name})
		c.Members[name] = c.Hosts
	}
	return c
}

func (w *oldWorld) Status(_ context.Context, host string) (api.Status, error) {
	st := api.Status{Version: 1, Mode: api.ModeOperational, Enabled: true, BootID: host + "-boot-2", Umm: "1"}
	if host == "n2" {
		if st.Mode = w.mode; st.Mode == api.ModeMaintenance {
			st.Trigger = &api.Trigger{Kind: "operator", Run: oldRun}
		}
	}
	return st, nil
}
func (w *oldWorld) On(context.Context, string, run.Request) error { return os.ErrInvalid }
func (w *oldWorld) Off(context.Context, string, run.OffOptions) error {
	w.mode = api.ModeOperational
	return nil
}
func (w *oldWorld) Refused(err error) bool                         { return err != nil }
func (w *oldWorld) Set(context.Context, string, run.Request) error { return nil }
func (w *oldWorld) Clear(context.Context, string, string) error    { return nil }

type oldRunner struct {
	w    *oldWorld
	host string
}

func (r oldRunner) Run(_ context.Context, c execx.Cmd) (execx.Result, error) {
	r.w.lock.Lock()
	defer r.w.lock.Unlock()
	cmd := oldCommand{Argv: c.Argv, Stdin: string(c.Stdin)}
	r.w.ran = append(r.w.ran, ran(r.host, cmd))
	r.w.done[r.w.by[ran(r.host, cmd)]] = true
	return execx.Result{}, nil
}

type oldService struct {
	w    *oldWorld
	name string
}

func (s oldService) Name() string                                { return s.name }
func (oldService) Asks(string, []string) []service.Ask           { return nil }
func (s oldService) Read([]string, service.Answers) service.View { return s }
func (s oldService) Leave(string) []service.Verdict              { return nil }
func (s oldService) Exit(string) service.Exit                    { return service.Exit{} }
func (s oldService) Health([]string) []service.Verdict {
	return []service.Verdict{{Service: s.name, Name: "serves", State: service.OK, Reason: "it serves"}}
}

func (s oldService) Settled(c service.Change, done bool) service.Verdict {
	s.w.lock.Lock()
	defer s.w.lock.Unlock()
	id := strings.TrimSuffix(c.ID, "/seen")
	v := service.Verdict{Service: s.name, Name: "settled", Host: c.Target, State: service.Wait, Reason: "not yet"}
	if done && s.w.done[id+" true"] || !done && s.w.done[id+" false"] {
		v.State, v.Reason = service.OK, "it is so"
	}
	return v
}
