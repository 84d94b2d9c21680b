//go:build e2e

package upstart

import (
	"os"
	"path/filepath"
	"strings"
)

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

// wreck puts something in the place of umm-boot.
func (h *host) wreck(path, text string, mode os.FileMode) {
	h.t.Helper()
	h.must(os.WriteFile(path, []byte(text), mode))
	h.must(os.Chmod(path, mode))
}
