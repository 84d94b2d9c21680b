package transport_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/transport"
	"umm/internal/cluster/transport/sshtest"
)

// agent starts OpenSSH's agent, with keys of these files.
func agent(t *testing.T, keys ...string) (socket string) {
	t.Helper()
	openSSH(t, "ssh-agent", "ssh-add")
	dir, err := os.MkdirTemp("", "agent")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket = filepath.Join(dir, "s")
	cmd := exec.Command("ssh-agent", "-D", "-a", socket)
	if err := cmd.Start(); err != nil {
		t.Fatalf("ssh-agent: %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() //nolint:errcheck // It is there until Wait.
		cmd.Wait()         //nolint:errcheck // It was killed.
	})
	until(t, "the agent listens", func() bool { _, err := os.Stat(socket); return err == nil })
	for _, key := range keys {
		add := exec.Command("ssh-add", "-q", key)
		add.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
		if out, err := add.CombinedOutput(); err != nil {
			t.Fatalf("ssh-add: %v: %s", err, out)
		}
	}
	return socket
}

func (s *site) key(t *testing.T, name, kind, passphrase string) (authorized string) {
	t.Helper()
	line, err := sshtest.WriteKey(s.path(name), kind, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// authorize makes a host that lets these keys in and no others.
func (s *site) authorize(t *testing.T, keys ...string) (transport.Target, *sshtest.Server) {
	t.Helper()
	srv := serve(t, sshtest.Config{Authorized: keys})
	s.write(t, "known_hosts", srv.KnownHosts())
	return transport.Target{Address: srv.Host(), Port: srv.Port()}, srv
}

func TestKeyFiles(t *testing.T) {
	for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		t.Run(kind, func(t *testing.T) {
			s := newSite(t, sshtest.Config{})
			target, _ := s.authorize(t, s.key(t, "mine", kind, ""))
			target.IdentityFile = s.path("mine")
			if err := run(t, host(t, s.pool(t), "n1", target)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAgent(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	target, _ := s.authorize(t, s.key(t, "mine", "rsa", ""))
	s.opts.AgentSocket = agent(t, s.path("mine"))
	if err := os.Remove(s.path("mine")); err != nil {
		t.Fatal(err)
	}
	p := s.pool(t)
	if err := run(t, host(t, p, "n1", target)); err != nil {
		t.Error(err)
	}
	// Its public half names the agent's key.
	target.IdentityFile = s.path("mine.pub")
	if err := run(t, host(t, p, "n1", target)); err != nil {
		t.Error(err)
	}
}

func TestEncryptedKey(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	if err := os.Remove(s.path("id_ed25519")); err != nil {
		t.Fatal(err)
	}
	target, _ := s.authorize(t, s.key(t, "id_ed25519", "ed25519", "passphrase"))
	err := run(t, host(t, s.pool(t), "n1", target))
	var failed *transport.AuthFailed
	if !errors.As(err, &failed) {
		t.Fatalf("it says %v", err)
	}
	want := fmt.Sprintf("n1 (%s:%d) does not let joe in: there is no key to offer; the key %s is encrypted and not in the agent", target.Address, target.Port, s.path("id_ed25519"))
	if err.Error() != want || failed.Hint() != "load the key into the agent: ssh-add" {
		t.Errorf("it says %v; hint: %s", err, failed.Hint())
	}
}

// sshd ends a login after six keys: the one that was named comes before all others.
func TestNamedKeyComesFirst(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	var keys []string
	for i := range 8 {
		name := fmt.Sprintf("k%d", i)
		s.key(t, name, "ed25519", "")
		keys = append(keys, s.path(name))
	}
	s.opts.AgentSocket = agent(t, keys...)
	target, _ := s.authorize(t, s.key(t, "mine", "ed25519", ""))
	var failed *transport.AuthFailed
	err := run(t, host(t, s.pool(t), "n1", target))
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "it let no more keys be tried; name the right one with IdentityFile") {
		t.Errorf("it says %v", err)
	}
	target.IdentityFile = s.path("mine")
	if err := run(t, host(t, s.pool(t), "n1", target)); err != nil {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	s.Set(func(k *sshtest.Knobs) { k.RefuseAuth = true })
	err := run(t, s.host(t))
	var failed *transport.AuthFailed
	if !errors.As(err, &failed) || err.Error() != "n1 ("+s.Addr()+") does not let joe in with "+s.path("id_ed25519") {
		t.Errorf("it says %v", err)
	}
}

func TestKeysThatCannotBeUsed(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	s.write(t, "rubbish", "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n")
	s.key(t, "open", "ed25519", "")
	if err := os.Chmod(s.path("open"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.opts.AgentSocket = s.path("no-agent")
	for name, want := range map[string]string{
		"none":    "cannot be read: no such file or directory",
		"rubbish": "cannot be used: it is no private key that is known here",
		"open":    "is not used, since others may read it (mode 0644)",
	} {
		target := s.target()
		target.IdentityFile = s.path(name)
		err := run(t, host(t, s.pool(t), "n1", target))
		var failed *transport.AuthFailed
		if !errors.As(err, &failed) || !strings.Contains(err.Error(), "the key "+s.path(name)+" "+want) ||
			!strings.Contains(err.Error(), "the agent cannot be asked: no such file or directory") || strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("%s: it says %v", name, err)
		}
	}
}

// An agent that does not answer holds nobody who may not wait.
func TestHungAgent(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	dir, err := os.MkdirTemp("", "agent")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	ln, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	s.opts.AgentSocket = filepath.Join(dir, "s")
	s.opts.Limits.Agent = 200 * time.Millisecond
	// Nothing accepts: the kernel does, and nobody answers. The file is offered in
	// the end.
	if err := run(t, s.host(t)); err != nil {
		t.Error(err)
	}
}
