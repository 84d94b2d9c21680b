package execx

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// streamGrace is how long an ended process group has between SIGTERM and SIGKILL.
const streamGrace = 10 * time.Second

// Stream runs argv in a process group of its own, in the caller's environment
// and locale, with out as its output: the file itself and no pipe, so that what
// it leaves running in the background can go on writing. After limit (0: none), or when
// ctx is done, the whole group is told to end and killed when it does not. Then
// the error is context.DeadlineExceeded or the context's own. What the program
// left running in the background when it ended by itself is not touched.
func (Local) Stream(ctx context.Context, argv []string, limit time.Duration, out *os.File) (code int, err error) {
	if len(argv) == 0 {
		return 0, errors.New("cannot run an empty command")
	}
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = streamGrace
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("cannot run %s: %w", argv[0], err)
	}
	err = cmd.Wait()
	if ctx.Err() != nil {
		// Wait has killed the program itself by now; the rest of its group goes too.
		if kill := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); kill != nil && !errors.Is(kill, syscall.ESRCH) {
			return 0, fmt.Errorf("cannot end %s: %w", argv[0], kill)
		}
		return exitStatus(cmd), ctx.Err()
	}
	var exit *exec.ExitError
	if err == nil || errors.As(err, &exit) {
		return exitStatus(cmd), nil
	}
	return 0, fmt.Errorf("cannot run %s: %w", argv[0], err)
}

func exitStatus(cmd *exec.Cmd) int {
	if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return cmd.ProcessState.ExitCode()
}
