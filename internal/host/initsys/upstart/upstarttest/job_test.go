package upstarttest

import (
	"fmt"
	"strings"
	"testing"
)

// The way of a job through its states, by init(8) and the Upstart Cookbook.
func TestStates(t *testing.T) {
	w := newWorld(t, "job\npre-start exec a\nexec b\npost-start exec c\npre-stop exec d\npost-stop exec e",
		"watch\nstart on starting job or started job or stopping job or stopped job\ntask\ninstance $UPSTART_EVENTS\nexec x")
	step := func(state string) { t.Helper(); w.wants("job", "job "+state) }
	at := func(what string) string { return fmt.Sprint(w.pid("job" + what)) }

	start := w.ask("start", "job")
	step("start/starting")
	w.ends("watch(starting)")
	step("start/pre-start, process " + at("/pre-start"))
	w.ends("job/pre-start")
	step("start/post-start, process " + at("") + "\n\tpost-start process " + at("/post-start"))
	w.same("start is back", start.done, false)
	w.ends("job/post-start")
	step("start/running, process " + at(""))
	w.same("start says", start.Out, "job start/running, process "+at(""))
	w.ends("watch(started)")

	stop := w.ask("stop", "job")
	step("stop/pre-stop, process " + at("") + "\n\tpre-stop process " + at("/pre-stop"))
	w.ends("job/pre-stop")
	step("stop/stopping, process " + at(""))
	w.same("signals before what waits on stopping has ended", w.signals, "[]")
	w.ends("watch(stopping)")
	step("stop/killed, process " + at(""))
	w.same("signals", w.signals, "[job TERM]")
	w.endsWith("job", by(15))
	step("stop/post-stop, process " + at("/post-stop"))
	w.same("stop is back", stop.done, false)
	w.ends("job/post-stop")
	step("stop/waiting")
	w.same("stop says", stop.Out, "job stop/waiting")
}

// A job that does not end by its signal is killed after its kill timeout.
func TestKillTimeout(t *testing.T) {
	w := newWorld(t, "job\nkill signal INT\nexec a")
	w.ask("start", "job")
	w.ask("stop", "job")
	w.same("timers", len(w.timers), 1)
	for id, fn := range w.timers {
		delete(w.timers, id)
		fn()
	}
	w.same("signals", w.signals, "[job INT job KILL]")
	w.endsWith("job", by(9))
	w.wants("job", "job stop/waiting")

	w.ask("start", "job")
	w.ask("stop", "job")
	w.ends("job")
	w.same("timers of a job that has ended", len(w.timers), 0)
}

// A stop does not end pre-start: the job stops when that has ended by itself.
func TestStopInPreStart(t *testing.T) {
	w := newWorld(t, "job\npre-start exec a\nexec b")
	w.ask("start", "job")
	w.ask("stop", "job")
	w.wants("job", "job stop/pre-start, process "+fmt.Sprint(w.pid("job/pre-start")))
	w.same("signals", w.signals, "[]")
	w.ends("job/pre-start")
	w.wants("job", "job stop/waiting")
	w.same("what ran", w.took(), "job/pre-start")
}

// `stop` in a job's own script, without its name, is not a failure: Upstart
// Cookbook, "Stop the job from within".
func TestStopByItself(t *testing.T) {
	w := newWorld(t, "hold\nstart on starting job\ntask\npre-start exec a\nexec b", "job\nstart on go\ntask\nexec job")
	emit := w.emit("go")
	own := w.asks(Request{Command: "stop", Job: "hold", FromJob: true})
	w.same("stop is back at once", own.done, true)
	w.same("it says", own.Out, "hold stop/pre-start, process "+fmt.Sprint(w.pid("hold/pre-start")))
	w.ends("hold/pre-start")
	w.same("what ran", w.took(), "hold/pre-start job")
	w.ends("job")
	w.same("the event failed", emit.err, nil)
}

