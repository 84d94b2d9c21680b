package node_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"umm/internal/api"
	"umm/internal/execx"
	"umm/internal/host/mode"
)

// volatile is what a reboot forgets.
type volatile struct {
	deferred []string
	before   map[int][]string
	noted    []byte
	banner   string
	guard    *api.Guard
	locked   bool
}

// store is the world as node.Store.
type store world

func (s *store) Load() (r mode.Record, err error) {
	if s.unreadable != nil {
		return mode.Record{}, s.unreadable
	}
	if s.record == nil {
		return mode.Record{}, nil
	}
	return r, json.Unmarshal(s.record, &r)
}

func (s *store) Check() error { return s.unreadable }

func (s *store) Save(r mode.Record) error {
	if !s.locked {
		s.t.Error("the record is saved without the lock")
	}
	if r.Unsaved {
		s.t.Error("a record that calls itself unsaved is saved")
	}
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if s.unwritable != nil {
		return s.unwritable
	}
	return (*world)(s).effect("Save", func() {
		s.record, s.unreadable = data, nil
		s.count(r)
	})
}

// runFolder is the world as node.RunState.
type runFolder world

func (f *runFolder) Note(r mode.Record) error {
	data, err := json.Marshal(mode.Public(r))
	if err != nil {
		return err
	}
	return (*world)(f).effect("Note", func() { f.noted = data })
}

func (f *runFolder) Noted() *mode.Record {
	if f.noted == nil {
		return nil
	}
	r := &mode.Record{}
	if err := json.Unmarshal(f.noted, r); err != nil {
		f.t.Error(err)
	}
	return r
}

func (f *runFolder) Banner(text string) error {
	return (*world)(f).effect("Banner", func() { f.banner = text })
}

func (f *runFolder) Defer(service string) error {
	return (*world)(f).effect("Defer", func() { f.deferred = append(f.deferred, service) })
}

func (f *runFolder) Deferred() []string { return f.deferred }

func (f *runFolder) ForgetDeferred() error {
	return (*world)(f).effect("ForgetDeferred", func() { f.deferred = nil })
}

func (f *runFolder) NoteBefore(number int, active []string) error {
	return (*world)(f).effect("NoteBefore", func() { f.before = map[int][]string{number: active} })
}

func (f *runFolder) Before(number int) ([]string, bool) {
	active, known := f.before[number]
	return active, known
}

// packages is the world as node.Packages.
type packages world

func (p *packages) Hold() error {
	return (*world)(p).effect("Hold", func() { p.held = true })
}

func (p *packages) Release() error {
	return (*world)(p).effect("Release", func() { p.held = false })
}

// services is the world as node.Services.
type services world

func (s *services) Keeps(name string) bool { return slices.Contains(essentialUnits, s.Unit(name)) }

func (s *services) Enabled(name string) bool { return slices.Contains(s.enabled, s.Unit(name)) }

func (s *services) Unit(name string) string { return strings.TrimSuffix(name, ".service") + ".service" }

func (f *runFolder) Lock(context.Context) (func(), error) {
	if err := f.fails["Lock"]; err != nil {
		return nil, err
	}
	if f.locked {
		f.t.Fatal("a program waits for a lock that an outer one has")
	}
	f.locked = true
	return func() { f.locked = false }, nil
}

// guards is the world as node.Guards.
type guards world

func (g *guards) Guard() (*api.Guard, error) { return g.guard, g.fails["Guard"] }

func (g *guards) SetGuard(to *api.Guard) error {
	if !g.locked {
		g.t.Error("the guard is set without the lock")
	}
	return (*world)(g).effect("SetGuard", func() { g.guard = to })
}

// log is the world as node.History.
type log world

func (l *log) Append(events []mode.Event) error {
	return (*world)(l).effect("Append", func() {
		for _, e := range events {
			if n := len(l.history); n == 0 || e.Seq > l.history[n-1].Seq {
				l.history = append(l.history, e)
			}
		}
	})
}

func (l *log) Read() ([]mode.Event, error) { return l.history, l.fails["Read"] }

