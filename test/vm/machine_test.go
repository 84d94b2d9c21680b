//go:build e2e

package vm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/execx"
	"umm/internal/lab"
)

const (
	// patience bounds each wait but that for a boot: the machine may be emulated, on a
	// computer that has other work.
	patience = 10 * time.Minute
	tick     = 50 * time.Millisecond
	keyLost  = 3 * time.Second
	// askTick is the time between questions over ssh.
	askTick = 500 * time.Millisecond
)

// What umm status says into a pipe.
const (
	operational = "runlevel N 5"
	inMM        = "umm"
)

// machine is a machine in a test: what goes wrong fails the test.
type machine struct {
	*lab.Host
	t   *testing.T
	ctx context.Context
	// boot is the ID of the boot that is known to run.
	boot string
	// old and new are kernels, where one is installed.
	old, new string
}

// newMachine boots a machine and installs the package.
func newMachine(ctx context.Context, t *testing.T, s story) *machine {
	t.Helper()
	name := fmt.Sprintf("%s%d-%s", labPrefix, os.Getpid(), s.name)
	t.Cleanup(func() {
		if err := lab.Down(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
	began := time.Now()
	l, err := lab.Up(ctx, lab.Spec{Name: name, Machine: s.firmware, Image: lab.Image{Suite: s.suite}, Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{Host: l.Host("n1"), t: t, ctx: ctx}
	t.Cleanup(func() {
		if t.Failed() {
			text, err := os.ReadFile(m.Console())
			t.Logf("console of %s, its end: %v\n%s", name, err, text[max(0, len(text)-6000):])
		}
	})
	m.boot, err = m.BootID()
	m.must(err)
	m.settle()
	t.Logf("%s: up after %v", name, time.Since(began).Round(time.Second))
	m.install(deb)
	return m
}

func (m *machine) install(deb string) {
	m.t.Helper()
	data, err := os.ReadFile(deb)
	m.must(err)
	m.copies(data, "/root/umm.deb")
	m.t.Logf("dpkg -i says\n%s", m.sh("dpkg -i /root/umm.deb 2>&1 </dev/null && rm /root/umm.deb"))
}

// copies writes a file on the machine.
func (m *machine) copies(data []byte, to string) {
	m.t.Helper()
	res, err := m.Runner().Run(m.ctx, execx.Cmd{Argv: []string{"dd", "bs=1M", "of=" + to}, Stdin: data, Limit: patience})
	m.must(err)
	if res.Code != 0 {
		m.t.Fatalf("cannot write %s: %s", to, res.Stderr)
	}
}

func (m *machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// try runs argv over ssh, whatever it comes to; status 255 is a connection that broke.
func (m *machine) try(argv ...string) (out string, code int) {
	m.t.Helper()
	res, err := m.Runner().Run(m.ctx, execx.Cmd{Argv: argv, Limit: patience})
	m.must(err)
	return strings.TrimSuffix(string(res.Stdout)+string(res.Stderr), "\n"), res.Code
}

// ok runs argv over ssh, which must succeed, and returns what it prints.
func (m *machine) ok(argv ...string) string {
	m.t.Helper()
	out, code := m.try(argv...)
	if code != 0 {
		m.t.Fatalf("%q ended with %d:\n%s", argv, code, out)
	}
	return out
}

// sh is ok for a line of the shell.
func (m *machine) sh(line string) string {
	m.t.Helper()
	return m.ok("/bin/sh", "-c", line)
}

// fails runs argv over ssh, which must end with that exit status and say something like
// text.
func (m *machine) fails(code int, text string, argv ...string) {
	m.t.Helper()
	if out, got := m.try(argv...); got != code || !strings.Contains(out, text) {
		m.t.Fatalf("%q ended with %d, want %d and %q:\n%s", argv, got, code, text, out)
	}
}

func (m *machine) equal(what, got, want string) {
	m.t.Helper()
	if got != want {
		m.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func (m *machine) contains(what, text string, words ...string) {
	m.t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			m.t.Errorf("%s: no %q in\n%s", what, word, text)
		}
	}
}

// until waits for something to become true, and asks that often.
func (m *machine) until(what string, every time.Duration, ask func() bool) {
	m.t.Helper()
	ctx, cancel := context.WithTimeoutCause(m.ctx, patience, errors.New("too late"))
	defer cancel()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for !ask() {
		select {
		case <-ctx.Done():
			m.t.Fatalf("%s: %v", what, context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

// settle waits until the machine has nothing left to start.
func (m *machine) settle() {
	m.t.Helper()
	m.until("everything is started", askTick, func() bool {
		out, _ := m.try("/bin/sh", "-c", "systemctl is-system-running --wait >/dev/null; systemctl list-jobs --no-legend && echo listed")
		return out == "listed"
	})
}

// status is what umm says of itself.
func (m *machine) status() api.Status {
	m.t.Helper()
	var s api.Status
	m.must(json.Unmarshal([]byte(m.ok("umm", "status", "-o", "json")), &s))
	return s
}

// is wants a mode, with that count of unclean boots; that nginx runs in operational mode
// only; and in maintenance mode, what led there.
func (m *machine) is(mode string, count int, kind, detail string) {
	m.t.Helper()
	// One login: an emulated processor takes a while over it.
	text := m.sh("umm status; systemctl is-active nginx; umm status -o json")
	line, rest, _ := strings.Cut(text, "\n")
	nginx, document, _ := strings.Cut(rest, "\n")
	var s api.Status
	m.must(json.Unmarshal([]byte(document), &s))
	if line != mode || s.Unclean.Count != count {
		m.t.Fatalf("umm status: got %q with %d unclean boots, want %q with %d", line, s.Unclean.Count, mode, count)
	}
	m.equal("nginx", nginx, map[string]string{operational: "active", inMM: "inactive"}[mode])
	if s.Trigger == nil {
		s.Trigger = &api.Trigger{}
	}
	if s.Trigger.Kind != kind || !strings.Contains(s.Trigger.Detail, detail) {
		m.t.Errorf("the trigger is %q %q, want %q %q", s.Trigger.Kind, s.Trigger.Detail, kind, detail)
	}
}

// off leaves maintenance mode within the same boot.
func (m *machine) off() {
	m.t.Helper()
	m.ok("umm", "off")
	m.settle()
	m.is(operational, 0, "", "")
	id, err := m.BootID()
	m.must(err)
	m.equal("the boot after umm off", id, m.boot)
}

// Ways to make a machine boot, for boots. They come back before it goes down: nobody tells
// ssh that the machine is gone, and GRUB's menu does not wait.
func (m *machine) reboot() {
	m.t.Helper()
	m.sh("(sleep 1; systemctl reboot) </dev/null >/dev/null 2>&1 &")
}

func (m *machine) cut() {
	m.t.Helper()
	m.must(m.Cut(m.ctx))
	m.must(m.Power(m.ctx))
}

// panics lets the kernel crash; panic=1 of the kernel's arguments reboots it.
func (m *machine) panics() {
	m.t.Helper()
	m.sh("echo 1 >/proc/sys/kernel/sysrq; (sleep 1; echo c >/proc/sysrq-trigger) </dev/null >/dev/null 2>&1 &")
}

// dies runs argv over ssh, and the machine must end it by going down.
func (m *machine) dies(argv ...string) {
	m.t.Helper()
	if out, code := m.try(argv...); code != 255 {
		m.t.Fatalf("%q came back with %d before the machine went down:\n%s", argv, code, out)
	}
}

// boots makes the machine boot, picks an entry of GRUB's menu unless it is empty, and
// waits until it is up and can be reached.
func (m *machine) boots(how func(), entry string) {
	m.t.Helper()
	began := time.Now()
	if entry == "" {
		how()
	} else {
		keyboard, screen := m.sitDown()
		defer keyboard.Close()
		how()
		m.choose(keyboard, screen, entry)
	}
	var err error
	m.boot, err = m.WaitBoot(m.ctx, m.boot)
	m.must(err)
	m.settle()
	m.t.Logf("a boot took %v", time.Since(began).Round(time.Second))
}

// sitDown connects to the serial console, which a power cut ends.
func (m *machine) sitDown() (keyboard io.WriteCloser, screen *terminal) {
	m.t.Helper()
	conn, err := m.Serial(m.ctx)
	m.must(err)
	screen = &terminal{}
	go func() { _, _ = io.Copy(screen, conn) }()
	return conn, screen
}

// terminal keeps what is written to it.
type terminal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (t *terminal) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(data)
}

// shows gives the lines of its screen.
func (t *terminal) shows() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return render(t.text.String())
}

// choose picks an entry of the menu that GRUB shows on the screen, as somebody does who sits
// there.
func (m *machine) choose(keyboard io.Writer, screen *terminal, entry string) {
	m.t.Helper()
	const down, enter = "\x1b[B", "\r"
	types := func(keys string) {
		_, err := keyboard.Write([]byte(keys))
		m.must(err)
	}
	menu := func() (selected string, shown bool) { return pointedAt(screen.shows(), entry) }
	m.until("the menu shows "+entry, tick, func() bool { _, shown := menu(); return shown })
	for range rows {
		selected, _ := menu()
		if selected == entry {
			m.t.Logf("the menu:\n%s", strings.TrimSpace(strings.Join(screen.shows(), "\n")))
			types(enter)
			return
		}
		types(down)
		pressed := time.Now()
		m.until("the menu points elsewhere than at "+selected, tick, func() bool {
			now, _ := menu()
			if now == selected && time.Since(pressed) > keyLost {
				// Firmware for UEFI loses a key now and then. The entry is the last: one too many does no harm.
				types(down)
				pressed = time.Now()
			}
			return now != selected
		})
	}
	m.t.Fatalf("the menu does not lead to %s", entry)
}
