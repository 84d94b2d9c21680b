//go:build e2e

package packages

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	watch  = "start umm-record.service umm-healthy.timer"
	stop   = "stop umm-healthy.timer umm-healthy.service umm-record.service"
	forget = "reset-failed umm-*"
	asks   = "--quiet is-active umm-command*"
)

// elTree looks like a host of the Enterprise Linux family.
func elTree(t *testing.T) *tree {
	t.Helper()
	needRoot(t)
	need(t, "rpm")
	tr := newTree(t, "bash")
	tr.write("etc/os-release", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.4\"\n")
	tr.write("usr/lib/systemd/system/sshd.service", "[Service]\nExecStart=/usr/sbin/sshd -D\n")
	return tr
}

// rpm is the command line of an rpm that works on the tree.
func (tr *tree) rpm(args ...string) []string {
	// Where rpm is a guest, as on Debian, it wants to be asked twice and has its
	// database elsewhere.
	argv := []string{"rpm", "--root", tr.dir, "--define", "_dbpath /var/lib/rpm"}
	if help, _ := tryRun("rpm", "--help"); strings.Contains(help, "--force-debian") && strings.ContainsAny(args[0], "iUe") {
		argv = append(argv, "--force-debian")
	}
	return append(argv, args...)
}

func TestRPMInstallsOnAnELTree(t *testing.T) {
	tr := elTree(t)
	run(t, tr.rpm("-i", built(t, "rpm"))...)
	tr.wantCalls("daemon-reload", watch)
	if out := run(t, tr.rpm("-V", "umm")...); out != "" {
		t.Errorf("rpm -V finds differences:\n%s", out)
	}
	if !strings.Contains(tr.read("etc/umm.conf"), "\nUMM=yes\n") {
		t.Error("/etc/umm.conf does not enable umm")
	}
	for name, mode := range map[string]os.FileMode{
		"usr/bin/umm":      0o755,
		"lib/umm/umm-boot": 0o755, // the path that the units name
		"usr/lib/systemd/system-generators/umm-generator": 0o755,
		"usr/lib/systemd/system/umm.target":               0o644,
		"etc/umm.conf":                                    0o644,
		"etc/umm":                                         0o755 | os.ModeDir,
		"etc/umm/hooks.d/pre-on":                          0o755 | os.ModeDir,
		"etc/umm/health.d":                                0o755 | os.ModeDir,
		"var/lib/umm":                                     0o700 | os.ModeDir,
		"etc/profile.d/umm.sh":                            0o644,
		"usr/share/man/man8/umm.8.gz":                     0o644,
	} {
		if info, err := os.Stat(tr.path(name)); err != nil {
			t.Error(err)
		} else if info.Mode() != mode {
			t.Errorf("/%s has mode %v, not %v", name, info.Mode(), mode)
		}
	}
	version := run(t, tr.rpm("-q", "--qf", "%{VERSION}", "umm")...)
	if out := run(t, "chroot", tr.dir, "/usr/bin/umm", "version"); !strings.Contains(out, version) {
		t.Errorf("umm version in the tree says %q; the package is %s", out, version)
	}
	links, err := filepath.Glob(tr.path("etc/systemd/system/*"))
	if err != nil || len(links) > 0 {
		t.Errorf("the package enabled %v (%v)", links, err)
	}
}