// hook is a program in /etc/umm/hooks.d.
type hook func(env []string) (execx.Result, error)

// addHook installs one; name is "pre-on/10-a".
func (w *world) addHook(name string, run hook) {
	w.t.Helper()
	w.addExecutable("etc/umm/hooks.d/"+name, run)
}

func (w *world) addHealthCheck(name string, run hook) {
	w.t.Helper()
	w.addExecutable("etc/umm/health.d/"+name, run)
}

func (w *world) addExecutable(path string, run hook) {
	w.t.Helper()
	w.put(path, "")
	if err := os.Chmod(filepath.Join(w.root, path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	w.hooks[strings.TrimPrefix(path, "etc/umm/hooks.d/")] = run
}

// runner is the world as execx.Runner: it knows the hooks and nothing else.
type runner world

func (r *runner) Run(_ context.Context, c execx.Cmd) (res execx.Result, err error) {
	path, isHook := strings.CutPrefix(c.Argv[0], r.root+"/")
	name := strings.TrimPrefix(path, "etc/umm/hooks.d/")
	run := r.hooks[name]
	if !isHook || run == nil || len(c.Argv) != 1 {
		r.t.Errorf("a program is run that nobody knows: %q", c.Argv)
		return execx.Result{}, errors.New("unknown")
	}
	if c.Keep <= 0 || c.Keep > 1<<20 {
		r.t.Errorf("of hook %s %d bytes are kept", name, c.Keep)
	}
	if c.Limit <= 0 || c.Limit > 5*time.Minute {
		r.t.Errorf("hook %s has a time limit of %s", name, c.Limit)
	}
	failed := (*world)(r).effect("hook", func() {
		r.hooked = append(r.hooked, name)
		res, err = run(c.Env)
	})
	return res, errors.Join(err, failed)
}

// command is what an operator can have run in MM.
type command func(ctx context.Context, out *os.File) (code int, err error)

// executor is the world as node.Executor.
type executor world

// commandEnv is what commands get, when they are looked up too.
var commandEnv = []string{"DEBIAN_FRONTEND=noninteractive"}

func (e *executor) Check(_ context.Context, argv, env []string) error {
	if !slices.Equal(env, commandEnv) {
		e.t.Errorf("%s is looked up with %q", argv[0], env)
	}
	return e.fails["Check "+argv[0]]
}

func (e *executor) Stream(ctx context.Context, j execx.Job) (code int, err error) {
	name := strings.Join(j.Argv, " ")
	if !slices.Equal(j.Env, commandEnv) || !j.Outlived {
		e.t.Errorf("%s is run with %q, outlived: %v", name, j.Env, j.Outlived)
	}
	run, known := e.commands[name]
	if !known {
		e.t.Errorf("a command is run that nobody asked for: %q", j.Argv)
		return 0, errors.New("unknown")
	}
	if e.ended != nil {
		e.t.Errorf("%s is run while another command runs", name)
	}
	failed := (*world)(e).effect("Stream", func() {
		e.ran[name]++
		e.ended = &commandEnd{}
		j.Started(theCommand)
		e.ended.code, e.ended.err = run(ctx, j.Out)
		code, err, e.ended = e.ended.code, e.ended.err, nil
	})
	return code, errors.Join(err, failed)
}

// theCommand is the process of every command; ended is set while it is there.
var theCommand = execx.Process{PID: 4711, Start: 5}

type commandEnd struct {
	code int
	err  error
}

func (e *executor) Join(_ context.Context, p execx.Process, limit time.Duration) error {
	if p != theCommand {
		e.t.Errorf("process %v is waited for", p)
	}
	e.joined = append(e.joined, limit)
	e.ended = nil
	return e.fails["Join"]
}

// sink is a node.Output whose file is thrown away.
type sink struct{ err error }

func (s sink) Open() (*os.File, func(), error) {
	if s.err != nil {
		return nil, nil, s.err
	}
	f, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	return f, func() { _ = f.Close() }, err
}
