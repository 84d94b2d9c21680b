//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/host/mode"
	"umm/internal/host/record"
)

const (
	// patience bounds each wait of a test; hosts are far quicker when the machine
	// has nothing else to do.
	patience = 3 * time.Minute
	// scenarioLimit bounds a whole scenario.
	scenarioLimit = 10 * time.Minute
	tick          = 30 * time.Millisecond
)

// host is a host in a test, whatever its init system: what goes wrong fails the test,
// with what the host has to say about it.
type host struct {
	system
	t   *testing.T
	ctx context.Context
	words
}

// words are those that differ between the systems.
type words struct {
	// operational is what umm status says in operational mode, into a pipe.
	operational string
	// reboots are lines that ask for a reboot, forced one that does without asking.
	reboots []string
	forced  string
	// aside is a kernel argument that umm keeps out of a boot for.
	aside string
	// lastWord is a program that umm on runs just before the reboot, by its path ahead of
	// the real one.
	lastWord string
	// stays are services that maintenance mode keeps.
	stays []string
	// warns are the checks that warn on such a host; logs is how many logs there are of a boot.
	warns []string
	logs  int
	// dpkg installs packages.
	dpkg string
}

// system is what hosts have each in a way of their own.
type system interface {
	// root is where the host's disk can be read and written, on or off.
	root() string
	// id is the boot that runs, "" where none does.
	id() string
	// try runs argv over ssh, whatever it comes to; 255 is that the host went down.
	try(argv ...string) result
	// background is try without waiting for it.
	background(argv ...string) <-chan result
	// inside runs argv on the host without ssh.
	inside(argv ...string) result
	// login is what an interactive login shows.
	login(user string) string
	install(deb string)

	// cut takes the power away, power gives it, powersOff has the host switch itself off.
	cut()
	power()
	powersOff()
	// restarts asks for a reboot as an operator does.
	restarts()
	// boots waits until a boot other than old is up, can be reached, and has nothing left
	// to start; settle for the last of these.
	boots(old string)
	settle()
	// bootsSoFar counts the host's boots.
	bootsSoFar() int
	// args gives the kernel arguments from the next boot on, nextArgs for that boot alone.
	args(args ...string)
	nextArgs(args ...string)

	// service puts a service on the host, which is to run in operational mode, and does not
	// start it; failing one that cannot be started.
	service(name string)
	failing()
	start(service string)
	running(service string) bool
	// pids are the main processes of services, each of which must run.
	pids(names ...string) string
	// up lists what runs, but for what comes and goes by itself; processes tells their
	// processes too.
	up() []string
	processes() []string
	// all wants what operational mode consists of, onlyKept what maintenance mode does.
	all()
	onlyKept()
	// reload has the init system read its files again.
	reload()
	// commandIdle waits until what runs the command has ended.
	commandIdle()
	// armed tells whether the stay will end by itself within the hour; counting, whether
	// the time runs after which the count is cleared.
	armed() bool
	counting() bool

	// slowToStop makes the next shutdown wait until goOn, as commands may.
	slowToStop()
	goOn()
	// noReboots lets every reboot fail that is asked for.
	noReboots(yes bool)
	// noSSH keeps ssh from being started at boots.
	noSSH()
	// fstab gives the host that line in /etc/fstab.
	fstab(line string)
	// caught wants maintenance mode instead of an emergency shell, because of that mount.
	caught(mount string)
	// emergencyShell cuts the power and wants the plain end of a boot with such an fstab.
	emergencyShell()

	// said is what umm has told the log of this boot as a warning.
	said() string
	// tell logs what the host knows about its end.
	tell()
}

// result is what a program on a host came to.
type result struct {
	out, err string
	code     int
}

func (h *host) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// ok runs argv over ssh, which must succeed, and returns what it prints, without
// the last newline.
func (h *host) ok(argv ...string) string {
	h.t.Helper()
	r := h.try(argv...)
	if r.code != 0 {
		h.t.Fatalf("%q ended with %d:\n%s%s", argv, r.code, r.out, r.err)
	}
	return strings.TrimSuffix(r.out, "\n")
}

