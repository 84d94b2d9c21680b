package upstarttest

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"
)

// goal is where a job is heading.
type goal string

const (
	stop  goal = "stop"
	start goal = "start"
	// again is start, once the process that holds the state has ended.
	again goal = "respawn"
)

// state is where a job is on its way: init(8), the Upstart Cookbook's "Job States".
type state string

const (
	waiting   state = "waiting"
	starting  state = "starting"
	preStart  state = "pre-start"
	spawned   state = "spawned"
	postStart state = "post-start"
	running   state = "running"
	preStop   state = "pre-stop"
	stopping  state = "stopping"
	killed    state = "killed"
	postStop  state = "post-stop"
)

// job is an instance of a class.
type job struct {
	class *Class
	name  string
	goal  goal
	state state
	// env is what its processes get; startEnv what they will from the next start on.
	env, startEnv, stopEnv Env
	stopOn                 *Condition
	pid                    [kinds]int
	// blocking are the events that wait for it, and replies the commands.
	blocking []*event
	replies  []reply
	// unkill stops the timer until SIGKILL.
	unkill func()

	failed     bool
	failedIn   Kind
	runaway    bool
	notSpawned bool
	status     syscall.WaitStatus

	respawns    int
	respawnFrom time.Duration
}

// reply is a command that waits for a job, and what it is told where that fails.
type reply struct {
	to      func(error)
	failure string
}

func (e *Engine) newJob(c *Class, name string) *job {
	j := &job{class: c, name: name, goal: stop, state: waiting, stopOn: c.StopOn.clone(), respawnFrom: -time.Hour}
	e.jobs = append(e.jobs, j)
	return j
}

// String is how messages name it.
func (j *job) String() string {
	if j.name == "" {
		return j.class.Name
	}
	return j.class.Name + " (" + j.name + ")"
}

// hold keeps events from ending until the job has come to rest.
func (j *job) hold(events []*event) {
	for _, ev := range events {
		ev.blockers++
		j.blocking = append(j.blocking, ev)
	}
}

// aim changes where the job is heading. Only from its two states of rest does that
// move it; else what it is doing comes to an end first.
func (e *Engine) aim(j *job, g goal) {
	if j.goal == g {
		return
	}
	e.sys.Log(fmt.Sprintf("%s goal changed from %s to %s", j, j.goal, g))
	j.goal = g
	if g == start && j.state == waiting || g == stop && j.state == running {
		e.change(j, j.next(e))
	}
}

// next is the state that comes after the one that the job is in.
func (j *job) next(e *Engine) state {
	up := map[state]state{waiting: starting, starting: preStart, preStart: spawned, spawned: postStart, postStart: running,
		running: stopping, preStop: running, stopping: killed, killed: postStop, postStop: starting}
	down := map[state]state{starting: stopping, preStart: stopping, spawned: stopping, postStart: stopping,
		running: stopping, preStop: stopping, stopping: killed, killed: postStop, postStop: waiting}
	switch {
	case j.goal == again:
		e.aim(j, start)
		return stopping
	case j.goal == start:
		return up[j.state]
	case j.state == running && j.pid[Main] > 0:
		return preStop
	default:
		return down[j.state]
	}
}

// change moves the job to a state, and on from there for as long as nothing has to
// be waited for.
func (e *Engine) change(j *job, to state) {
	for j.state != to {
		e.sys.Log(fmt.Sprintf("%s state changed from %s to %s", j, j.state, to))
		from := j.state
		j.state = to
		switch to {
		case starting:
			if j.startEnv != nil {
				j.env, j.startEnv = j.startEnv, nil
			}
			j.stopEnv = nil
			j.failed, j.runaway, j.notSpawned = false, false, false
			e.announce(j, "starting", true)
		case preStart:
			to = e.enter(j, PreStart)
		case spawned:
			to = e.enter(j, Main)
		case postStart:
			to = e.enter(j, PostStart)
		case running:
			e.nowRunning(j, from)
		case preStop:
			to = e.enter(j, PreStop)
		case stopping:
			e.announce(j, "stopping", true)
		case killed:
			if j.pid[Main] > 0 {
				e.kill(j)
			} else {
				to = j.next(e)
			}
		case postStop:
			to = e.enter(j, PostStop)
		case waiting:
			e.rest(j)
			return
		}
	}
}

