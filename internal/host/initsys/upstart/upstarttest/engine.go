package upstarttest

import (
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// System is what the rules act on.
type System interface {
	// Spawn starts a process in a session of its own, and returns once it runs.
	Spawn(Spawn) (pid int, err error)
	// Kill signals the process group.
	Kill(pid int, sig syscall.Signal)
	// After calls fn once, from a goroutine of its own, unless it was stopped before.
	After(d time.Duration, fn func()) (stop func())
	// Now is the time since the boot.
	Now() time.Duration
	// Log is Upstart's log.
	Log(line string)
}

// Spawn is a process to be started.
type Spawn struct {
	Class    *Class
	Instance string
	Kind     Kind
	Argv     []string
	// Script is fed to the process at descriptor 9, where it is not empty.
	Script string
	Env    []string
}

// Engine has the jobs and the events that are on their way.
type Engine struct {
	// Shuffle draws the order in which jobs see an event; nil: by their names.
	Shuffle func(names []string)
	// Base is init's own environment, as far as jobs get it: PATH and TERM.
	Base Env

	sys     System
	mu      sync.Mutex
	classes map[string]*Class
	// newer are the job files as they are on the disk, where a running job still
	// is of an older one; nil: the file is gone.
	newer  map[string]*Class
	jobs   []*job
	events []*event
	after  []func()
}

// New returns an engine without jobs.
func New(sys System) *Engine {
	return &Engine{sys: sys, classes: map[string]*Class{}, newer: map[string]*Class{},
		Base: Env{"PATH=/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin", "TERM=linux"}}
}

// do changes something, lets everything follow from it, and then says so to those
// who wait.
func (e *Engine) do(fn func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	fn()
	e.poll()
	for len(e.after) > 0 {
		fn, e.after = e.after[0], e.after[1:]
		fn()
	}
}

// Define makes c what the job file of that name says from now on; nil: it is gone.
// A job that runs stays what it was until it has stopped.
func (e *Engine) Define(name string, c *Class) {
	e.do(func() {
		if slices.ContainsFunc(e.jobs, func(j *job) bool { return j.class.Name == name }) {
			e.newer[name] = c
			return
		}
		if old := e.classes[name]; old != nil && c != nil {
			c.StartOn.inherit(old.StartOn)
		}
		e.define(name, c)
	})
}

func (e *Engine) define(name string, c *Class) {
	delete(e.newer, name)
	if old := e.classes[name]; old != nil {
		old.StartOn.reset()
	}
	if c == nil {
		delete(e.classes, name)
		return
	}
	e.classes[name] = c
}

// Emit is `initctl emit`. reply is called once: at once without wait, else when
// everything that the event started or stopped has come to rest.
func (e *Engine) Emit(name string, env Env, wait bool, reply func(error)) {
	e.do(func() {
		switch {
		case name == "":
			e.later(reply, problem("Name may not be empty string"))
			return
		case !env.valid():
			e.later(reply, problem("Env must be KEY=VALUE pairs"))
			return
		}
		ev := e.emit(name, env)
		if wait {
			ev.replies = append(ev.replies, reply)
			return
		}
		e.later(reply, nil)
	})
}

func (e *Engine) later(reply func(error), err error) {
	e.after = append(e.after, func() { reply(err) })
}

// Exited says that a child is gone. Children that no job knows are passed over.
func (e *Engine) Exited(pid int, status syscall.WaitStatus) {
	e.do(func() {
		for _, j := range e.jobs {
			for kind, p := range j.pid {
				if p == pid {
					e.terminated(j, Kind(kind), status)
					return
				}
			}
		}
	})
}

// names are the job files in the order in which an event goes through them.
func (e *Engine) names() []string {
	names := make([]string, 0, len(e.classes))
	for name := range e.classes {
		names = append(names, name)
	}
	slices.Sort(names)
	if e.Shuffle != nil {
		e.Shuffle(names)
	}
	return names
}

// instances are a class's jobs.
func (e *Engine) instances(c *Class) []*job {
	var js []*job
	for _, j := range e.jobs {
		if j.class == c {
			js = append(js, j)
		}
	}
	return js
}

func (e *Engine) instance(c *Class, name string) *job {
	for _, j := range e.instances(c) {
		if j.name == name {
			return j
		}
	}
	return nil
}

// problem is an error in Upstart's words.
type problem string

func (p problem) Error() string { return string(p) }

// Fits says what a real Upstart would refuse of the class when it comes to start
// it, or what this stand-in does not stand in for; "" is fine.
func (c *Class) Fits() string {
	switch {
	case c.Unsupported != "":
		return "the stand-in has no " + c.Unsupported
	case c.KillTimeout == 0:
		// Upstart asserts that it is not, in PID 1.
		return "kill timeout 0 crashes Upstart"
	case strings.Contains(c.Instance, "`"):
		return "instance is no shell"
	}
	return ""
}
