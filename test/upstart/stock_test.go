//go:build e2e

package upstart

import (
	"testing"

	"umm/test/needs"
)

// The hosts of these tests, without umm.
func TestStock(t *testing.T) {
	if absent != "" {
		needs.Absent(t, absent)
	}
	t.Parallel()
	h := bareHost(t)
	h.equal("runlevel", h.ok("runlevel"), "N 2")
	for _, name := range []string{"ssh", "cron", "rsyslog", "dbus", "udev", "tty1", "tty2", "tty6", "nova-api", "early", "nginx", "networking"} {
		if !h.running(name) {
			t.Errorf("%s does not run: %s", name, h.job(name))
		}
	}
	h.equal("an unknown job", h.try("start", "no-such").Err, "start: Unknown job: no-such\n")
	h.equal("one that runs", h.try("initctl", "start", "cron").Err, "initctl: Job is already running: cron\n")
	h.equal("one that does not", h.try("stop", "mountall").Err, "stop: Unknown instance: \n")
	h.equal("version", h.ok("initctl", "version"), "init (upstart 1.12.1)")

	old := h.BootID()
	h.try("reboot")
	h.up(old)
	h.equal("runlevel", h.ok("runlevel"), "N 2")
	h.cuts()
	if n := h.Boots(); n != 3 {
		t.Errorf("%d boots, want 3", n)
	}
}
