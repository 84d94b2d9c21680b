package execx

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// env is what a program gets.
func env(t *testing.T, l Local, more ...string) []string {
	t.Helper()
	res, err := l.Run(context.Background(), Cmd{Argv: []string{"env"}, Env: more})
	if err != nil || res.Code != 0 {
		t.Fatalf("env: %d (%v)", res.Code, err)
	}
	lines := strings.Split(strings.TrimSpace(string(res.Stdout)), "\n")
	slices.Sort(lines)
	return lines
}

// As root's crontab, puppet, su and sudo -E have it.
func TestTheEnvironmentIsChosen(t *testing.T) {
	t.Setenv("PATH", "/usr/bin:/bin")
	t.Setenv("UPSTART_SESSION", "unix:abstract=/com/ubuntu/upstart-session/1000/1234")
	t.Setenv("UPSTART_JOB", "umm")
	t.Setenv("LANG", "de_DE.UTF-8")
	t.Setenv("LC_ALL", "de_DE.UTF-8")
	t.Setenv("SYSTEMD_COLORS", "1")
	t.Setenv("LD_PRELOAD", "")
	want := []string{"A=b", "HOME=/root", "LC_ALL=C", "LOGNAME=root", "PATH=" + Path, "SHELL=/bin/sh",
		"SYSTEMD_COLORS=0", "SYSTEMD_PAGER=", "USER=root"}
	if got := env(t, Local{}, "A=b"); !slices.Equal(got, want) {
		t.Errorf("it is\n%q, want\n%q", got, want)
	}
	for _, folder := range []string{"/sbin", "/usr/sbin", "/usr/local/sbin"} {
		if !slices.Contains(filepath.SplitList(Path), folder) {
			t.Errorf("PATH lacks %s", folder)
		}
	}
}

func TestTheCallersEnvironment(t *testing.T) {
	t.Setenv("PATH", "/opt/mine:/usr/bin:/bin")
	t.Setenv("https_proxy", "http://proxy:3128")
	t.Setenv("LC_ALL", "de_DE.UTF-8")
	got := env(t, Local{Env: Inherited()})
	for _, want := range []string{"https_proxy=http://proxy:3128", "LC_ALL=C", "PATH=/opt/mine:/usr/bin:/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing in\n%q", want, got)
		}
	}
}

// A program is looked for where it would look itself, and not in the caller's PATH.
func TestWhereProgramsAreLookedFor(t *testing.T) {
	mine := t.TempDir()
	if err := os.WriteFile(filepath.Join(mine, "only-here"), []byte("#!/bin/sh\necho $0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(mine, "no-program"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", mine)
	t.Chdir(mine)
	for _, name := range []string{"only-here", "no-program"} {
		if _, err := (Local{}).Run(context.Background(), Cmd{Argv: []string{name}}); !errors.Is(err, exec.ErrNotFound) {
			t.Errorf("%s in the caller's PATH: %v", name, err)
		}
	}
	here := Local{Env: []string{"PATH=.::" + mine}}
	if res, err := here.Run(context.Background(), Cmd{Argv: []string{"only-here"}}); err != nil || string(res.Stdout) != filepath.Join(mine, "only-here")+"\n" {
		t.Errorf("it came to %q (%v)", res.Stdout, err)
	}
	if _, err := here.Run(context.Background(), Cmd{Argv: []string{"no-program"}}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("what cannot be run: %v", err)
	}
}
