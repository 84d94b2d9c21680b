package upstarttest

import (
	"testing"
)

// What was measured on the real Upstart 1.12.1 as PID 1.

const (
	rcSysinit = "rc-sysinit\nstart on (filesystem and static-network-up) or failsafe-boot\nstop on runlevel\ntask\nemits runlevel\nexec rc-sysinit"
	gate      = "umm\nstart on starting rc-sysinit\ntask\nexec gate"
)

// "A task with `start on starting rc-sysinit` holds rc-sysinit back for as long as
// the task runs; when it ends, even by failing, rc-sysinit goes on."
func TestATaskOnStartingHoldsAJobBack(t *testing.T) {
	for what, end := range map[string]func(w *world){
		"ends":      func(w *world) { w.ends("umm") },
		"fails":     func(w *world) { w.fails("umm") },
		"is killed": func(w *world) { w.endsWith("umm", by(9)) },
		"is stopped": func(w *world) {
			a := w.ask("stop", "umm")
			w.same("stop waits", a.done, false)
			w.endsWith("umm", by(15))
		},
		"cannot start": nil,
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t, rcSysinit, gate)
			w.refuse["umm"] = end == nil
			w.emitNoWait("filesystem")
			w.wants("rc-sysinit", "rc-sysinit stop/waiting")
			w.emitNoWait("static-network-up")
			if end != nil {
				w.wants("rc-sysinit", "rc-sysinit start/starting")
				w.same("what runs", w.took(), "umm")
				end(w)
			}
			w.same("what runs", w.took(), "rc-sysinit")
		})
	}
	w := newWorld(t, rcSysinit)
	w.emitNoWait("failsafe-boot")
	w.same("without the gate there runs", w.took(), "rc-sysinit")
}

// A service on it holds it back until it runs.
func TestAServiceOnStartingHoldsAJobBackUntilItRuns(t *testing.T) {
	w := newWorld(t, rcSysinit, "first\nstart on starting rc-sysinit\npre-start exec prepare\nexec first")
	w.emitNoWait("failsafe-boot")
	w.same("what runs", w.took(), "first/pre-start")
	w.ends("first/pre-start")
	w.same("what runs", w.took(), "first rc-sysinit")
}

// "`initctl emit E` blocks until every task that E starts has ended, and while E is
// half of an unfinished `and`; it returns 1 if a started task fails."
func TestEmitBlocks(t *testing.T) {
	w := newWorld(t, "work\nstart on go\ntask\nexec work", "serve\nstart on go\nexec serve")
	emit := w.emit("go")
	w.same("emit is back", emit.done, false)
	w.ends("work")
	w.same("emit is back", emit.done, true)
	w.same("its error", emit.err, nil)
	w.wants("serve", "serve start/running, process "+itoa(w.pid("serve")))

	emit = w.emit("go")
	w.fails("work")
	w.same("the error of a failing task", emit.err, "Event failed")

	w = newWorld(t, "both\nstart on a and b\ntask\nexec both")
	a := w.emit("a")
	w.same("half of an and", a.done, false)
	again := w.emit("a")
	w.same("another one of the same half", again.done, true)
	b := w.emit("b")
	w.same("both halves", a.done || b.done, false)
	w.ends("both")
	w.same("both halves, at the end", a.done && b.done, true)

	no := w.emitNoWait("a")
	w.same("--no-wait", no.done, true)
	nobody := w.emit("nobody-waits-for-this")
	w.same("an event that nobody knows", nobody.done, true)
}

// "An override file replaces `start on` whole; `emits` documents only."
func TestOverride(t *testing.T) {
	w := newWorld(t)
	c := read(w.e, "job", "start on a and b\nemits c\nexec job\n", "start on d\n")
	w.e.Define("job", c)
	w.emitNoWait("a")
	w.emitNoWait("b")
	w.same("by the conditions of before", w.took(), "")
	w.emitNoWait("c")
	w.emitNoWait("d")
	w.same("by the new one", w.took(), "job")
	w.e.Define("manual", read(w.e, "manual", "start on a\nexec x\n", "manual\n"))
	w.emitNoWait("a")
	w.same("by a manual job's condition", w.took(), "")
	w.same("show-config", w.ask("show-config", "job").Out, "job\n  emits c\n  start on d")
	// A file that is not right is as if it were not there.
	w.e.Define("bad", read(w.e, "bad", "start on a\nexecute x\n", ""))
	w.same("its status", w.ask("status", "bad").Err, "Unknown job: bad")
	w.same("the log tells", w.logged("/etc/init/bad.conf:2: Unknown stanza"), true)
}

