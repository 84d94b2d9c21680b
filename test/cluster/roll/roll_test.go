//go:build e2e

// Package roll_test drives umm-cluster over three practice hosts with the real
// services, while clients write and an observer looks.
package roll_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/test/cluster/site"
	"umm/test/needs"
)

// master is umm-cluster, run inside the network of a site.
type master struct {
	t    *testing.T
	site *site.Site
	// program and conf are umm-cluster and its configuration.
	program, conf string
}

// setup brings a site up, or takes the one that UMM_SITE names and leaves it up.
// UMM_DEB is the package of umm, UMM_CLUSTER the program.
func setup(ctx context.Context, t *testing.T) *master {
	t.Helper()
	needs.Root(t)
	name := os.Getenv("UMM_SITE")
	if name == "" {
		name = "e2e-roll"
		t.Cleanup(func() {
			if s, err := site.Open(name, nil); err == nil {
				if err := s.Down(context.Background()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	s, err := site.Up(ctx, site.Spec{Name: name, Deb: os.Getenv("UMM_DEB"), Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "umm-cluster.yaml")
	text := fmt.Sprintf("hosts: [{name: n1}, {name: n2}, {name: n3}]\nssh: {config: %s}\nstate_dir: %s/state\n", s.Lab.SSHConfig(), dir)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	program := os.Getenv("UMM_CLUSTER")
	if program == "" {
		t.Fatal("UMM_CLUSTER does not say which program to test")
	}
	return &master{t: t, site: s, program: program, conf: conf}
}

// run runs umm-cluster and returns its exit code and what it printed.
func (m *master) run(ctx context.Context, args ...string) (int, string) {
	m.t.Helper()
	argv := m.site.Lab.InNet(append([]string{m.program, "--config", m.conf}, args...)...)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// A command is rolled through all three hosts, which have to be rebooted, and a second roll takes none: every acknowledged write is there
// afterwards, and never more than one host is out.
func TestRoll(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Minute)
	defer cancel()
	m := setup(ctx, t)
	for _, h := range m.site.Lab.Hosts() {
		if _, err := h.Shell(ctx, "echo libc6 >/run/reboot-required.pkgs; touch /run/reboot-required"); err != nil {
			t.Fatal(err)
		}
	}
	if code, out := m.run(ctx, "roll", "--prepare", "echo no room; [ $(hostname) != n2 ]"); code != 3 || !strings.Contains(out, "n2: exit status 1\n  no room") {
		t.Errorf("a roll that cannot be prepared: %d, %s", code, out)
	}
	w, err := m.site.StartWriters(ctx)
	if err != nil {
		t.Fatal(err)
	}
	o := m.site.Observe(ctx)
	code, out := m.run(ctx, "roll", "--if-needed", "--prepare", "test -e /etc/umm.conf", "--reason", "a test", "--", "touch /root/rolled; [ $(hostname) != n2 ] || touch /run/reboot-required")
	if code != 0 {
		t.Errorf("roll ended with %d", code)
	}
	r, seen := w.Stop(), o.Stop()
	t.Logf("%s\n%s%s", out, r, seen)
	if seen.Most > 1 {
		t.Errorf("%d hosts were out at once: %v", seen.Most, seen.MostWho)
	}
	if err := w.Verify(ctx, r); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out, "rebooted: boot ") {
		t.Error("n2, where the command has installed what wants a reboot, was not rebooted")
	}
	for _, h := range m.site.Lab.Hosts() {
		if _, err := h.Output(ctx, "rm", "/root/rolled"); err != nil {
			t.Errorf("the command did not run on %s: %v", h.Name(), err)
		}
	}
	if code, out := m.run(ctx, "history"); code != 0 || !strings.Contains(out, "a test") {
		t.Errorf("history: %d, %s", code, out)
	}
	if code, out := m.run(ctx, "status"); code != 0 {
		t.Errorf("status: %d, %s", code, out)
	}
	if code, out := m.run(ctx, "roll", "--if-needed"); code != 0 || !strings.Contains(out, "no host has to be rebooted") {
		t.Errorf("a second roll --if-needed: %d, %s", code, out)
	}
}
