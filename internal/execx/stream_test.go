package execx_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"umm/internal/execx"
)

// stream runs a line of shell and returns what its file holds.
func stream(ctx context.Context, t *testing.T, line string, limit time.Duration) (name string, code int, err error) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "out")
	f, ferr := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if ferr != nil {
		t.Fatal(ferr)
	}
	defer f.Close()
	code, err = execx.Local{}.Stream(ctx, execx.Job{Argv: []string{"sh", "-c", line}, Limit: limit, Out: f})
	return name, code, err
}

func text(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// until polls for at most ten seconds.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			t.Fatalf("not after ten seconds: %s", what)
		case <-tick.C:
		}
	}
}

func pid(t *testing.T, word string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(word))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// dead: gone, or waiting for somebody to ask how it ended.
func dead(n int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(n) + "/stat")
	return err != nil || strings.Contains(string(stat), ") Z ")
}

// end ends what a test left in the background.
func end(t *testing.T, word string) {
	t.Helper()
	if err := syscall.Kill(pid(t, word), syscall.SIGKILL); err != nil {
		t.Errorf("it does not run any more: %v", err)
	}
}

func TestStreamExitCode(t *testing.T) {
	for line, want := range map[string]int{"exit 0": 0, "exit 3": 3, "exit 255": 255, "kill -9 $$": 137, "kill -15 $$": 143} {
		if _, code, err := stream(context.Background(), t, line, time.Minute); code != want || err != nil {
			t.Errorf("%q came to %d (%v), want %d", line, code, err, want)
		}
	}
}

func TestStreamOutput(t *testing.T) {
	name, _, err := stream(context.Background(), t, "echo out; echo err >&2; cat", 0)
	if err != nil || text(t, name) != "out\nerr\n" {
		t.Errorf("the file holds %q (%v)", text(t, name), err)
	}
}

func TestStreamThatCannot(t *testing.T) {
	for _, argv := range [][]string{nil, {"/nonexistent/program"}} {
		if _, err := (execx.Local{}).Stream(context.Background(), execx.Job{Argv: argv, Out: os.Stderr}); err == nil || !strings.HasPrefix(err.Error(), "cannot run") {
			t.Errorf("%q: %v", argv, err)
		}
	}
}

// The limit ends the whole group: the program, its children, and those that do not
// listen.
func TestStreamLimitEndsTheGroup(t *testing.T) {
	for name, line := range map[string]string{
		"children":          "sleep 60 & echo $!; sleep 60",
		"a deaf background": "(trap '' TERM; exec sleep 60) & echo $!; exec sleep 60",
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			file, code, err := stream(context.Background(), t, line, 300*time.Millisecond)
			if !errors.Is(err, context.DeadlineExceeded) || code != 143 {
				t.Errorf("it came to %d, %v", code, err)
			}
			child := pid(t, text(t, file))
			until(t, "the child has ended", func() bool { return dead(child) })
			if took := time.Since(began); took > 9*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestStreamEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(200*time.Millisecond, cancel)
	if _, _, err := stream(ctx, t, "exec sleep 60", 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled, it says %v", err)
	}
	if _, _, err := stream(ctx, t, "exec sleep 60", 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before, it says %v", err)
	}
}

// What the command left in the background goes on, and goes on writing.
func TestStreamLeavesTheBackgroundAlone(t *testing.T) {
	began := time.Now()
	gate := filepath.Join(t.TempDir(), "gate")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	name, code, err := stream(context.Background(), t, "(read -r word <'"+gate+"'; echo $word) & echo early", time.Minute)
	if code != 0 || err != nil || text(t, name) != "early\n" {
		t.Fatalf("it came to %d (%v), and %q", code, err, text(t, name))
	}
	if took := time.Since(began); took > 9*time.Second {
		t.Errorf("it took %s", took)
	}
	if err := os.WriteFile(gate, []byte("late\n"), 0); err != nil {
		t.Fatal(err)
	}
	until(t, "the background has written", func() bool { return text(t, name) == "early\nlate\n" })
}
