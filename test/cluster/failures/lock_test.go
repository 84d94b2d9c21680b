//go:build e2e

package failures_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Two at once: from the same master, and from another one.
func TestTwoAtOnce(t *testing.T) {
	ctx, m := begin(t, 10*time.Minute)
	p := m.start(ctx, "roll", "--hosts", "n2", "--reason", "the first")
	p.await("its first step", begun("drain"))
	before := bootsOf(t)
	m.want(ctx, refused, []string{"roll", "--hosts", "n1"}, "another run holds the cluster lock (this master): "+p.run, "(the first); it is running", "umm-cluster follow "+p.run)
	other := newMaster(t, "")
	other.want(ctx, refused, []string{"roll", "--hosts", "n1"}, "another run holds the cluster lock (the Pacemaker CIB): "+p.run, "(the first)")
	other.want(ctx, done, []string{"unlock"}, p.run, "the first")
	res, err := host("n1").Shell(ctx, "umm on")
	if err != nil || res.Code != 1 || !strings.Contains(string(res.Stderr), p.run) {
		t.Errorf("umm on, typed on another host: %v, %d, %s", err, res.Code, res.Stderr)
	}
	before.same(ctx, t, "n1", "n3")
	p.terminate()
	m.want(ctx, done, []string{"abort"})
	before.same(ctx, t, "n1", "n2", "n3")
	m.clean(ctx)
}

// A lock that a crash left: shown, and broken only by a named risk with a reason.
func TestStaleLock(t *testing.T) {
	ctx, m := begin(t, 10*time.Minute)
	p := m.start(ctx, "roll", "--hosts", "n2", "--reason", "the first")
	p.await("its last gate", begun("enter"))
	p.kill()
	m.want(ctx, refused, []string{"roll"}, "another run holds the cluster lock (this master): "+p.run, "umm-cluster resume "+p.run, "umm-cluster abort "+p.run)
	m.want(ctx, done, []string{"unlock"}, p.run, "the first")
	m.want(ctx, usage, []string{"unlock", "--accept-risk=break-lock"}, "--reason")
	other := newMaster(t, "")
	other.want(ctx, done, []string{"unlock", "--accept-risk=break-lock", "--reason", "the master burnt down"}, p.run, "lock broken: the master burnt down")
	other.want(ctx, done, []string{"unlock"}, "no run has the cluster lock")
	other.want(ctx, done, []string{"history"}, "unlock", "done", "the master burnt down")
	other.want(ctx, done, []string{"show"}, p.run)
	// Its run finds that out, and brings back what it took out of service.
	m.want(ctx, done, []string{"abort", p.run})
	m.clean(ctx)
}

// knownHosts gives the master a file of its own with the hosts' keys.
func (m *master) knownHosts() string {
	m.t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(shared.Lab.SSHConfig()), "known_hosts"))
	if err != nil {
		m.t.Fatal(err)
	}
	path := filepath.Join(m.home, "known_hosts")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		m.t.Fatal(err)
	}
	m.configure("")
	conf, err := os.ReadFile(m.conf)
	if err != nil {
		m.t.Fatal(err)
	}
	text = []byte(strings.Replace(string(conf), "ssh: {", "ssh: {known_hosts: "+path+", ", 1))
	if err := os.WriteFile(m.conf, text, 0o600); err != nil {
		m.t.Fatal(err)
	}
	return path
}

// A host whose key has changed is not talked to; one whose key is not known neither,
// until it is recorded.
func TestHostKeys(t *testing.T) {
	ctx, m := begin(t, 5*time.Minute)
	before := bootsOf(t)
	known := m.knownHosts()
	m.want(ctx, done, []string{"status"})
	text, err := os.ReadFile(known)
	if err != nil {
		t.Fatal(err)
	}
	without := func(more string) {
		t.Helper()
		var kept []string
		for line := range strings.Lines(string(text)) {
			if !strings.HasPrefix(line, "n2") && !strings.HasPrefix(line, host("n2").Addr().String()) {
				kept = append(kept, line)
			}
		}
		if err := os.WriteFile(known, []byte(strings.Join(kept, "")+more), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	shown := fingerprint(ctx, t, "n2")

	without("")
	m.want(ctx, gated, []string{"roll"}, "n2", shown, "umm-cluster trust n2")
	m.want(ctx, done, []string{"trust", "n2"}, shown, "nothing was recorded")
	m.want(ctx, gated, []string{"roll", "--hosts", "n1"}, "umm-cluster trust n2")
	m.want(ctx, done, []string{"trust", "--yes=" + shown, "n2"}, shown, "recorded in "+known)
	m.want(ctx, done, []string{"status"})

	const wrong = "AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"
	without(fmt.Sprintf("n2,%s ssh-ed25519 %s\n", host("n2").Addr(), wrong))
	m.want(ctx, gated, []string{"roll"}, "n2", shown)
	m.want(ctx, refused, []string{"trust", "--yes=" + shown, "n2"}, shown, "--replace")
	m.want(ctx, done, []string{"trust", "--yes=" + shown, "--replace", "n2"}, shown)
	m.want(ctx, done, []string{"status"})
	before.same(ctx, t, "n1", "n2", "n3")
	m.nothingLeft(ctx)
}

func fingerprint(ctx context.Context, t *testing.T, name string) string {
	t.Helper()
	return strings.Fields(do(ctx, t, name, "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"))[1]
}
