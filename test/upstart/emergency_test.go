//go:build e2e

package upstart

import (
	"reflect"
	"strings"
)

var emergencyRows = []row{
	{section: "emergency", systemd: "a bad line in fstab leads to maintenance mode with ssh", upstart: func(h *host) {
		// Without anybody to ask, mountall gives up.
		h.set("mountall", "shell")
		h.fstab("none /data no-such-type defaults 0 0")
		h.reboots()
		h.caught("/data")
		h.fails(3, "/data", "umm", "off")
		h.is(inMM)
		// Mended, off goes on in the same boot.
		h.fstab("tmpfs /data tmpfs defaults 0 0")
		h.off()
		h.contains("/data", h.sh("grep ' /data ' /proc/mounts"), "tmpfs")
		h.all()
		h.reboots()
		h.is(operational)
	}},
	{section: "emergency", systemd: "a disk that is not there leads to maintenance mode with ssh", upstart: func(h *host) {
		// mountall waits for it, and asks what to do.
		h.fstab("/dev/lost /srv ext4 defaults 0 2")
		h.cuts()
		h.caught("/srv")
		h.fails(3, "/srv", "umm", "off")
		// Taken out, off reboot leads back.
		h.fstab("")
		h.offReboots()
		h.is(operational)
		h.all()
	}},
	{section: "emergency", systemd: "never a loop", upstart: func(h *host) {
		h.set("mountall", "shell")
		h.fstab("none /data no-such-type defaults 0 0")
		h.reboots()
		h.caught("/data")
		boots := h.Boots()
		// Back into the same trouble, on purpose and by a crash: each time one boot.
		h.offReboots()
		h.caught("/data")
		h.cuts()
		h.caught("/data")
		if n := h.Boots() - boots; n > 3 {
			h.t.Errorf("%d boots, for a reboot with at most one more and a cut", n)
		}
	}},
	{section: "emergency", systemd: "the command and the kept units are there too", why: "the row above it: what runs there is asked in each"},
	{section: "emergency", systemd: "maintenance mode for another reason comes up with a bad line in fstab", upstart: func(h *host) {
		h.set("mountall", "shell")
		h.fstab("none /data no-such-type defaults 0 0")
		h.on("--reason", "mine")
		h.why("operator", "")
		h.onlyKept()
		h.fails(3, "/data", "umm", "off")
		h.fstab("")
		h.off()
		h.all()
	}},
	{section: "emergency", systemd: "what fstab calls nofail stops nothing", upstart: func(h *host) {
		h.fstab("none /data no-such-type nobootwait 0 0")
		h.cuts()
		h.is(operational)
		h.all()
	}},
	{section: "emergency", systemd: "CATCH_EMERGENCY=no leaves the emergency shell", upstart: func(h *host) {
		h.configure("UMM=yes", "CATCH_EMERGENCY=no")
		h.emergencyShell()
	}},
	{section: "emergency", systemd: "UMM=no leaves the emergency shell", upstart: func(h *host) {
		h.configure("UMM=no")
		h.emergencyShell()
	}},
	{section: "emergency", systemd: "an emergency shell that somebody asked for is left alone", why: "on Upstart it is single-user mode: the row rescue, emergency, single"},
	{section: "emergency", systemd: "rescue mode that somebody asked for is left alone", upstart: func(h *host) {
		h.inside("telinit", "1")
		h.until("single-user mode", func() bool { return strings.Contains(h.job("rcS"), "start/running") })
		h.equal("umm", h.job("umm"), "umm stop/waiting")
		h.equal("umm status", h.inside("umm", "status").Out, "runlevel 1 S\n")
		h.inside("telinit", "2")
		h.until("ssh", func() bool { return h.try("true").Code == 0 })
		h.settle()
		h.equal("umm status", h.ok("umm", "status"), "runlevel S 2")
	}},
	{section: "emergency", systemd: "a read-only disk cannot keep the record, and there is no loop", upstart: func(h *host) {
		h.set("mountall", "shell")
		h.set("read-only", "yes")
		h.fstab("none /data no-such-type defaults 0 0")
		h.must(h.Cut())
		h.must(h.Power())
		h.until("maintenance mode", func() bool { return h.try("umm", "status").Out == inMM+"\n" })
		h.settle()
		if n := h.Boots(); n > 3 {
			h.t.Errorf("%d boots", n)
		}
	}},
}

