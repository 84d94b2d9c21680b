// Package needs skips tests that cannot run on this machine, and says why; in CI they
// fail instead.
package needs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Root ends a test of practice hosts that is not run by root.
func Root(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		Absent(t, "practice hosts need root")
	}
}

// Absent ends a test for want of what is said. With CI=true that is a failure.
func Absent(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip("DID NOT RUN: " + what)
}

// Package unpacks one of Debian's packages into a folder of the test; it installs nothing.
func Package(t testing.TB, name string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	get := exec.Command("apt-get", "-q", "download", name)
	get.Dir = dir
	if out, err := get.CombinedOutput(); err != nil {
		Absent(t, fmt.Sprintf("Debian's %s cannot be had: %v\n%s", name, err, out))
	}
	debs, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(debs) != 1 {
		t.Fatalf("downloaded %v (%v)", debs, err)
	}
	if out, err := exec.Command("dpkg", "-x", debs[0], dir).CombinedOutput(); err != nil {
		t.Fatalf("dpkg -x: %v\n%s", err, out)
	}
	return dir
}
