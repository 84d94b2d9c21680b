//go:build e2e

package lab_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"umm/internal/execx"
	"umm/internal/lab"
)

// Names of these tests' labs begin so, and nobody else's do: what is left of
// them can be told from what other labs do at the same time.
const prefix = "selftest-"

// up makes a lab that is taken down when the test ends, and then checks that
// nothing is left.
func up(t *testing.T, s lab.Spec) *lab.Lab {
	t.Helper()
	s.Name = prefix + s.Name
	t.Cleanup(func() { down(t, s.Name) })
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	began := time.Now()
	l, err := lab.Up(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s is up in %v", s.Name, time.Since(began).Round(time.Millisecond))
	return l
}

func down(t *testing.T, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := lab.Down(ctx, name); err != nil {
		t.Error(err)
	}
	if left := traces(t, name); len(left) > 0 {
		t.Errorf("after down there is left of %s:\n%s", name, strings.Join(left, "\n"))
	}
}

// traces finds everything on this machine that bears a lab's name.
func traces(t *testing.T, name string) []string {
	t.Helper()
	var found []string
	note := func(kind, text string) {
		for line := range strings.Lines(text) {
			if strings.Contains(line, name) {
				found = append(found, kind+": "+strings.TrimSpace(line))
			}
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	must(t, err)
	note("mount", string(mounts))
	for _, argv := range [][]string{{"ip", "netns", "list"}, {"losetup", "--list"}} {
		out, err := execx.Output(t.Context(), execx.Local{Env: execx.Inherited()}, argv...)
		if t.Context().Err() == nil {
			must(t, err)
		}
		note(argv[0], out)
	}
	procs, err := filepath.Glob("/proc/[0-9]*/cmdline")
	must(t, err)
	for _, p := range procs {
		if text, err := os.ReadFile(p); err == nil && filepath.Dir(p) != "/proc/"+strconv.Itoa(os.Getpid()) {
			note("process", string(bytes.ReplaceAll(text, []byte{0}, []byte{' '}))+"\n")
		}
	}
	for _, pattern := range []string{"/run/*/*", "/run/systemd/nspawn/*/*", "/var/lib/*/*", "/sys/fs/cgroup/umm-lab/*", "/sys/fs/cgroup/*/umm-lab/*"} {
		files, err := filepath.Glob(pattern)
		must(t, err)
		note("file", strings.Join(files, "\n"))
	}
	return found
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// output runs argv over ssh on a host.
func output(t *testing.T, h *lab.Host, argv ...string) string {
	t.Helper()
	out, err := h.Output(t.Context(), argv...)
	must(t, err)
	return out
}

// kernelArgs are those that the host sees.
func kernelArgs(t *testing.T, h *lab.Host) string {
	t.Helper()
	words := strings.Split(strings.TrimRight(output(t, h, "cat", "/proc/1/cmdline"), "\x00"), "\x00")
	return strings.Join(words[1:], " ")
}
