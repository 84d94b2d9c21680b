//go:build e2e

package packages

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// debTree looks like a host of the Debian family; fuel-umm is installed on it and
// its configuration was edited where fuel is true.
func debTree(t *testing.T, fuel bool) *tree {
	t.Helper()
	needRoot(t)
	need(t, "dpkg")
	tr := newTree(t, "dash", "dpkg-query", "dpkg-divert")
	for _, d := range []string{"updates", "info", "triggers"} {
		tr.mkdir("var/lib/dpkg/" + d)
	}
	tr.write("var/lib/dpkg/status", "")
	if fuel {
		run(t, tr.dpkg("-i", fuelUmm(t, "deb"))...)
		tr.write("etc/umm.conf", "UMM=yes\nREBOOT_COUNT=7\n")
	}
	return tr
}

func (tr *tree) dpkg(args ...string) []string {
	return append([]string{"dpkg", "--root", tr.dir, "--log", "/dev/null", "--force-unsafe-io"}, args...)
}

func (tr *tree) wantConfig(want string) {
	tr.t.Helper()
	if got := tr.read("etc/umm.conf"); got != want {
		tr.t.Errorf("/etc/umm.conf became\n%s, not\n%s", got, want)
	}
}

// An unpacking that fails leaves nothing of ours behind; a configuration that a power cut tore
// is mended once the package is configured.
func TestDebThatCannotBeUnpacked(t *testing.T) {
	tr := debTree(t, true)
	whole, err := os.ReadFile(built(t, "deb"))
	if err != nil {
		t.Fatal(err)
	}
	torn := filepath.Join(t.TempDir(), filepath.Base(built(t, "deb")))
	if err := os.WriteFile(torn, whole[:len(whole)*3/4], 0o644); err != nil {
		t.Fatal(err)
	}
	argv := tr.dpkg("--auto-deconfigure", "--force-conflicts", "-i", torn)
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err == nil {
		t.Fatalf("a torn package is installed: %s", out)
	}
	if out := run(t, "chroot", tr.dir, "/usr/bin/dpkg-divert", "--list"); out != "" {
		t.Errorf("it leaves the diversion: %s", out)
	}
	tr.wantConfig("UMM=yes\nREBOOT_COUNT=7\n")

	tr = debTree(t, false)
	shipped := debConfig(t)
	tr.write("etc/umm.conf", shipped[:len(shipped)/2])
	run(t, tr.dpkg("-i", built(t, "deb"))...)
	tr.wantConfig(shipped)
}

