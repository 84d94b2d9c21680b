package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"umm/internal/execx"
	"umm/internal/shellquote"
)

const (
	sshPort       = 22
	sshTick       = 20 * time.Millisecond
	dialLimit     = 250 * time.Millisecond
	slowDialLimit = time.Second
	greetLimit    = time.Minute      // and what ssh to a machine is given to connect
	connectLimit  = 15 * time.Second // what ssh to a host is given to connect, its greeting included
	pathInit      = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
)

// inNet runs f on a thread that is inside the lab's network namespace, and that
// ends with f. It must start no programs.
func (l *Lab) inNet(f func() error) error {
	ns, err := os.Open(l.NetNS())
	if err != nil {
		return fmt.Errorf("cannot enter the network of the lab %s: %w", l.name, err)
	}
	defer ns.Close()
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is of no use to others
		if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- fmt.Errorf("cannot enter the network of the lab %s: %w", l.name, err)
			return
		}
		done <- f()
	}()
	return <-done
}

// Dial connects to a TCP port of a host, from inside the lab's network.
func (l *Lab) Dial(ctx context.Context, host string, port int) (net.Conn, error) {
	h, err := l.Find(host)
	if err != nil {
		return nil, err
	}
	return l.DialAddr(ctx, netip.AddrPortFrom(h.addr, uint16(port)))
}

// DialAddr connects to a TCP port of any address in the lab's network, such as one
// that moves from host to host.
func (l *Lab) DialAddr(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
	var conn net.Conn
	err := l.inNet(func() (err error) {
		conn, err = dial(ctx, addr.Addr(), int(addr.Port()))
		return err
	})
	return conn, err
}

// dial opens its socket on the calling thread: there is one address, and no name
// to look up.
func dial(ctx context.Context, addr netip.Addr, port int) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp4", net.JoinHostPort(addr.String(), strconv.Itoa(port)))
}

// WaitSSH waits until the ssh server answers, with its own greeting. It notices
// within some 20 ms.
func (h *Host) WaitSSH(ctx context.Context) error {
	every, patience := sshTick, dialLimit
	if h.isMachine() { // asking too often would keep an emulated one from answering
		every, patience = slowTick, greetLimit
	}
	return h.lab.inNet(func() error {
		return poll(ctx, h.bootLimit(), every, "reach ssh on "+h.name+"; see "+h.Console(), func(ctx context.Context) (bool, error) {
			return greets(ctx, h.addr, patience), nil
		})
	})
}