var asideRows = []row{
	{section: "aside", systemd: "the kernel argument umm is maintenance mode for that boot", upstart: func(h *host) {
		h.SetNextArgs("umm")
		h.reboots()
		h.is(inMM)
		h.why("kernel-argument", "umm")
		h.onlyKept()
		h.off()
		h.reboots()
		h.is(operational)
		// A word of that kind is not the word.
		h.SetNextArgs("umm=no", "xumm", "umm.test", "UMM")
		h.reboots()
		h.is(operational)
		// Disabled is disabled.
		h.ok("umm", "disable")
		h.SetNextArgs("umm")
		h.reboots()
		h.is(disabled)
	}},
	{section: "aside", systemd: "with the argument in every boot, off leaves that boot", upstart: func(h *host) {
		h.SetArgs("umm")
		h.reboots()
		h.is(inMM)
		h.off()
		h.reboots()
		h.is(inMM)
	}},
	{section: "aside", systemd: "rescue, emergency, single and runlevels keep umm out", upstart: func(h *host) {
		h.configure("UMM=yes", "REBOOT_COUNT=0")
		before, err := h.load()
		h.must(err)
		for arg, level := range map[string]string{"single": "N S", "3": "N 3", "recovery": "N 2"} {
			h.must(h.Cut())
			h.SetNextArgs(arg)
			h.must(h.Power())
			h.until("run level "+level+" with "+arg, func() bool { return h.inside("runlevel").Out == level+"\n" })
			h.settle()
			h.equal("umm with "+arg, h.job("umm"), "umm stop/waiting")
			after, err := h.load()
			h.must(err)
			if !reflect.DeepEqual(after, before) {
				h.t.Errorf("%s: the record was %+v and is %+v", arg, before, after)
			}
		}
		h.cuts()
		h.is(inMM)
	}},
	{section: "aside", systemd: "umm on is refused where a kernel argument would keep it out", upstart: func(h *host) {
		h.SetArgs("recovery")
		h.reboots()
		h.fails(3, "recovery", "umm", "on")
		h.fails(3, "recovery", "umm", "check")
		h.contains("umm status", h.ok("umm", "status"), "runlevel")
	}},
	{section: "aside", systemd: "an offline update and a relabel go first", why: "Ubuntu 14.04 has neither"},
}

// fstab sets a further line of /etc/fstab.
func (h *host) fstab(line string) {
	h.t.Helper()
	h.write("/etc/fstab", "/dev/sda1 / ext4 errors=remount-ro 0 1\n"+line+"\n", 0o644)
}

// caught wants maintenance mode instead of a host that waits for ever.
func (h *host) caught(mount string) {
	h.t.Helper()
	h.until("maintenance mode", func() bool { return h.try("umm", "status").Out == inMM+"\n" })
	h.settle()
	h.why("emergency", mount)
	h.onlyKept()
}

// emergencyShell cuts the power and wants the plain end of a boot whose file system
// fails.
func (h *host) emergencyShell() {
	h.t.Helper()
	h.set("mountall", "shell")
	h.fstab("none /data no-such-type defaults 0 0")
	h.must(h.Cut())
	h.must(h.Power())
	h.until("the shell", func() bool { return h.lab("shell") == "" && strings.Contains(h.job("mountall-shell"), "start/running") })
	h.settleBut("mountall-shell")
	h.equal("ssh", h.job("ssh"), "ssh stop/waiting")
	h.contains("the shell", h.job("mountall-shell"), "start/running")
}
