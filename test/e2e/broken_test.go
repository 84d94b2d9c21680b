//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"umm/internal/lab"
)

// ofMachine is what a record says of the machine; nothing, where that has no /etc/machine-id.
var ofMachine = regexp.MustCompile(`("machine":"[^"]*",)?"length"`)

// brokenScenarios: whatever is wrong with umm or its files, the host boots and can
// be reached. A clock that is far off cannot be tried here: practice hosts share
// the clock of the machine; the tables of package mode have it.
var brokenScenarios = []scenario{
	{name: "one generation of the record torn: the other holds", once: true, both: func(h *host) {
		h.cuts()
		h.counts(1)
		newest := h.sh("ls -t /etc/umm/record.* | head -1")
		h.write(newest, h.read(newest)[:200], 0o600)
		h.cuts()
		h.contains("the log", h.said(), newest+": is torn")
		// The count is at most one behind, and the next save mends the file.
		h.ok("umm", "check")
		if n := h.count(); n < 1 || n > 2 {
			h.t.Errorf("unclean boots: %d", n)
		}
	}},
	{name: "a record that cannot be believed", both: func(h *host) {
		h.on("--reason", "mine", "touch /root/ran")
		h.ended("succeeded", 0)
		h.off()
		rest := h.read("/etc/umm/record.0")
		for what, text := range map[string]string{
			"empty":           "",
			"zeroes":          strings.Repeat("\x00", 65536),
			"garbage":         strings.Repeat("\xff\xfe{}[]\n", 9000),
			"shell code":      "#!/bin/sh\ntouch /root/executed\nUMM=$(touch /root/executed)\n`touch /root/executed`\n; touch /root/executed\n",
			"a bit turned":    strings.Replace(rest, `"unclean":`, `"uncleaN":`, 1),
			"another version": strings.Replace(rest, `"version":1`, `"version":9`, 1),
			"another machine": ofMachine.ReplaceAllString(rest, `"machine":"f","length"`),
		} {
			h.write("/etc/umm/record.0", text, 0o600)
			h.write("/etc/umm/record.1", text, 0o600)
			h.cuts()
			h.is(h.operational)
			h.all()
			h.contains("the log with "+what, h.said(), "/etc/umm/record.")
			h.counts(0)
		}
		h.ok("test", "!", "-e", "/root/executed")
		// It was started afresh, and works.
		h.ok("umm", "check")
		h.cuts()
		h.counts(1)
		h.on()
		h.off()
	}},
	{name: "a record that cannot be read or written", once: true, both: func(h *host) {
		h.sh("rm -f /etc/umm/record.*; mkdir /etc/umm/record.0 /etc/umm/record.1")
		h.cuts()
		h.is(h.operational)
		h.fails(3, "record", "umm", "on")
		h.sh("rmdir /etc/umm/record.*; ln -s /root/elsewhere /etc/umm/record.0; ln -s /root/elsewhere /etc/umm/record.1")
		h.cuts()
		h.is(h.operational)
		h.ok("test", "!", "-e", "/root/elsewhere")
		h.sh("rm -r /etc/umm && touch /etc/umm")
		h.cuts()
		h.is(h.operational)
		h.fails(3, "record", "umm", "check")
		h.all()
		// Mended within the boot, its end is recorded as any other's.
		h.configure("UMM=yes", "REBOOT_COUNT=0")
		h.cuts()
		h.is(inMM)
		h.sh("rm /etc/umm")
		h.configure("UMM=yes")
		h.off()
		h.restarts()
		h.is(h.operational)
		h.counts(0)
		h.cuts()
		h.is(h.operational)
		h.on()
		h.off()
	}},
	{name: "nothing in a state or configuration file is executed", once: true, both: func(h *host) {
		evil := `$(touch /root/executed)` + "`touch /root/executed`" + `;touch /root/executed;"`
		h.configure("UMM=yes", `KEEP_UNITS="`+evil+`"`, "REBOOT_COUNT="+evil, evil, "touch /root/executed")
		h.cuts()
		h.is(h.operational)
		h.on("--reason", evil)
		h.login("root")
		h.sh("su - root -c true; bash -lc true; umm history; umm output || true")
		h.equal("the reason", h.status().Trigger.Reason, evil)
		h.inside("sh", "-c", "echo '"+strings.ReplaceAll(evil, "'", "")+"' >/run/umm/boot")
		h.try("umm", "status")
		h.off()
		h.ok("test", "!", "-e", "/root/executed")
	}},
	{name: "garbage in /run/umm", once: true, both: func(h *host) {
		for _, line := range []string{"echo garbage >/run/umm/boot", "rm -r /run/umm", "rm -r /run/umm; touch /run/umm", "rm -r /run/umm; mkdir -p /run/umm/boot/x /run/umm/banner/x"} {
			h.sh(line)
			h.is(h.operational)
			h.equal("mode", h.status().Mode, "operational")
			h.reload()
			h.is(h.operational)
			h.inside("sh", "-c", "rm -rf /run/umm")
			h.on()
			h.sh(line)
			h.is(inMM)
			h.reload()
			h.is(inMM)
			h.login("root")
			h.inside("sh", "-c", "rm -rf /run/umm")
			h.off()
			h.all()
		}
	}},
	{name: "a read-only root", systemd: func(h *systemdHost) {
		h.cuts()
		h.counts(1)
		h.must(h.SetNspawnArgs("--read-only", "--tmpfs=/var:mode=0755"))
		for range 3 {
			h.cuts()
			// What cannot be kept cannot be counted on: the host boots as it is on record.
			h.runs("ssh")
			h.contains("the journal", h.sh("journalctl -b -p warning"), "record")
		}
		h.fails(3, "record", "umm", "check")
		h.must(h.SetNspawnArgs())
		h.cuts()
		h.settle()
		h.try("umm", "off")
		h.is(h.operational)
	}, upstart: func(h *upstartHost) {
		h.cuts()
		h.counts(1)
		h.set("read-only", "yes")
		for range 2 {
			h.cuts()
			// What cannot be kept cannot be counted on: the host boots as it is on record.
			h.runs("ssh")
		}
		h.fails(3, "record", "umm", "check")
		h.set("read-only", "")
		h.cuts()
		h.try("umm", "off")
		h.is(h.operational)
	}},
	{name: "a full disk", once: true, host: lab.HostSpec{RootSizeMiB: 64}, systemd: func(h *systemdHost) {
		h.fill("/var/tmp/fill")
		// Both generations were there before: it is recorded all the same.
		h.cuts()
		h.is(h.operational)
		h.counts(1)
		h.cuts()
		h.is(inMM)
		h.counts(2)
		h.fill("/var/tmp/fill2")
		h.off()
		h.counts(0)
		h.on()
		h.off()
		h.sh("rm /var/tmp/fill*")
		h.contains("history", h.ok("umm", "history"), "unclean")
	}, notUpstart: "the same code, and nothing of the init system in it"},
	{name: "a full disk from the start", once: true, host: lab.HostSpec{RootSizeMiB: 64}, systemd: func(h *systemdHost) {
		h.ok("sh", "-c", "rm -f /etc/umm/record.*")
		h.fill("/var/tmp/fill")
		for range 3 {
			h.cuts()
			h.is(h.operational)
		}
		h.fails(3, "record", "umm", "on")
		h.fails(3, "no space left", "umm", "check")
		h.sh("rm /var/tmp/fill")
		h.fails(3, "started a new record", "umm", "check")
		h.ok("umm", "check")
		h.on()
		h.off()
	}, notUpstart: "the same code, and nothing of the init system in it"},
	{name: "the boot program gone, not executable, failing, or hanging", systemd: func(h *systemdHost) {
		h.cuts() // the next unclean boot would be maintenance mode
		program := h.read("/lib/umm/umm-boot")
		for what, wreck := range map[string]func(){
			"gone":           func() { h.must(os.Remove(filepath.Join(h.Root(), "lib/umm/umm-boot"))) },
			"not executable": func() { h.write("/lib/umm/umm-boot", program, 0o644) },
			"failing":        func() { h.write("/lib/umm/umm-boot", "#!/bin/false\n", 0o755) },
			"crashing":       func() { h.write("/lib/umm/umm-boot", "#!/bin/sh\nkill -SEGV $$\n", 0o755) },
			"cut short":      func() { h.write("/lib/umm/umm-boot", program[:len(program)/2], 0o755) },
			"hanging": func() {
				h.write("/lib/umm/umm-boot", "#!/bin/sh\ncase $0 in *generator) exit 1 ;; esac\nexec sleep 10000\n", 0o755)
			},
		} {
			wreck()
			h.cuts()
			h.t.Log("with it " + what)
			h.all()
			h.fails(3, "generator", "umm", "check")
			h.fails(3, "generator", "umm", "on")
		}
		h.write("/lib/umm/umm-boot", program, 0o755)
		h.restarts()
		h.try("umm", "off")
		h.is(h.operational)
		h.on()
		h.off()
	}, upstart: func(h *upstartHost) {
		h.cuts() // the next unclean boot would be maintenance mode
		path := h.bootProgramPath()
		data, err := os.ReadFile(path)
		h.must(err)
		program := string(data)
		for what, wreck := range map[string]func(){
			"gone":           func() { h.must(os.Remove(path)) },
			"not executable": func() { h.bootProgram(program, 0o644) },
			"failing":        func() { h.bootProgram("#!/bin/false\n", 0o755) },
			"crashing":       func() { h.bootProgram("#!/bin/sh\nkill -SEGV $$\n", 0o755) },
			"cut short":      func() { h.bootProgram(program[:len(program)/2], 0o755) },
		} {
			h.cut()
			wreck()
			h.starts()
			h.t.Log("with it " + what)
			h.all()
		}
		h.fails(3, "umm-boot", "umm", "check")
		h.fails(3, "umm-boot", "umm", "on")
		h.cut()
		h.bootProgram(program, 0o755)
		h.starts()
		h.try("umm", "off")
		h.is(h.operational)
	}},
	{name: "a generator that hangs", once: true, systemd: func(h *systemdHost) {
		// systemd waits 90 s for its generators, and then goes on without.
		h.must(os.Remove(filepath.Join(h.Root(), "lib/systemd/system-generators/umm-generator")))
		h.write("/lib/systemd/system-generators/umm-generator", "#!/bin/sh\nexec sleep 10000\n", 0o755)
		h.cuts()
		h.is(h.operational)
		h.runs("nginx")
	}, upstart: func(h *upstartHost) {
		// There it is the gate that may hang, or the recorder.
		h.cut()
		h.bootProgram("#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1000; done\n", 0o755)
		h.power()
		h.until("the host comes up", func() bool { return h.inside("runlevel").out == "N 2\n" && h.try("true").code == 0 })
		h.settleBut("umm")
		h.all()
	}},
	{name: "the generator masked", once: true, systemd: func(h *systemdHost) {
		h.sh("mkdir -p /etc/systemd/system-generators && ln -s /dev/null /etc/systemd/system-generators/umm-generator")
		h.fails(3, "/etc/systemd/system-generators/umm-generator", "umm", "check")
		h.fails(3, "/etc/systemd/system-generators/umm-generator", "umm", "on")
		h.cuts()
		h.runs("nginx")
	}, upstart: func(h *upstartHost) {
		// There it is the gate that somebody may switch off.
		h.write("/etc/init/umm.override", "manual\n", 0o644)
		h.until("Upstart has read it", func() bool { return !strings.Contains(h.inside("initctl", "show-config", "umm").out, "start on") })
		h.fails(3, "/etc/init/umm.override", "umm", "check")
		h.fails(3, "/etc/init/umm.override", "umm", "on")
		h.cuts()
		h.all()
		// Asked for by the boot menu, nothing brings it about: that is not called maintenance mode.
		h.nextArgs("umm")
		h.cuts()
		h.becomes(h.operational)
		h.all()
		h.contains("the log", h.said(), "nothing blocked the boot")
	}},
	{name: "a /var that is not there", once: true, systemd: func(h *systemdHost) {
		h.on()
		h.off()
		h.must(h.SetNspawnArgs("--tmpfs=/var:mode=0755"))
		h.cuts()
		h.is(h.operational)
		h.counts(1)
		h.on("echo said")
		h.ended("succeeded", 0)
		h.equal("output", h.ok("umm", "output"), "said")
		h.must(h.SetNspawnArgs())
		h.off()
		h.restarts()
		h.is(h.operational)
	}, notUpstart: "the same code, and nothing of the init system in it"},
}

// fill leaves no room on the host's disk, in large pieces and then in small ones.
func (h *host) fill(path string) {
	h.t.Helper()
	h.until("the disk is full", func() bool {
		h.sh("cat /dev/zero >" + path + "; dd if=/dev/zero of=" + path + " bs=1k oflag=append conv=notrunc; sync; true")
		return h.try("/bin/sh", "-c", "head -c 8192 /dev/zero >"+path+".test; e=$?; rm -f "+path+".test; exit $e").code != 0
	})
}
