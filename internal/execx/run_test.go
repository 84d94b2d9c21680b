package execx_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"umm/internal/execx"
)

func TestRun(t *testing.T) {
	for _, c := range []struct {
		name     string
		cmd      execx.Cmd
		out, err string
		code     int
	}{
		{"success", execx.Cmd{Argv: []string{"sh", "-c", "echo out; echo err >&2"}}, "out\n", "err\n", 0},
		{"failure", execx.Cmd{Argv: []string{"sh", "-c", "exit 3"}}, "", "", 3},
		{"ended by a signal", execx.Cmd{Argv: []string{"sh", "-c", "kill -9 $$"}}, "", "", 137},
		{"input", execx.Cmd{Argv: []string{"cat"}, Stdin: []byte("in")}, "in", "", 0},
		{"no input", execx.Cmd{Argv: []string{"cat"}}, "", "", 0},
		{"no shell in between", execx.Cmd{Argv: []string{"printf", "%s,", "a b", "$HOME", ";reboot"}}, "a b,$HOME,;reboot,", "", 0},
		{"environment", execx.Cmd{Argv: []string{"sh", "-c", "echo $A $LC_ALL"}, Env: []string{"A=b c"}}, "b c C\n", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			res, err := execx.Local{}.Run(context.Background(), c.cmd)
			if err != nil || string(res.Stdout) != c.out || string(res.Stderr) != c.err || res.Code != c.code {
				t.Errorf("it came to %q, %q, %d (%v)", res.Stdout, res.Stderr, res.Code, err)
			}
		})
	}
}

// callerEnv makes this test a caller that runs a tied program, and is then killed.
const callerEnv = "UMM_EXECX_CALLER"

func TestTied(t *testing.T) {
	if pipe := os.Getenv(callerEnv); pipe != "" {
		_, _ = execx.Local{}.Run(t.Context(), execx.Cmd{Argv: []string{"sh", "-c", "exec sleep 60 >" + pipe}, Tied: true})
		return
	}
	// The program has the one end that can be written to: it is closed when the program ends.
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	caller := exec.Command(os.Args[0], "-test.run=^TestTied$")
	caller.Env = append(os.Environ(), callerEnv+"="+pipe)
	if err := caller.Start(); err != nil {
		t.Fatal(err)
	}
	end, err := os.Open(pipe)
	if err != nil {
		t.Fatal(err)
	}
	defer end.Close()
	_ = caller.Process.Kill()
	_ = caller.Wait()
	if err := end.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := end.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("the program goes on: %d, %v", n, err)
	}
}

// Threads come and go in a caller that goes on.
func TestTiedToTheCallerNotToAThread(t *testing.T) {
	var programs sync.WaitGroup
	for range 40 {
		programs.Go(func() {
			res, err := execx.Local{}.Run(t.Context(), execx.Cmd{Argv: []string{"sleep", "0.5"}, Tied: true})
			if err != nil || res.Code != 0 {
				t.Errorf("it ended with %d (%v)", res.Code, err)
			}
		})
	}
	for end := time.Now().Add(400 * time.Millisecond); time.Now().Before(end); {
		var threads sync.WaitGroup
		for range 16 {
			// Never unlocked, it ends with the thread that it is on.
			threads.Go(func() { runtime.LockOSThread() })
		}
		threads.Wait()
	}
	programs.Wait()
}

func TestRunThatCannot(t *testing.T) {
	for _, argv := range [][]string{nil, {"/nonexistent/program"}, {"no-such-program-anywhere"}} {
		if _, err := (execx.Local{}).Run(context.Background(), execx.Cmd{Argv: argv}); err == nil || !strings.HasPrefix(err.Error(), "cannot run") {
			t.Errorf("%q: %v", argv, err)
		}
	}
	if _, err := (execx.Local{}).Run(context.Background(), execx.Cmd{Argv: []string{"no-such-program-anywhere"}}); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("a program that is not there: %v", err)
	}
}

func TestRunLimit(t *testing.T) {
	began := time.Now()
	res, err := execx.Local{}.Run(context.Background(), execx.Cmd{Argv: []string{"sh", "-c", "echo begun; exec sleep 60"}, Limit: 200 * time.Millisecond})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "cannot finish sh") || string(res.Stdout) != "begun\n" {
		t.Errorf("it came to %q, %v", res.Stdout, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (execx.Local{}).Run(ctx, execx.Cmd{Argv: []string{"sleep", "60"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled, it says %v", err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}

// A program that leaves something in the background, which holds its output, has
// ended all the same: at once, and with all that it has printed.
func TestRunThatLeavesSomethingBehind(t *testing.T) {
	const much = 200_000
	for range 20 {
		res, err := execx.Local{}.Run(context.Background(), execx.Cmd{
			Argv:  []string{"sh", "-c", "exec 3>&1; sleep 100 & echo $!; head -c " + strconv.Itoa(much) + " /dev/zero >&2"},
			Stdin: make([]byte, 1<<20), Limit: time.Minute,
		})
		if err != nil || res.Code != 0 || len(res.Stderr) != much {
			t.Errorf("it came to %d (%v), with %d bytes", res.Code, err, len(res.Stderr))
		}
		end(t, string(res.Stdout))
	}
}

// What goes on printing in the background is not waited for.
func TestRunThatLeavesANoiseBehind(t *testing.T) {
	res, err := execx.Local{}.Run(context.Background(), execx.Cmd{Argv: []string{"sh", "-c", "exec 2>/dev/null; echo $$; yes & exit 0"}, Limit: time.Minute})
	if err != nil || res.Code != 0 || len(res.Stdout) == 0 {
		t.Errorf("it came to %d (%v)", res.Code, err)
	}
}

func TestOutput(t *testing.T) {
	if out, err := execx.Output(context.Background(), execx.Local{}, "echo", "a"); out != "a\n" || err != nil {
		t.Errorf("it came to %q, %v", out, err)
	}
	_, err := execx.Output(context.Background(), execx.Local{}, "sh", "-c", "echo out; echo first >&2; echo second >&2; exit 4")
	var exit *execx.ExitError
	if !errors.As(err, &exit) || exit.Result.Code != 4 || err.Error() != "sh failed with exit status 4: first" {
		t.Errorf("a failure is %v", err)
	}
}

func TestExitErrorKeepsArgumentsOut(t *testing.T) {
	for want, e := range map[string]execx.ExitError{
		"mysql failed with exit status 1":                {Argv: []string{"mysql", "-psecret"}, Result: execx.Result{Code: 1}},
		"systemctl start failed with exit status 5: out": {Argv: []string{"systemctl", "start", "a"}, Result: execx.Result{Code: 5, Stdout: []byte("out\n")}},
		"(nothing) failed with exit status 1":            {Result: execx.Result{Code: 1}},
	} {
		if e.Error() != want {
			t.Errorf("it says %q, want %q", e.Error(), want)
		}
	}
}

// A program that prints without an end takes no more memory than it was given.
func TestKeep(t *testing.T) {
	res, err := execx.Local{}.Run(t.Context(), execx.Cmd{Argv: []string{"sh", "-c", "echo begun; head -c 20000000 /dev/zero; echo no >&2; exit 3"}, Keep: 1000, Limit: time.Minute})
	if err != nil || res.Code != 3 || len(res.Stdout) != 1000 || !strings.HasPrefix(string(res.Stdout), "begun\n") || string(res.Stderr) != "no\n" {
		t.Errorf("%d bytes, %q, %d (%v)", len(res.Stdout), res.Stderr, res.Code, err)
	}
}
