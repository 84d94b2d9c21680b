//go:build e2e

package e2e

import (
	"strings"
)

// emergencyScenarios: local file systems that fail.
var emergencyScenarios = []scenario{
	{name: "a bad line in fstab leads to maintenance mode with ssh", run: func(h *host) {
		h.fstab("none /data no-such-type defaults 0 0")
		h.reboots()
		h.caught("/data")
		h.refusesOff("/data")
		h.ok("systemctl", "daemon-reload")
		h.is(inMM)
		// Mended, off goes on in the same boot.
		h.fstab("tmpfs /data tmpfs defaults 0 0")
		h.off()
		h.equal("/data", h.sh("findmnt -n -o FSTYPE /data"), "tmpfs")
		h.equal("nginx", h.ok("systemctl", "is-active", "nginx"), "active")
		h.healthyUnits()
		h.reboots()
		h.is(operational)
	}},
	{name: "a disk that is not there leads to maintenance mode with ssh", run: func(h *host) {
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
		old := h.id()
		h.dies("umm", "off", "reboot")
		h.boots(old)
		h.is(operational)
	}},
	{name: "never a loop", once: true, run: func(h *host) {
		h.fstab("none /data no-such-type defaults 0 0")
		h.reboots()
		h.caught("/data")
		boots := h.bootsSoFar()
		// Back into the same trouble, on purpose and by crashes: each time one boot.
		for range 2 {
			old := h.id()
			h.dies("umm", "off", "reboot")
			h.boots(old)
			h.caught("/data")
		}
		for range 2 {
			h.cuts()
			h.caught("/data")
		}
		h.reboots()
		h.caught("/data")
		if n := h.bootsSoFar() - boots; n > 2*3+2 {
			h.t.Errorf("%d boots, for 3 reboots with at most one more each and 2 cuts", n)
		}
	}},
	{name: "the command and the kept units are there too", once: true, run: func(h *host) {
		h.fstab("none /data no-such-type defaults 0 0")
		h.reboots()
		h.caught("/data")
		h.onlyKept()
		h.closed(80)
		h.equal("the journal is kept", h.ok("systemctl", "is-active", "systemd-journald"), "active")
		h.ok("test", "!", "-e", "/run/nologin")
	}},
	{name: "maintenance mode for another reason comes up with a bad line in fstab", run: func(h *host) {
		h.fstab("none /data no-such-type defaults 0 0")
		h.on("--reason", "mine")
		h.why("operator", "")
		h.refusesOff("/data")
		h.fstab("")
		h.off()
		h.reboots()
		h.is(operational)

		h.cuts()
		h.fstab("none /data no-such-type defaults 0 0")
		h.cuts()
		h.is(inMM)
		h.why("unclean-boots", "")
		h.fstab("")
		h.off()

		h.fstab("none /data no-such-type defaults 0 0")
		h.must(h.SetNextKernelArgs("umm"))
		h.reboots()
		h.is(inMM)
		h.why("kernel-argument", "")
	}},
	{name: "what fstab calls nofail stops nothing", once: true, run: func(h *host) {
		h.fstab("none /data no-such-type nofail 0 0\n/dev/lost /srv/data ext4 nofail,x-systemd.device-timeout=2s 0 2")
		h.cuts()
		h.is(operational)
		h.on()
		h.off()
	}},
	{name: "CATCH_EMERGENCY=no leaves the emergency shell", run: func(h *host) {
		h.configure("UMM=yes", "CATCH_EMERGENCY=no")
		h.fstab("none /data no-such-type defaults 0 0")
		h.emergencyShell()
	}},
	{name: "UMM=no leaves the emergency shell", once: true, run: func(h *host) {
		h.configure("UMM=no")
		h.fstab("none /data no-such-type defaults 0 0")
		h.emergencyShell()
	}},
	{name: "an emergency shell that somebody asked for is left alone", run: func(h *host) {
		h.inside("systemctl", "--no-block", "emergency")
		h.until("the emergency shell", func() bool { return h.unitInside("emergency.service") == "active" })
		h.until("umm has looked at it", func() bool {
			return !strings.HasSuffix(strings.TrimSpace(h.inside("systemctl", "show", "-p", "ExecMainExitTimestampMonotonic", "umm-emergency.service").out), "=0")
		})
		h.equal("the shell", h.unitInside("emergency.service"), "active")
		h.equal("umm status", h.inside("umm", "status").out, operational+"\n")
		h.inside("systemctl", "--no-block", "default")
		h.must(h.WaitSSH(h.ctx))
		h.settle()
		h.is(operational)

	}},
	{name: "rescue mode that somebody asked for is left alone", once: true, run: func(h *host) {
		h.inside("systemctl", "--no-block", "rescue")
		h.until("the rescue shell", func() bool { return h.unitInside("rescue.service") == "active" })
		h.inside("systemctl", "--no-block", "default")
		h.must(h.WaitSSH(h.ctx))
		h.settle()
		h.is(operational)
	}},
	{name: "a read-only disk cannot keep the record, and there is no loop", once: true, run: func(h *host) {
		h.fstab("none /data no-such-type defaults 0 0")
		h.must(h.SetNspawnArgs("--read-only"))
		h.reboots()
		h.is(inMM)
		h.why("emergency", "/data")
		h.must(h.SetNspawnArgs())
	}},
}

// fstab gives the host that line in /etc/fstab, and the folders to mount on.
func (h *host) fstab(line string) {
	h.t.Helper()
	h.write("/etc/fstab", line+"\n", 0o644)
	h.write("/data/.keep", "", 0o644)
	h.write("/srv/data/.keep", "", 0o644)
}

// caught wants maintenance mode instead of an emergency shell.
func (h *host) caught(mount string) {
	h.t.Helper()
	h.is(inMM)
	h.why("emergency", mount)
	h.equal("ssh", h.ok("systemctl", "is-active", "ssh"), "active")
	h.equal("the emergency shell", h.unitInside("emergency.service"), "inactive")
}

// refusesOff wants umm off to name the mount that is not mended, and to change
// nothing.
func (h *host) refusesOff(mount string) {
	h.t.Helper()
	h.fails(3, mount, "umm", "off")
	h.is(inMM)
	h.equal("nginx", h.try("systemctl", "is-active", "nginx").out, "inactive\n")
}

func (h *host) unitInside(unit string) string {
	h.t.Helper()
	return strings.TrimSpace(h.inside("systemctl", "is-active", unit).out)
}

// emergencyShell cuts the power and wants the plain end of such a boot.
func (h *host) emergencyShell() {
	h.t.Helper()
	h.must(h.Cut(h.ctx))
	h.must(h.Power(h.ctx))
	h.until("the emergency shell", func() bool {
		_, err := h.BootID()
		return err == nil && h.unitInside("emergency.service") == "active"
	})
	h.until("there are no jobs left", h.idle)
	h.equal("the emergency shell", h.unitInside("emergency.service"), "active")
	h.equal("ssh", h.unitInside("ssh.service"), "inactive")
}

// bootsSoFar counts the host's boots, from its console.
func (h *host) bootsSoFar() int {
	h.t.Helper()
	data, err := h.console()
	h.must(err)
	return strings.Count(data, ": power on")
}
