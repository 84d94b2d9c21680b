package transport_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/transport"
	"umm/internal/cluster/transport/sshtest"
	"umm/internal/execx"
	"umm/test/needs"
)

// openSSH ends a test on a machine without OpenSSH's programs.
func openSSH(t *testing.T, programs ...string) {
	t.Helper()
	for _, name := range append(programs, "ssh", "ssh-keygen") {
		if _, err := exec.LookPath(name); err != nil {
			needs.Absent(t, "there is no "+name+" on this machine")
		}
	}
}

// site is a server, a home folder with a key, and the server's key recorded.
type site struct {
	*sshtest.Server
	home string
	opts transport.Options
}

func serve(t *testing.T, cfg sshtest.Config) *sshtest.Server {
	t.Helper()
	s, err := sshtest.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func newSite(t *testing.T, cfg sshtest.Config) *site {
	t.Helper()
	noLeaks(t)
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := &site{home: home, opts: transport.Options{ConfigFile: transport.None, AgentSocket: transport.None, Home: home, User: "joe"}}
	key, err := sshtest.WriteKey(s.path("id_ed25519"), "ed25519", "")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Authorized == nil {
		cfg.Authorized = []string{key}
	}
	s.Server = serve(t, cfg)
	s.opts.KnownHosts = []string{s.path("known_hosts")}
	s.write(t, "known_hosts", s.KnownHosts())
	return s
}

func (s *site) path(name string) string { return filepath.Join(s.home, ".ssh", name) }

func (s *site) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *site) pool(t *testing.T) *transport.Pool {
	t.Helper()
	p, err := transport.New(s.opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func (s *site) target() transport.Target {
	return transport.Target{Address: s.Server.Host(), Port: s.Port()}
}

// host is the server as n1.
func (s *site) host(t *testing.T) *transport.Host {
	t.Helper()
	return host(t, s.pool(t), "n1", s.target())
}

func host(t *testing.T, p *transport.Pool, name string, target transport.Target) *transport.Host {
	t.Helper()
	h, err := p.Host(name, target)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func sh(line string) execx.Cmd { return execx.Cmd{Argv: []string{"sh", "-c", line}} }

// wantOutput runs a line of shell there.
func wantOutput(t *testing.T, h *transport.Host, line, want string) {
	t.Helper()
	res, err := h.Run(t.Context(), sh(line))
	if err != nil || string(res.Stdout) != want {
		t.Errorf("%s came to %q, %q, %d (%v)", line, res.Stdout, res.Stderr, res.Code, err)
	}
}

// wantWithin is how long something may take.
func wantWithin(t *testing.T, began time.Time, limit time.Duration) {
	t.Helper()
	if took := time.Since(began); took > limit {
		t.Errorf("it took %s, at most %s are fine", took, limit)
	}
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			t.Fatalf("not after ten seconds: %s", what)
		case <-tick.C:
		}
	}
}

// noLeaks fails a test that leaves goroutines of this package or of ssh behind. It
// comes first, so that it looks last.
func noLeaks(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			return
		}
		var left []string
		for range 500 {
			if left = ours(); len(left) == 0 {
				return
			}
			<-time.After(10 * time.Millisecond)
		}
		t.Errorf("%d goroutines are left, as:\n%s", len(left), left[0])
	})
}

func ours() (left []string) {
	buf := make([]byte, 8<<20)
	buf = buf[:runtime.Stack(buf, true)]
	for _, g := range strings.Split(string(buf), "\n\n") {
		if !strings.Contains(g, "transport_test.ours") && !strings.Contains(g, "testing.(*T).Run") && !strings.Contains(g, "testing.tRunner") &&
			(strings.Contains(g, "umm/internal/cluster/transport") || strings.Contains(g, "crypto/ssh")) {
			left = append(left, g)
		}
	}
	return left
}

// blocks is a handler whose commands last for as long as somebody wants them.
func blocks(ctx context.Context, c sshtest.Call) int {
	c.Stdout.Write([]byte("begun\n")) //nolint:errcheck // A test's.
	<-ctx.Done()
	return 143
}