// enter runs the process of a state, and returns the state to go on to: the same
// one where that process has to end first.
func (e *Engine) enter(j *job, kind Kind) state {
	if j.class.Process[kind] == nil {
		return j.next(e)
	}
	err := e.spawn(j, kind)
	switch {
	case err == nil && kind == Main:
		// Without `expect` the job goes on as soon as the process runs.
		return j.next(e)
	case err == nil:
		return j.state
	case kind == PostStart || kind == PreStop:
		return j.next(e)
	}
	e.sys.Log(fmt.Sprintf("Failed to spawn %s %s process: %v", j, kind, err))
	j.notSpawned = true
	e.fails(j, kind, 0)
	e.aim(j, stop)
	return j.next(e)
}

func (e *Engine) nowRunning(j *job, from state) {
	if from == preStop {
		// pre-stop called the stop off.
		j.stopEnv = nil
		e.settled(j, false)
		return
	}
	e.announce(j, "started", false)
	if !j.class.Task {
		e.settled(j, false)
	}
}

// rest is the end of an instance.
func (e *Engine) rest(j *job) {
	e.announce(j, "stopped", false)
	e.settled(j, false)
	j.stopOn.reset()
	e.jobs = slices.DeleteFunc(e.jobs, func(o *job) bool { return o == j })
	name := j.class.Name
	if c, changed := e.newer[name]; changed && len(e.instances(j.class)) == 0 {
		e.define(name, c)
	}
}

// settled lets go of the events and commands that wait for the job: it has come to
// rest, failed, or is told to do something else.
func (e *Engine) settled(j *job, failed bool) {
	events, replies := j.blocking, j.replies
	j.blocking, j.replies = nil, nil
	for _, ev := range events {
		ev.failed = ev.failed || failed
		ev.blockers--
	}
	for _, r := range replies {
		if failed {
			e.later(r.to, problem(r.failure))
		} else {
			e.later(r.to, nil)
		}
	}
}

func (e *Engine) fails(j *job, kind Kind, status syscall.WaitStatus) {
	if j.failed {
		return
	}
	j.failed, j.failedIn, j.status = true, kind, status
	e.settled(j, true)
}

// announce emits the event of a state: starting(7), started(7), stopping(7),
// stopped(7). Where it blocks, the job goes on when the event has ended.
func (e *Engine) announce(j *job, name string, blocks bool) {
	env := Env{"JOB=" + j.class.Name, "INSTANCE=" + j.name}
	if strings.HasPrefix(name, "stop") {
		env = append(env, j.result()...)
	}
	for _, key := range j.class.Export {
		if value, ok := j.env.Get(key); ok && env.index(key) < 0 {
			env = append(env, key+"="+value)
		}
	}
	ev := e.emit(name, env)
	if blocks {
		ev.job = j
	}
}

func (j *job) result() Env {
	switch {
	case !j.failed:
		return Env{"RESULT=ok"}
	case j.runaway:
		return Env{"RESULT=failed", "PROCESS=respawn"}
	case j.notSpawned:
		return Env{"RESULT=failed", "PROCESS=" + j.failedIn.String()}
	case j.status.Signaled():
		return Env{"RESULT=failed", "PROCESS=" + j.failedIn.String(), "EXIT_SIGNAL=" + signalName(j.status.Signal())}
	default:
		return Env{"RESULT=failed", "PROCESS=" + j.failedIn.String(), fmt.Sprintf("EXIT_STATUS=%d", j.status.ExitStatus())}
	}
}

// statusText is a line of `initctl list`, and one more for each further process.
func (j *job) statusText() string {
	text := fmt.Sprintf("%s %s/%s", j, j.goal, j.state)
	first := true
	for kind, pid := range j.pid {
		if pid == 0 {
			continue
		}
		k := Kind(kind)
		switch {
		case !first:
			text += fmt.Sprintf("\n\t%s process %d", k, pid)
		case k == Main || k == PreStart || k == PostStop:
			text += fmt.Sprintf(", process %d", pid)
		default:
			text += fmt.Sprintf(", (%s) process %d", k, pid)
		}
		first = false
	}
	return text
}