// sh is ok for a line of the shell.
func (h *host) sh(line string) string {
	h.t.Helper()
	return h.ok("/bin/sh", "-c", line)
}

// fails runs argv over ssh, which must end with that exit status and say
// something like text.
func (h *host) fails(code int, text string, argv ...string) {
	h.t.Helper()
	r := h.try(argv...)
	if r.code != code || !strings.Contains(r.out+r.err, text) {
		h.t.Fatalf("%q ended with %d, want %d and %q:\n%s%s", argv, r.code, code, text, r.out, r.err)
	}
}

// nobody makes argv one of an ordinary user.
func nobody(argv ...string) []string {
	return append([]string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}, argv...)
}

// until waits for something to become true.
func (h *host) until(what string, ask func() bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeoutCause(h.ctx, patience, errors.New("too late"))
	defer cancel()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for !ask() {
		select {
		case <-ctx.Done():
			h.t.Fatalf("%s: %v", what, context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

// write puts a file on the host, on or off.
func (h *host) write(path, text string, mode os.FileMode) {
	h.t.Helper()
	path = filepath.Join(h.root(), path)
	h.must(os.MkdirAll(filepath.Dir(path), 0o755))
	h.must(os.WriteFile(path, []byte(text), mode))
	h.must(os.Chmod(path, mode))
}

// read reads a file of the host, on or off; "" where there is none.
func (h *host) read(path string) string {
	h.t.Helper()
	data, err := os.ReadFile(filepath.Join(h.root(), path))
	if !errors.Is(err, os.ErrNotExist) {
		h.must(err)
	}
	return string(data)
}

// load reads umm's record from outside, on or off.
func (h *host) load() (mode.Record, error) {
	return record.Store{Dir: filepath.Join(h.root(), "etc/umm")}.Load()
}

// record is that record, which is never broken.
func (h *host) record() mode.Record {
	h.t.Helper()
	rec, err := h.load()
	h.must(err)
	return rec
}

// tellRecord logs it.
func (h *host) tellRecord() {
	rec, err := h.load()
	text, _ := json.MarshalIndent(rec, "", " ")
	h.t.Logf("record: %v\n%s", err, text)
}

// status is what umm says of itself.
func (h *host) status() api.Status {
	h.t.Helper()
	var s api.Status
	h.json(&s, "umm", "status", "-o", "json")
	return s
}

// json runs argv and reads the document that it prints, all of whose fields must
// be known.
func (h *host) json(to any, argv ...string) {
	h.t.Helper()
	decoder := json.NewDecoder(strings.NewReader(h.ok(argv...)))
	decoder.DisallowUnknownFields()
	h.must(decoder.Decode(to))
}

// equal compares strings.
func (h *host) equal(what, got, want string) {
	h.t.Helper()
	if got != want {
		h.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// contains wants each of the words in text.
func (h *host) contains(what, text string, words ...string) {
	h.t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			h.t.Errorf("%s: no %q in\n%s", what, word, text)
		}
	}
}

// same compares lists.
func (h *host) same(what string, got, want []string) {
	h.t.Helper()
	for _, u := range got {
		if !slices.Contains(want, u) {
			h.t.Errorf("%s: %s is too much", what, u)
		}
	}
	for _, u := range want {
		if !slices.Contains(got, u) {
			h.t.Errorf("%s: %s is missing", what, u)
		}
	}
}

// runs wants services to run, stopped wants them not to.
func (h *host) runs(services ...string) {
	h.t.Helper()
	for _, name := range services {
		if !h.running(name) {
			h.t.Errorf("%s does not run", name)
		}
	}
}

func (h *host) stopped(services ...string) {
	h.t.Helper()
	for _, name := range services {
		if h.running(name) {
			h.t.Errorf("%s runs", name)
		}
	}
}
