package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// What runs inside of a practice host: this very program, copied there, times
// others by starting them itself, so that no shell and no ssh is in the numbers.

// generatorParent is on the file system that generators write to at boot.
const generatorParent = "/run"

// inside runs one of the modes and prints what it measured:
//
//	start N PROGRAM [ARG...] -- OTHER       N lines of two durations in ns
//	generator N PROGRAM -- OTHER            the same; PROGRAM gets new folders each time
//	rss PROGRAM [ARG...]                    the largest resident set, in KiB
//
// The cluster's part uses it beside itself, not in a practice host:
//
//	sshd DIR N                              N hosts, until the input ends
//	comeback N                              seconds until a host's return is noticed
func inside(args []string, in io.Reader, out io.Writer) error {
	switch args[0] {
	case "sshd":
		return serveHosts(args[1:], in, out)
	case "comeback":
		return comeback(context.Background(), args[1:], out)
	}
	if len(args) > 1 && args[0] == "rss" {
		kib, err := peakRSS(args[1:])
		if err == nil {
			fmt.Fprintln(out, kib)
		}
		return err
	}
	if len(args) < 5 || args[len(args)-2] != "--" {
		return errors.New("cannot read what to measure inside the host")
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	program, other := args[2:len(args)-2], args[len(args)-1]
	for range n {
		argv := program
		if args[0] == "generator" {
			dir, err := os.MkdirTemp(generatorParent, "generator")
			if err != nil {
				return err
			}
			defer func() { _ = os.RemoveAll(dir) }()
			if argv, err = generatorArgs(program[0], dir); err != nil {
				return err
			}
		}
		a, err := timed(argv)
		if err != nil {
			return err
		}
		b, err := timed([]string{other})
		if err != nil {
			return err
		}
		fmt.Fprintln(out, a.Nanoseconds(), b.Nanoseconds())
	}
	return nil
}

// generatorArgs makes the three folders that systemd gives a generator.
func generatorArgs(program, dir string) ([]string, error) {
	argv := []string{program}
	for _, name := range []string{"normal", "early", "late"} {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o755); err != nil {
			return nil, err
		}
		argv = append(argv, path)
	}
	return argv, nil
}

// timed runs a program to its end, its output thrown away.
func timed(argv []string) (time.Duration, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	begin := time.Now()
	p, err := os.StartProcess(argv[0], argv, &os.ProcAttr{Files: []*os.File{null, null, null}, Env: os.Environ()})
	if err != nil {
		return 0, err
	}
	state, err := p.Wait()
	took := time.Since(begin)
	if err == nil && !state.Success() {
		err = fmt.Errorf("%s ended with %s", argv[0], state)
	}
	return took, err
}

// peakRSS runs a program and reads its largest resident set, in KiB, in the
// moment in which it ends. What wait4 reports would be that of this program, if
// this is the larger one.
func peakRSS(argv []string) (int, error) {
	runtime.LockOSThread() // a tracer is a thread
	defer runtime.UnlockOSThread()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	p, err := os.StartProcess(argv[0], argv, &os.ProcAttr{Files: []*os.File{null, null, null}, Env: os.Environ(),
		Sys: &syscall.SysProcAttr{Ptrace: true}})
	if err != nil {
		return 0, err
	}
	const exitEvent = int(syscall.SIGTRAP) | syscall.PTRACE_EVENT_EXIT<<8
	var status syscall.WaitStatus
	for first := true; ; first = false {
		if _, err := syscall.Wait4(p.Pid, &status, syscall.WALL, nil); err != nil {
			return 0, err
		}
		switch {
		case !status.Stopped():
			return 0, fmt.Errorf("%s ended before it could be looked at", argv[0])
		case first:
			if err := syscall.PtraceSetOptions(p.Pid, syscall.PTRACE_O_TRACEEXIT); err != nil {
				return 0, err
			}
		case int(status)>>8 == exitEvent:
			kib, err := highWater(p.Pid)
			if e := syscall.PtraceDetach(p.Pid); e != nil && err == nil {
				err = e
			}
			if _, e := p.Wait(); e != nil && err == nil {
				err = e
			}
			return kib, err
		}
		signal := 0
		if s := status.StopSignal(); !first && s != syscall.SIGTRAP {
			signal = int(s) // it is for the program: Go's runtime uses some
		}
		if err := syscall.PtraceCont(p.Pid, signal); err != nil {
			return 0, err
		}
	}
}

func highWater(pid int) (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(status) {
		if rest, ok := strings.CutPrefix(string(line), "VmHWM:"); ok {
			return strconv.Atoi(strings.Fields(rest)[0])
		}
	}
	return 0, errors.New("the kernel does not tell how much memory a process had")
}
