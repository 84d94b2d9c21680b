//go:build e2e

package e2e

import (
	"fmt"
	"strings"
)

// countScenarios: unclean boots, and what the configuration makes of them.
var countScenarios = []scenario{
	{name: "power cuts to the threshold", both: func(h *host) {
		h.counts(0)
		h.cuts()
		h.is(h.operational)
		h.counts(1)
		h.cuts()
		h.is(inMM)
		h.why("unclean-boots", "2 unclean boots in a row")
		h.counts(2)
		h.onlyKept()
		h.off()
		h.counts(0)
	}},
	{name: "another threshold", once: true, both: func(h *host) {
		h.configure("UMM=yes", "REBOOT_COUNT=4")
		for i := 1; i < 4; i++ {
			h.cuts()
			h.is(h.operational)
			h.counts(i)
		}
		h.cuts()
		h.is(inMM)
	}},
	{name: "each boot counts once", systemd: func(h *systemdHost) {
		h.cuts()
		h.counts(1)
		for range 3 {
			h.reload()
			h.ok("systemctl", "restart", "umm-record.service")
			h.try("systemctl", "daemon-reexec")
		}
		h.is(h.operational)
		h.counts(1)
		h.cuts()
		h.is(inMM)
		h.counts(2)
		h.reload()
		h.is(inMM)
		h.counts(2)
	}, upstart: func(h *upstartHost) {
		h.cuts()
		h.counts(1)
		for range 2 {
			h.reload()
			h.try("start", "umm-record")
			// Half of what others wait for too, so nobody waits for its end.
			h.ok("initctl", "emit", "--no-wait", "local-filesystems")
			h.ok("initctl", "emit", "mounted", "MOUNTPOINT=/")
		}
		h.settle()
		h.is(h.operational)
		h.counts(1)
		h.cuts()
		h.is(inMM)
		h.counts(2)
		h.try("start", "umm-record")
		h.ok("initctl", "emit", "mounted", "MOUNTPOINT=/")
		h.is(inMM)
		h.counts(2)
	}},
	{name: "a requested reboot or shutdown clears the count", both: func(h *host) {
		h.cuts()
		h.counts(1)
		h.restarts()
		h.is(h.operational)
		h.counts(0)
		h.cuts()
		h.counts(1)
		h.powersOff()
		h.starts()
		h.counts(0)
		// By whatever command, over ssh too.
		for _, line := range h.reboots {
			h.cuts()
			h.counts(1)
			old := h.id()
			h.try("/bin/sh", "-c", "nohup "+line+" >/dev/null 2>&1")
			h.boots(old)
			h.is(h.operational)
			h.counts(0)
		}
	}},
	{name: "a reboot by force is none that was asked for", once: true, both: func(h *host) {
		old := h.id()
		h.inside("/bin/sh", "-c", h.forced)
		h.boots(old)
		h.counts(1)
	}},
	{name: "a shutdown that is cut short counts as clean only once it is under way", once: true, systemd: func(h *systemdHost) {
		// The recorder ends late: before it has, a cut is an unclean end.
		h.slowToStop()
		h.inside("systemctl", "reboot", "--no-block")
		h.until("the shutdown is under way", func() bool { return strings.Contains(h.inside("systemctl", "list-jobs").out, "slow") })
		h.cuts()
		h.is(h.operational)
		h.counts(1)
	}, notUpstart: "the mark is the first thing of a shutdown, which waits for it: there is nothing before it to be cut short"},
	{name: "a shutdown only scheduled, or called off, clears nothing", once: true, systemd: func(h *systemdHost) {
		h.cuts()
		h.ok("shutdown", "-r", "+10")
		h.counts(1)
		h.ok("shutdown", "-c")
		h.ok("systemctl", "stop", "umm-record.service")
		h.counts(1)
		h.cuts()
		h.is(inMM)
	}, upstart: func(h *upstartHost) {
		h.cuts()
		h.inside("/bin/sh", "-c", "setsid shutdown -r +10 >/dev/null 2>&1 & until [ -s /run/shutdown.pid ]; do sleep 0.02; done")
		h.counts(1)
		h.fails(4, "shutdown -c", "umm", "on")
		h.asked(false)
		h.ok("shutdown", "-c")
		h.counts(1)
		// Somebody starts it by hand: no shutdown is under way.
		h.try("start", "umm-end")
		h.counts(1)
		h.cuts()
		h.is(inMM)
	}},
	{name: "not where a check of the operator's fails", once: true, both: func(h *host) {
		h.write("/etc/umm/health.d/api", "#!/bin/sh\ntest -e /root/fine\n", 0o755)
		h.configure("UMM=yes", "COUNTER_RESET_TIME=0")
		h.cuts()
		h.until("the check has failed", func() bool { return strings.Contains(h.ok("umm", "history"), "in /etc/umm/health.d, api failed") })
		h.counts(1)
		h.cuts()
		h.is(inMM)
		h.sh("touch /root/fine")
		h.off()
		h.until("the boot is healthy", h.healthy)
	}},
	{name: "operational for long enough clears the count", both: func(h *host) {
		h.cuts()
		h.counts(1)
		// The boot goes by the time that is configured when it begins to run.
		h.until("the time runs", h.counting)
		h.configure("UMM=yes", "COUNTER_RESET_TIME=0")
		h.cuts()
		h.is(inMM)
		h.counts(2)
		h.onlyKept()
		if h.counting() {
			h.t.Error("the time runs in maintenance mode")
		}
		h.off()
		h.until("the boot is healthy", h.healthy)
		h.cuts()
		h.is(h.operational)
		h.until("the boot is healthy", h.healthy)
		h.counts(0)
		for range 3 {
			h.cuts()
			h.is(h.operational)
			h.until("the boot is healthy", h.healthy)
		}
	}},
	{name: "the time is that of the configuration", once: true, systemd: func(h *systemdHost) {
		after := func(want string) {
			h.t.Helper()
			h.contains("the timer", h.ok("systemctl", "show", "-p", "TimersMonotonic", "umm-healthy.timer"), "OnActiveUSec="+want)
		}
		h.configure("UMM=yes", "COUNTER_RESET_TIME=-1")
		h.restarts()
		after("10min")
		h.configure("UMM=yes", "COUNTER_RESET_TIME=3")
		h.restarts()
		after("3min")
		h.write("/etc/systemd/system/umm-healthy.timer.d/99-soon.conf", "[Timer]\nOnActiveSec=\nOnActiveSec=2s\n", 0o644)
		h.cuts()
		h.counts(1)
		h.until("the boot is healthy", func() bool { return h.count() == 0 })
		h.contains("history", h.ok("umm", "history"), "healthy")
		// And so it is after umm off, whose boot was not operational from the start.
		h.on()
		h.stopped("umm-healthy.timer")
		h.off()
		h.until("the boot is healthy", h.healthy)
	}, upstart: func(h *upstartHost) {
		counts := func(want bool) {
			h.t.Helper()
			if h.counting() != want {
				h.t.Errorf("the job that waits: %s", h.job("umm-healthy"))
			}
		}
		h.configure("UMM=yes", "COUNTER_RESET_TIME=3")
		h.cuts()
		h.counts(1)
		counts(true)
		if h.healthy() {
			h.t.Error("the boot is healthy at once")
		}
		h.on()
		counts(false)
		h.off()
		counts(true)
	}},
	{name: "live maintenance makes no boot healthy", once: true, systemd: func(h *systemdHost) {
		h.write("/etc/systemd/system/umm-healthy.timer.d/99-soon.conf", "[Timer]\nOnActiveSec=\nOnActiveSec=4s\n", 0o644)
		h.cuts()
		h.live()
		h.counts(1)
		h.ok("sleep", "5")
		h.counts(1)
		h.cuts()
		h.is(inMM)
		h.counts(2)
	}, upstart: func(h *upstartHost) {
		h.cuts()
		h.live()
		if h.counting() {
			h.t.Error("the time runs in maintenance mode")
		}
		h.counts(1)
		h.cuts()
		h.is(inMM)
		h.counts(2)
	}},
	{name: "a crash in maintenance mode stays in it, however it was entered", both: func(h *host) {
		triggers := h.triggers()
		triggers["live"] = func() { h.live("--reason", "mine") }
		for kind, into := range triggers {
			into()
			since := h.status().Since
			for range 2 {
				h.cuts()
				h.is(inMM)
				s := h.status()
				if kind == "live" || kind == "operator" {
					h.why("operator", "")
					h.equal("reason", s.Trigger.Reason, "mine")
				} else {
					h.why(kind, "")
				}
				if !s.Since.Equal(*since) {
					h.t.Errorf("%s: in maintenance mode since %v, and after a cut since %v", kind, since, s.Since)
				}
			}
			// A requested reboot typed there is the operator's word.
			h.restarts()
			h.is(h.operational)
			h.counts(0)
		}
	}},
	{name: "a soft reboot is one that was asked for", suite: "trixie", systemd: func(h *systemdHost) {
		h.cuts()
		h.counts(1)
		h.softReboots()
		h.is(h.operational)
		h.counts(0)
		h.cuts()
		h.is(h.operational)
		h.counts(1)
		h.on()
		h.softReboots()
		h.is(h.operational)
		h.live()
		h.softReboots()
		h.is(h.operational)
		h.all()
		h.killedOn()
		h.softReboots()
		h.is(inMM)
		h.onlyKept()
		h.off()
	}, notUpstart: "Upstart has none"},
	{name: "REBOOT_COUNT=0 makes every boot one of maintenance mode", both: func(h *host) {
		h.configure("UMM=yes", "REBOOT_COUNT=0")
		h.is(h.operational)
		h.restarts()
		h.is(inMM)
		h.why("unclean-boots", "REBOOT_COUNT=0")
		h.off()
		h.cuts()
		h.is(inMM)
		h.offReboots()
		h.is(h.operational)
		h.restarts()
		h.is(inMM)
		h.refused("already", "umm", "on")
	}},
	{name: "a file edited by hand is obeyed at the next boot, with no command run", once: true, both: func(h *host) {
		h.cuts()
		for _, conf := range []string{"UMM=no\nREBOOT_COUNT=0", "REBOOT_COUNT=0", "", "\x00\xff\n", "# UMM=yes", "UMM=\"no\"", "UMM=YES", "UMM= yes"} {
			h.write("/etc/umm.conf", conf, 0o644)
			h.cuts()
			h.plainly(conf)
			h.restarts()
			h.plainly(conf)
		}
		h.sh("rm /etc/umm.conf")
		h.cuts()
		h.plainly("no file")
		h.sh("mkdir /etc/umm.conf")
		h.restarts()
		h.plainly("a folder")
		h.sh("rmdir /etc/umm.conf; ln -s umm.conf /etc/umm.conf")
		h.cuts()
		h.plainly("a loop of links")
		h.sh("rm /etc/umm.conf; bash -c \"echo -e 'UMM=yes\\nREBOOT_COUNT=0\\nCOUNTER_RESET_TIME=10' >/etc/umm.conf\"")
		h.restarts()
		h.is(inMM)
		// Disabled by hand while in maintenance mode: the host is in it, and off works.
		h.sh("sed -i s/yes/no/ /etc/umm.conf")
		h.is(inMM)
		h.ok("umm", "off")
		h.settle()
		h.plainly("UMM=no")
		h.restarts()
		h.plainly("UMM=no")
	}},
	{name: "bad values: the default holds and one line says so", once: true, both: func(h *host) {
		h.configure("UMM=yes", "REBOOT_COUNT=two", "COUNTER_RESET_TIME=-1", "COLOUR=red", "CATCH_EMERGENCY=perhaps", "KEEP_UNITS=../evil", "not a line")
		h.cuts()
		h.is(h.operational)
		h.counts(1)
		for line, key := range map[int]string{2: "REBOOT_COUNT", 3: "COUNTER_RESET_TIME", 4: "COLOUR", 5: "CATCH_EMERGENCY", 6: "KEEP_UNITS"} {
			where := fmt.Sprintf("/etc/umm.conf:%d: %s", line, key)
			if n := strings.Count(h.said(), where); n != h.logs {
				h.t.Errorf("%s stands in %d logs %d times, as a warning of this boot", where, h.logs, n)
			}
			h.fails(3, where, "umm", "check")
			h.contains("status", strings.Join(h.status().Problems, "\n"), where)
		}
		h.fails(3, "/etc/umm.conf:7", "umm", "check")
		h.cuts()
		h.is(inMM) // REBOOT_COUNT is 2
		h.counts(2)
		h.off()
	}},
}

// softReboots restarts userspace: the kernel, and so the boot ID, stays.
func (h *systemdHost) softReboots() {
	h.t.Helper()
	count := func() string {
		return strings.TrimSpace(h.inside("timeout", "5", "systemctl", "show", "-p", "SoftRebootsCount").out)
	}
	before := count()
	h.inside("systemctl", "soft-reboot")
	h.until("the soft reboot", func() bool {
		now := count()
		return h.id() != "" && now != "" && now != before
	})
	h.must(h.WaitSSH(h.ctx))
	h.settle()
}

// plainly wants an operational boot with umm disabled.
func (h *host) plainly(what string) {
	h.t.Helper()
	if got := h.try("umm", "status"); got.out != disabled+"\n" {
		h.t.Errorf("with %q in umm.conf umm status says %q", what, got.out)
	}
	h.all()
}
