package machine

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// ErrDown is that a host went down before it answered, or was not up.
var ErrDown = errors.New("the host is down")

// Host is a host, on or off.
type Host struct {
	dir string
	// Writable: the kernel mounts / for writing.
	Writable bool

	mu    sync.Mutex
	init  *exec.Cmd
	ended chan struct{}
	boots int
	id    string
	last  error
	args  string
	once  *string
}

// New makes a host with a disk in dir, which is off. program is test/upstart/init.
func New(dir, program string) (*Host, error) {
	h := &Host{dir: dir, args: baseArgs}
	return h, format(dir, program)
}

// Copy makes a host, off, whose disk is like that of a host that is off, in from.
func Copy(from, dir string) (*Host, error) {
	if out, err := exec.Command("cp", "-a", from+"/.", dir).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cannot copy a host: %w: %s", err, out)
	}
	return &Host{dir: dir, args: baseArgs}, nil
}

const baseArgs = "BOOT_IMAGE=/boot/vmlinuz root=/dev/sda1 ro quiet"

// Root is where the host's disk can be read and written, on or off.
func (h *Host) Root() string { return filepath.Join(h.dir, "root") }

// Lab is what of the machine is not disk.
func (h *Host) Lab() string { return filepath.Join(h.dir, "lab") }

// SetArgs gives the kernel arguments, from the next boot on, after those that it always
// has.
func (h *Host) SetArgs(args ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.args = strings.Join(append([]string{baseArgs}, args...), " ")
}

// SetNextArgs is SetArgs for the next boot alone, after what SetArgs says.
func (h *Host) SetNextArgs(args ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	next := strings.Join(append([]string{h.args}, args...), " ")
	h.once = &next
}

// Boots is how often the host was started.
func (h *Host) Boots() int { h.mu.Lock(); defer h.mu.Unlock(); return h.boots }

// BootID is the boot that the host is in, "" where it is off.
func (h *Host) BootID() string { h.mu.Lock(); defer h.mu.Unlock(); return h.id }

// Power switches the host on. From then on it restarts when it asks for that, as a
// machine does, until Cut or its own end.
func (h *Host) Power() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.init != nil {
		return errors.New("the host is on already")
	}
	h.last = nil
	return h.start()
}

// start starts PID 1; h is locked.
func (h *Host) start() error {
	id, err := bootID()
	if err != nil {
		return err
	}
	args := h.args
	if h.once != nil {
		args, h.once = *h.once, nil
	}
	for name, text := range map[string]string{"boot_id": id + "\n", "cmdline": args + "\n"} {
		if err := os.WriteFile(filepath.Join(h.Lab(), name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	console, err := os.OpenFile(filepath.Join(h.Lab(), "console"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer console.Close()
	kmsg, err := os.OpenFile(filepath.Join(h.Lab(), "kmsg"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer kmsg.Close()
	spec, err := json.Marshal(Spec{Root: h.Root(), Lab: h.Lab(), BootID: id, Writable: h.Writable, Real: os.Getenv(realEnv) != ""})
	if err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(h.dir, "usr/sbin/init"), string(spec))
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin", "TERM=linux"}
	cmd.Stdout, cmd.Stderr = console, console
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL,
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNET}
	started, ended := make(chan error), make(chan struct{})
	go func() {
		// Pdeathsig is for the end of the thread that started it: one of its own.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			h.supervise(cmd, ended)
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("cannot start a host: %w", err)
	}
	h.init, h.id, h.ended = cmd, id, ended
	h.boots++
	return nil
}

// supervise waits for PID 1, with which the kernel ends all that runs in the host,
// and starts the host anew where it asked for that.
func (h *Host) supervise(cmd *exec.Cmd, ended chan struct{}) {
	err := cmd.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.init, h.id = nil, ""
	switch how(err) {
	case Restart:
		if h.last != errCut {
			h.last = h.start()
		}
	case Off:
	default:
		if h.last != errCut {
			h.last = fmt.Errorf("PID 1 ended: %w", err)
		}
	}
	close(ended)
}

// how says how a PID 1 has ended. The kernel makes a signal of what a real one asks
// for: reboot(2), "Behavior inside PID namespaces".
func how(err error) int {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return Crashed
	}
	status, _ := exit.Sys().(syscall.WaitStatus)
	switch {
	case status.Signaled() && status.Signal() == syscall.SIGHUP:
		return Restart
	case status.Signaled() && status.Signal() == syscall.SIGINT:
		return Off
	}
	return exit.ExitCode()
}

// WaitOff waits until the host has switched itself off.
func (h *Host) WaitOff(ctx context.Context) error {
	h.mu.Lock()
	ended := h.ended
	on := h.init != nil
	h.mu.Unlock()
	if !on {
		return h.Failed()
	}
	select {
	case <-ended:
		return h.Failed()
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errCut = errors.New("the power was cut")

// Cut takes the power away.
func (h *Host) Cut() error {
	h.mu.Lock()
	cmd, ended := h.init, h.ended
	h.last = errCut
	h.mu.Unlock()
	if cmd == nil {
		return nil
	}
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-ended
	return nil
}

// Failed is why the host is off, if it should not be.
func (h *Host) Failed() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.last == errCut {
		return nil
	}
	return h.last
}

// bootID is a new one, as the kernel makes them.
func bootID() (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}

// SSH runs a command by way of the host's sshd.
func (h *Host) SSH(ctx context.Context, l Login) (Outcome, error) {
	var o Outcome
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(h.Lab(), "ssh"))
	if err != nil {
		return o, fmt.Errorf("%w: %w", ErrDown, err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := json.NewEncoder(conn).Encode(l); err != nil {
		return o, fmt.Errorf("%w: %w", ErrDown, err)
	}
	if err := json.NewDecoder(conn).Decode(&o); err != nil {
		if ctx.Err() != nil {
			return o, ctx.Err()
		}
		return o, fmt.Errorf("%w: %w", ErrDown, err)
	}
	return o, nil
}

// assembled tells whether that process has the host's disk as its root already. Until
// then a command in its namespaces would run on the machine's own.
func assembled(pid int, id string) bool {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "root", Folder, "boot_id"))
	return err == nil && strings.TrimSpace(string(data)) == id
}

// Inside runs a command in the host as root at its console would.
func (h *Host) Inside(ctx context.Context, argv ...string) (Outcome, error) {
	h.mu.Lock()
	cmd, id := h.init, h.id
	h.mu.Unlock()
	if cmd == nil || !assembled(cmd.Process.Pid, id) {
		return Outcome{}, ErrDown
	}
	enter := append([]string{"-t", strconv.Itoa(cmd.Process.Pid), "-m", "-u", "-i", "-n", "-p", "-r", "-w", "--"}, argv...)
	run := exec.CommandContext(ctx, "nsenter", enter...)
	run.Env = []string{"HOME=/root", "USER=root", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	out, bad, err := Output(run)
	o := Outcome{Out: out, Err: bad}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return o, ctx.Err()
	case errors.As(err, &exit):
		o.Code = exit.ExitCode()
	case err != nil:
		return o, err
	}
	return o, nil
}
