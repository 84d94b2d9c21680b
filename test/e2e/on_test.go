//go:build e2e

package e2e

import (
	"strings"

	"umm/internal/mode"
	"umm/internal/wire"
)

// onScenarios: umm on, umm check, umm enable and disable, umm history.
var onScenarios = []scenario{
	{name: "the call does not return before the host goes down", run: func(h *host) {
		// dies, in on, is the assertion. The session may be any kind.
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
	}},
	{name: "people who are logged in are told", run: func(h *host) {
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
				h.contains("what was heard", <-heard, "the-shell", "reboots into operational mode now")
				continue
			}
			h.sh("pkill -x sleep")
			h.contains("what was heard", <-heard, "the-shell", "maintenance mode now: disk")
		}
	}},
	{name: "refused while disabled and in maintenance mode", run: func(h *host) {
		h.ok("umm", "disable")
		h.refused("disabled", "umm", "on")
		h.refused("disabled", "umm", "on", "--live")
		h.ok("umm", "enable")
		h.on()
		before := h.status()
		h.refused("in maintenance mode already", "umm", "on")
		h.refused("in maintenance mode already", "umm", "on", "--live", "true")
		if after := h.status(); after.Command != nil || !after.Since.Equal(*before.Since) {
			h.t.Errorf("a refused umm on changed the status: %+v", after)
		}
	}},
	{name: "a reboot that fails leaves nothing behind", run: func(h *host) {
		old := h.id()
		h.sh("mkdir -p /run/systemd/system && ln -s /dev/null /run/systemd/system/reboot.target && systemctl daemon-reload")
		h.fails(4, "cannot reboot", "umm", "on", "--reason=x", "true")
		h.asked(nil)
		h.is(operational)
		h.refused("not in maintenance mode", "umm", "off")
		h.refused("not in maintenance mode", "umm", "off", "reboot")
		h.equal("the boot", h.id(), old)
		h.contains("history", h.ok("umm", "history"), "cancelled")

		// And out of maintenance mode.
		h.ok("umm", "on", "--live")
		h.fails(4, "still in maintenance mode", "umm", "off", "reboot")
		h.is(inMM)
		h.off()
		h.sh("rm /run/systemd/system/reboot.target && systemctl daemon-reload")
		h.reboots()
		h.is(operational)
	}},
	{name: "a reboot that somebody inhibits", run: func(h *host) {
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
			h.asked(nil)
			h.is(operational)
		}
	}},
	{name: "killed before the reboot, off takes the request back", once: true, run: func(h *host) {
		h.killedOn()
		h.contains("the pending request", h.ok("umm", "history"), "requested")
		h.ok("umm", "off")
		h.asked(nil)
		h.reboots()
		h.is(operational)
		// Not taken back, the request holds: the operator's word is not lost.
		h.killedOn()
		h.reboots()
		h.is(inMM)
		h.off()
	}},
	{name: "several at once", once: true, run: func(h *host) {
		h.sh(`for i in 1 2 3 4; do umm on --live >/tmp/on.$i 2>&1; echo $? >/tmp/code.$i & done; wait`)
		h.equal("exit codes", h.sh("cat /tmp/code.* | sort | uniq -c | tr -s ' '"), " 1 0\n 3 1")
		h.is(inMM)
		h.sh(`for i in 1 2 3 4; do umm off >/tmp/off.$i 2>&1; echo $? >/tmp/code.$i & done; wait`)
		h.settle()
		h.is(operational)
		h.equal("nginx", h.ok("systemctl", "is-active", "nginx"), "active")
	}},
	{name: "check", run: func(h *host) {
		h.ok("umm", "check")
		var c wire.Checks
		h.json(&c, "umm", "check", "-o", "json")
		if !c.OK || len(c.Checks) < 4 || c.Version != wire.CheckVersion {
			h.t.Errorf("got %+v", c)
		}
		for _, check := range c.Checks {
			if check.Verdict != wire.VerdictOK || check.Reason == "" {
				h.t.Errorf("got %+v", check)
			}
		}
		h.fails(4, "root", "runuser", "-u", "nobody", "--", "umm", "check")
		h.on()
		h.ok("umm", "check")
	}},
	{name: "refused where ssh would be lost, unless that is accepted", run: func(h *host) {
		h.ok("systemctl", "disable", "ssh")
		h.fails(3, "ssh", "umm", "check")
		old := h.id()
		h.fails(3, "--accept-risk=lose-ssh", "umm", "on")
		h.fails(3, "--accept-risk=lose-ssh", "umm", "on", "--live")
		h.asked(nil)
		h.is(operational)
		h.equal("the boot", h.id(), old)

		h.try("umm", "on", "--accept-risk=lose-ssh", "--reason=console is here")
		h.until("another boot", func() bool { id, err := h.BootID(); return err == nil && id != old })
		h.settle()
		h.equal("status", h.inside("umm", "status").out, inMM+"\n")
		h.equal("ssh", strings.TrimSpace(h.inside("systemctl", "is-active", "ssh").out), "inactive")
		if r := h.inside("umm", "off"); r.code != 0 {
			h.t.Errorf("umm off: %+v", r)
		}
	}},
	{name: "refused where the record cannot be kept", once: true, run: func(h *host) {
		h.sh("mount --bind /etc/umm /etc/umm && mount -o remount,bind,ro /etc/umm")
		h.fails(3, "record", "umm", "on")
		h.fails(3, "record", "umm", "check")
		h.sh("umount /etc/umm")
		h.on()
	}},
	{name: "enable and disable", run: func(h *host) {
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
		h.ok("umm", "enable")
		h.is(operational)
		h.counts(0) // a stale count is gone, and what happened meanwhile is not counted
		h.equal("the file", h.read("/etc/umm.conf"), before)
		h.on()
		h.refused("in maintenance mode", "umm", "disable")
		h.is(inMM)
		h.equal("the file", h.read("/etc/umm.conf"), before)
	}},
	{name: "history tells it all", once: true, run: func(h *host) {
		h.on("--reason", "a new disk\nand \x1b[31mmore", "exit 4")
		h.ended("failed", 4)
		h.off()
		h.cuts()
		text := h.ok("umm", "history")
		h.contains("history", text, "requested", "a new disk and  [31mmore", "root from 192.0.2.1", "failed with exit status 4", "left", "unclean-boot")
		if strings.Contains(text, "\x1b") {
			h.t.Errorf("history lets escapes through: %q", text)
		}
		var all, last wire.History
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
		h.fails(4, "root", "runuser", "-u", "nobody", "--", "umm", "history")
	}},
	{name: "version, help, completion and man pages", once: true, run: func(h *host) {
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
		for _, args := range [][]string{{"on"}, {"off"}, {"enable"}, {"disable"}} {
			h.fails(4, "root", append([]string{"runuser", "-u", "nobody", "--", "umm"}, args...)...)
		}
	}},
}

