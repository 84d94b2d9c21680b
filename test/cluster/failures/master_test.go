//go:build e2e

package failures_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"umm/internal/api"
)

// The exit codes of umm-cluster.
const (
	done = iota
	refused
	usage
	gated
	stopped
	held
)

// master is umm-cluster with a configuration and a state of its own, run inside the
// network of the site.
type master struct {
	t          *testing.T
	conf, home string
}

// newMaster makes one; more is added to its configuration. Its gates look once: what
// the samples are for is not at stake here.
func newMaster(t *testing.T, more string) *master {
	t.Helper()
	m := &master{t: t, home: t.TempDir()}
	m.conf = filepath.Join(m.home, "umm-cluster.yaml")
	m.configure(more)
	return m
}

func (m *master) configure(more string) {
	m.t.Helper()
	if !strings.Contains(more, "gate:") {
		more += "\ngate: {samples: 1, timeout: 1m}"
	}
	text := fmt.Sprintf("hosts: [{name: n1}, {name: n2}, {name: n3}]\nssh: {config: %s}\nstate_dir: %s\n%s\n", shared.Lab.SSHConfig(), m.state(), more)
	if err := os.WriteFile(m.conf, []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

func (m *master) state(words ...string) string {
	return filepath.Join(append([]string{m.home, "state"}, words...)...)
}

// result is how a command ended: its exit code and all that it printed.
type result struct {
	code int
	out  string
}

// run runs umm-cluster to its end.
func (m *master) run(ctx context.Context, args ...string) result {
	m.t.Helper()
	cmd := m.command(ctx, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatal(err)
	}
	r := result{cmd.ProcessState.ExitCode(), out.String()}
	m.t.Logf("%s\n%s-> %d after %.1fs", strings.Join(args, " "), r.out, r.code, time.Since(began).Seconds())
	return r
}

// want runs umm-cluster and wants its exit code, and what it prints to say all of
// words.
func (m *master) want(ctx context.Context, code int, args []string, words ...string) result {
	m.t.Helper()
	r := m.run(ctx, args...)
	r.check(m.t, strings.Join(args, " "), code, words...)
	return r
}

func (r result) check(t *testing.T, what string, code int, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(r.out, w) {
			t.Errorf("%s does not say %q", what, w)
		}
	}
	if r.code != code {
		t.Fatalf("%s ended with %d, not %d", what, r.code, code)
	}
}

func (m *master) command(ctx context.Context, args ...string) *exec.Cmd {
	program := os.Getenv("UMM_CLUSTER")
	if program == "" {
		m.t.Fatal("UMM_CLUSTER does not say which program to test")
	}
	argv := shared.Lab.InNet(append([]string{program, "--config", m.conf}, args...)...)
	return exec.CommandContext(ctx, argv[0], argv[1:]...)
}

// process is umm-cluster at work, with its events as they come.
type process struct {
	t      *testing.T
	what   string
	cmd    *exec.Cmd
	events chan api.ClusterEvent
	said   *said
	began  time.Time
	// run is the run's name, once an event has told it.
	run string
}

// said is what was printed beside the events.
type said struct {
	lock sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.text.String()
}

// start starts one of the commands that drive a run; -o json is added.
func (m *master) start(ctx context.Context, args ...string) *process {
	m.t.Helper()
	cmd := m.command(ctx, append([]string{args[0], "-o", "json"}, args[1:]...)...)
	p := &process{t: m.t, what: strings.Join(args, " "), cmd: cmd, events: make(chan api.ClusterEvent, 1000), said: &said{}, began: time.Now()}
	cmd.Stderr = p.said
	out, err := cmd.StdoutPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	go func() {
		defer close(p.events)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<24)
		for lines.Scan() {
			var e api.ClusterEvent
			if json.Unmarshal(lines.Bytes(), &e) != nil {
				fmt.Fprintln(p.said, lines.Text())
				continue
			}
			fmt.Fprintln(p.said, line(e))
			p.events <- e
		}
	}()
	return p
}

func line(e api.ClusterEvent) string {
	text := fmt.Sprintf("%3d %s %s", e.Seq, e.Kind, e.Host)
	if e.Step != nil {
		text += " " + e.Step.Kind + " (" + e.Step.Title + ")"
	}
	return strings.TrimSpace(text + " " + e.Text + " " + e.Hint)
}

// until reads events up to one that is like that; false where there is none.
func (p *process) until(like func(api.ClusterEvent) bool) bool {
	for e := range p.events {
		p.run = e.Run
		if like(e) {
			return true
		}
	}
	return false
}

// await is until, and the end of the test where there is no such event.
func (p *process) await(what string, like func(api.ClusterEvent) bool) {
	p.t.Helper()
	if !p.until(like) {
		r := p.wait()
		p.t.Fatalf("%s ended with %d before %s", p.what, r.code, what)
	}
}

// kill is kill -9; it returns when nothing of the process is left.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	p.wait()
}

// terminate is SIGTERM: a run stops in order, and says what comes next, unless it has
// just ended.
func (p *process) terminate() {
	p.t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	if r := p.wait(); r.code != done {
		r.check(p.t, p.what+", terminated", stopped, "umm-cluster resume "+p.run)
	}
}

// wait gives how it ended.
func (p *process) wait() result {
	p.until(func(api.ClusterEvent) bool { return false })
	_ = p.cmd.Wait()
	r := result{p.cmd.ProcessState.ExitCode(), p.said.String()}
	p.t.Logf("%s\n%s-> %d after %.1fs", p.what, r.out, r.code, time.Since(p.began).Seconds())
	return r
}

// begun is the event that a step of that kind begins.
func begun(kind string) func(api.ClusterEvent) bool { return about("begun", kind) }

// finished is the event that a step of that kind is done.
func finished(kind string) func(api.ClusterEvent) bool { return about("done", kind) }

func about(kind, step string) func(api.ClusterEvent) bool {
	return func(e api.ClusterEvent) bool { return e.Kind == kind && e.Step != nil && e.Step.Kind == step }
}