func TestFailures(t *testing.T) {
	for what, c := range map[string]struct {
		job   string
		act   func(w *world)
		says  string
		env   string
		after string
	}{
		"pre-start": {"pre-start exec a\nexec b", func(w *world) { w.endsWith("job/pre-start", code(3)) },
			"Job failed to start", "RESULT=failed PROCESS=pre-start EXIT_STATUS=3", "job stop/waiting"},
		"no program": {"exec b", nil, "Job failed to start", "RESULT=failed PROCESS=main", "job stop/waiting"},
		"a task": {"task\nexec b", func(w *world) { w.endsWith("job", code(1)) },
			"Job failed to start", "RESULT=failed PROCESS=main EXIT_STATUS=1", "job stop/waiting"},
		"a task that is killed": {"task\nexec b", func(w *world) { w.endsWith("job", by(11)) },
			"Job failed to start", "RESULT=failed PROCESS=main EXIT_SIGNAL=SEGV", "job stop/waiting"},
		"a normal exit": {"task\nnormal exit 1\nexec b", func(w *world) { w.endsWith("job", code(1)) },
			"", "RESULT=ok", "job stop/waiting"},
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t, "job\n"+c.job, "told\nstart on stopped job\nexec x")
			w.refuse["job"] = c.act == nil
			start := w.ask("start", "job")
			if c.act != nil {
				c.act(w)
			}
			w.same("start says", start.Err, c.says)
			w.wants("job", c.after)
			for _, kv := range strings.Fields(c.env) {
				key, value, _ := strings.Cut(kv, "=")
				w.same(key, w.env("told", key), value)
			}
		})
	}
}

func TestRespawn(t *testing.T) {
	w := newWorld(t, "job\nrespawn\nrespawn limit 2 5\nexec a\npost-stop exec b", "told\nstart on stopped job\nexec x")
	w.ask("start", "job")
	for range 2 {
		w.ends("job")
		w.ends("job/post-stop")
		w.same("it runs again", w.isRunning("job"), true)
	}
	w.ends("job")
	w.ends("job/post-stop")
	w.wants("job", "job stop/waiting")
	w.same("why", w.env("told", "RESULT")+" "+w.env("told", "PROCESS"), "failed respawn")
	w.same("the log tells", w.logged("job respawning too fast, stopped"), true)

	w = newWorld(t, "job\nrespawn\nrespawn limit 1 5\nexec a")
	w.ask("start", "job")
	for range 5 {
		w.ends("job")
		w.now += 6e9
	}
	w.same("slowly it runs for ever", w.isRunning("job"), true)
}

// Instances are told apart by the variables that `instance` names.
func TestInstances(t *testing.T) {
	w := newWorld(t, "net\ninstance $IF\nstart on up\nstop on down IF=$IF\nexec a", "tty\ninstance $TTY\nusage \"TTY=name\"\nexec a")
	w.emitNoWait("up", "IF=eth0")
	w.emitNoWait("up", "IF=eth1")
	w.emitNoWait("up", "IF=eth1")
	w.same("what runs", w.took(), "net(eth0) net(eth1)")
	w.same("list", w.ask("list").Out, fmt.Sprintf("net (eth0) start/running, process %d\nnet (eth1) start/running, process %d\ntty stop/waiting",
		w.pid("net(eth0)"), w.pid("net(eth1)")))
	w.emitNoWait("down", "IF=eth0")
	w.same("signals", w.signals, "[net TERM]")
	w.endsWith("net(eth0)", by(15))
	w.same("that of eth0", w.ask("status", "net", "IF=eth0").Err, "Unknown instance: eth0")
	w.same("that of eth1", w.ask("status", "net", "IF=eth1").Out, "net (eth1) start/running, process "+fmt.Sprint(w.pid("net(eth1)")))
	w.same("none named", w.ask("start", "tty").Err, "Unknown parameter: TTY\nUsage: TTY=name")
	w.emitNoWait("up")
	w.same("the log tells", w.logged("Failed to obtain net instance: Unknown parameter: IF"), true)
}

