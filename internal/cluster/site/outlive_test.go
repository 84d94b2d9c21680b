package site

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"umm/internal/cluster/config"
	"umm/internal/cluster/journal"
	"umm/internal/cluster/report"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/test/terminal"
)

// helper is the environment variable by which this test runs itself as a program.
const helper = "UMM_TEST_SIGNALS"

// TestSignalsHelper is the program.
func TestSignalsHelper(t *testing.T) {
	switch os.Getenv(helper) {
	case "outlives":
		defer outlive()()
		fmt.Println("ready")
		in := bufio.NewReader(os.Stdin)
		_, _ = in.ReadString('\n')
		// Nobody reads any more.
		for range 3 {
			fmt.Println("on")
		}
		_, _ = in.ReadString('\n')
		os.Exit(7)
	case "drives":
		drives(t, os.Getenv(helperDir))
	}
}

// helperDir is where the program keeps its run.
const helperDir = "UMM_TEST_SIGNALS_DIR"

// drives has a run that waits for a line on its standard input.
func drives(t *testing.T, dir string) {
	s := &Site{Conf: config.Config{StateDir: dir, Lock: config.Lock{Engine: "none"}}, Runs: journal.Dir{Path: filepath.Join(dir, "runs")}, Limits: limitsOf(config.Config{})}
	s.Display.Run = func(run.Request) report.Sink { return &report.Lines{Out: os.Stdout} }
	r := run.Request{ID: lastRun, Verb: run.Roll}
	err := s.drive(t.Context(), job{request: r, start: func(ctx context.Context, e *rollout.Engine) error {
		if err := e.Begin(ctx, r); err != nil {
			return err
		}
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		return err
	}})
	if err != nil {
		t.Fatal(err)
	}
	os.Exit(7)
}

// A run whose terminal is gone, and nobody reads what it prints, comes to its end all the same,
// with its journal and its log.
func TestARunGoesOnWithoutItsTerminal(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(helperDir, dir)
	cmd, in, out := terminal.Program(t, "TestSignalsHelper", helper+"="+"drives")
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.Contains(line, lastRun) {
		t.Fatalf("it says %q, %v", line, err)
	}
	for _, gone := range []syscall.Signal{syscall.SIGHUP, syscall.SIGPIPE} {
		if err := cmd.Process.Signal(gone); err != nil {
			t.Fatal(err)
		}
	}
	_ = out.Close()
	if _, err := in.WriteString("\n"); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("it ended with %v", err)
	}
	s := &Site{Runs: journal.Dir{Path: filepath.Join(dir, "runs")}}
	if st, known := s.stateOf(lastRun); !known || st.Phase != run.EndedPhase {
		t.Errorf("its journal says %+v", st)
	}
	if log, err := os.ReadFile(filepath.Join(dir, "runs", lastRun+".log")); err != nil || !strings.Contains(string(log), "kind=ended") {
		t.Errorf("its log is %s (%v)", log, err)
	}
}

// A run goes on without its terminal and without a reader.
func TestARunOutlivesItsTerminal(t *testing.T) {
	cmd, in, out := terminal.Program(t, "TestSignalsHelper", helper+"="+"outlives")
	terminal.Says(t, bufio.NewReader(out), "ready")
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	_ = out.Close()
	if _, err := in.WriteString("\n\n"); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("it ended with %v", err)
	}
}
