//go:build e2e

package upstart

import (
	"fmt"
	"strings"
)

var countRows = []row{
	{section: "count", systemd: "power cuts to the threshold", upstart: func(h *host) {
		h.counts(0)
		h.cuts()
		h.is(operational)
		h.counts(1)
		h.cuts()
		h.is(inMM)
		h.why("unclean-boots", "2 boots in a row did not end well")
		h.counts(2)
		h.onlyKept()
		h.off()
		h.counts(0)
	}},
	{section: "count", systemd: "another threshold", upstart: func(h *host) {
		h.configure("UMM=yes", "REBOOT_COUNT=3")
		for i := 1; i < 3; i++ {
			h.cuts()
			h.is(operational)
			h.counts(i)
		}
		h.cuts()
		h.is(inMM)
	}},
	{section: "count", systemd: "each boot counts once", upstart: func(h *host) {
		h.cuts()
		h.counts(1)
		for range 2 {
			h.ok("initctl", "reload-configuration")
			h.try("start", "umm-record")
			// Half of what others wait for too, so nobody waits for its end.
			h.ok("initctl", "emit", "--no-wait", "local-filesystems")
			h.ok("initctl", "emit", "mounted", "MOUNTPOINT=/")
		}
		h.settle()
		h.is(operational)
		h.counts(1)
		h.cuts()
		h.is(inMM)
		h.counts(2)
		h.try("start", "umm-record")
		h.ok("initctl", "emit", "mounted", "MOUNTPOINT=/")
		h.is(inMM)
		h.counts(2)
	}},
	{section: "count", systemd: "a requested reboot or shutdown clears the count", upstart: func(h *host) {
		for _, line := range []string{"reboot", "shutdown -r now", "kill -s INT 1", "telinit 6"} {
			h.cuts()
			h.counts(1)
			h.byCommand(line)
			h.is(operational)
			h.counts(0)
		}
		h.cuts()
		h.counts(1)
		h.inside("poweroff")
		h.must(h.WaitOff(h.ctx))
		h.starts()
		h.counts(0)
	}},
	{section: "count", systemd: "a reboot by force is none that was asked for", upstart: func(h *host) {
		h.byCommand("reboot -f")
		h.counts(1)
	}},
	{section: "count", systemd: "a shutdown that is cut short counts as clean only once it is under way",
		why: "on Upstart the mark is the first thing of a shutdown, which waits for it: there is nothing before it to be cut short"},
	{section: "count", systemd: "a shutdown only scheduled, or called off, clears nothing", upstart: func(h *host) {
		h.cuts()
		h.inside("/bin/sh", "-c", "setsid shutdown -r +10 >/dev/null 2>&1 & until [ -s /run/shutdown.pid ]; do sleep 0.02; done")
		h.counts(1)
		h.ok("shutdown", "-c")
		h.counts(1)
		// Somebody starts it by hand: no shutdown is under way.
		h.try("start", "umm-end")
		h.counts(1)
		h.cuts()
		h.is(inMM)
	}},
	{section: "count", systemd: "operational for long enough clears the count", upstart: func(h *host) {
		h.cuts()
		h.counts(1)
		h.configure("UMM=yes", "COUNTER_RESET_TIME=0")
		h.cuts()
		h.is(inMM)
		h.counts(2)
		h.contains("the time in MM", h.job("umm-healthy"), "stop/waiting")
		h.off()
		h.until("the boot is healthy", h.healthy)
		h.cuts()
		h.is(operational)
		h.until("the boot is healthy", h.healthy)
		h.counts(0)
	}},
	{section: "count", systemd: "the time is that of the configuration", upstart: func(h *host) {
		h.configure("UMM=yes", "COUNTER_RESET_TIME=3")
		h.cuts()
		h.counts(1)
		h.contains("the job that waits", h.job("umm-healthy"), "start/running")
		if h.healthy() {
			h.t.Error("the boot is healthy at once")
		}
		h.on()
		h.contains("the job that waits", h.job("umm-healthy"), "stop/waiting")
		h.off()
		h.contains("the job that waits", h.job("umm-healthy"), "start/running")
	}},
	{section: "count", systemd: "live maintenance makes no boot healthy", upstart: func(h *host) {
		h.cuts()
		h.ok("umm", "on", "--live")
		h.contains("the job that waits", h.job("umm-healthy"), "stop/waiting")
		h.counts(1)
		h.cuts()
		h.is(inMM)
		h.counts(2)
	}},
	{section: "count", systemd: "a crash in maintenance mode stays in it, however it was entered", upstart: func(h *host) {
		for _, kind := range []string{"operator", "kernel-argument", "live"} {
			switch kind {
			case "operator":
				h.on("--reason", "mine")
			case "kernel-argument":
				h.SetNextArgs("umm")
				h.reboots()
			case "live":
				h.ok("umm", "on", "--live", "--reason", "mine")
			}
			since := h.status().Since
			h.cuts()
			h.is(inMM)
			s := h.status()
			if kind == "kernel-argument" {
				h.why(kind, "")
			} else {
				h.why("operator", "")
				h.equal("reason", s.Trigger.Reason, "mine")
			}
			if !s.Since.Equal(*since) {
				h.t.Errorf("%s: in maintenance mode since %v, and after a cut since %v", kind, since, s.Since)
			}
			// A requested reboot typed there is the operator's word.
			h.reboots()
			h.is(operational)
			h.counts(0)
		}
	}},
	{section: "count", systemd: "a soft reboot is one that was asked for", why: "Upstart has none"},
	{section: "count", systemd: "REBOOT_COUNT=0 makes every boot one of maintenance mode", upstart: func(h *host) {
		h.configure("UMM=yes", "REBOOT_COUNT=0")
		h.is(operational)
		h.reboots()
		h.is(inMM)
		h.why("unclean-boots", "REBOOT_COUNT=0")
		h.offReboots()
		h.is(operational)
		h.reboots()
		h.is(inMM)
	}},
	{section: "count", systemd: "a file edited by hand is obeyed at the next boot, with no command run", upstart: func(h *host) {
		for _, conf := range []string{"UMM=no\nREBOOT_COUNT=0", "\x00\xff\n", "UMM=\"no\""} {
			h.write("/etc/umm.conf", conf, 0o644)
			h.cuts()
			h.plainly(conf)
		}
		h.sh("rm /etc/umm.conf")
		h.reboots()
		h.plainly("no file")
		h.sh("bash -c \"echo -e 'UMM=yes\\nREBOOT_COUNT=0\\nCOUNTER_RESET_TIME=10' >/etc/umm.conf\"")
		h.reboots()
		h.is(inMM)
		// Disabled by hand while in maintenance mode: the host is in it, and off works.
		h.sh("sed -i s/yes/no/ /etc/umm.conf")
		h.is(inMM)
		h.ok("umm", "off")
		h.settle()
		h.plainly("UMM=no")
	}},
	{section: "count", systemd: "bad values: the default holds and one line says so", upstart: func(h *host) {
		h.configure("UMM=yes", "REBOOT_COUNT=two", "COUNTER_RESET_TIME=-1", "COLOUR=red", "KEEP_UNITS=../evil", "not a line")
		h.cuts()
		h.is(operational)
		h.counts(1)
		for line, key := range map[int]string{2: "REBOOT_COUNT", 3: "COUNTER_RESET_TIME", 4: "COLOUR", 5: "KEEP_UNITS"} {
			where := fmt.Sprintf("/etc/umm.conf:%d: %s", line, key)
			h.contains("the kernel's log", h.lab("kmsg")+h.log(), where)
			h.fails(3, where, "umm", "check")
			h.contains("status", strings.Join(h.status().Problems, "\n"), where)
		}
		h.cuts()
		h.is(inMM) // REBOOT_COUNT is 2
	}},
}

// plainly wants an operational boot with umm disabled.
func (h *host) plainly(what string) {
	h.t.Helper()
	if got := h.try("umm", "status"); got.Out != disabled+"\n" {
		h.t.Errorf("with %q in umm.conf umm status says %q", what, got.Out)
	}
	h.all()
}