// debConfig is the configuration that the package ships.
func debConfig(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "plugin/etc/umm.conf"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestDebInstallUpgradeRemovePurge(t *testing.T) {
	tr := debTree(t, false)
	run(t, tr.dpkg("-i", built(t, "deb"))...)
	tr.wantCalls("daemon-reload", watch)
	tr.wantConfig(tr.read("usr/share/umm/umm.conf"))

	tr.write("etc/umm.conf", "UMM=yes\nREBOOT_COUNT=7\n")
	tr.boot("1111", "umm")
	tr.wantMode("umm")
	run(t, tr.dpkg("-i", newer(t, "deb"))...)
	tr.wantCalls("daemon-reload")
	tr.wantConfig("UMM=yes\nREBOOT_COUNT=7\n")
	tr.wantMode("umm")

	tr.write("etc/umm.conf", "UMM=no\n")
	tr.boot("2222", "")
	tr.wantMode("MM disabled")
	tr.write("run/umm/banner", "x")
	tr.write("var/lib/umm/history", "x")
	run(t, tr.dpkg("-r", "umm")...)
	tr.wantCalls(asks, stop, "daemon-reload", forget)
	tr.wantConfig("UMM=no\n")
	if tr.has("etc/umm/record.0") || tr.has("run/umm") || tr.has("lib/umm") || !tr.has("var/lib/umm/history") {
		t.Errorf("after the removal: %v", tr.leftovers())
	}
	run(t, tr.dpkg("--purge", "umm")...)
	if left := tr.leftovers(); len(left) > 0 {
		t.Errorf("left after the purge: %v", left)
	}
}

func TestDebRemoveInMaintenance(t *testing.T) {
	tr := debTree(t, false)
	run(t, tr.dpkg("-i", built(t, "deb"))...)
	tr.wantCalls("daemon-reload", watch)
	tr.fakeMaintenance()
	tr.write("umm.off-fails", "")
	out, err := tryRun(tr.dpkg("-r", "umm")...)
	if err == nil || !strings.Contains(out, "not removed") || !tr.has("lib/umm/umm-boot") {
		t.Fatalf("removed from a host that could not leave maintenance (%v):\n%s", err, out)
	}
	tr.wantCalls(asks, "daemon-reload", watch)
	tr.remove("umm.off-fails")
	tr.write("command-runs", "")
	out, err = tryRun(tr.dpkg("-r", "umm")...)
	if err == nil || !strings.Contains(out, "is still running") || !tr.has("lib/umm/umm-boot") {
		t.Fatalf("removed under a command (%v):\n%s", err, out)
	}
	tr.remove("command-runs")
	run(t, tr.dpkg("-r", "umm")...)
	if got := tr.read("umm.log"); got != "status\noff\nstatus\noff\n" {
		t.Errorf("umm was called with\n%s", got)
	}
}

// A version before may answer package scripts with an error, and so hold their services back for
// good.
func TestDebDowngradeInMaintenance(t *testing.T) {
	tr := debTree(t, false)
	tr.copyProgram("dpkg")
	run(t, tr.dpkg("-i", built(t, "deb"))...)
	link := tr.path("usr/sbin/policy-rc.d")
	if err := os.Symlink("/lib/umm/umm-boot", link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		to    string
		stays bool
	}{{"999", true}, {"0.0.1", false}} {
		run(t, "chroot", tr.dir, "/var/lib/dpkg/info/umm.prerm", "upgrade", c.to)
		if _, err := os.Readlink(link); (err == nil) != c.stays {
			t.Errorf("on the way to version %s: %v", c.to, err)
		}
	}
}

func TestDebTakesOverFuelUmm(t *testing.T) {
	tr := debTree(t, true)
	run(t, tr.dpkg("-i", built(t, "deb"))...)
	tr.wantConfig("UMM=yes\nREBOOT_COUNT=7\n")
	run(t, tr.dpkg("--purge", "fuel-umm")...)
	tr.wantConfig("UMM=yes\nREBOOT_COUNT=7\n")
	run(t, tr.dpkg("-i", newer(t, "deb"))...)
	tr.wantConfig("UMM=yes\nREBOOT_COUNT=7\n")
	run(t, tr.dpkg("--purge", "umm")...)
	if left := tr.leftovers(); len(left) > 0 {
		t.Errorf("left after the purge: %v", left)
	}
	if out := run(t, "chroot", tr.dir, "/usr/bin/dpkg-divert", "--list"); out != "" {
		t.Errorf("a diversion is left: %s", out)
	}
}

func TestDebGoesBackToFuelUmm(t *testing.T) {
	tr := debTree(t, true)
	old := fuelUmm(t, "deb")
	run(t, tr.dpkg("-i", built(t, "deb"))...)
	run(t, tr.dpkg("-r", "umm")...)
	run(t, tr.dpkg("-i", old)...)
	run(t, tr.dpkg("--purge", "umm")...)
	tr.wantConfig("UMM=yes\nREBOOT_COUNT=7\n")
}

func TestDebKeepsAConfigurationThatWasThereFirst(t *testing.T) {
	tr := debTree(t, false)
	tr.write("etc/umm.conf", "UMM=no\n")
	run(t, tr.dpkg("-i", built(t, "deb"))...)
	tr.wantConfig("UMM=no\n")
	tr.remove("etc/umm.conf")
	run(t, tr.dpkg("-i", newer(t, "deb"))...)
	if tr.has("etc/umm.conf") {
		t.Error("the upgrade enabled umm on a host where the missing file disabled it")
	}
}
