//go:build e2e

package upstart

import (
	"strings"

	"umm/internal/wire"
)

var statusRows = []row{
	{section: "status", systemd: "operational", upstart: func(h *host) {
		h.statusLine(operational)
		h.equal("the words of runlevel", "runlevel "+h.ok("runlevel"), operational)
		s := h.status()
		h.equal("mode", s.Mode, wire.ModeOperational)
		h.equal("boot id", s.BootID, strings.ReplaceAll(h.BootID(), "-", ""))
		if !s.Enabled || s.Trigger != nil || s.Command != nil || s.Since != nil || s.Unclean != (wire.Unclean{Count: 0, Threshold: 2}) {
			h.t.Errorf("got %+v", s)
		}
	}},
	{section: "status", systemd: "maintenance", upstart: func(h *host) {
		h.on("--reason", "a new disk")
		h.statusLine(inMM)
		s := h.status()
		h.equal("mode", s.Mode, wire.ModeMaintenance)
		h.why("operator", "umm on")
		h.equal("reason", s.Trigger.Reason, "a new disk")
		h.equal("by", s.Trigger.By, "root from 192.0.2.1")
		if s.Since == nil || s.Until != nil || s.Trigger.At == nil || s.Trigger.At.After(*s.Since) {
			h.t.Errorf("since %v, until %v, asked for at %v", s.Since, s.Until, s.Trigger.At)
		}
		h.contains("the banner", h.sh("cat /run/umm/banner"), "a new disk", "umm off")
	}},
	{section: "status", systemd: "disabled", upstart: func(h *host) {
		h.ok("umm", "disable")
		h.statusLine(disabled)
		h.equal("mode", h.status().Mode, wire.ModeDisabled)
		h.ok("umm", "enable")
		h.statusLine(operational)
	}},
	{section: "status", systemd: "on a terminal, what failed and what is wrong", upstart: func(h *host) {
		// Upstart keeps no list of what failed.
		h.configure("UMM=yes", "REBOOT_COUNT=x")
		h.statusLine(operational)
		h.contains("on a terminal", h.sh("script -qec 'umm status' /dev/null </dev/null"), "/etc/umm.conf:2: REBOOT_COUNT", "unclean boots")
	}},
	{section: "status", systemd: "rebooting", upstart: func(h *host) {
		h.slowly()
		old := h.BootID()
		asked := h.inBackground("umm", "on")
		h.until("the host goes down", func() bool { return h.inside("umm", "status").Out == rebooting+"\n" })
		for _, args := range [][]string{{"on"}, {"on", "--live"}, {"off"}, {"off", "reboot"}} {
			if o := h.inside(append([]string{"umm"}, args...)...); o.Code != 1 {
				h.t.Errorf("umm %v while the host goes down ended with %d: %s", args, o.Code, o.Err)
			}
		}
		h.goOn()
		h.up(old)
		if o := <-asked; o.Code != 255 {
			h.t.Errorf("umm on came back with %+v", o)
		}
		h.is(inMM)
	}},
}

