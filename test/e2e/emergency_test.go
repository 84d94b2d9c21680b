//go:build e2e

package e2e

import "strings"

// badLine is one of fstab that can never be mounted.
const badLine = "none /data no-such-type defaults 0 0"

// emergencyScenarios: local file systems that fail.
var emergencyScenarios = []scenario{
	{name: "a bad line in fstab leads to maintenance mode with ssh", both: func(h *host) {
		h.fstab(badLine)
		h.restarts()
		h.caught("/data")
		h.refusesOff("/data")
		h.reload()
		h.is(inMM)
		// Mended, off goes on in the same boot.
		h.fstab("tmpfs /data tmpfs defaults 0 0")
		h.off()
		h.contains("/data", h.sh("grep ' /data ' /proc/mounts"), "tmpfs")
		h.all()
		h.restarts()
		h.is(h.operational)
	}},
	{name: "a disk that is not there leads to maintenance mode with ssh", systemd: func(h *systemdHost) {
		// By a mount unit: in a container systemd passes over the devices of fstab.
		h.write("/etc/systemd/system/srv-data.mount", "[Mount]\nWhat=/dev/lost\nWhere=/srv/data\n[Install]\nRequiredBy=local-fs.target\n", 0o644)
		h.write("/etc/systemd/system/dev-lost.device", "[Unit]\nJobTimeoutSec=2\n", 0o644)
		h.sh("systemctl daemon-reload && systemctl enable -q srv-data.mount")
		h.cuts()
		h.caught("/srv/data")
		h.contains("the reason", h.status().Trigger.Detail, "/dev/lost")
		h.refusesOff("/srv/data")
		// Taken out, off reboot leads back.
		h.ok("systemctl", "disable", "-q", "srv-data.mount")
		h.offReboots()
		h.is(h.operational)
	}, upstart: func(h *upstartHost) {
		// mountall waits for it, for ever but for the option, and asks what to do.
		h.fstab("/dev/lost /srv ext4 defaults,timeout 0 2")
		h.cuts()
		h.caught("/srv")
		h.refusesOff("/srv")
		// Taken out, off reboot leads back.
		h.fstab("")
		h.offReboots()
		h.is(h.operational)
		h.all()
	}},
	{name: "never a loop", once: true, both: func(h *host) {
		h.fstab(badLine)
		h.restarts()
		h.caught("/data")
		boots := h.bootsSoFar()
		// Back into the same trouble, on purpose and by crashes: each time one boot.
		for range 2 {
			h.offReboots()
			h.caught("/data")
		}
		for range 2 {
			h.cuts()
			h.caught("/data")
		}
		h.restarts()
		h.caught("/data")
		if n := h.bootsSoFar() - boots; n > 2*3+2 {
			h.t.Errorf("%d boots, for 3 reboots with at most one more each and 2 cuts", n)
		}
	}},
	{name: "the command and the kept units are there too", once: true, systemd: func(h *systemdHost) {
		h.fstab(badLine)
		h.restarts()
		h.caught("/data")
		h.onlyKept()
		h.closed(80)
		h.runs("systemd-journald") // the journal is kept
		h.ok("test", "!", "-e", "/run/nologin")

		// Until the catch has ended systemd refuses every reboot: umm off reboot waits.
		h.write("/etc/systemd/system/umm-emergency.service.d/slow.conf", "[Service]\nExecStartPost=/bin/sleep 3\n", 0o644)
		old := h.id()
		h.dies("umm", "off", "reboot")
		h.until("maintenance mode and ssh", func() bool {
			id := h.id()
			return id != "" && id != old && strings.TrimSpace(h.inside("umm", "status").out) == inMM && h.running("ssh")
		})
		h.equal("umm-emergency.service", h.unitInside("umm-emergency.service"), "activating")
		h.fstab("")
		h.offReboots()
		h.is(h.operational)
	}, notUpstart: "the row above it: what runs there is asked in each"},
	{name: "maintenance mode for another reason comes up with a bad line in fstab", systemd: func(h *systemdHost) {
		h.fstab(badLine)
		h.on("--reason", "mine")
		h.why("operator", "")
		h.refusesOff("/data")
		h.fstab("")
		h.off()
		h.restarts()
		h.is(h.operational)

		h.cuts()
		h.fstab(badLine)
		h.cuts()
		h.is(inMM)
		h.why("unclean-boots", "")
		h.fstab("")
		h.off()

		h.fstab(badLine)
		h.nextArgs("umm")
		h.restarts()
		h.is(inMM)
		h.why("kernel-argument", "")
	}, upstart: func(h *upstartHost) {
		h.fstab(badLine)
		h.on("--reason", "mine")
		h.why("operator", "")
		h.onlyKept()
		h.refusesOff("/data")
		h.fstab("")
		h.off()
		h.all()
	}},
	{name: "what fstab calls nofail stops nothing", once: true, systemd: func(h *systemdHost) {
		h.fstab("none /data no-such-type nofail 0 0\n/dev/lost /srv/data ext4 nofail,x-systemd.device-timeout=2s 0 2")
		h.cuts()
		h.is(h.operational)
		h.on()
		h.off()
	}, upstart: func(h *upstartHost) {
		h.fstab("none /data no-such-type nobootwait 0 0")
		h.cuts()
		h.is(h.operational)
		h.all()
	}},
	{name: "CATCH_EMERGENCY=no leaves the emergency shell", both: func(h *host) {
		h.configure("UMM=yes", "CATCH_EMERGENCY=no")
		h.emergencyShell()
	}},
	{name: "UMM=no leaves the emergency shell", once: true, both: func(h *host) {
		h.configure("UMM=no")
		h.emergencyShell()
	}},
	{name: "an emergency shell that somebody asked for is left alone", systemd: func(h *systemdHost) {
		h.inside("systemctl", "--no-block", "emergency")
		h.until("the emergency shell", func() bool { return h.running("emergency.service") })
		h.until("umm has looked at it", func() bool {
			return !strings.HasSuffix(strings.TrimSpace(h.inside("systemctl", "show", "-p", "ExecMainExitTimestampMonotonic", "umm-emergency.service").out), "=0")
		})
		h.runs("emergency.service")
		h.equal("umm status", h.inside("umm", "status").out, h.operational+"\n")
		h.inside("systemctl", "--no-block", "default")
		h.must(h.WaitSSH(h.ctx))
		h.settle()
		h.is(h.operational)
	}, notUpstart: "there it is single-user mode: the row rescue, emergency, single"},
	{name: "rescue mode that somebody asked for is left alone", once: true, systemd: func(h *systemdHost) {
		h.inside("systemctl", "--no-block", "rescue")
		h.until("the rescue shell", func() bool { return h.running("rescue.service") })
		h.inside("systemctl", "--no-block", "default")
		h.must(h.WaitSSH(h.ctx))
		h.settle()
		h.is(h.operational)
	}, upstart: func(h *upstartHost) {
		h.inside("telinit", "1")
		h.until("single-user mode", func() bool { return strings.Contains(h.job("rcS"), "start/running") })
		h.equal("umm", h.job("umm"), "umm stop/waiting")
		h.equal("umm status", h.inside("umm", "status").out, "runlevel 1 S\n")
		h.inside("telinit", "2")
		h.until("ssh", func() bool { return h.try("true").code == 0 })
		h.settle()
		h.is("runlevel S 2")
	}},
	{name: "a read-only disk cannot keep the record, and there is no loop", once: true, systemd: func(h *systemdHost) {
		h.fstab(badLine)
		h.must(h.SetNspawnArgs("--read-only"))
		h.restarts()
		h.is(inMM)
		h.why("emergency", "/data")
		h.must(h.SetNspawnArgs())
	}, upstart: func(h *upstartHost) {
		h.set("read-only", "yes")
		h.fstab(badLine)
		h.cut()
		h.power()
		h.becomes(inMM)
		h.settle()
		if n := h.bootsSoFar(); n > 3 {
			h.t.Errorf("%d boots", n)
		}
	}},
}

// refusesOff wants umm off to name the mount that is not mended, and to change
// nothing.
func (h *host) refusesOff(mount string) {
	h.t.Helper()
	h.fails(3, mount, "umm", "off")
	h.is(inMM)
	h.stopped("nginx")
}
