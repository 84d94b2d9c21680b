package upstarttest

import (
	"slices"
	"strings"
	"syscall"
)

// Version is what `initctl version` prints.
const Version = "init (upstart 1.12.1)"

// Request is a command of initctl(8), as it was typed.
type Request struct {
	// Command is start, stop, restart, reload, status, list, emit, version,
	// show-config or reload-configuration.
	Command string
	Args    []string
	NoWait  bool
	// Job and Instance are the caller's UPSTART_JOB and UPSTART_INSTANCE: a job may
	// leave its own name out.
	Job, Instance string
	// FromJob: the caller has them.
	FromJob bool
}

// Answer is what initctl prints, without its own name, and its exit code.
type Answer struct {
	Out, Err string
	Code     int
}

// Ask answers a request; answer is called once, when initctl would return.
func (e *Engine) Ask(r Request, reload func(), answer func(Answer)) {
	fail := func(text string) { answer(Answer{Err: text, Code: 1}) }
	switch r.Command {
	case "start", "stop", "restart", "status", "reload":
		if len(r.Args) == 0 && !r.FromJob {
			fail("missing job name\nTry `initctl --help' for more information.")
			return
		}
		e.do(func() { e.command(r, answer) })
	case "list":
		e.do(func() { answer(Answer{Out: e.list()}) })
	case "version":
		answer(Answer{Out: Version})
	case "show-config":
		e.do(func() { answer(e.showConfig(r.Args)) })
	case "reload-configuration":
		reload()
		answer(Answer{})
	case "emit":
		if len(r.Args) == 0 {
			fail("missing event name\nTry `initctl --help' for more information.")
			return
		}
		e.Emit(r.Args[0], Env(r.Args[1:]), !r.NoWait, func(err error) { answer(answerOf("", err)) })
	default:
		fail("invalid command: " + r.Command + "\nTry `initctl --help' for more information.")
	}
}

func answerOf(out string, err error) Answer {
	if err != nil {
		return Answer{Err: err.Error(), Code: 1}
	}
	return Answer{Out: out}
}

// command is one on a job. An instance is named by the variables that its
// `instance` refers to.
func (e *Engine) command(r Request, answer func(Answer)) {
	fail := func(text string) { answer(Answer{Err: text, Code: 1}) }
	own := len(r.Args) == 0
	name := r.Job
	var args Env
	if !own {
		name, args = r.Args[0], Env(r.Args[1:])
	}
	c := e.classes[name]
	if c == nil {
		fail("Unknown job: " + name)
		return
	}
	if !args.valid() {
		fail("Env must be KEY=VALUE pairs")
		return
	}
	env := e.Base.with(c.Env...).with(args...)
	instance, err := env.Expand(c.Instance)
	if own {
		instance, err = r.Instance, nil
	}
	if err != nil {
		text := err.Error()
		if c.Usage != "" {
			text += "\nUsage: " + c.Usage
		}
		fail(text)
		return
	}
	j := e.instance(c, instance)
	switch {
	case j != nil:
	case r.Command == "status" && len(args) == 0 && !own:
		answer(Answer{Out: name + " stop/waiting"})
		return
	case r.Command == "start" && !own:
		j = e.newJob(c, instance)
	default:
		fail("Unknown instance: " + instance)
		return
	}
	e.act(r, j, env, args, own, answer)
}

// failures are what a command says of a job that fails meanwhile.
var failures = map[string]string{"start": "Job failed to start", "stop": "Job failed while stopping", "restart": "Job failed to restart"}

// act does what was asked for with an instance. A job that acts upon itself does not
// wait, or it would wait for itself.
func (e *Engine) act(r Request, j *job, env, args Env, own bool, answer func(Answer)) {
	fail := func(text string) { answer(Answer{Err: text, Code: 1}) }
	switch {
	case r.Command == "status":
		answer(Answer{Out: j.statusText()})
		return
	case r.Command == "reload" && j.pid[Main] == 0:
		fail("Not running")
		return
	case r.Command == "reload":
		e.sys.Kill(j.pid[Main], syscall.SIGHUP)
		answer(Answer{})
		return
	case r.Command == "start" && j.goal == start:
		fail("Job is already running: " + j.String())
		return
	case r.Command == "stop" && j.goal == stop:
		fail("Job has already been stopped: " + j.String())
		return
	case r.Command == "restart" && j.goal == stop:
		fail("Job has already been stopped: " + j.name)
		return
	}
	if r.Command != "stop" && !own {
		j.startEnv = env
	}
	switch r.Command {
	case "stop":
		j.stopEnv = args
	case "restart":
		j.stopEnv = nil
	}
	e.settled(j, false)
	say := func(err error) {
		if err != nil {
			fail(err.Error())
			return
		}
		answer(Answer{Out: e.textOf(j)})
	}
	if !r.NoWait && !own {
		j.replies = append(j.replies, reply{say, failures[r.Command]})
	} else {
		e.later(say, nil)
	}
	if r.Command != "start" {
		e.aim(j, stop)
	}
	if r.Command != "stop" {
		e.aim(j, start)
	}
}

// textOf is a job's line after a command; one that is gone meanwhile is told of
// without its instance, as initctl does.
func (e *Engine) textOf(j *job) string {
	if !slices.Contains(e.jobs, j) {
		return j.class.Name + " stop/waiting"
	}
	return j.statusText()
}

func (e *Engine) list() string {
	var lines []string
	for _, name := range e.names() {
		c := e.classes[name]
		js := e.instances(c)
		if len(js) == 0 {
			lines = append(lines, name+" stop/waiting")
		}
		for _, j := range js {
			lines = append(lines, j.statusText())
		}
	}
	return strings.Join(lines, "\n")
}

func (e *Engine) showConfig(args []string) Answer {
	names := e.names()
	if len(args) > 0 {
		if e.classes[args[0]] == nil {
			return Answer{Err: "Unknown job: " + args[0], Code: 1}
		}
		names = args[:1]
	}
	var lines []string
	for _, name := range names {
		c := e.classes[name]
		lines = append(lines, name)
		for _, emits := range c.Emits {
			lines = append(lines, "  emits "+emits)
		}
		if c.StartOn != nil {
			lines = append(lines, "  start on "+c.StartOn.String())
		}
		if c.StopOn != nil {
			lines = append(lines, "  stop on "+c.StopOn.String())
		}
	}
	return Answer{Out: strings.Join(lines, "\n")}
}