func TestRPMWithoutRunningSystemd(t *testing.T) {
	tr := elTree(t)
	tr.remove("run/systemd")
	run(t, tr.rpm("-i", built(t, "rpm"))...)
	run(t, tr.rpm("-e", "umm")...)
	tr.wantCalls()
	if left := tr.leftovers(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestRPMInstallsWhereSystemctlFails(t *testing.T) {
	tr := elTree(t)
	tr.write("systemctl.fails", "")
	out := run(t, tr.rpm("-i", built(t, "rpm"))...)
	if !strings.Contains(out, "umm is ready from the next boot on") {
		t.Errorf("nothing was said of the failed daemon-reload:\n%s", out)
	}
	run(t, tr.rpm("-e", "umm")...)
}

func TestRPMUpgradeKeepsMaintenanceAndConfiguration(t *testing.T) {
	tr := elTree(t)
	run(t, tr.rpm("-i", built(t, "rpm"))...)
	tr.wantCalls("daemon-reload", watch)
	tr.write("etc/umm.conf", "UMM=yes\nREBOOT_COUNT=7\n")
	tr.boot("1111", "umm")
	tr.wantMode("umm")
	tr.wantCalls()
	run(t, tr.rpm("-U", newer(t, "rpm"))...)
	tr.wantCalls("daemon-reload")
	tr.wantMode("umm")
	if got := tr.read("etc/umm.conf"); got != "UMM=yes\nREBOOT_COUNT=7\n" {
		t.Errorf("the upgrade changed /etc/umm.conf to %q", got)
	}
	if !tr.has("usr/lib/systemd/system-generators/umm-generator") {
		t.Error("the upgrade removed the generator")
	}
}

func TestRPMUpgradeDoesNotEnableByAFreshFile(t *testing.T) {
	tr := elTree(t)
	run(t, tr.rpm("-i", built(t, "rpm"))...)
	tr.remove("etc/umm.conf")
	run(t, tr.rpm("-U", newer(t, "rpm"))...)
	if tr.has("etc/umm.conf") || tr.has("var/lib/umm/no-config") {
		t.Error("the upgrade enabled umm on a host where the missing file disabled it")
	}
}

func TestRPMEraseLeavesOnlyWhatIsTheOperators(t *testing.T) {
	tr := elTree(t)
	run(t, tr.rpm("-i", built(t, "rpm"))...)
	tr.wantCalls("daemon-reload", watch)
	tr.write("etc/umm/record.0", "a record")
	tr.write("etc/umm/hooks.d/pre-on/mine", "#!/bin/sh\n")
	tr.write("run/umm/banner", "x")
	run(t, tr.rpm("-e", "umm")...)
	tr.wantCalls(asks, stop, "daemon-reload", forget)
	want := []string{"/etc/umm", "/etc/umm/hooks.d", "/etc/umm/hooks.d/pre-on", "/etc/umm/hooks.d/pre-on/mine"}
	if left := tr.leftovers(); !slices.Equal(left, want) {
		t.Errorf("left behind: %v, want %v", left, want)
	}
}

func TestRPMEraseInMaintenanceBringsTheHostBack(t *testing.T) {
	tr := elTree(t)
	run(t, tr.rpm("-i", built(t, "rpm"))...)
	tr.wantCalls("daemon-reload", watch)
	tr.fakeMaintenance()
	tr.write("umm.off-fails", "")
	out, err := tryRun(tr.rpm("-e", "umm")...)
	if err == nil || !strings.Contains(out, "not removed") || !tr.has("usr/lib/umm/umm-boot") {
		t.Fatalf("removed from a host that could not leave maintenance (%v):\n%s", err, out)
	}
	tr.wantCalls(asks)
	tr.remove("umm.off-fails")
	tr.write("command-runs", "")
	out, err = tryRun(tr.rpm("-e", "umm")...)
	if err == nil || !strings.Contains(out, "is still running") || !tr.has("usr/lib/umm/umm-boot") {
		t.Fatalf("removed under a command (%v):\n%s", err, out)
	}
	tr.wantCalls(asks)
	tr.remove("command-runs")
	run(t, tr.rpm("-e", "umm")...)
	if got := tr.read("umm.log"); got != "status\noff\nstatus\noff\n" {
		t.Errorf("umm was called with\n%s", got)
	}
	tr.wantCalls(asks, stop, "daemon-reload", forget)
}

func TestRPMTakesOverFuelUmm(t *testing.T) {
	tr := elTree(t)
	run(t, tr.rpm("-i", fuelUmm(t, "rpm"))...)
	tr.write("etc/umm.conf", "UMM=yes\nREBOOT_COUNT=7\n")
	run(t, tr.rpm("-U", built(t, "rpm"))...)
	if out := run(t, tr.rpm("-qa")...); strings.Contains(out, "fuel-umm") {
		t.Errorf("fuel-umm is still installed:\n%s", out)
	}
	if got := tr.read("etc/umm.conf"); got != "UMM=yes\nREBOOT_COUNT=7\n" {
		t.Errorf("the operator's /etc/umm.conf became %q", got)
	}
}