// greets tells whether an ssh server answers at an address: at once, and greets within
// patience.
func greets(ctx context.Context, addr netip.Addr, patience time.Duration) bool {
	dialling, cancel := context.WithTimeout(ctx, min(patience, slowDialLimit))
	defer cancel()
	conn, err := dial(dialling, addr, sshPort)
	if err != nil {
		return false
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	greeting := make([]byte, 4)
	_, err = io.ReadFull(conn, greeting)
	return err == nil && string(greeting) == "SSH-"
}

// bootLimit is how long it may take from power to ssh.
func (h *Host) bootLimit() time.Duration {
	if h.isMachine() {
		return slowLimit
	}
	return bootLimit
}

// WaitBoot waits until a boot other than old answers on ssh, and returns its boot
// ID as seen there. An empty old means any boot.
func (h *Host) WaitBoot(ctx context.Context, old string) (string, error) {
	limit, every := h.bootLimit()+stopLimit, tick
	if h.isMachine() {
		every = slowTick
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errors.New("the host took too long"))
	defer cancel()
	var id string
	err := poll(ctx, limit, every, "see "+h.name+" boot; see "+h.Console(), func(ctx context.Context) (bool, error) {
		if !h.isMachine() { // asked from outside first, which is quicker
			if id, err := h.BootID(); err != nil || id == old {
				return false, nil
			}
		}
		if err := h.WaitSSH(ctx); err != nil {
			return false, err
		}
		res, err := h.Runner().Run(ctx, execx.Cmd{Argv: []string{"cat", "/proc/sys/kernel/random/boot_id"}, Limit: readLimit})
		if err != nil {
			return false, ctx.Err() // it went down just now
		}
		id = strings.TrimSpace(string(res.Stdout))
		return res.Code == 0 && id != old, nil
	})
	return id, err
}

// SSHArgv gives the command line that runs argv on the host over ssh, each word
// arriving as it is; with no argv, a login shell.
func (h *Host) SSHArgv(argv ...string) []string {
	out := h.lab.InNet("ssh", "-F", h.lab.SSHConfig(), h.name)
	if len(argv) > 0 {
		out = append(out, "--", shellquote.Line(argv...))
	}
	return out
}

// Runner runs programs on the host over ssh. Status 255 may be ssh's own: so ends
// a run whose host goes off.
func (h *Host) Runner() execx.Runner { return sshRunner{h} }

type sshRunner struct{ h *Host }

// Run implements execx.Runner.
func (r sshRunner) Run(ctx context.Context, c execx.Cmd) (execx.Result, error) {
	if len(c.Argv) == 0 {
		return execx.Result{}, errors.New("cannot run an empty command")
	}
	if len(c.Env) > 0 {
		c.Argv = append(append([]string{"env"}, c.Env...), c.Argv...)
	}
	c.Argv, c.Env = r.h.SSHArgv(c.Argv...), nil
	return execx.Local{Env: execx.Inherited()}.Run(ctx, c)
}

// Run runs argv on the host over ssh.
func (h *Host) Run(ctx context.Context, argv ...string) (execx.Result, error) {
	return h.Runner().Run(ctx, execx.Cmd{Argv: argv})
}

// Shell runs a line of /bin/sh on the host over ssh.
func (h *Host) Shell(ctx context.Context, line string) (execx.Result, error) {
	return h.Run(ctx, "/bin/sh", "-c", line)
}

// Output runs argv on the host over ssh and returns what it prints, without the
// last newline. A status other than 0 is an error.
func (h *Host) Output(ctx context.Context, argv ...string) (string, error) {
	out, err := execx.Output(ctx, h.Runner(), argv...)
	return strings.TrimSuffix(out, "\n"), err
}

// Enter runs argv on the host without ssh, as long as its PID 1 runs.
func (h *Host) Enter(ctx context.Context, argv ...string) (execx.Result, error) {
	return h.enter(ctx, execx.Cmd{Argv: argv})
}

func (h *Host) enter(ctx context.Context, c execx.Cmd) (execx.Result, error) {
	argv, err := h.EnterArgv(c.Argv...)
	if err != nil {
		return execx.Result{}, err
	}
	// A shutdown stops, kills and continues what runs on the host. nsenter stops
	// itself when what it started is stopped, and nobody would continue it: here a
	// shell outside the host starts that.
	end := slices.Index(argv, "--")
	c.Argv = slices.Concat(argv[:end], []string{"--no-fork", "--", "/bin/sh", "-c", `"$@"; exit $?`, "sh"}, argv[end+1:])
	return execx.Local{Env: execx.Inherited()}.Run(ctx, c)
}

// EnterArgv gives the command line that runs argv on the host without ssh; with
// no argv, a shell. A machine can't be entered.
func (h *Host) EnterArgv(argv ...string) ([]string, error) {
	if h.isMachine() {
		return nil, fmt.Errorf("cannot enter %s: it is a machine, reached by ssh and on its console only", h.name)
	}
	pid, err := h.pid1()
	if err != nil {
		return nil, err
	}
	if len(argv) == 0 {
		argv = []string{"/bin/bash", "-l"}
	}
	out := []string{"nsenter", "--target", strconv.Itoa(pid), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup",
		"--", "/usr/bin/env", "-i", pathInit, "HOME=/root", "LC_ALL=C.UTF-8", "TERM=" + os.Getenv("TERM"),
		"SYSTEMD_PAGER=", "SYSTEMD_COLORS=0"}
	return append(out, argv...), nil
}

// Journal runs journalctl, from outside, on the host's journal: all its boots,
// whether it is on or off; of a machine, over ssh. What a cut kept from being flushed
// to disk is missing.
func (h *Host) Journal(ctx context.Context, args ...string) (string, error) {
	if h.isMachine() {
		return execx.Output(ctx, h.Runner(), append([]string{"journalctl", "--quiet", "--no-pager"}, args...)...)
	}
	argv := append([]string{"journalctl", "--quiet", "--no-pager", "--directory=" + h.Root() + "/var/log/journal"}, args...)
	return execx.Output(ctx, execx.Local{Env: execx.Inherited()}, argv...)
}
