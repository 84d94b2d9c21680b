//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// The hosts of these tests, without umm.
func TestUpstartStock(t *testing.T) {
	t.Parallel()
	h := newUpstartHost(t, true)
	h.equal("runlevel", h.ok("runlevel"), "N 2")
	h.runs("ssh", "cron", "rsyslog", "dbus", "udev", "tty1", "tty2", "tty6", "nova-api", "early", "nginx", "networking")
	h.equal("an unknown job", h.try("start", "no-such").err, "start: Unknown job: no-such\n")
	h.equal("one that runs", h.try("initctl", "start", "cron").err, "initctl: Job is already running: cron\n")
	h.equal("one that does not", h.try("stop", "mountall").err, "stop: Unknown instance: \n")
	h.equal("version", h.ok("initctl", "version"), "init (upstart 1.12.1)")

	// Job files are read again by themselves, and an override takes a condition's place.
	h.serviceOf("later", "start on begin\nexec sleep 100095\n")
	h.write("/etc/init/later.override", "start on other X=[12]\n", 0o644)
	h.until("the override is read", func() bool {
		return strings.HasSuffix(h.ok("initctl", "show-config", "later"), "start on other X=[12]")
	})
	h.ok("initctl", "emit", "begin")
	h.ok("initctl", "emit", "other", "X=3")
	h.equal("by other events", h.job("later"), "later stop/waiting")
	h.ok("initctl", "emit", "other", "X=2")
	h.contains("by its event", h.job("later"), "later start/running, process ")

	// emit tells of a task that fails; the files of a job that is wrong are passed over.
	h.serviceOf("task", "start on work\ntask\nexec /bin/false\n")
	h.fails(1, "initctl: Event failed", "initctl", "emit", "work")
	h.fails(1, "start: Job failed to start", "start", "task")
	h.write("/etc/init/wrong.conf", "start on work\nexecute me\n", 0o644)
	h.ok("initctl", "reload-configuration")
	h.fails(1, "initctl: Unknown job: wrong", "initctl", "status", "wrong")

	// The control socket is that of the network namespace.
	h.fails(1, "initctl: Unable to connect to Upstart", "unshare", "-n", "initctl", "list")

	old := h.id()
	h.try("reboot")
	h.boots(old)
	h.equal("runlevel", h.ok("runlevel"), "N 2")
	h.cuts()
	if n := h.bootsSoFar(); n != 3 {
		t.Errorf("%d boots, want 3", n)
	}
}
