package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"umm/internal/api"
	"umm/internal/cluster/transport/sshtest"
)

// Hosts that are nothing but an sshd, all in one process, each at an address of its
// own: what umm-cluster and its peers are measured on.

// The addresses are documentation's, in a network namespace that has nothing else.
const (
	hostNet    = "198.51.100.0/24"
	hostPrefix = "198.51.100."
	mostHosts  = 254
)

// apart runs f on a thread in a network namespace of its own, in which the host
// addresses are this machine's. The programs that f starts are there too.
func apart(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is of no use to others
		err := unix.Unshare(unix.CLONE_NEWNET)
		for _, argv := range [][]string{{"link", "set", "lo", "up"}, {"route", "add", "local", hostNet, "dev", "lo"}} {
			if err == nil {
				err = ip(ctx, argv...)
			}
		}
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// quietly runs a program, and says what it said when it failed.
func quietly(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, strings.TrimSpace(string(out)))
	}
	return err
}

// What a folder of hosts holds, for whoever wants to log in.
func keyFile(dir string) string   { return filepath.Join(dir, "key") }
func knownFile(dir string) string { return filepath.Join(dir, "known_hosts") }
func hostsFile(dir string) string { return filepath.Join(dir, "hosts") }
func sshConfig(dir string) string { return filepath.Join(dir, "ssh_config") }

const ready = "ready"

// serveHosts is "inside sshd DIR N": N hosts, until the input ends.
func serveHosts(args []string, in io.Reader, out io.Writer) error {
	if len(args) != 2 {
		return errors.New("inside sshd DIR N")
	}
	n, err := strconv.Atoi(args[1])
	if err != nil || n < 1 || n > mostHosts {
		return fmt.Errorf("%s is no number of hosts", args[1])
	}
	dir := args[0]
	key, err := sshtest.WriteKey(keyFile(dir), "ed25519", "")
	if err != nil {
		return err
	}
	var known, hosts strings.Builder
	for i := range n {
		addr := hostPrefix + strconv.Itoa(i+1)
		doc, err := operational(i)
		if err != nil {
			return err
		}
		s, err := sshtest.Start(sshtest.Config{Addr: addr + ":22", Authorized: []string{key}, Handler: answer(doc)})
		if err != nil {
			return err
		}
		known.WriteString(s.KnownHosts(addr))
		hosts.WriteString(addr + "\n")
	}
	config := fmt.Sprintf("Host *\n\tUser root\n\tIdentityFile %s\n\tIdentitiesOnly yes\n\tUserKnownHostsFile %s\n"+
		"\tGlobalKnownHostsFile /dev/null\n\tStrictHostKeyChecking yes\n\tBatchMode yes\n", keyFile(dir), knownFile(dir))
	for path, text := range map[string]string{knownFile(dir): known.String(), hostsFile(dir): hosts.String(), sshConfig(dir): config} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	fmt.Fprintln(out, ready)
	_, err = io.Copy(io.Discard, in)
	return err
}

// answer is what a host without services says to what umm-cluster and its peers
// ask. It leaves its input alone, as umm does: pdsh never ends it.
func answer(status string) sshtest.Handler {
	return func(_ context.Context, c sshtest.Call) int {
		switch {
		case strings.HasSuffix(c.Line, statusLine):
			io.WriteString(c.Stdout, status) //nolint:errcheck // A client that is gone does not want it.
		case strings.Contains(c.Line, "comms=$(ps"):
			io.WriteString(c.Stdout, "end\n") //nolint:errcheck // As above.
		default:
			io.WriteString(c.Stderr, "sh: not found\n") //nolint:errcheck // As above.
			return 127
		}
		return 0
	}
}

const statusLine = "umm status -o json"

// operational is what umm says on a host that works.
func operational(i int) (string, error) {
	doc, err := json.MarshalIndent(api.Status{
		Version: 1, Mode: api.ModeOperational, Enabled: true, BootID: fmt.Sprintf("%08x-7d27-4c3e-9f5e-53ad0c1b2e4f", i+1),
		Unclean: api.Unclean{Count: 0, Threshold: 3}, FailedUnits: []string{}, Umm: "1.0",
	}, "", "  ")
	return string(doc) + "\n", err
}

// startHosts starts this program as serveHosts, and returns when the hosts are up.
// stop ends them.
func startHosts(ctx context.Context, dir string, n int) (stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "inside", "sshd", dir, strconv.Itoa(n))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		in.Close() //nolint:errcheck // It ends with this.
		cmd.Wait() //nolint:errcheck // It has served its purpose.
	}
	if _, err := fmt.Fscanln(out, new(string)); err != nil {
		stop()
		return nil, fmt.Errorf("the hosts do not come up: %w", err)
	}
	return stop, nil
}
