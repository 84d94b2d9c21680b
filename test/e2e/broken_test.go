//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"

	"umm/internal/lab"
)

// brokenScenarios: whatever is wrong with umm or its files, the host boots and can
// be reached. A clock that is far off cannot be tried here: practice hosts share
// the clock of the machine; the tables of package mode have it.
var brokenScenarios = []scenario{
	{name: "one generation of the record torn: the other holds", once: true, run: func(h *host) {
		h.cuts()
		h.counts(1)
		newest := h.newestRecord()
		data := h.read(newest)
		h.write(newest, data[:200], 0o600)
		h.cuts()
		h.contains("the journal", h.journal("-b", "-p", "warning"), newest+": is torn")
		// The count is at most one behind, and the next save mends the file.
		h.ok("umm", "check")
		if n := h.count(); n < 1 || n > 2 {
			h.t.Errorf("unclean boots: %d", n)
		}
	}},
	{name: "a record that cannot be believed", run: func(h *host) {
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
			"another machine": strings.Replace(rest, `"machine":"`, `"machine":"f`, 1),
		} {
			h.write("/etc/umm/record.0", text, 0o600)
			h.write("/etc/umm/record.1", text, 0o600)
			h.cuts()
			h.is(operational)
			h.equal("nginx with "+what, h.ok("systemctl", "is-active", "nginx"), "active")
			h.contains("the journal with "+what, h.journal("-b", "-p", "warning"), "/etc/umm/record.")
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
	{name: "a record that cannot be read or written", once: true, run: func(h *host) {
		h.sh("rm -f /etc/umm/record.*; mkdir /etc/umm/record.0 /etc/umm/record.1")
		h.cuts()
		h.is(operational)
		h.fails(3, "record", "umm", "on")
		h.sh("rmdir /etc/umm/record.*; ln -s /root/elsewhere /etc/umm/record.0; ln -s /root/elsewhere /etc/umm/record.1")
		h.cuts()
		h.is(operational)
		h.ok("test", "!", "-e", "/root/elsewhere")
		h.sh("rm -r /etc/umm && touch /etc/umm")
		h.cuts()
		h.is(operational)
		h.fails(3, "record", "umm", "check")
		h.sh("rm /etc/umm")
		h.cuts()
		h.is(operational)
		h.on()
		h.off()
	}},
	{name: "nothing in a state or configuration file is executed", once: true, run: func(h *host) {
		evil := `$(touch /root/executed)` + "`touch /root/executed`" + `;touch /root/executed;"`
		h.configure("UMM=yes", `KEEP_UNITS="`+evil+`"`, "REBOOT_COUNT="+evil, evil, "touch /root/executed")
		h.cuts()
		h.is(operational)
		h.on("--reason", evil)
		h.login("root")
		h.sh("su - root -c true; bash -lc true; umm history; umm output || true")
		h.equal("the reason", h.status().Trigger.Reason, evil)
		h.inside("sh", "-c", "echo '"+strings.ReplaceAll(evil, "'", "")+"' >/run/umm/boot")
		h.try("umm", "status")
		h.off()
		h.ok("test", "!", "-e", "/root/executed")
	}},
	{name: "garbage in /run/umm", once: true, run: func(h *host) {
		for _, line := range []string{"echo garbage >/run/umm/boot", "rm -r /run/umm", "rm -r /run/umm; touch /run/umm", "rm -r /run/umm; mkdir -p /run/umm/boot/x /run/umm/banner/x"} {
			h.sh(line)
			h.is(operational)
			h.equal("mode", h.status().Mode, "operational")
			h.ok("systemctl", "daemon-reload")
			h.is(operational)
			h.inside("sh", "-c", "rm -rf /run/umm")
			h.on()
			h.sh(line)
			h.is(inMM)
			h.ok("systemctl", "daemon-reload")
			h.is(inMM)
			h.login("root")
			h.inside("sh", "-c", "rm -rf /run/umm")
			h.off()
		}
	}},
	{name: "a read-only root", run: func(h *host) {
		h.cuts()
		h.counts(1)
		h.must(h.SetNspawnArgs("--read-only", "--tmpfs=/var:mode=0755"))
		for range 3 {
			h.cuts()
			// What cannot be kept cannot be counted on: the host boots as it is on record.
			h.equal("nginx", h.try("systemctl", "is-active", "ssh").out, "active\n")
			h.contains("the journal", h.sh("journalctl -b -p warning"), "record")
		}
		h.fails(3, "record", "umm", "check")
		h.must(h.SetNspawnArgs())
		h.cuts()
		h.settle()
		h.try("umm", "off")
		h.is(operational)
	}},
	{name: "a full disk", once: true, host: lab.HostSpec{RootSizeMiB: 64}, run: func(h *host) {
		h.fill("/var/tmp/fill")
		// Both generations were there before: it is recorded all the same.
		h.cuts()
		h.is(operational)
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
	}},
	{name: "a full disk from the start", once: true, host: lab.HostSpec{RootSizeMiB: 64}, run: func(h *host) {
		h.ok("sh", "-c", "rm -f /etc/umm/record.*")
		h.fill("/var/tmp/fill")
		for range 3 {
			h.cuts()
			h.is(operational)
		}
		h.fails(3, "record", "umm", "on")
		h.fails(3, "no space left", "umm", "check")
		h.sh("rm /var/tmp/fill")
		h.fails(3, "begun anew", "umm", "check")
		h.ok("umm", "check")
		h.on()
		h.off()
	}},
	{name: "the boot program gone, not executable, failing, or hanging", run: func(h *host) {
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
			h.equal("nginx with it "+what, h.try("systemctl", "is-active", "nginx").out, "active\n")
			h.fails(3, "generator", "umm", "check")
			h.fails(3, "generator", "umm", "on")
		}
		h.write("/lib/umm/umm-boot", program, 0o755)
		h.reboots()
		h.try("umm", "off")
		h.is(operational)
		h.on()
		h.off()
	}},
	{name: "a generator that hangs", once: true, run: func(h *host) {
		// systemd waits 90 s for its generators, and then goes on without.
		h.must(os.Remove(filepath.Join(h.Root(), "lib/systemd/system-generators/umm-generator")))
		h.write("/lib/systemd/system-generators/umm-generator", "#!/bin/sh\nexec sleep 10000\n", 0o755)
		h.cuts()
		h.is(operational)
		h.equal("nginx", h.ok("systemctl", "is-active", "nginx"), "active")
	}},
	{name: "the generator masked", once: true, run: func(h *host) {
		h.sh("mkdir -p /etc/systemd/system-generators && ln -s /dev/null /etc/systemd/system-generators/umm-generator")
		h.fails(3, "/etc/systemd/system-generators/umm-generator", "umm", "check")
		h.fails(3, "/etc/systemd/system-generators/umm-generator", "umm", "on")
		h.cuts()
		h.equal("nginx", h.ok("systemctl", "is-active", "nginx"), "active")
	}},
	{name: "a /var that is not there", once: true, run: func(h *host) {
		h.on()
		h.off()
		h.must(h.SetNspawnArgs("--tmpfs=/var:mode=0755"))
		h.cuts()
		h.is(operational)
		h.counts(1)
		h.on("echo said")
		h.ended("succeeded", 0)
		h.equal("output", h.ok("umm", "output"), "said")
		h.must(h.SetNspawnArgs())
		h.off()
		h.reboots()
		h.is(operational)
	}},
}

// newestRecord is the file of the newest generation.
func (h *host) newestRecord() string {
	h.t.Helper()
	return h.sh("ls -t /etc/umm/record.* | head -1")
}

// fill leaves no room on the host's disk, in large pieces and then in small ones.
func (h *host) fill(path string) {
	h.t.Helper()
	h.until("the disk is full", func() bool {
		h.sh("cat /dev/zero >" + path + "; dd if=/dev/zero of=" + path + " bs=1k oflag=append conv=notrunc; sync; true")
		return h.try("/bin/sh", "-c", "head -c 8192 /dev/zero >"+path+".test; e=$?; rm -f "+path+".test; exit $e").code != 0
	})
}
