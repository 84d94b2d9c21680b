//go:build e2e

package transport_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"umm/internal/cluster/transport"
	"umm/internal/execx"
	"umm/internal/lab"
)

// The tests run inside of the lab's network, as this same program started once
// more; these tell it where.
const (
	insideConfig = "UMM_TRANSPORT_CONFIG"
	insideKey    = "UMM_TRANSPORT_KEY"
)

// TestOpenSSH runs against the sshd of a practice host, with real sudo.
func TestOpenSSH(t *testing.T) {
	if os.Getenv(insideConfig) != "" {
		inside(t)
		return
	}
	const name = "selftest-transport"
	t.Cleanup(func() {
		if err := lab.Down(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
	l, err := lab.Up(t.Context(), lab.Spec{Name: name, N: 2, Image: lab.Image{Packages: []string{"sudo"}}, Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	argv := l.InNet(os.Args[0], "-test.run=^TestOpenSSH$", "-test.v", "-test.timeout=4m")
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), insideConfig+"="+l.SSHConfig(), insideKey+"="+strings.TrimSuffix(l.SSHConfig(), "ssh_config")+"key")
	out, err := cmd.CombinedOutput()
	t.Logf("inside:\n%s", out)
	if err != nil {
		t.Error(err)
	}
}

func inside(t *testing.T) {
	noLeaks(t)
	p, err := transport.New(transport.Options{ConfigFile: os.Getenv(insideConfig), AgentSocket: transport.None})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	h := host(t, p, "n1", transport.Target{})
	t.Run("commands", func(t *testing.T) { realCommands(t, h) })
	t.Run("cancelled", func(t *testing.T) { realCancel(t, h) })
	t.Run("trust", func(t *testing.T) { realTrust(t, h) })
	t.Run("host keys", func(t *testing.T) { realHostKeys(t, h) })
	t.Run("sudo", func(t *testing.T) { realSudo(t, p, h) })
	t.Run("few sessions", func(t *testing.T) {
		wantOutput(t, h, "echo MaxSessions 2 >/etc/ssh/sshd_config.d/few.conf; systemctl restart ssh; echo done", "done\n")
		h.Drop()
		many(t, h, 20)
		wantOutput(t, h, "rm /etc/ssh/sshd_config.d/few.conf; systemctl restart ssh; echo done", "done\n")
		h.Drop()
	})
	t.Run("through another host", func(t *testing.T) {
		h2 := host(t, p, "n2", transport.Target{ProxyJump: "n1"})
		wantOutput(t, h2, "hostname", "n2\n")
		wantOutput(t, h2, "head -c 3000000 /dev/zero | wc -c", "3000000\n")
	})
	t.Run("reboot", func(t *testing.T) { realReboot(t, h) })
}

func many(t *testing.T, h *transport.Host, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { wantOutput(t, h, fmt.Sprintf("sleep 0.05; echo %d", i), fmt.Sprintf("%d\n", i)) })
	}
	wg.Wait()
}

func realCommands(t *testing.T, h *transport.Host) {
	wantOutput(t, h, "hostname; locale 2>/dev/null | grep LC_ALL; echo 'it'\\''s'", "n1\nLC_ALL=C\nit's\n")
	many(t, h, 40)
	res, err := h.Run(t.Context(), execx.Cmd{Argv: []string{"cat"}, Stdin: []byte(strings.Repeat("x", 3000000)), Output: 4 << 20})
	if err != nil || len(res.Stdout) != 3000000 {
		t.Errorf("it came to %d bytes (%v)", len(res.Stdout), err)
	}
	for line, code := range map[string]int{"exit 7": 7, "kill -9 $$": 137, "kill -TERM $$": 143} {
		if res, err := h.Run(t.Context(), sh(line)); res.Code != code || err != nil {
			t.Errorf("%s came to %d (%v)", line, res.Code, err)
		}
	}
	began := time.Now()
	wantOutput(t, h, "sleep 60 & echo $$ >/dev/null; echo out", "out\n")
	wantWithin(t, began, 5*time.Second)
}

// What is cancelled ends on the host too.
func realCancel(t *testing.T, h *transport.Host) {
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := h.Run(ctx, execx.Cmd{Argv: []string{"sleep", "1234"}}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it says %v", err)
	}
	wantWithin(t, began, 500*time.Millisecond+prompt)
	until(t, "it has ended there", func() bool {
		res, err := h.Run(t.Context(), sh(`cat /proc/[0-9]*/cmdline | tr '\0' '\n' | grep -xc '123[4]'`))
		return err == nil && string(res.Stdout) == "0\n"
	})
}

// ssh-keygen on the host itself says the same.
func realTrust(t *testing.T, h *transport.Host) {
	keys, err := h.Fetch(t.Context())
	if err != nil || len(keys) == 0 {
		t.Fatalf("it shows %v (%v)", keys, err)
	}
	res, err := h.Run(t.Context(), sh("for k in /etc/ssh/ssh_host_*.pub; do ssh-keygen -lf $k; done"))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if !strings.Contains(string(res.Stdout), k.Fingerprint) {
			t.Errorf("the host does not know %s:\n%s", k, res.Stdout)
		}
	}
	if has, err := h.Recorded(); err != nil || len(has) == 0 {
		t.Errorf("recorded are %v (%v)", has, err)
	}
}

