package execx

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"umm/internal/poll"
)

// streamGrace is how long an ended process group has between SIGTERM and SIGKILL.
const streamGrace = 10 * time.Second

// Exit statuses of what could not be run, as shells have them.
const (
	CannotRun = 126
	NotFound  = 127
)

// Job is a program that may run for hours, with its output in a file.
type Job struct {
	// Argv is the program and its arguments; Argv[0] is looked up in the PATH of Env,
	// from / where it is a relative path.
	Argv []string
	// Env is added to the caller's own environment, as KEY=value; what an init system gives
	// to the caller alone is not in it.
	Env []string
	// Limit bounds the run; 0 means that only the context does.
	Limit time.Duration
	// Out is its output: the file itself and no pipe, so that what it leaves running in
	// the background can go on writing.
	Out *os.File
	// Started is told which process it is, once it runs.
	Started func(Process)
	// Outlived has the kernel, where memory runs out, kill the job and not the caller, who
	// has to tell how it ended.
	Outlived bool
}

// Process is a program that runs, such that it is not taken for another one.
type Process struct {
	PID int
	// Start is when it started: field 22 of /proc/PID/stat.
	Start uint64
}

// Stream runs a job in a process group of its own, in the caller's locale. After the
// limit, or when ctx is done, the whole group is told to end and killed when it does not.
// Then the error is context.DeadlineExceeded or the context's own. What the program left
// running in the background when it ended by itself is not touched. A program that could
// not be run has the code NotFound or CannotRun, and an error that says why.
func (Local) Stream(ctx context.Context, j Job) (code int, err error) {
	program, err := findJob(j.Argv, j.Env)
	if err != nil {
		return codeOf(err), err
	}
	if j.Limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, j.Limit)
		defer cancel()
	}
	cmd := exec.CommandContext(ctx, program, j.Argv[1:]...)
	cmd.Args[0] = j.Argv[0]
	cmd.Dir = "/"
	cmd.Env = append(handedOn(os.Environ()), j.Env...)
	cmd.Stdout, cmd.Stderr = j.Out, j.Out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = streamGrace
	if err := cmd.Start(); err != nil {
		return codeOf(err), fmt.Errorf("cannot run %s: %w", j.Argv[0], err)
	}
	if j.Outlived {
		// Only now: a program inherits it. Without the right to do so it stays as it is.
		_ = os.WriteFile("/proc/self/oom_score_adj", []byte("-900\n"), 0)
	}
	if j.Started != nil {
		// It is there until Wait has asked for it, however quick it is.
		start, _ := startOf(cmd.Process.Pid)
		j.Started(Process{PID: cmd.Process.Pid, Start: start})
	}
	err = cmd.Wait()
	if ctx.Err() != nil {
		// Wait has killed the program itself by now; the rest of its group goes too.
		if kill := signalGroup(cmd.Process.Pid, syscall.SIGKILL); kill != nil {
			return 0, fmt.Errorf("cannot end %s: %w", j.Argv[0], kill)
		}
		return exitStatus(cmd), ctx.Err()
	}
	var exit *exec.ExitError
	if err == nil || errors.As(err, &exit) {
		return exitStatus(cmd), nil
	}
	return CannotRun, fmt.Errorf("cannot run %s: %w", j.Argv[0], err)
}

func codeOf(err error) int {
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, exec.ErrNotFound) {
		return NotFound
	}
	return CannotRun
}

func signalGroup(pid int, signal syscall.Signal) error {
	if err := syscall.Kill(-pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

func exitStatus(cmd *exec.Cmd) int {
	if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return cmd.ProcessState.ExitCode()
}

// joinPoll is how often Join looks.
const joinPoll = 200 * time.Millisecond

// Join waits for the end of a job that another program has started, which is gone, and
// bounds it as Stream does. How the job ended nobody can tell any more.
func (Local) Join(ctx context.Context, p Process, limit time.Duration) error {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	if err := untilGone(ctx, p); err == nil {
		return nil
	}
	if err := signalGroup(p.PID, syscall.SIGTERM); err != nil {
		return fmt.Errorf("cannot end process %d: %w", p.PID, err)
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), streamGrace)
	defer cancel()
	_ = untilGone(grace, p)
	if err := signalGroup(p.PID, syscall.SIGKILL); err != nil {
		return fmt.Errorf("cannot end process %d: %w", p.PID, err)
	}
	return ctx.Err()
}

func untilGone(ctx context.Context, p Process) error {
	for range poll.Every(ctx, joinPoll) {
		if start, err := startOf(p.PID); err != nil || start != p.Start {
			return nil
		}
	}
	return ctx.Err()
}

// startOf is field 22 of /proc/PID/stat, an error where the process has ended (proc(5)).
func startOf(pid int) (uint64, error) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, err
	}
	state, start, err := parseStat(data)
	if err == nil && (state == "Z" || state == "X") {
		err = os.ErrProcessDone
	}
	return start, err
}
