//go:build e2e

package upstart

import (
	"os"
	"path/filepath"
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

var brokenRows = []row{
	{section: "broken", systemd: "one generation of the record torn: the other holds", upstart: func(h *host) {
		h.cuts()
		h.counts(1)
		newest := h.sh("ls -t /etc/umm/record.* | head -1")
		h.write(newest, h.read(newest)[:200], 0o600)
		h.cuts()
		h.contains("the log", h.lab("kmsg")+h.log(), newest+": is torn")
		h.ok("umm", "check")
	}},
	{section: "broken", systemd: "a record that cannot be believed", upstart: func(h *host) {
		for what, text := range map[string]string{
			"zeroes":     strings.Repeat("\x00", 65536),
			"shell code": "#!/bin/sh\ntouch /root/executed\nUMM=$(touch /root/executed)\n`touch /root/executed`\n; touch /root/executed\n",
		} {
			h.write("/etc/umm/record.0", text, 0o600)
			h.write("/etc/umm/record.1", text, 0o600)
			h.cuts()
			h.is(operational)
			h.all()
			h.contains("the log with "+what, h.lab("kmsg")+h.log(), "/etc/umm/record.")
			h.counts(0)
		}
		h.ok("test", "!", "-e", "/root/executed")
		h.ok("umm", "check")
	}},
	{section: "broken", systemd: "a record that cannot be read or written", upstart: func(h *host) {
		h.sh("rm -f /etc/umm/record.*; mkdir /etc/umm/record.0 /etc/umm/record.1")
		h.cuts()
		h.is(operational)
		h.fails(3, "record", "umm", "on")
		h.sh("rm -r /etc/umm && touch /etc/umm")
		h.cuts()
		h.is(operational)
		h.fails(3, "record", "umm", "check")
		h.all()
	}},
	{section: "broken", systemd: "nothing in a state or configuration file is executed", upstart: func(h *host) {
		evil := `$(touch /root/executed)` + "`touch /root/executed`" + `;touch /root/executed;"`
		h.configure("UMM=yes", `KEEP_UNITS="`+evil+`"`, "REBOOT_COUNT="+evil, evil, "touch /root/executed")
		h.on("--reason", evil)
		h.sh("bash -lc true; umm history; umm output || true")
		h.equal("the reason", h.status().Trigger.Reason, evil)
		h.off()
		h.ok("test", "!", "-e", "/root/executed")
	}},
	{section: "broken", systemd: "garbage in /run/umm", upstart: func(h *host) {
		for _, line := range []string{"echo garbage >/run/umm/boot", "rm -r /run/umm; touch /run/umm"} {
			h.sh(line)
			h.is(operational)
			h.ok("initctl", "reload-configuration")
			h.is(operational)
			h.inside("sh", "-c", "rm -rf /run/umm")
			h.on()
			h.sh(line)
			h.is(inMM)
			h.inside("sh", "-c", "rm -rf /run/umm")
			h.off()
			h.all()
		}
	}},
	{section: "broken", systemd: "a read-only root", upstart: func(h *host) {
		h.cuts()
		h.counts(1)
		h.set("read-only", "yes")
		for range 2 {
			h.cuts()
			// What cannot be kept cannot be counted on: the host boots as it is on record.
			if !h.running("ssh") {
				h.t.Error("ssh does not run")
			}
		}
		h.fails(3, "record", "umm", "check")
		h.set("read-only", "")
		h.cuts()
		h.try("umm", "off")
		h.is(operational)
	}},
	{section: "broken", systemd: "a full disk", why: "the same code, and nothing of the init system in it"},
	{section: "broken", systemd: "a full disk from the start", why: "the same code, and nothing of the init system in it"},
	{section: "broken", systemd: "the boot program gone, not executable, failing, or hanging", upstart: func(h *host) {
		h.cuts() // the next unclean boot would be maintenance mode
		path := filepath.Join(h.Root(), "../usr/lib/umm/umm-boot")
		data, err := os.ReadFile(path)
		h.must(err)
		program := string(data)
		for what, wreck := range map[string]func(){
			"gone":           func() { h.must(os.Remove(path)) },
			"not executable": func() { h.wreck(path, program, 0o644) },
			"failing":        func() { h.wreck(path, "#!/bin/false\n", 0o755) },
			"crashing":       func() { h.wreck(path, "#!/bin/sh\nkill -SEGV $$\n", 0o755) },
			"cut short":      func() { h.wreck(path, program[:len(program)/2], 0o755) },
		} {
			h.must(h.Cut())
			wreck()
			h.starts()
			h.t.Log("with it " + what)
			h.all()
		}
		h.fails(3, "umm-boot", "umm", "check")
		h.fails(3, "umm-boot", "umm", "on")
		h.must(h.Cut())
		h.wreck(path, program, 0o755)
		h.starts()
		h.try("umm", "off")
		h.is(operational)
	}},
	{section: "broken", systemd: "a generator that hangs", upstart: func(h *host) {
		// On Upstart it is the gate that may hang, or the recorder.
		h.must(h.Cut())
		h.wreck(filepath.Join(h.Root(), "../usr/lib/umm/umm-boot"), "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1000; done\n", 0o755)
		h.must(h.Power())
		h.until("the host comes up", func() bool { return h.inside("runlevel").Out == "N 2\n" && h.try("true").Code == 0 })
		h.settleBut("umm")
		h.all()
	}},
	{section: "broken", systemd: "the generator masked", upstart: func(h *host) {
		// On Upstart it is the gate that somebody may switch off.
		h.write("/etc/init/umm.override", "manual\n", 0o644)
		h.until("Upstart has read it", func() bool { return !strings.Contains(h.inside("initctl", "show-config", "umm").Out, "start on") })
		h.fails(3, "/etc/init/umm.override", "umm", "check")
		h.fails(3, "/etc/init/umm.override", "umm", "on")
		h.cuts()
		h.all()
	}},
	{section: "broken", systemd: "a /var that is not there", why: "the same code, and nothing of the init system in it"},
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

// wreck puts something in the place of umm-boot.
func (h *host) wreck(path, text string, mode os.FileMode) {
	h.t.Helper()
	h.must(os.WriteFile(path, []byte(text), mode))
	h.must(os.Chmod(path, mode))
}
