// Package needs skips tests that cannot run on this machine, and says why; in CI they
// fail instead.
package needs

import (
	"os"
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
