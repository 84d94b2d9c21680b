package execx_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/execx"
)

// programs is a PATH with a program, a file that may not be run, and a folder.
func programs(t *testing.T) (dir string, env []string) {
	t.Helper()
	dir = t.TempDir()
	for name, mode := range map[string]fs.FileMode{"fix": 0o755, "notes": 0o644} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\necho \"$0 $WORD\"; pwd\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir, []string{"PATH=" + dir + ":/usr/bin:/bin", "WORD=w"}
}

// What can be known not to run is known before anything is done.
func TestCheck(t *testing.T) {
	dir, env := programs(t)
	line := func(text string) []string { return []string{"/bin/sh", "-c", text} }
	for _, c := range []struct {
		argv []string
		want error
	}{
		{[]string{"fix", "it"}, nil},
		{[]string{dir + "/fix"}, nil},
		{[]string{strings.TrimPrefix(dir, "/") + "/fix"}, nil}, // from /
		{[]string{"no-such-program", "x"}, exec.ErrNotFound},
		{[]string{"/no/such"}, fs.ErrNotExist},
		{[]string{"./fix"}, fs.ErrNotExist},
		{[]string{"notes"}, fs.ErrPermission},
		{[]string{"folder"}, fs.ErrPermission},
		{[]string{dir + "/notes"}, fs.ErrPermission},
		{line("fix it"), nil}, {line("  fix;true"), nil}, {line("cd /tmp && fix"), nil}, {line("if true; then fix; fi"), nil},
		{line("no-such-program"), exec.ErrNotFound}, {line("no-such-program|cat"), exec.ErrNotFound}, {line(" no-such-program && x"), exec.ErrNotFound},
		{line("/no/such x"), exec.ErrNotFound},
		{[]string{execx.Env, "A=b", "fix", "it"}, nil}, {[]string{execx.Env, "A=b", "no-such-program"}, exec.ErrNotFound},
		{[]string{execx.Env, "PATH=/", "fix"}, exec.ErrNotFound}, {[]string{execx.Env, "-i", "no-such-program"}, nil}, {[]string{execx.Env}, nil},
		// Only the shell can tell of these.
		{line("A=b no-such-program"), nil}, {line("$PROGRAM x"), nil}, {line("'no such' x"), nil}, {line("helper () { fix; }; helper"), nil},
		{line("(no-such-program)"), nil}, {line(""), nil}, {line("~/fix"), nil}, {line("x=$(no-such-program)"), nil},
	} {
		if err := (execx.Local{}).Check(t.Context(), c.argv, env); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%q: %v, want %v", c.argv, err, c.want)
		}
	}
}

// A job is looked up in the PATH that it gets, runs in /, and has the exit statuses of a
// shell where it cannot be run.
func TestStreamLooksUpInItsOwnPath(t *testing.T) {
	_, env := programs(t)
	for name, want := range map[string]int{"fix": 0, "no-such-program": execx.NotFound, "notes": execx.CannotRun, "/no/such": execx.NotFound} {
		out, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		code, err := execx.Local{}.Stream(t.Context(), execx.Job{Argv: []string{name}, Env: env, Out: out})
		if code != want || (err == nil) != (want == 0) {
			t.Errorf("%s: %d, %v", name, code, err)
		}
		if got := text(t, out.Name()); want == 0 && !strings.HasSuffix(got, "/fix w\n/\n") {
			t.Errorf("it printed %q", got)
		}
		if err := out.Close(); err != nil {
			t.Error(err)
		}
	}
}

// asleep is a job that another program has started: this one's child, which somebody waits for.
func asleep(t *testing.T, line string) (execx.Process, func()) {
	t.Helper()
	started, ended := make(chan execx.Process, 1), make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(ended)
		_, _ = execx.Local{}.Stream(ctx, execx.Job{Argv: []string{"sh", "-c", line}, Out: os.Stderr, Started: func(p execx.Process) { started <- p }})
	}()
	stop := func() { cancel(); <-ended }
	t.Cleanup(stop)
	select {
	case p := <-started:
		return p, stop
	case <-ended:
		t.Fatal("it was not started")
		return execx.Process{}, stop
	}
}

func TestJoin(t *testing.T) {
	p, _ := asleep(t, "exec sleep 0.5")
	if err := (execx.Local{}).Join(t.Context(), p, time.Minute); err != nil {
		t.Errorf("of a job that ended: %v", err)
	}
	// It has ended, and another process may have its number.
	if err := (execx.Local{}).Join(t.Context(), execx.Process{PID: os.Getpid(), Start: 1}, time.Minute); err != nil {
		t.Errorf("of a job that is gone: %v", err)
	}
	p, _ = asleep(t, "sleep 60 & exec sleep 60")
	if err := (execx.Local{}).Join(t.Context(), p, 300*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after its limit: %v", err)
	}
	until(t, "it has ended", func() bool { return dead(p.PID) })
	p, _ = asleep(t, "exec sleep 60")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if err := (execx.Local{}).Join(ctx, p, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("told to end: %v", err)
	}
	until(t, "it has ended", func() bool { return dead(p.PID) })
}