// What initctl says, word for word; the program's name comes before it.
func TestMessages(t *testing.T) {
	w := newWorld(t, "job\nexec a", "work\ntask\nexec a")
	w.ask("start", "job")
	for request, want := range map[string]string{
		"start job":           "Job is already running: job",
		"start nothing":       "Unknown job: nothing",
		"stop nothing":        "Unknown job: nothing",
		"stop work":           "Unknown instance: ",
		"restart work":        "Unknown instance: ",
		"status nothing":      "Unknown job: nothing",
		"reload work":         "Unknown instance: ",
		"start work x":        "Env must be KEY=VALUE pairs",
		"emit e x":            "Env must be KEY=VALUE pairs",
		"show-config nothing": "Unknown job: nothing",
		"start":               "missing job name\nTry `initctl --help' for more information.",
		"emit":                "missing event name\nTry `initctl --help' for more information.",
		"frobnicate":          "invalid command: frobnicate\nTry `initctl --help' for more information.",
	} {
		a := w.ask(strings.Fields(request)...)
		if a.Err != want || a.Code != 1 || a.Out != "" || !a.done {
			t.Errorf("%s: got %+v, want %q", request, a, want)
		}
	}
	for request, want := range map[string]string{
		"version":     "init (upstart 1.12.1)",
		"status work": "work stop/waiting",
		"show-config": "job\nwork",
	} {
		if a := w.ask(strings.Fields(request)...); a.Out != want || a.Code != 0 || a.Err != "" {
			t.Errorf("%s: got %+v, want %q", request, a, want)
		}
	}
	stop := w.ask("stop", "job")
	w.same("a stop while one is on", w.ask("stop", "job").Err, "Job has already been stopped: job")
	// A new word is what the job does from then on, and who said the old one is told.
	start := w.ask("start", "job")
	w.same("the stop is back", stop.done, true)
	w.endsWith("job", by(15))
	w.same("it runs again", start.Out, "job start/running, process "+fmt.Sprint(w.pid("job")))

	work := w.ask("start", "work")
	w.same("start of a task is back", work.done, false)
	w.ends("work")
	w.same("start of a task says", work.Out, "work stop/waiting")
	quick := w.asks(Request{Command: "start", Args: []string{"work"}, NoWait: true})
	w.same("--no-wait says", quick.Out, "work start/running, process "+fmt.Sprint(w.pid("work")))

	before := w.pid("job")
	restart := w.ask("restart", "job")
	w.endsWith("job", by(15))
	w.same("restart says", restart.Out, "job start/running, process "+fmt.Sprint(w.pid("job")))
	w.same("it is another process", w.pid("job") != before, true)
	w.ask("reload", "job")
	w.same("signals", w.signals[len(w.signals)-1], "job HUP")
}

// A file that changes holds from the job's next start on; one that goes takes the
// job with it once that has stopped.
func TestFilesThatChange(t *testing.T) {
	w := newWorld(t, "job\nstart on a\nstop on b\nexec one", "half\nstart on a and c\nexec x")
	w.emitNoWait("a")
	w.define("job", "start on a\nexec two")
	w.same("the one that runs", strings.Join(w.live[w.pid("job")].Argv, " "), "one")
	w.emitNoWait("b")
	w.endsWith("job", by(15))
	// What was half met stays so: asked of the real one.
	w.define("half", "start on a and c\nexec y")
	w.emitNoWait("c")
	w.same("the one that was half way", strings.Join(w.live[w.pid("half")].Argv, " "), "y")
	w.emitNoWait("a")
	w.same("the one that runs", strings.Join(w.live[w.pid("job")].Argv, " "), "two")
	w.e.Define("job", nil)
	w.wants("job", "job start/running, process "+fmt.Sprint(w.pid("job")))
	w.ends("job")
	w.same("its status", w.ask("status", "job").Err, "Unknown job: job")
}

// A job that is told to stop holds nothing back any more, from that word on and not
// from its end; and a job whose stop is asked for while it is held never runs. That is
// what happens to rc-sysinit when a run level is asked for in maintenance mode.
func TestStopWhileShut(t *testing.T) {
	w := newWorld(t, rcSysinit, "umm\nstart on starting rc-sysinit\ntask\nstop on runlevel\nexec gate", "rc\nstart on runlevel\ntask\nexec rc")
	w.emitNoWait("failsafe-boot")
	w.emitNoWait("runlevel", "RUNLEVEL=6")
	w.wants("rc-sysinit", "rc-sysinit stop/waiting")
	w.wants("umm", "umm stop/killed, process "+fmt.Sprint(w.pid("umm")))
	w.same("what ran", w.took(), "umm rc")

	w = newWorld(t, rcSysinit, "other\nstart on starting rc-sysinit\ntask\nexec x", "rc\nstart on runlevel\ntask\nexec rc")
	w.emitNoWait("failsafe-boot")
	w.emitNoWait("runlevel", "RUNLEVEL=6")
	w.wants("rc-sysinit", "rc-sysinit stop/starting")
	w.ends("other")
	w.wants("rc-sysinit", "rc-sysinit stop/waiting")
	w.same("what ran", w.took(), "other rc")
}

// Whatever order jobs see an event in, the gate holds.
func TestShuffled(t *testing.T) {
	for _, turn := range []func([]string){func([]string) {}, func(names []string) {
		for i, j := 0, len(names)-1; i < j; i, j = i+1, j-1 {
			names[i], names[j] = names[j], names[i]
		}
	}} {
		w := newWorld(t, rcSysinit, gate, "failsafe\nstart on filesystem\nstop on starting rc-sysinit\nexec sleep")
		w.e.Shuffle = turn
		w.emitNoWait("filesystem")
		w.emitNoWait("static-network-up")
		w.endsWith("failsafe", by(15))
		w.same("rc-sysinit runs", w.isRunning("rc-sysinit"), false)
		w.ends("umm")
		w.same("rc-sysinit runs", w.isRunning("rc-sysinit"), true)
	}
}