// "`script` runs under `/bin/sh -e`. Event variables reach the job without
// `export`."
func TestScriptsAndVariables(t *testing.T) {
	w := newWorld(t, "job\nstart on go\nenv MINE=1\nexport MINE\nscript\n  echo $WHO\n    exit 3\nend script",
		"after\nstart on stopped job\nexec after", "line\nstart on go\nscript\necho a\nend script",
		"plain\nstart on go\nexec /bin/prog -x  one", "shell\nstart on go\nexec prog \"$WHO\" > /tmp/x # note")
	w.emitNoWait("go", "WHO=me")
	for job, want := range map[string]string{
		"job":   "[/bin/sh -e /proc/self/fd/9] exec 9<&-\necho $WHO\n  exit 3\n",
		"line":  "[/bin/sh -e -c echo a /bin/sh] ",
		"plain": "[/bin/prog -x one] ",
		"shell": "[/bin/sh -e -c exec prog \"$WHO\" > /tmp/x /bin/sh] ",
	} {
		s := w.live[w.pid(job)]
		sameValue(t, job, text(s), want)
	}
	w.same("WHO", w.env("job", "WHO"), "me")
	w.same("UPSTART_EVENTS", w.env("job", "UPSTART_EVENTS"), "go")
	w.same("UPSTART_JOB", w.env("job", "UPSTART_JOB"), "job")
	w.same("MINE", w.env("job", "MINE"), "1")
	w.endsWith("job", code(3))
	w.same("exported", w.env("after", "MINE"), "1")
	w.same("not exported", w.env("after", "WHO"), "")
	w.same("RESULT", w.env("after", "RESULT"), "failed")
	w.same("EXIT_STATUS", w.env("after", "EXIT_STATUS"), "3")
	w.same("PROCESS", w.env("after", "PROCESS"), "main")
}

// "`static-network-up` needs every `auto` interface up; else only failsafe goes
// on." "failsafe: stop on static-network-up or starting rc-sysinit."
func TestFailsafe(t *testing.T) {
	w := newWorld(t, rcSysinit, "failsafe\nstart on filesystem and net-device-up IFACE=lo\nstop on static-network-up or starting rc-sysinit\nexec sleep 120")
	w.emitNoWait("net-device-up", "IFACE=eth0")
	w.emitNoWait("filesystem")
	w.same("by another interface", w.took(), "")
	w.emitNoWait("net-device-up", "IFACE=lo")
	w.same("by lo", w.took(), "failsafe")
	w.emitNoWait("failsafe-boot")
	// rc-sysinit waits for failsafe to be gone.
	w.wants("rc-sysinit", "rc-sysinit start/starting")
	w.same("signals", w.signals, "[failsafe TERM]")
	w.endsWith("failsafe", by(15))
	w.same("then there runs", w.took(), "rc-sysinit")
}

// "Clean mark: a task on `starting rc RUNLEVEL=[06]`."
func TestATaskOnStartingRc(t *testing.T) {
	w := newWorld(t, "rc\nstart on runlevel [0123456]\nstop on runlevel [!$RUNLEVEL]\nexport RUNLEVEL\nexport PREVLEVEL\ntask\nexec rc",
		"end\nstart on starting rc RUNLEVEL=[06]\ntask\nexec end", "tty1\nstart on stopped rc RUNLEVEL=[2345]\nstop on runlevel [!2345]\nrespawn\nexec getty")
	w.emitNoWait("runlevel", "RUNLEVEL=2", "PREVLEVEL=N")
	w.same("at runlevel 2", w.took(), "rc")
	w.ends("rc")
	w.same("when it has ended", w.took(), "tty1")
	w.emitNoWait("runlevel", "RUNLEVEL=6", "PREVLEVEL=2")
	w.same("at runlevel 6", w.took(), "end")
	w.ends("end")
	w.same("after the mark", w.took(), "rc")
	w.same("RUNLEVEL", w.env("rc", "RUNLEVEL"), "6")
	// Another level stops it, the same one does not.
	w.emitNoWait("runlevel", "RUNLEVEL=6", "PREVLEVEL=6")
	w.same("signals", w.signals, "[tty1 TERM]")
	w.emitNoWait("runlevel", "RUNLEVEL=0", "PREVLEVEL=6")
	w.same("signals", w.signals, "[tty1 TERM rc TERM]")
}