func realSudo(t *testing.T, p *transport.Pool, h *transport.Host) {
	wantOutput(t, h, "useradd -m -s /bin/bash joe && mkdir ~joe/.ssh && cp ~/.ssh/authorized_keys ~joe/.ssh/ && chown -R joe ~joe/.ssh && echo done", "done\n")
	joe := host(t, p, "n1", transport.Target{User: "joe", Sudo: true, IdentityFile: os.Getenv(insideKey)})
	id := execx.Cmd{Argv: []string{"id", "-un"}}
	var refused *transport.SudoRefused
	refuse := func(sudoers, says string) {
		t.Helper()
		wantOutput(t, h, "echo '"+sudoers+"' >/etc/sudoers.d/joe; echo done", "done\n")
		if _, err := joe.Run(t.Context(), id); !errors.As(err, &refused) {
			t.Errorf("with %q it says %v", sudoers, err)
		} else {
			t.Log(err)
			if !strings.Contains(err.Error(), says) {
				t.Errorf("it does not say %s", says)
			}
		}
	}
	refuse("", "a password is required")
	refuse("joe ALL=(root) ALL", "a password is required")
	refuse("joe ALL=(root) NOPASSWD: /bin/true", "")
	refuse("Defaults requiretty\njoe ALL=(root) NOPASSWD: ALL", "tty")
	wantOutput(t, h, "echo 'joe ALL=(root) NOPASSWD: ALL' >/etc/sudoers.d/joe; echo done", "done\n")
	if res, err := joe.Run(t.Context(), id); string(res.Stdout) != "root\n" || err != nil {
		t.Errorf("it came to %q (%v)", res.Stdout, err)
	}
	if res, err := joe.Run(t.Context(), execx.Cmd{Argv: []string{"sh", "-c", "echo $LC_ALL $A; exit 1"}, Env: []string{"A=b"}}); string(res.Stdout) != "C b\n" || res.Code != 1 || err != nil {
		t.Errorf("it came to %q, %q, %d (%v)", res.Stdout, res.Stderr, res.Code, err)
	}
	wantOutput(t, h, "mv /usr/bin/sudo /usr/bin/sudo.away; echo done", "done\n")
	if _, err := joe.Run(t.Context(), id); !errors.As(err, &refused) || refused.Says != "it is not installed" {
		t.Errorf("it says %v", err)
	}
	wantOutput(t, h, "mv /usr/bin/sudo.away /usr/bin/sudo; echo done", "done\n")
}

// A second observer, which looks every 10 ms, tells when sshd answered again.
func realReboot(t *testing.T, h *transport.Host) {
	bootID := execx.Cmd{Argv: []string{"cat", "/proc/sys/kernel/random/boot_id"}, Limit: 5 * time.Second}
	if _, err := h.Run(t.Context(), bootID); err != nil {
		t.Fatal(err)
	}
	// Practice hosts share the kernel and so its boot ID: the start of PID 1 tells.
	started := execx.Cmd{Argv: []string{"stat", "-c", "%Y %Z", "/proc/1"}, Limit: 5 * time.Second}
	old, err := h.Run(t.Context(), started)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Run(t.Context(), sh("systemctl reboot >/dev/null 2>&1 & sleep 0.1")); err != nil {
		t.Log(err)
	}
	back := make(chan time.Time, 1)
	go func() { back <- observe(h.Addr()) }()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	asked := 0
	var answers []string
	var last time.Time
	err = h.WaitReady(ctx, func(ctx context.Context) (bool, error) {
		asked++
		began := time.Now()
		last = began
		now, err := h.Run(ctx, started)
		answers = append(answers, fmt.Sprintf("asked at %s, answered after %s: %q %v", began.Format("05.000"), time.Since(began), now.Stdout, err))
		return err == nil && string(now.Stdout) != string(old.Stdout), err
	})
	if err != nil {
		t.Fatal(err)
	}
	at := <-back
	late := last.Sub(at)
	t.Logf("its sshd answered at %s; logged in %s later; asked %d times:\n%s", at.Format("05.000"), late, asked, strings.Join(answers, "\n"))
	if late > time.Second+slow {
		t.Errorf("it was logged in to %s after its sshd answered", late)
	}
}

// observe waits for sshd to go, and returns when it is back.
func observe(addr string) time.Time {
	answers := func() bool {
		c, err := net.DialTimeout("tcp", addr, 300*time.Millisecond)
		if err != nil {
			return false
		}
		defer c.Close()
		c.SetReadDeadline(time.Now().Add(300 * time.Millisecond)) //nolint:errcheck // The read fails then.
		_, err = c.Read(make([]byte, 1))
		return err == nil
	}
	// A single question without an answer may be the machine's, which has much to do.
	for missed := 0; missed < 2; pauseFor(50 * time.Millisecond) {
		if missed++; answers() {
			missed = 0
		}
	}
	for !answers() {
		pauseFor(10 * time.Millisecond)
	}
	return time.Now()
}
