//go:build e2e

package e2e

import (
	"slices"
	"strings"

	"umm/internal/api"
)

// onScenarios: umm on, umm check, umm enable and disable, umm history.
var onScenarios = []scenario{
	// dies, in on, is the assertion. The session may be any kind.
	{name: "the call does not return before the host goes down", systemd: func(h *systemdHost) {
		h.user("op")
		for _, by := range []string{"ssh -tt", "sudo", "setsid"} {
			old := h.id()
			switch by {
			case "ssh -tt":
				r := h.outside("ssh -tt -F " + h.lab.SSHConfig() + " n1 umm on --reason=tty 2>&1")
				if r.code != 255 {
					h.t.Errorf("on a terminal it came back with %d: %s", r.code, r.out)
				}
			case "sudo":
				h.dies("env", "SUDO_USER=op", "umm", "on")
			case "setsid":
				h.dies("setsid", "-w", "nohup", "umm", "on")
			}
			h.boots(old)
			h.is(inMM)
			if by == "sudo" {
				h.equal("by", h.status().Trigger.By, "op from 192.0.2.1")
			}
			h.off()
		}
	}, upstart: func(h *upstartHost) {
		h.on()
		h.off()
		old := h.id()
		h.dies("env", "SUDO_USER=op", "setsid", "-w", "nohup", "umm", "on")
		h.boots(old)
		h.is(inMM)
		// Its sshd, which is stood in for, has no connection that tells from where.
		h.equal("by", h.status().Trigger.By, "op")
	}},
	{name: "people who are logged in are told", systemd: func(h *systemdHost) {
		for _, args := range []string{"on --live --reason disk", "off reboot"} {
			heard := make(chan string, 1)
			go func() {
				r := h.outside("echo 'echo the-shell; sleep 60; exit' | ssh -tt -F " + h.lab.SSHConfig() + " n1 2>&1")
				heard <- r.out
			}()
			h.until("somebody is logged in", func() bool { return h.try("pgrep", "-x", "sleep").code == 0 })
			old := h.id()
			h.try("/bin/sh", "-c", "umm "+args+" </dev/null")
			if args == "off reboot" {
				h.boots(old)
				h.contains("what was heard", <-heard, "the-shell", "rebooting into operational mode now")
				continue
			}
			h.sh("pkill -x sleep")
			h.contains("what was heard", <-heard, "the-shell", "maintenance mode now: disk")
		}
	}, notUpstart: "walls go to terminals in the same way, and hosts here have none with people on"},
	{name: "refused while disabled and in maintenance mode", both: func(h *host) {
		h.ok("umm", "disable")
		h.refused("disabled", "umm", "on")
		h.refused("disabled", "umm", "on", "--live")
		h.ok("umm", "enable")
		h.on()
		before := h.status()
		h.refused("already in maintenance mode", "umm", "on")
		h.refused("already in maintenance mode", "umm", "on", "--live", "true")
		if after := h.status(); after.Command != nil || !after.Since.Equal(*before.Since) {
			h.t.Errorf("a refused umm on changed the status: %+v", after)
		}
	}},
	{name: "a reboot that fails leaves nothing behind", both: func(h *host) {
		old := h.id()
		h.noReboots(true)
		h.fails(4, "cannot reboot", "umm", "on", "--reason=x", "true")
		h.asked(false)
		h.is(h.operational)
		h.refused("not in maintenance mode", "umm", "off")
		h.refused("not in maintenance mode", "umm", "off", "reboot")
		h.equal("the boot", h.id(), old)
		h.contains("history", h.ok("umm", "history"), "cancelled")

		// And out of maintenance mode.
		h.live()
		h.fails(4, "still in maintenance mode", "umm", "off", "reboot")
		h.is(inMM)
		h.off()
		h.noReboots(false)
		h.restarts()
		h.is(h.operational)
	}},
	{name: "a reboot that somebody inhibits", systemd: func(h *systemdHost) {
		h.sh("systemd-run -q --unit=inhibit systemd-inhibit --what=shutdown --who=backup --why=running sleep 1000")
		h.until("the inhibitor is there", func() bool { return strings.Contains(h.sh("systemd-inhibit --list"), "backup") })
		old := h.id()
		r := h.try("umm", "on")
		switch {
		case r.code == 255: // systemd before 257 does not listen to it where root asks
			h.boots(old)
			h.is(inMM)
		default:
			h.contains("why not", r.err, "inhibit")
			h.equal("the boot", h.id(), old)
			h.asked(false)
			h.is(h.operational)
		}
	}, notUpstart: "Upstart has no inhibitors"},
	{name: "killed before the reboot, off takes the request back", once: true, both: func(h *host) {
		h.killedOn()
		h.contains("the pending request", h.ok("umm", "history"), "requested")
		h.ok("umm", "off")
		h.asked(false)
		h.restarts()
		h.is(h.operational)
		// Not taken back, the request holds: the operator's word is not lost.
		h.killedOn()
		h.restarts()
		h.is(inMM)
		h.off()
	}},
	{name: "several at once", once: true, both: func(h *host) {
		h.sh(`for i in 1 2 3 4; do umm on --live >/tmp/on.$i 2>&1; echo $? >/tmp/code.$i & done; wait`)
		h.equal("exit codes", h.sh("cat /tmp/code.* | sort | uniq -c | tr -s ' '"), " 1 0\n 3 1")
		h.is(inMM)
		h.sh(`for i in 1 2 3 4; do umm off >/tmp/off.$i 2>&1; echo $? >/tmp/code.$i & done; wait`)
		h.settle()
		h.is(h.operational)
		h.all()
	}},
	{name: "check", both: func(h *host) {
		h.ok("umm", "check")
		var c api.Checks
		h.json(&c, "umm", "check", "-o", "json")
		if !c.OK || len(c.Checks) < 4 || c.Version != api.CheckVersion {
			h.t.Errorf("got %+v", c)
		}
		for _, check := range c.Checks {
			if (check.Verdict == api.VerdictOK) == slices.Contains(h.warns, check.Name) || check.Reason == "" {
				h.t.Errorf("got %+v", check)
			}
		}
		h.fails(4, "root", nobody("umm", "check")...)
		h.on()
		h.ok("umm", "check")
	}},
	{name: "refused where ssh would be lost, unless that is accepted", both: func(h *host) {
		h.noSSH()
		h.fails(3, "ssh", "umm", "check")
		old := h.id()
		h.fails(3, "--accept-risk=lose-ssh", "umm", "on")
		h.fails(3, "--accept-risk=lose-ssh", "umm", "on", "--live")
		h.asked(false)
		h.is(h.operational)
		h.equal("the boot", h.id(), old)

		h.try("umm", "on", "--accept-risk=lose-ssh", "--reason=console is here")
		h.until("another boot", func() bool { id := h.id(); return id != "" && id != old })
		h.until("maintenance mode", func() bool { return h.inside("umm", "status").out == inMM+"\n" })
		h.settle()
		h.stopped("ssh")
		if r := h.inside("umm", "off"); r.code != 0 {
			h.t.Errorf("umm off: %+v", r)
		}
	}},
	{name: "refused where the record cannot be kept", once: true, both: func(h *host) {
		h.sh("mount --bind /etc/umm /etc/umm && mount -o remount,bind,ro /etc/umm")
		h.fails(3, "record", "umm", "on")
		h.fails(3, "record", "umm", "check")
		h.sh("umount /etc/umm")
		h.on()
	}},
	{name: "enable and disable", both: func(h *host) {
		h.refused("already enabled", "umm", "enable")
		before := h.read("/etc/umm.conf")
		h.cuts()
		h.counts(1)
		h.ok("umm", "disable")
		h.is(disabled)
		h.equal("the file", h.read("/etc/umm.conf"), strings.Replace(before, "\nUMM=yes\n", "\nUMM=no\n", 1))
		h.refused("already disabled", "umm", "disable")
		h.cuts()
		h.cuts()
		h.is(disabled)
		h.all()
		h.ok("umm", "enable")
		h.is(h.operational)
		h.counts(0) // a stale count is gone, and what happened meanwhile is not counted
		h.equal("the file", h.read("/etc/umm.conf"), before)
		h.on()
		h.refused("in maintenance mode", "umm", "disable")
		h.is(inMM)
		h.equal("the file", h.read("/etc/umm.conf"), before)
	}},
	{name: "history tells it all", once: true, both: func(h *host) {
		h.on("--reason", "a new disk\nand \x1b[31mmore", "exit 4")
		h.ended("failed", 4)
		h.off()
		h.cuts()
		text := h.ok("umm", "history")
		h.contains("history", text, "requested", "a new disk and [31mmore", "root from 192.0.2.1", "failed with exit status 4", "left", "unclean-boot")
		if strings.Contains(text, "\x1b") {
			h.t.Errorf("history lets escapes through: %q", text)
		}
		var all, last api.History
		h.json(&all, "umm", "history", "-n", "0", "-o", "json")
		h.json(&last, "umm", "history", "-n", "2", "-o", "json")
		n := len(all.Events)
		if n < 6 || len(last.Events) != 2 || last.Events[1].Seq != all.Events[n-1].Seq {
			h.t.Errorf("got %d events, and the last %+v", n, last.Events)
		}
		for i := range n - 1 {
			if all.Events[i+1].Seq <= all.Events[i].Seq {
				h.t.Errorf("events %d and %d are out of order", i, i+1)
			}
		}
		h.fails(4, "root", nobody("umm", "history")...)
	}},
	{name: "version, help, completion and man pages", once: true, both: func(h *host) {
		version := h.sh("dpkg-query -W -f '${Version}' umm")
		h.contains("umm version", h.ok("umm", "version"), version)
		h.contains("umm --help", h.ok("umm", "--help"), "Exit codes", "status", "history")
		for _, command := range []string{"status", "on", "off", "enable", "disable", "check", "units", "output", "history", "version"} {
			h.contains(command, h.ok("umm", command, "--help"), "Exit codes:", "  1  refused in this state")
		}
		for _, path := range []string{"man/man8/umm.8.gz", "man/man5/umm.conf.5.gz", "bash-completion/completions/umm"} {
			h.ok("test", "-s", "/usr/share/"+path)
		}
		h.fails(2, "", "umm")
		h.fails(2, "", "umm", "nonsense")
		h.fails(2, "", "umm", "off", "now")
		h.fails(2, "", "umm", "status", "-o", "xml")
		for _, command := range []string{"on", "off", "enable", "disable"} {
			h.fails(4, "root", nobody("umm", command)...)
		}
	}},
}
