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
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Cmd is one program run.
type Cmd struct {
	// Argv is the program and its arguments; Argv[0] is looked up in the PATH that the
	// program gets, unless it holds a slash.
	Argv []string
	// Stdin is fed to the program; nil means an empty input.
	Stdin []byte
	// Env is added to the environment of the Runner, as KEY=value.
	Env []string
	// Limit bounds the run; 0 means that only the context does.
	Limit time.Duration
	// Keep bounds how much of each output is stored, in bytes; 0: all of it. What is beyond is
	// read and dropped.
	Keep int
	// Output bounds what the program may print on each of its outputs, in bytes, where the
	// Runner's is another machine; 0: the Runner's own bound.
	Output int
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
type Local struct {
	// Env is the environment of the programs; nil: Environ().
	Env []string
}

// inputGrace is how long an input is offered on after the program has ended.
const inputGrace = time.Second

// Run implements Runner. It ends with the program, and has what that printed, also where
// something goes on in the background that holds its output.
func (l Local) Run(ctx context.Context, c Cmd) (Result, error) {
	if len(c.Argv) == 0 {
		return Result{}, errors.New("cannot run an empty command")
	}
	if c.Limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Limit)
		defer cancel()
	}
	cmd, err := l.command(ctx, c)
	if err != nil {
		return Result{}, fmt.Errorf("cannot run %s: %w", Name(c.Argv), err)
	}
	if c.Tied {
		// To the kernel the caller is a thread (prctl(2), PR_SET_PDEATHSIG): nothing else may
		// run on it, and end it, while the program runs.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	}
	out, err := collect(cmd, c.Keep)
	res := Result{Stdout: out[0], Stderr: out[1]}
	if ctx.Err() != nil {
		return res, fmt.Errorf("cannot finish %s: %w", Name(c.Argv), context.Cause(ctx))
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return res, nil
	case errors.As(err, &exit):
		res.Code = exitCode(exit)
		return res, nil
	default:
		return res, fmt.Errorf("cannot run %s: %w", Name(c.Argv), err)
	}
}

// command is the program, not yet started.
func (l Local) command(ctx context.Context, c Cmd) (*exec.Cmd, error) {
	env := l.Env
	if env == nil {
		env = Environ()
	}
	env = append(slices.Clone(env), c.Env...)
	path, err := find(c.Argv[0], env)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, c.Argv[1:]...)
	cmd.Args[0], cmd.Env = c.Argv[0], env
	if len(c.Stdin) > 0 {
		cmd.Stdin = bytes.NewReader(c.Stdin)
		// Something that was left running may have it, and never read it.
		cmd.WaitDelay = inputGrace
	}
	return cmd, nil
}

// Output runs argv and returns its standard output. A non-zero exit status is an
// error that carries the first line of the program's complaint.
func Output(ctx context.Context, r Runner, argv ...string) (string, error) {
	res, err := Do(ctx, r, Cmd{Argv: argv})
	return string(res.Stdout), err
}

// Do runs a program that has to succeed: a status other than 0 is an *ExitError.
func Do(ctx context.Context, r Runner, c Cmd) (Result, error) {
	res, err := r.Run(ctx, c)
	if err == nil && res.Code != 0 {
		err = &ExitError{Argv: c.Argv, Result: res}
	}
	return res, err
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
