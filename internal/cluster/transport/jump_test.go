package transport_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/transport"
	"umm/internal/cluster/transport/sshtest"
	"umm/internal/execx"
)

// behind is a site whose ssh configuration leads through a second server, "gate".
func behind(t *testing.T, handler sshtest.Handler) (s *site, gate *sshtest.Server) {
	t.Helper()
	s = newSite(t, sshtest.Config{Handler: handler})
	gate = serve(t, sshtest.Config{})
	s.write(t, "known_hosts", s.KnownHosts("n1.example")+gate.KnownHosts())
	s.write(t, "config", fmt.Sprintf(`
		Host n1
			HostName %s
			Port %d
			HostKeyAlias n1.example
			ProxyJump gate
		Host gate
			HostName %s
			Port %d
			User warden
		Host n2
			ProxyJump warden@gate:%d,n1
		Host self
			ProxyJump self
		Host round
			ProxyJump about
		Host about
			ProxyJump round
		Host *
			UserKnownHostsFile ~/.ssh/known_hosts
			GlobalKnownHostsFile none
	`, s.Server.Host(), s.Port(), gate.Host(), gate.Port(), gate.Port()))
	s.opts.ConfigFile, s.opts.KnownHosts = s.path("config"), nil
	return s, gate
}

func TestProxyJump(t *testing.T) {
	s, gate := behind(t, nil)
	p := s.pool(t)
	h := host(t, p, "n1", transport.Target{})
	wantOutput(t, h, "echo a", "a\n")
	wantOutput(t, h, "head -c 300000 /dev/zero | wc -c", "300000\n")
	if n := gate.Counts(); n.Logins != 1 || n.Commands != 0 {
		t.Errorf("the host in between has seen %+v", n)
	}
	if h.Addr() != s.Addr() || h.User() != "joe" || h.Name() != "n1" {
		t.Errorf("it is %s@%s, %s", h.User(), h.Addr(), h.Name())
	}
}

func TestProxyJumpThatFails(t *testing.T) {
	s, gate := behind(t, blocks)
	s.opts.Limits = quick
	var unreachable *transport.Unreachable
	want := func(t *testing.T, suffix string) {
		t.Helper()
		err := run(t, host(t, s.pool(t), "n1", transport.Target{}))
		if !errors.As(err, &unreachable) || !strings.HasPrefix(err.Error(), "cannot reach n1 (") || !strings.HasSuffix(err.Error(), suffix) {
			t.Errorf("it says %v", err)
		}
	}
	t.Run("it lets nobody through", func(t *testing.T) {
		gate.Set(func(k *sshtest.Knobs) { k.RefuseForward = true })
		defer gate.Set(func(k *sshtest.Knobs) { k.RefuseForward = false })
		want(t, "gate lets nobody pass through to other hosts")
	})
	t.Run("the host behind is down", func(t *testing.T) {
		s.Down()
		defer s.Up() //nolint:errcheck // The next subtest sees.
		want(t, "gate cannot connect to it: connect failed")
	})
	t.Run("its key is another", func(t *testing.T) {
		old := s.opts.KnownHosts
		s.opts.KnownHosts = []string{s.path("other")}
		defer func() { s.opts.KnownHosts = old }()
		s.write(t, "other", s.KnownHosts("n1.example"))
		err := run(t, host(t, s.pool(t), "n1", transport.Target{}))
		var unknown *transport.HostKeyUnknown
		if !errors.As(err, &unknown) || unknown.Host != "gate" {
			t.Errorf("it says %v", err)
		}
	})
	for name, lose := range map[string]func(){"it is lost in between": gate.Cut, "it falls silent in between": gate.Freeze} {
		t.Run(name, func(t *testing.T) {
			ended := begun(t, s, host(t, s.pool(t), "n1", transport.Target{}), execx.Cmd{Argv: []string{"umm", "on"}})
			began := time.Now()
			lose()
			defer gate.Thaw()
			var interrupted *transport.Interrupted
			if err := <-ended; !errors.As(err, &interrupted) {
				t.Errorf("it says %v", err)
			}
			wantWithin(t, began, 1500*time.Millisecond+slow)
		})
	}
}

func TestProxyJumpInCircles(t *testing.T) {
	s, _ := behind(t, nil)
	for name, want := range map[string]string{"self": "jumphost loop via self", "round": "leads in circles"} {
		if name == "self" {
			openSSH(t)
		}
		if _, err := s.pool(t).Host(name, transport.Target{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.pool(t).Host("x", transport.Target{ProxyJump: "a@b:x"}); err == nil {
		t.Error("a port that is none was taken")
	}
}

func TestNoConfiguration(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	if _, err := transport.New(transport.Options{ConfigFile: none}); err == nil || !strings.Contains(err.Error(), none) {
		t.Errorf("a file that is not there: %v", err)
	}
	openSSH(t)
	odd := nonsense(t)
	p, err := transport.New(transport.Options{ConfigFile: odd})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	if _, err := p.Host("n1", transport.Target{}); err == nil || !strings.Contains(err.Error(), odd+": line 2: invalid quotes") && !strings.Contains(err.Error(), odd+" line 2") {
		t.Errorf("a file with nonsense: %v", err)
	}
}

func nonsense(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte("Host n1\nUser \"joe\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
