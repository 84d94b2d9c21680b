//go:build e2e

package packages

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// clusterBudget is how large umm-cluster may be, in bytes. It stays on one master and runs for
// minutes: html/template, which keeps every exported method linked in, is worth its 2.4 MB,
// because what hosts say stands on the page and escaping it is not ours to write. viper's own
// afero and gotenv are worth 0.11 MB: stand-ins for them had to be looked after (docs/adr/0016).
const clusterBudget = 14.5e6

// clusterFiles are in both packages.
var clusterFiles = map[string]os.FileMode{
	"usr/bin/umm-cluster":                                  0o755,
	"etc/umm-cluster.yaml":                                 0o644,
	"usr/share/man/man8/umm-cluster.8.gz":                  0o644,
	"usr/share/man/man5/umm-cluster.yaml.5.gz":             0o644,
	"usr/share/bash-completion/completions/umm-cluster":    0o644,
	"usr/share/fish/vendor_completions.d/umm-cluster.fish": 0o644,
	"usr/share/doc/umm-cluster/copyright":                  0o644,
}

// wantCluster holds what is installed against what has to be.
func (tr *tree) wantCluster(zsh, unitsIn string) {
	tr.t.Helper()
	for name, mode := range clusterFiles {
		if info, err := os.Stat(tr.path(name)); err != nil || info.Mode() != mode {
			tr.t.Errorf("/%s: %v, want the mode %v (%v)", name, info, mode, err)
		}
	}
	if !tr.has(zsh) {
		tr.t.Errorf("there is no /%s", zsh)
	}
	if info, err := os.Stat(tr.path("usr/bin/umm-cluster")); err != nil || info.Size() > clusterBudget {
		tr.t.Errorf("umm-cluster has %d bytes, more than %.0f (%v)", info.Size(), clusterBudget, err)
	}
	// The file is read, and nothing is from it.
	out := run(tr.t, "chroot", tr.dir, "/usr/bin/umm-cluster", "config")
	if !strings.Contains(out, "gate.samples") || strings.Contains(out, "umm-cluster.yaml") {
		tr.t.Errorf("umm-cluster config says\n%s", out)
	}
	for _, unit := range []string{"umm-cluster@.service", "umm-cluster@.timer"} {
		if !tr.has(filepath.Join(unitsIn, unit)) {
			tr.t.Errorf("there is no /%s/%s", unitsIn, unit)
		}
	}
	// Nobody has asked for it.
	if enabled, _ := filepath.Glob(tr.path("etc/systemd/system/*/umm-cluster*")); len(enabled) > 0 {
		tr.t.Errorf("it is enabled: %v", enabled)
	}
	tr.wantCalls()
}

const edited = "gate: {samples: 5}\n"

func TestDebOfTheClusterProgram(t *testing.T) {
	tr := debTree(t, false)
	run(t, tr.dpkg("-i", builtOf(t, "umm-cluster", "deb"))...)
	tr.wantCluster("usr/share/zsh/vendor-completions/_umm-cluster", "lib/systemd/system")

	tr.write("etc/umm-cluster.yaml", edited)
	tr.write("var/lib/umm-cluster/runs/1/journal", "x")
	run(t, tr.dpkg("-i", newerOf(t, "cluster.yaml", "deb"))...)
	run(t, tr.dpkg("-r", "umm-cluster")...)
	if tr.read("etc/umm-cluster.yaml") != edited || tr.has("usr/bin/umm-cluster") || !tr.has("var/lib/umm-cluster/runs/1/journal") {
		t.Errorf("after the removal there are %v", tr.leftovers())
	}
	run(t, tr.dpkg("--purge", "umm-cluster")...)
	if left := tr.leftovers(); len(left) > 0 {
		t.Errorf("left after the purge: %v", left)
	}
}

func TestRPMOfTheClusterProgram(t *testing.T) {
	tr := elTree(t)
	run(t, tr.rpm("-i", builtOf(t, "umm-cluster", "rpm"))...)
	tr.wantCluster("usr/share/zsh/site-functions/_umm-cluster", "usr/lib/systemd/system")
	if out := run(t, tr.rpm("-V", "umm-cluster")...); out != "" {
		t.Errorf("rpm -V finds differences:\n%s", out)
	}

	tr.write("etc/umm-cluster.yaml", edited)
	tr.write("var/lib/umm-cluster/journal", "x")
	run(t, tr.rpm("-U", newerOf(t, "cluster.yaml", "rpm"))...)
	if got := tr.read("etc/umm-cluster.yaml"); got != edited {
		t.Errorf("the upgrade made %q of the configuration", got)
	}
	run(t, tr.rpm("-e", "umm-cluster")...)
	want := []string{"/etc/umm-cluster.yaml.rpmsave", "/var/lib/umm-cluster", "/var/lib/umm-cluster/journal"}
	if left := tr.leftovers(); !slices.Equal(left, want) {
		t.Errorf("left behind: %v, want %v", left, want)
	}
}

// Both programs on one host, as on a controller that an operator works from.
func TestBothPackagesOnOneHost(t *testing.T) {
	for _, c := range []struct {
		format string
		tree   func() *tree
		argv   func(*tree, ...string) []string
		remove string
	}{
		{"deb", func() *tree { return debTree(t, false) }, (*tree).dpkg, "--purge"},
		{"rpm", func() *tree { return elTree(t) }, (*tree).rpm, "-e"},
	} {
		t.Run(c.format, func(t *testing.T) {
			tr := c.tree()
			run(t, c.argv(tr, "-i", built(t, c.format), builtOf(t, "umm-cluster", c.format))...)
			run(t, c.argv(tr, c.remove, "umm-cluster")...)
			if !tr.has("usr/bin/umm") || !tr.has("etc/umm.conf") || tr.has("usr/bin/umm-cluster") {
				t.Errorf("after umm-cluster went there are %v", tr.leftovers())
			}
			run(t, c.argv(tr, c.remove, "umm")...)
			if left := tr.leftovers(); len(left) > 0 {
				t.Errorf("left after both went: %v", left)
			}
		})
	}
}
