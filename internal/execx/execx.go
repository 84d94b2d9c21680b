// Package execx is the one way in which umm runs other programs: an argument
// vector in, a Result out, bounded by a context. It does not interpret what the
// programs print, and it never goes through a shell: quoting for a remote shell
// is the transport's business.
package execx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Cmd is one program run.
type Cmd struct {
	// Argv is the program and its arguments; Argv[0] is looked up in PATH
	// unless it holds a slash.
	Argv []string
	// Stdin is fed to the program; nil means an empty input.
	Stdin []byte
	// Env is added to the caller's own environment, as KEY=value.
	Env []string
	// Limit bounds the run; 0 means that only the context does.
	Limit time.Duration
	// Tied has the kernel kill the program when the caller dies.
	Tied bool
}

// Result is what a program that ran to its end left behind.
type Result struct {
	Stdout []byte
	Stderr []byte
	// Code is the exit status; 128+N when signal N ended the program.
	Code int
}

// Runner runs programs. Run returns an error only when the program could not be
// started or did not come to an end by itself (context done, Limit reached); a
// program that fails returns its Code and no error.
type Runner interface {
	Run(ctx context.Context, c Cmd) (Result, error)
}

// Local runs programs on this machine, in the C locale, so that what they print
// can be parsed.
type Local struct{}

// killGrace is how long a program that was told to end keeps its pipes.
const killGrace = 2 * time.Second

// Run implements Runner.
func (Local) Run(ctx context.Context, c Cmd) (Result, error) {
	if len(c.Argv) == 0 {
		return Result{}, errors.New("cannot run an empty command")
	}
	if c.Limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Limit)
		defer cancel()
	}
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	cmd.Env = append(append(os.Environ(), "LC_ALL=C", "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0"), c.Env...)
	cmd.WaitDelay = killGrace
	if c.Tied {
		// To the kernel the caller is a thread (prctl(2), PR_SET_PDEATHSIG): nothing else may
		// run on it, and end it, while the program runs.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if c.Stdin != nil {
		cmd.Stdin = bytes.NewReader(c.Stdin)
	}
	err := cmd.Run()
	res := Result{Stdout: stdout.Bytes(), Stderr: stderr.Bytes()}
	if ctx.Err() != nil {
		return res, fmt.Errorf("cannot finish %s: %w", Name(c.Argv), context.Cause(ctx))
	}
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		// With the latter it has left something in the background that holds its
		// pipes; by itself it ended well.
		return res, nil
	case errors.As(err, &exit):
		res.Code = exitCode(exit)
		return res, nil
	default:
		return res, fmt.Errorf("cannot run %s: %w", Name(c.Argv), err)
	}
}

// Output runs argv and returns its standard output. A non-zero exit status is an
// error that carries the first line of the program's complaint.
func Output(ctx context.Context, r Runner, argv ...string) (string, error) {
	res, err := r.Run(ctx, Cmd{Argv: argv})
	if err != nil {
		return "", err
	}
	if res.Code != 0 {
		return string(res.Stdout), &ExitError{Argv: argv, Result: res}
	}
	return string(res.Stdout), nil
}

// ExitError says that a program ended with a status other than 0.
type ExitError struct {
	Argv   []string
	Result Result
}

func (e *ExitError) Error() string {
	msg := strings.TrimSpace(string(e.Result.Stderr))
	if msg == "" {
		msg = strings.TrimSpace(string(e.Result.Stdout))
	}
	msg, _, _ = strings.Cut(msg, "\n")
	if msg == "" {
		return fmt.Sprintf("%s failed with exit status %d", Name(e.Argv), e.Result.Code)
	}
	return fmt.Sprintf("%s failed with exit status %d: %s", Name(e.Argv), e.Result.Code, msg)
}

// Name is how a command is called in messages: the program and its first word.
// Further arguments stay out, because they may hold a secret.
func Name(argv []string) string {
	switch {
	case len(argv) == 0:
		return "(nothing)"
	case len(argv) > 1 && !strings.HasPrefix(argv[1], "-"):
		return argv[0] + " " + argv[1]
	default:
		return argv[0]
	}
}