var onRows = []row{
	{section: "on", systemd: "the call does not return before the host goes down", upstart: func(h *host) {
		// dies, in on, is the assertion.
		h.on()
		h.off()
		old := h.BootID()
		h.dies("env", "SUDO_USER=op", "setsid", "-w", "nohup", "umm", "on")
		h.up(old)
		h.is(inMM)
		h.equal("by", h.status().Trigger.By, "op from 192.0.2.1")
	}},
	{section: "on", systemd: "people who are logged in are told", why: "walls go to terminals in the same way, and hosts here have none with people on"},
	{section: "on", systemd: "refused while disabled and in maintenance mode", upstart: func(h *host) {
		h.ok("umm", "disable")
		h.refused("disabled", "umm", "on")
		h.refused("disabled", "umm", "on", "--live")
		h.ok("umm", "enable")
		h.ok("umm", "on", "--live")
		before := h.status()
		h.refused("in maintenance mode already", "umm", "on")
		h.refused("in maintenance mode already", "umm", "on", "--live", "true")
		h.refused("in maintenance mode", "umm", "disable")
		if after := h.status(); after.Command != nil || !after.Since.Equal(*before.Since) {
			h.t.Errorf("a refused umm on changed the status: %+v", after)
		}
	}},
	{section: "on", systemd: "a reboot that fails leaves nothing behind", upstart: func(h *host) {
		old := h.BootID()
		h.sh("ln -s /bin/false /usr/local/sbin/shutdown")
		h.fails(4, "cannot reboot", "umm", "on", "--reason=x", "true")
		h.asked(false)
		h.is(operational)
		h.refused("not in maintenance mode", "umm", "off")
		h.refused("not in maintenance mode", "umm", "off", "reboot")
		h.equal("the boot", h.BootID(), old)
		h.contains("history", h.ok("umm", "history"), "cancelled")
		h.sh("rm /usr/local/sbin/shutdown")
		h.on()
		h.sh("ln -s /bin/false /usr/local/sbin/shutdown")
		h.fails(4, "cannot reboot", "umm", "off", "reboot")
		h.is(inMM)
		h.sh("rm /usr/local/sbin/shutdown")
		h.off()
	}},
	{section: "on", systemd: "a reboot that somebody inhibits", why: "Upstart has no inhibitors"},
	{section: "on", systemd: "killed before the reboot, off takes the request back", upstart: func(h *host) {
		h.killedOn()
		h.contains("the pending request", h.ok("umm", "history"), "requested")
		h.ok("umm", "off")
		h.asked(false)
		h.reboots()
		h.is(operational)
		// Not taken back, the request holds: the operator's word is not lost.
		h.killedOn()
		h.reboots()
		h.is(inMM)
	}},
	{section: "on", systemd: "several at once", upstart: func(h *host) {
		h.sh(`for i in 1 2 3 4; do umm on --live >/tmp/on.$i 2>&1; echo $? >/tmp/code.$i & done; wait`)
		h.equal("exit codes", h.sh("cat /tmp/code.* | sort | uniq -c | tr -s ' '"), " 1 0\n 3 1")
		h.is(inMM)
		h.sh(`for i in 1 2 3 4; do umm off >/tmp/off.$i 2>&1; echo $? >/tmp/code.$i & done; wait`)
		h.settle()
		h.is(operational)
		h.all()
	}},
	{section: "on", systemd: "check", upstart: func(h *host) {
		h.ok("umm", "check")
		h.fails(4, "root", "setpriv", "--reuid=65534", "--clear-groups", "umm", "check")
		h.on()
		h.ok("umm", "check")
	}},
	{section: "on", systemd: "refused where ssh would be lost, unless that is accepted", upstart: func(h *host) {
		h.write("/etc/init/ssh.override", "manual\n", 0o644)
		h.fails(3, "ssh", "umm", "check")
		h.fails(3, "--accept-risk=lose-ssh", "umm", "on")
		h.fails(3, "--accept-risk=lose-ssh", "umm", "on", "--live")
		h.asked(false)
		h.is(operational)
	}},
	{section: "on", systemd: "refused where the record cannot be kept", upstart: func(h *host) {
		h.sh("mount --bind /etc/umm /etc/umm && mount -o remount,bind,ro /etc/umm")
		h.fails(3, "record", "umm", "on")
		h.fails(3, "record", "umm", "check")
		h.sh("umount /etc/umm")
		h.ok("umm", "check")
	}},
	{section: "on", systemd: "enable and disable", upstart: func(h *host) {
		h.refused("enabled already", "umm", "enable")
		before := h.read("/etc/umm.conf")
		h.cuts()
		h.counts(1)
		h.ok("umm", "disable")
		h.is(disabled)
		h.equal("the file", h.read("/etc/umm.conf"), strings.Replace(before, "\nUMM=yes\n", "\nUMM=no\n", 1))
		h.refused("disabled already", "umm", "disable")
		h.cuts()
		h.cuts()
		h.is(disabled)
		h.all()
		h.ok("umm", "enable")
		h.is(operational)
		h.counts(0) // a stale count is gone, and what happened meanwhile is not counted
		h.equal("the file", h.read("/etc/umm.conf"), before)
	}},
	{section: "on", systemd: "history tells it all", upstart: func(h *host) {
		h.on("--reason", "a new disk\nand \x1b[31mmore", "exit 4")
		h.ended("failed", 4)
		h.off()
		h.cuts()
		text := h.ok("umm", "history")
		h.contains("history", text, "requested", "a new disk and  [31mmore", "root from 192.0.2.1", "failed with exit status 4", "left", "unclean-boot")
	}},
	{section: "on", systemd: "version, help, completion and man pages", upstart: func(h *host) {
		h.contains("umm version", h.ok("umm", "version"), h.sh("dpkg-query -W -f '${Version}' umm"))
		h.contains("umm --help", h.ok("umm", "--help"), "Exit codes", "status", "history")
	}},
}

// statusLine wants the one compatible line, for whoever asks.
func (h *host) statusLine(want string) {
	h.t.Helper()
	h.equal("umm status | od -c", h.sh("umm status | od -c"), h.sh("echo '"+want+"' | od -c"))
	h.equal("umm status of an ordinary user", h.sh("setpriv --reuid=65534 --clear-groups umm status 2>&1"), want)
	first, _, _ := strings.Cut(strings.ReplaceAll(h.sh("script -qec 'umm status' /dev/null </dev/null"), "\r", ""), "\n")
	h.equal("the first line on a terminal", first, want)
}

// killedOn lets umm on be killed between its word and the reboot.
func (h *host) killedOn() {
	h.t.Helper()
	h.sh(`printf '#!/bin/sh\necho $PPID >/run/on-pid\nexec sleep 1000\n' >/usr/local/sbin/shutdown; chmod 755 /usr/local/sbin/shutdown; rm -f /run/on-pid
setsid umm on >/dev/null 2>&1 & until [ -s /run/on-pid ]; do sleep 0.02; done; kill -9 $(cat /run/on-pid); rm /usr/local/sbin/shutdown`)
	h.is(operational)
	h.asked(true)
}
