package transport_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"umm/internal/cluster/transport"
	"umm/internal/cluster/transport/sshtest"
)

// crowd is a site with many servers besides its own.
func crowd(t testing.TB, home string, n int) (servers []*sshtest.Server, opts transport.Options) {
	t.Helper()
	key, err := sshtest.WriteKey(home+"/key", "ed25519", "")
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for range n {
		s, err := sshtest.Start(sshtest.Config{Authorized: []string{key}, Handler: sshtest.Answer(func(_, line string, _ []byte) (string, string, int) {
			return line, "", 0
		})})
		if err != nil {
			t.Fatal(err)
		}
		servers = append(servers, s)
		lines.WriteString(s.KnownHosts())
	}
	t.Cleanup(func() {
		for _, s := range servers {
			s.Close()
		}
	})
	if err := os.WriteFile(home+"/known_hosts", []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return servers, transport.Options{
		ConfigFile: transport.None, AgentSocket: transport.None, Home: home, User: "joe",
		KnownHosts: []string{home + "/known_hosts"}, IdentityFiles: []string{home + "/key"},
	}
}

// everywhere runs one command on all.
func everywhere(t testing.TB, opts transport.Options, servers []*sshtest.Server) {
	p, err := transport.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var wg sync.WaitGroup
	for i, s := range servers {
		wg.Go(func() {
			h, err := p.Host(fmt.Sprintf("n%d", i), transport.Target{Address: s.Host(), Port: s.Port()})
			if err != nil {
				t.Error(err)
				return
			}
			res, err := h.Run(context.Background(), sh("true"))
			if err != nil || string(res.Stdout) != "env LC_ALL=C sh -c true" {
				t.Errorf("n%d came to %q (%v)", i, res.Stdout, err)
			}
		})
	}
	wg.Wait()
}

func TestManyHostsAtOnce(t *testing.T) {
	noLeaks(t)
	servers, opts := crowd(t, t.TempDir(), 200)
	// The race detector and other work on the machine make 200 logins at once slow.
	opts.Limits.Login = time.Minute
	everywhere(t, opts, servers)
	for _, s := range servers {
		if n := s.Counts(); n.Connections != 1 || n.Commands != 1 {
			t.Errorf("a host has seen %+v", n)
		}
	}
}

// One host of many that hangs holds nobody else: one after another they would take twice as
// long as is allowed, also where other work on the machine makes logins slow.
func TestManyHostsOfWhichSomeHang(t *testing.T) {
	noLeaks(t)
	servers, opts := crowd(t, t.TempDir(), 40)
	opts.Limits.Login = 6 * time.Second
	hanging := servers[20:]
	for _, s := range hanging {
		s.Set(func(k *sshtest.Knobs) { k.HangBanner = true })
	}
	began := time.Now()
	p, err := transport.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var wg sync.WaitGroup
	for i, s := range servers {
		wg.Go(func() {
			h := host(t, p, fmt.Sprintf("n%d", i), transport.Target{Address: s.Host(), Port: s.Port()})
			if _, err := h.Run(t.Context(), sh("true")); (err != nil) != (i >= 20) {
				t.Errorf("n%d: %v", i, err)
			}
		})
	}
	wg.Wait()
	wantWithin(t, began, opts.Limits.Login*time.Duration(len(hanging))/2)
}

// bare is the least that ssh takes, with nothing of this package.
func bare(t testing.TB, servers []*sshtest.Server, key ssh.Signer, known map[string]ssh.PublicKey) {
	var wg sync.WaitGroup
	for _, s := range servers {
		wg.Go(func() {
			c, err := ssh.Dial("tcp", s.Addr(), &ssh.ClientConfig{
				User: "joe", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
				HostKeyCallback:   ssh.FixedHostKey(known[s.Addr()]),
				HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
			})
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			session, err := c.NewSession()
			if err != nil {
				t.Error(err)
				return
			}
			if out, err := session.Output("env LC_ALL=C sh -c true"); err != nil || len(out) == 0 {
				t.Errorf("%s: %q (%v)", s.Addr(), out, err)
			}
		})
	}
	wg.Wait()
}

// BenchmarkManyHosts runs one command on 200 hosts: by this package, everything
// from reading the configuration to closing the connections, and by a bare loop of
// x/crypto/ssh, in turns. The ratio is what this package costs.
func BenchmarkManyHosts(b *testing.B) {
	home := b.TempDir()
	servers, opts := crowd(b, home, 200)
	data, err := os.ReadFile(home + "/key")
	if err != nil {
		b.Fatal(err)
	}
	key, err := ssh.ParsePrivateKey(data)
	if err != nil {
		b.Fatal(err)
	}
	known := map[string]ssh.PublicKey{}
	for _, s := range servers {
		_, _, k, _, _, err := ssh.ParseKnownHosts([]byte(s.KnownHosts()))
		if err != nil {
			b.Fatal(err)
		}
		known[net.JoinHostPort(s.Host(), fmt.Sprint(s.Port()))] = k
	}
	var ours, theirs time.Duration
	for b.Loop() {
		began := time.Now()
		bare(b, servers, key, known)
		theirs += time.Since(began)
		began = time.Now()
		everywhere(b, opts, servers)
		ours += time.Since(began)
	}
	b.ReportMetric(float64(ours)/float64(theirs), "times-bare")
	b.ReportMetric(ours.Seconds()*1000/float64(b.N), "ms/200-hosts")
	b.ReportMetric(theirs.Seconds()*1000/float64(b.N), "ms/200-hosts-bare")
}