// refused wants exit code 1, and nothing changed.
func (h *host) refused(text string, argv ...string) {
	h.t.Helper()
	before, err := h.load()
	h.must(err)
	id := h.id()
	h.fails(1, text, argv...)
	after, err := h.load()
	h.must(err)
	h.equal("the boot after a refusal", h.id(), id)
	if before.Boot != after.Boot || (before.Pending == nil) != (after.Pending == nil) {
		h.t.Errorf("%q was refused and changed the record: %+v, then %+v", argv, before, after)
	}
}

// asked wants what is asked of the next boot.
func (h *host) asked(want *mode.Session) {
	h.t.Helper()
	rec, err := h.load()
	h.must(err)
	if (rec.Pending == nil) != (want == nil) || rec.NextOperational {
		h.t.Errorf("asked of the next boot: %+v, operational %v; want %+v", rec.Pending, rec.NextOperational, want)
	}
}

// killedOn lets umm on be killed between its word and the reboot.
func (h *host) killedOn() {
	h.t.Helper()
	h.write("/usr/local/bin/wall", "#!/bin/sh\necho $PPID >/run/on-pid\nexec sleep 1000\n", 0o755)
	h.sh("rm -f /run/on-pid; setsid umm on >/dev/null 2>&1 & until [ -s /run/on-pid ]; do sleep 0.05; done; kill -9 $(cat /run/on-pid); rm /usr/local/bin/wall")
	h.is(operational)
	h.asked(&mode.Session{})
}
