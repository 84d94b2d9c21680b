package jobfile_test

import (
	"testing"

	"umm/internal/host/jobfile"
)

func TestNameOf(t *testing.T) {
	for unit, want := range map[string]string{
		"ssh.service": "ssh", "NetworkManager.service": "network-manager", "ifup@eth0.service": "network-interface",
		"ssh.socket": "ssh.socket", "getty.target": "getty.target", "ssh": "ssh",
	} {
		if got := jobfile.NameOf(unit); got != want {
			t.Errorf("%s: %q", unit, got)
		}
	}
}
