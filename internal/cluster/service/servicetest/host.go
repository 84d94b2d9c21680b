package servicetest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/execx"
	"umm/test/needs"
)

// shells are what hosts have as sh: Debian and Ubuntu dash, small containers that of busybox.
var shells = [][]string{{"dash"}, {"busybox", "sh"}}

// Host is this machine in place of a host, with programs of the test in front of its own.
type Host struct {
	t     testing.TB
	shell []string
	// Folder is for what the test's programs keep; Env is what they get beside the machine's own.
	Folder string
	Env    []string
}

// OnHosts runs a test of scripts once for each shell that hosts have as sh, of those that are
// installed here.
func OnHosts(t *testing.T, test func(t *testing.T, h *Host)) {
	t.Helper()
	for _, shell := range shells {
		t.Run(shell[0], func(t *testing.T) {
			if _, err := exec.LookPath(shell[0]); err != nil {
				needs.Absent(t, shell[0]+" is not installed")
			}
			test(t, NewHost(t, shell...))
		})
	}
}

// NewHost is a host with that shell; without one it has this machine's sh.
func NewHost(t testing.TB, shell ...string) *Host {
	h := &Host{t: t, shell: shell, Folder: t.TempDir()}
	if len(shell) == 0 {
		h.shell = []string{"sh"}
	}
	return h
}

// Program installs a program: a shell script, or one that fails where the text is empty.
func (h *Host) Program(name, text string) {
	h.t.Helper()
	if text == "" {
		text = "exit 1"
	}
	h.File("bin/"+name, "#!/bin/sh\n"+text+"\n")
}

// File writes a file below Folder, and returns its path.
func (h *Host) File(name, text string) string {
	h.t.Helper()
	path := filepath.Join(h.Folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		h.t.Fatal(err)
	}
	return path
}

// Read is what a file below Folder has; empty where it is not there.
func (h *Host) Read(name string) string {
	text, _ := os.ReadFile(filepath.Join(h.Folder, name))
	return string(text)
}

// Run runs what a service has run on a host.
func (h *Host) Run(argv []string, stdin string) service.Answer {
	if len(argv) > 2 && argv[0] == "sh" {
		argv = slices.Concat(h.shell, []string{argv[1], h.functions() + argv[2]}, argv[3:])
	}
	env := slices.Concat(os.Environ(), []string{"PATH=" + filepath.Join(h.Folder, "bin") + ":" + os.Getenv("PATH")}, h.Env)
	res, err := execx.Local{}.Run(context.Background(), execx.Cmd{Argv: argv, Stdin: []byte(stdin), Env: env})
	return service.Answer{Result: res, Err: err}
}

// functions are the test's programs as functions of the shell: that of busybox takes its own
// programs before those in PATH.
func (h *Host) functions() string {
	if h.shell[0] != "busybox" {
		return ""
	}
	var all strings.Builder
	programs, _ := os.ReadDir(filepath.Join(h.Folder, "bin"))
	for _, p := range programs {
		if strings.Trim(p.Name(), "abcdefghijklmnopqrstuvwxyz_") == "" {
			fmt.Fprintf(&all, "%s() { '%s' \"$@\"; }\n", p.Name(), filepath.Join(h.Folder, "bin", p.Name()))
		}
	}
	return all.String()
}

// Prints is what Run prints, without the blanks around it. What fails, fails the test.
func (h *Host) Prints(argv []string, stdin string) string {
	h.t.Helper()
	text, err := h.Run(argv, stdin).Output()
	if err != nil {
		h.t.Errorf("%q: %v", argv[3:], err)
	}
	return strings.TrimSpace(text)
}

// Blind is what a host answers where its processes cannot be listed, and where the programs
// that are named fail, too.
func Blind(t testing.TB, ask service.Ask, programs ...string) service.Answer {
	t.Helper()
	h := NewHost(t)
	for _, name := range append(programs, "ps") {
		h.Program(name, "")
	}
	return h.Run(ask.Argv, string(ask.Stdin))
}
