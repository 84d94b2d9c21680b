package upstarttest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// world is a System in which nothing happens but what a test says.
type world struct {
	t       *testing.T
	e       *Engine
	now     time.Duration
	next    int
	live    map[int]Spawn
	ran     []string
	signals []string
	timers  map[int]func()
	log     []string
	// refuse are the processes that cannot be started.
	refuse map[string]bool
}

// newWorld is an engine with jobs: each is its name, a newline, and its file.
func newWorld(t *testing.T, jobs ...string) *world {
	t.Helper()
	w := &world{t: t, live: map[int]Spawn{}, timers: map[int]func(){}, refuse: map[string]bool{}, next: 100}
	w.e = New(w)
	for _, job := range jobs {
		name, text, _ := strings.Cut(job, "\n")
		w.define(name, text)
	}
	return w
}

func (w *world) define(name, text string) {
	w.t.Helper()
	c, err := ParseJob(name, name+".conf", text+"\n")
	if err != nil {
		w.t.Fatal(err)
	}
	w.e.Define(name, c)
}

func (w *world) Spawn(s Spawn) (int, error) {
	name := s.Class.Name
	if s.Instance != "" {
		name += "(" + s.Instance + ")"
	}
	if s.Kind != Main {
		name += "/" + s.Kind.String()
	}
	if w.refuse[name] {
		return 0, errors.New("no such file")
	}
	w.next++
	w.live[w.next] = s
	w.ran = append(w.ran, name)
	return w.next, nil
}

func (w *world) Kill(pid int, sig syscall.Signal) {
	w.signals = append(w.signals, fmt.Sprintf("%s %s", w.live[pid].Class.Name, signalName(sig)))
}

func (w *world) After(_ time.Duration, fn func()) func() {
	w.next++
	id := w.next
	w.timers[id] = fn
	return func() { delete(w.timers, id) }
}

func (w *world) Now() time.Duration { return w.now }
func (w *world) Log(line string)    { w.log = append(w.log, line) }

const exited = syscall.WaitStatus(0)

func code(n int) syscall.WaitStatus                 { return syscall.WaitStatus(n << 8) }
func by(sig syscall.Signal) syscall.WaitStatus      { return syscall.WaitStatus(sig) }
func (w *world) ends(job string)                    { w.t.Helper(); w.endsWith(job, exited) }
func (w *world) fails(job string)                   { w.t.Helper(); w.endsWith(job, code(1)) }
func (w *world) isRunning(job string) bool          { return w.pid(job) != 0 }
func (w *world) emit(words ...string) *waiter       { return w.emits(true, words...) }
func (w *world) emitNoWait(words ...string) *waiter { return w.emits(false, words...) }
func (w *world) ask(words ...string) *asked {
	return w.asks(Request{Command: words[0], Args: words[1:]})
}
func (w *world) env(job, key string) (v string) {
	v, _ = Env(w.live[w.pid(job)].Env).Get(key)
	return v
}
func (w *world) wants(job, status string)        { w.t.Helper(); w.same(job, w.status(job), status) }
func (w *world) same(what string, got, want any) { w.t.Helper(); sameValue(w.t, what, got, want) }
func (w *world) status(job string) string        { return w.ask("status", job).Out }

func sameValue(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, ok := fmt.Sprint(got), fmt.Sprint(want); g != ok {
		t.Errorf("%s: got %q, want %q", what, g, ok)
	}
}

// pid is the process that is there under a name: JOB, JOB(INSTANCE), JOB/KIND.
func (w *world) pid(job string) int {
	for pid, s := range w.live {
		name := s.Class.Name
		if s.Instance != "" {
			name += "(" + s.Instance + ")"
		}
		if s.Kind != Main {
			name += "/" + s.Kind.String()
		}
		if name == job {
			return pid
		}
	}
	return 0
}

func (w *world) endsWith(job string, status syscall.WaitStatus) {
	w.t.Helper()
	pid := w.pid(job)
	if pid == 0 {
		w.t.Fatalf("%s does not run; there ran %q", job, w.ran)
	}
	delete(w.live, pid)
	w.e.Exited(pid, status)
}

// waiter is an emit, and asked a command, that may not have come back yet.
type waiter struct {
	done bool
	err  error
}

type asked struct {
	Answer
	done bool
}

func (w *world) emits(wait bool, words ...string) *waiter {
	r := &waiter{}
	w.e.Emit(words[0], Env(words[1:]), wait, func(err error) { r.done, r.err = true, err })
	return r
}

func (w *world) asks(r Request) *asked {
	a := &asked{}
	w.e.Ask(r, func() {}, func(answer Answer) { a.Answer, a.done = answer, true })
	return a
}

// took is what ran since it was asked last.
func (w *world) took() string {
	ran := strings.Join(w.ran, " ")
	w.ran = nil
	return ran
}

func (w *world) logged(text string) bool {
	return slices.ContainsFunc(w.log, func(l string) bool { return strings.Contains(l, text) })
}

func itoa(n int) string { return fmt.Sprint(n) }

func text(s Spawn) string { return fmt.Sprint(s.Argv, " ", s.Script) }
