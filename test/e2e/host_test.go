//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/execx"
	"umm/internal/lab"
	"umm/internal/mode"
	"umm/internal/record"
	"umm/internal/wire"
)

const (
	// patience bounds each wait of a test; hosts are far quicker when the machine
	// has nothing else to do.
	patience = 3 * time.Minute
	// scenarioLimit bounds a whole scenario.
	scenarioLimit = 10 * time.Minute
	tick          = 30 * time.Millisecond
)

// host is a practice host in a test: what goes wrong fails the test, with what
// the host has to say about it.
type host struct {
	*lab.Host
	t   *testing.T
	lab *lab.Lab
	ctx context.Context
}

// result is what a program on a host came to.
type result struct {
	out, err string
	code     int
}

// newHost boots a host of its own for the test.
func newHost(t *testing.T, suite string, spec lab.HostSpec) *host {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), scenarioLimit)
	t.Cleanup(cancel)
	name := labName()
	t.Cleanup(func() {
		if err := lab.Down(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
	spec.Name = "n1"
	l, err := lab.Up(ctx, lab.Spec{Name: name, Hosts: []lab.HostSpec{spec}, Image: lab.Image{Suite: suite}})
	if err != nil {
		t.Fatal(err)
	}
	h := &host{Host: l.Host("n1"), t: t, lab: l, ctx: ctx}
	t.Cleanup(func() {
		if t.Failed() {
			h.tell()
		}
	})
	if h.On() {
		h.settle()
	}
	return h
}

// install installs a package, as an operator does.
func (h *host) install(deb string) {
	h.t.Helper()
	data, err := os.ReadFile(deb)
	h.must(err)
	h.write("/root/umm.deb", string(data), 0o644)
	h.sh("dpkg -i /root/umm.deb </dev/null && rm /root/umm.deb")
}

// tell logs what the host knows about its end.
func (h *host) tell() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, args := range [][]string{
		{"-n", "100", "-o", "short-precise", "-t", "umm", "-t", "umm-command", "-t", "umm-generator"},
		{"-n", "150", "-o", "short-precise"},
	} {
		text, err := h.Journal(ctx, args...)
		h.t.Logf("journal of %s: %v\n%s", h.Name(), err, text)
	}
	console, _ := os.ReadFile(h.Console())
	h.t.Logf("console of %s, its end:\n%s", h.Name(), console[max(0, len(console)-3000):])
	rec, err := h.load()
	text, _ := json.MarshalIndent(rec, "", " ")
	h.t.Logf("record: %v\n%s", err, text)
}

func (h *host) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// try runs argv over ssh, whatever it comes to.
func (h *host) try(argv ...string) result {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.ctx, patience)
	defer cancel()
	res, err := h.Run(ctx, argv...)
	h.must(err)
	return result{string(res.Stdout), string(res.Stderr), res.Code}
}

// ok runs argv over ssh, which must succeed, and returns what it prints, without
// the last newline.
func (h *host) ok(argv ...string) string {
	h.t.Helper()
	return h.succeeds(h.try(argv...), argv)
}

func (h *host) succeeds(r result, argv []string) string {
	h.t.Helper()
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

// inside runs argv on the host without ssh, whatever it comes to.
func (h *host) inside(argv ...string) result {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.ctx, patience)
	defer cancel()
	res, err := h.Enter(ctx, argv...)
	h.must(err)
	return result{string(res.Stdout), string(res.Stderr), res.Code}
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
	path = filepath.Join(h.Root(), path)
	h.must(os.MkdirAll(filepath.Dir(path), 0o755))
	h.must(os.WriteFile(path, []byte(text), mode))
	h.must(os.Chmod(path, mode))
}

// read reads a file of the host, on or off; "" where there is none.
func (h *host) read(path string) string {
	h.t.Helper()
	data, err := os.ReadFile(filepath.Join(h.Root(), path))
	if !errors.Is(err, os.ErrNotExist) {
		h.must(err)
	}
	return string(data)
}

// load reads umm's record from outside, on or off.
func (h *host) load() (mode.Record, error) {
	return record.Store{Dir: filepath.Join(h.Root(), "etc/umm")}.Load()
}

// status is what umm says of itself.
func (h *host) status() wire.Status {
	h.t.Helper()
	var s wire.Status
	h.json(&s, "umm", "status", "-o", "json")
	return s
}

// journal is what umm said on the host, in all its boots.
func (h *host) journal(args ...string) string {
	h.t.Helper()
	h.inside("journalctl", "--sync")
	text, err := h.Journal(h.ctx, append([]string{"-o", "cat"}, args...)...)
	h.must(err)
	return text
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

// script runs a shell line on this machine, inside the lab's network.
func (h *host) outside(line string) result {
	h.t.Helper()
	argv := h.lab.InNet("/bin/sh", "-c", line)
	res, err := execx.Local{}.Run(h.ctx, execx.Cmd{Argv: argv, Limit: patience})
	h.must(err)
	return result{string(res.Stdout), string(res.Stderr), res.Code}
}

// json runs argv and reads the document that it prints, all of whose fields must
// be known.
func (h *host) json(to any, argv ...string) {
	h.t.Helper()
	decoder := json.NewDecoder(strings.NewReader(h.ok(argv...)))
	decoder.DisallowUnknownFields()
	h.must(decoder.Decode(to))
}

// user makes an ordinary user who may log in.
func (h *host) user(name string) {
	h.t.Helper()
	home := "/home/" + name
	h.sh("useradd -m -s /bin/bash " + name + " && mkdir -m 700 " + home + "/.ssh && cp ~/.ssh/authorized_keys " + home + "/.ssh/ && chown -R " + name + " " + home + "/.ssh")
}

func (h *host) console() (string, error) {
	data, err := os.ReadFile(h.Console())
	return string(data), err
}

// exists tells whether there is such a file, or link to nowhere, on the host's
// disk.
func (h *host) exists(path string) bool {
	_, err := os.Lstat(filepath.Join(h.Root(), path))
	return err == nil
}
