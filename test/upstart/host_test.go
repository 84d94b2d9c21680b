//go:build e2e

package upstart

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/mode"
	"umm/internal/record"
	"umm/internal/wire"
	"umm/test/upstart/machine"
)

const (
	// patience bounds each wait; hosts are far quicker.
	patience = 75 * time.Second
	tick     = 30 * time.Millisecond
)

// What umm status says, into a pipe.
const (
	operational = "runlevel N 2"
	inMM        = "umm"
	rebooting   = "rebooting"
	disabled    = "MM disabled"
)

// host is a host in a test: what goes wrong fails the test, with what the host has
// to say about it.
type host struct {
	*machine.Host
	t   *testing.T
	ctx context.Context
}

// newHost makes a host of its own for the test, with umm on it, and switches it on.
func newHost(t *testing.T) *host {
	t.Helper()
	dir, err := template()
	if err != nil {
		t.Fatal(err)
	}
	m, err := machine.Copy(dir, freshDir(t))
	if err != nil {
		t.Fatal(err)
	}
	h := hostOf(t, m)
	h.starts()
	return h
}

// bareHost is one without umm.
func bareHost(t *testing.T) *host {
	t.Helper()
	m, err := machine.New(freshDir(t), program)
	if err != nil {
		t.Fatal(err)
	}
	h := hostOf(t, m)
	h.starts()
	return h
}

// freshDir has a name that can stand among the options of a mount.
func freshDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(filepath.Dir(program), "host")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func hostOf(t *testing.T, m *machine.Host) *host {
	h := &host{Host: m, t: t, ctx: t.Context()}
	t.Cleanup(func() {
		if t.Failed() {
			h.tell()
		}
		if err := h.Cut(); err != nil {
			t.Error(err)
		}
		if text := h.lab("forbidden"); text != "" {
			t.Errorf("programs that Ubuntu 14.04 does not have were called:\n%s", text)
		}
	})
	return h
}

// install installs the package, as an operator does.
func (h *host) install(deb string) {
	h.t.Helper()
	data, err := os.ReadFile(deb)
	h.must(err)
	h.write("/root/umm.deb", string(data), 0o644)
	h.sh("dpkg --force-depends -i /root/umm.deb </dev/null && rm /root/umm.deb")
	h.settle()
	h.until("Upstart knows umm's jobs", func() bool { return h.inside("initctl", "status", "umm-record").Code == 0 })
}

// tell logs what the host knows about its end.
func (h *host) tell() {
	log := h.lab("upstart.log")
	h.t.Logf("the end of Upstart's log:\n%s", log[max(0, len(log)-12000):])
	console := h.lab("console")
	h.t.Logf("the end of the console:\n%s", console[max(0, len(console)-2000):])
	logs, _ := filepath.Glob(filepath.Join(h.Root(), "var/log/upstart/umm*"))
	for _, name := range logs {
		data, _ := os.ReadFile(name)
		h.t.Logf("%s:\n%s", filepath.Base(name), data[max(0, len(data)-2000):])
	}
	rec, err := h.load()
	text, _ := json.Marshal(rec)
	h.t.Logf("record: %v\n%s", err, text)
}

func (h *host) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// try runs argv over ssh, whatever it comes to; 255 is that the host went down.
func (h *host) try(argv ...string) machine.Outcome {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.ctx, patience)
	defer cancel()
	o, err := h.SSH(ctx, machine.Login{Argv: argv})
	if errors.Is(err, machine.ErrDown) {
		return machine.Outcome{Code: 255}
	}
	if err != nil {
		h.t.Fatalf("%q: %v", argv, err)
	}
	return o
}

// ok runs argv over ssh, which must succeed, and returns what it prints.
func (h *host) ok(argv ...string) string {
	h.t.Helper()
	o := h.try(argv...)
	if o.Code != 0 {
		h.t.Fatalf("%q ended with %d:\n%s%s", argv, o.Code, o.Out, o.Err)
	}
	return strings.TrimSuffix(o.Out, "\n")
}

func (h *host) sh(line string) string {
	h.t.Helper()
	return h.ok("/bin/sh", "-c", line)
}

// inside runs argv on the host without ssh, whatever it comes to.
func (h *host) inside(argv ...string) machine.Outcome {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.ctx, patience)
	defer cancel()
	o, err := h.Inside(ctx, argv...)
	if err != nil && !errors.Is(err, machine.ErrDown) {
		h.t.Fatalf("%q: %v", argv, err)
	}
	return o
}

// fails runs argv over ssh, which must end with that code and say something like
// text.
func (h *host) fails(code int, text string, argv ...string) {
	h.t.Helper()
	o := h.try(argv...)
	if o.Code != code || !strings.Contains(o.Out+o.Err, text) {
		h.t.Fatalf("%q ended with %d, want %d and %q:\n%s%s", argv, o.Code, code, text, o.Out, o.Err)
	}
}

// until waits for something to become true.
func (h *host) until(what string, ask func() bool) {
	h.t.Helper()
	end := time.NewTimer(patience)
	defer end.Stop()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for !ask() {
		select {
		case <-h.ctx.Done():
			h.t.Fatalf("%s: %v", what, h.ctx.Err())
		case <-end.C:
			h.t.Fatalf("%s: too late", what)
		case <-ticker.C:
			if err := h.Failed(); err != nil {
				h.t.Fatalf("%s: %v", what, err)
			}
		}
	}
}

// write puts a file on the host's disk, on or off.
func (h *host) write(path, text string, mode os.FileMode) {
	h.t.Helper()
	path = filepath.Join(h.Root(), path)
	h.must(os.MkdirAll(filepath.Dir(path), 0o755))
	h.must(os.WriteFile(path, []byte(text), mode))
	h.must(os.Chmod(path, mode))
}

// read reads a file of the host's disk, on or off; "" where there is none.
func (h *host) read(path string) string {
	h.t.Helper()
	data, err := os.ReadFile(filepath.Join(h.Root(), path))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		h.t.Fatal(err)
	}
	return string(data)
}

// lab reads one of the machine's files.
func (h *host) lab(name string) string {
	data, _ := os.ReadFile(filepath.Join(h.Lab(), name))
	return string(data)
}

// set makes one of the machine's files, or removes it with text "".
func (h *host) set(name, text string) {
	h.t.Helper()
	path := filepath.Join(h.Lab(), name)
	if text == "" {
		if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
			h.must(err)
		}
		return
	}
	h.must(os.WriteFile(path, []byte(text), 0o644))
}

// load reads umm's record from outside, on or off.
func (h *host) load() (mode.Record, error) {
	return record.Store{Dir: filepath.Join(h.Root(), "etc/umm")}.Load()
}

// status is what umm says of itself.
func (h *host) status() wire.Status {
	h.t.Helper()
	var s wire.Status
	decoder := json.NewDecoder(strings.NewReader(h.ok("umm", "status", "-o", "json")))
	decoder.DisallowUnknownFields()
	h.must(decoder.Decode(&s))
	return s
}

func (h *host) equal(what, got, want string) {
	h.t.Helper()
	if got != want {
		h.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func (h *host) contains(what, text string, words ...string) {
	h.t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			h.t.Errorf("%s: no %q in\n%s", what, word, text)
		}
	}
}
