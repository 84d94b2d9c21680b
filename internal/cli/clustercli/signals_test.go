package clustercli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"umm/internal/cluster/journal"
	"umm/internal/cluster/lock"
	"umm/internal/cluster/run"
	"umm/test/terminal"
)

// helper is the environment variable by which this test runs itself as a program.
const helper = "UMM_TEST_SIGNALS"

// TestSignalsHelper is the program.
func TestSignalsHelper(t *testing.T) {
	switch os.Getenv(helper) {
	case "interrupts":
		ctx, stop := interruptible()
		defer stop()
		fmt.Println("ready")
		<-ctx.Done()
		fmt.Println("stops")
		<-time.After(time.Minute)
	case "follows":
		os.Exit(Run([]string{"--config", filepath.Join(os.Getenv(helperDir), "umm-cluster.yaml"), "follow"}, os.Stdout, os.Stderr))
	}
}

// helperDir is where the program keeps its run.
const helperDir = "UMM_TEST_SIGNALS_DIR"

// The first Ctrl-C is told to what runs, by the program itself: who follows a run ends well by it.
func TestFirstInterrupt(t *testing.T) {
	dir := t.TempDir()
	file, err := journal.Dir{Path: filepath.Join(dir, "runs")}.Create(lastRun)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Append(run.Entry{Kind: run.Requested, Run: lastRun, At: time.Now(), Request: &run.Request{ID: lastRun, Verb: run.Roll, Hosts: []string{"n1"}}}); err != nil {
		t.Fatal(err)
	}
	_, l, err := lock.Keeper{Dir: filepath.Join(dir, "lease"), Now: time.Now}.Acquire(t.Context(), lock.Claim{Run: lastRun})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Detach() //nolint:errcheck // The folder goes with the test.
	text := fmt.Sprintf("state_dir: %s\nhosts: [{name: n1, address: 192.0.2.1}]\n", dir)
	if err := os.WriteFile(filepath.Join(dir, "umm-cluster.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(helperDir, dir)
	cmd, _, out := terminal.Program(t, "TestSignalsHelper", helper+"="+"follows")
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.Contains(line, lastRun) {
		t.Fatalf("it says %q, %v", line, err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// A second Ctrl-C ends the waits of the first.
func TestSecondInterrupt(t *testing.T) {
	cmd, _, file := terminal.Program(t, "TestSignalsHelper", helper+"="+"interrupts")
	out := bufio.NewReader(file)
	terminal.Says(t, out, "ready")
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	terminal.Says(t, out, "stops")
	// What stands between the first signal and that it is no more caught takes no time to speak of.
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
				t.Errorf("it ended with %v", err)
			}
			return
		case <-tick.C:
			_ = cmd.Process.Signal(syscall.SIGINT)
		}
	}
}
