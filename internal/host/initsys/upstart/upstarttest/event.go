package upstarttest

import "slices"

// event is one that was emitted and has not come to its end.
type event struct {
	name string
	env  Env
	// handled: jobs have seen it.
	handled bool
	failed  bool
	// blockers are the jobs and conditions that it waits for.
	blockers int
	// job waits for its end, to go on to its next state.
	job     *job
	replies []func(error)
}

func (e *Engine) emit(name string, env Env) *event {
	ev := &event{name: name, env: env}
	e.events = append(e.events, ev)
	return ev
}

// poll handles events until there is nothing left that does not wait for a job.
func (e *Engine) poll() {
	for again := true; again; {
		again = false
		for _, ev := range slices.Clone(e.events) {
			if !ev.handled {
				ev.handled, again = true, true
				e.handle(ev)
			}
			if ev.blockers == 0 && slices.Contains(e.events, ev) {
				again = true
				e.events = slices.DeleteFunc(e.events, func(o *event) bool { return o == ev })
				e.finished(ev)
			}
		}
	}
}

// handle shows an event to every job: first to what runs, which it may stop, then
// to what may be started.
func (e *Engine) handle(ev *event) {
	for _, name := range e.names() {
		c := e.classes[name]
		if c == nil {
			continue
		}
		for _, j := range e.instances(c) {
			e.stopBy(j, ev)
		}
		if c = e.classes[name]; c != nil {
			e.startBy(c, ev)
		}
	}
}

func (e *Engine) stopBy(j *job, ev *event) {
	if j.stopOn == nil || !j.stopOn.handle(ev, j.env) || !j.stopOn.met {
		return
	}
	if j.goal != stop {
		j.stopEnv = fromEvents(nil, j.stopOn, "UPSTART_STOP_EVENTS")
		e.settled(j, false)
		j.hold(j.stopOn.events())
		on := j.stopOn
		e.aim(j, stop)
		on.reset()
		return
	}
	j.stopOn.reset()
}

func (e *Engine) startBy(c *Class, ev *event) {
	if c.StartOn == nil || !c.StartOn.handle(ev, nil) || !c.StartOn.met {
		return
	}
	defer c.StartOn.reset()
	env := fromEvents(e.Base.with(c.Env...), c.StartOn, "UPSTART_EVENTS")
	name, err := env.Expand(c.Instance)
	if err != nil {
		e.sys.Log("Failed to obtain " + c.Name + " instance: " + err.Error())
		return
	}
	j := e.instance(c, name)
	if j == nil {
		j = e.newJob(c, name)
	}
	if j.goal == start {
		return
	}
	j.startEnv = env
	e.settled(j, false)
	j.hold(c.StartOn.events())
	e.aim(j, start)
}

// fromEvents adds the variables of the events that met a condition, and their
// names in a variable of its own.
func fromEvents(env Env, c *Condition, key string) Env {
	names := ""
	for _, ev := range c.events() {
		env = env.with(ev.env...)
		if names != "" {
			names += " "
		}
		names += ev.name
	}
	return env.with(key + "=" + names)
}

// finished lets go of what waited for the event's end.
func (e *Engine) finished(ev *event) {
	if j := ev.job; j != nil {
		ev.job = nil
		e.change(j, j.next(e))
	}
	for _, reply := range ev.replies {
		if ev.failed {
			e.later(reply, problem("Event failed"))
		} else {
			e.later(reply, nil)
		}
	}
	const suffix = "/failed"
	if ev.failed && !(len(ev.name) >= len(suffix) && ev.name[len(ev.name)-len(suffix):] == suffix) {
		e.emit(ev.name+suffix, ev.env)
	}
}
