//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
)

// offScenarios: umm off from every state, and umm on --live.
var offScenarios = []scenario{
	{name: "nothing started by hand is stopped or restarted", run: func(h *host) {
		h.service("tool", "")
		h.on()
		h.ok("systemctl", "start", "nginx", "tool")
		plain := h.sh("nohup setsid sleep 1234 >/dev/null 2>&1 & echo $!")
		h.sh("systemd-run -q --scope --unit=like-tmux setsid sleep 1235 >/dev/null 2>&1 & until pgrep -f '^sleep 1235'; do sleep 0.05; done")
		h.sh("systemd-run -q --unit=transient sleep 1236")
		stays := []string{"nginx", "tool", "transient", "ssh", "dbus", "systemd-logind", "systemd-journald", "console-getty"}
		before := h.pids(stays...)
		h.off()
		h.equal("main PIDs", h.pids(stays...), before)
		h.ok("kill", "-0", plain)
		h.ok("pgrep", "-f", "^sleep 1235")
		h.equal("cron", h.ok("systemctl", "is-active", "cron"), "active")
		h.refused("not in maintenance mode", "umm", "off")
	}},
	{name: "operational mode after off is what it is after a plain boot", run: func(h *host) {
		h.reboots()
		plain := h.active()
		h.on()
		h.off()
		h.same("units after umm off", h.active(), plain)
		h.healthyUnits()
		h.ok("systemctl", "daemon-reload")
		h.is(operational)
		h.equal("default target", h.ok("systemctl", "get-default"), "graphical.target")
		h.ok("systemctl", "start", "emergency.target", "--job-mode=ignore-dependencies") // masked in MM only
	}},
	{name: "off reboot", run: func(h *host) {
		h.on()
		old := h.id()
		h.dies("umm", "off", "reboot")
		h.boots(old)
		h.is(operational)
		h.counts(0)
		h.equal("nginx", h.ok("systemctl", "is-active", "nginx"), "active")
	}},
	{name: "off clears the count, off reboot too", once: true, run: func(h *host) {
		for _, how := range []string{"off", "off reboot"} {
			h.cuts()
			h.counts(1)
			h.ok("umm", "on", "--live")
			h.counts(1)
			if how == "off" {
				h.off()
			} else {
				old := h.id()
				h.dies("umm", "off", "reboot")
				h.boots(old)
				h.is(operational)
			}
			h.counts(0)
			h.cuts()
			h.is(operational)
			h.counts(1)
			h.reboots()
		}
	}},
	{name: "off from every trigger", run: func(h *host) {
		enter := map[string]func(){
			"operator":        func() { h.on() },
			"kernel-argument": func() { h.must(h.SetNextKernelArgs("umm")); h.reboots() },
			"unclean-boots":   func() { h.cuts(); h.cuts() },
		}
		for kind, into := range enter {
			into()
			h.is(inMM)
			h.why(kind, "")
			h.off()
			h.equal("nginx", h.ok("systemctl", "is-active", "nginx"), "active")
			h.reboots()
			h.is(operational)

			into()
			h.is(inMM)
			old := h.id()
			h.dies("umm", "off", "reboot")
			h.boots(old)
			h.is(operational)
		}
	}},
	{name: "a power cut after off is one of an operational boot", once: true, run: func(h *host) {
		h.on()
		h.off()
		h.cuts()
		h.is(operational)
		h.counts(1)
	}},
	{name: "a unit that fails to start does not keep off from its end", once: true, run: func(h *host) {
		h.service("broken", "[Service]\nType=oneshot\nExecStart=/bin/false\n[Install]\nWantedBy=multi-user.target\n")
		h.ok("systemctl", "enable", "broken")
		h.on()
		r := h.try("umm", "off")
		h.t.Logf("umm off ended with %d: %s%s", r.code, r.out, r.err)
		h.settle()
		h.is(operational)
		h.equal("nginx", h.ok("systemctl", "is-active", "nginx"), "active")
		h.reboots()
		h.is(operational)
	}},
	{name: "live: exactly what was stopped is started again", run: func(h *host) {
		// The target is one that only a dependency may start.
		h.service("tool", "[Unit]\nWants=remote-fs-pre.target\n[Service]\nExecStart=/bin/sleep infinity\n")
		h.service("stopped", "")
		h.ok("systemctl", "enable", "stopped")
		h.ok("systemctl", "start", "tool")
		h.ok("systemctl", "stop", "cron")
		h.settle()
		old, before := h.id(), h.active()
		keep := []string{"ssh", "dbus", "systemd-logind", "systemd-journald"}
		pids := h.pids(keep...)

		h.ok("umm", "on", "--live", "--reason", "live")
		h.is(inMM)
		h.why("operator", "")
		h.equal("the boot", h.id(), old)
		h.equal("main PIDs in MM", h.pids(keep...), pids)
		for _, unit := range []string{"nginx", "tool", "cron", "stopped", "timers.target", "umm-healthy.timer"} {
			h.fails(3, "inactive", "systemctl", "is-active", unit)
		}
		h.onlyKept()

		h.off()
		h.equal("the boot", h.id(), old)
		h.equal("main PIDs after", h.pids(keep...), pids)
		h.same("units after umm off", h.active(), before)
		h.fails(3, "inactive", "systemctl", "is-active", "cron")
		h.fails(3, "inactive", "systemctl", "is-active", "stopped")
	}},
	{name: "live: what is started by hand there is left alone", run: func(h *host) {
		h.ok("umm", "on", "--live")
		h.ok("systemctl", "start", "nginx")
		before := h.pids("nginx")
		h.off()
		h.equal("its main PID", h.pids("nginx"), before)
		h.equal("cron", h.ok("systemctl", "is-active", "cron"), "active")
	}},
	{name: "live: with a command, that runs once", once: true, run: func(h *host) {
		h.ok("umm", "on", "--live", "echo run >>/root/runs; systemctl is-active nginx")
		h.ended("failed", 3)
		h.equal("output", h.ok("umm", "output"), "inactive")
		h.off()
		h.ok("umm", "on", "--live", "--then=off", "echo run >>/root/runs")
		h.until("operational mode", func() bool { return h.try("umm", "status").out == operational+"\n" })
		h.settle()
		h.equal("nginx", h.ok("systemctl", "is-active", "nginx"), "active")
		h.reboots()
		h.equal("runs", h.read("/root/runs"), "run\nrun\n")
	}},
	{name: "live: the session that asked for it stays", run: func(h *host) {
		// And so does what else runs in sessions.
		h.sh("nohup setsid sleep 1234 >/dev/null 2>&1 &")
		h.equal("what comes after it", h.sh("umm on --live >/dev/null && echo here"), "here")
		h.ok("pgrep", "-f", "^sleep 1234")
		r := h.outside("ssh -tt -F " + h.lab.SSHConfig() + " n1 'umm off >/dev/null && umm on --live >/dev/null && echo here'")
		h.contains("on a terminal", r.out, "here")
		h.is(inMM)
	}},
	{name: "live: a power cut stays in maintenance mode, and off starts all", run: func(h *host) {
		h.ok("umm", "on", "--live")
		h.cuts()
		h.is(inMM)
		h.why("operator", "")
		h.off()
		h.equal("nginx", h.ok("systemctl", "is-active", "nginx"), "active")
		h.equal("cron", h.ok("systemctl", "is-active", "cron"), "active")
	}},
	{name: "live: off after a switch that broke off", once: true, run: func(h *host) {
		// A unit that does not stop holds the switch up; the one who asked is
		// killed, and so is the switch itself.
		h.slowToStop()
		h.sh("setsid umm on --live >/dev/null 2>&1 & until systemctl list-jobs | grep -q slow; do sleep 0.05; done")
		h.sh("systemctl kill -s KILL umm-live.service; touch /run/go-on")
		h.settle()
		h.is(inMM)
		h.off()
		h.equal("nginx", h.ok("systemctl", "is-active", "nginx"), "active")
		h.equal("cron", h.ok("systemctl", "is-active", "cron"), "active")
	}},
	{name: "live: refused by nothing in a later stay", once: true, run: func(h *host) {
		for range 3 {
			h.ok("umm", "on", "--live")
			h.onlyKept()
			h.off()
		}
		h.on()
		h.off()
		h.healthyUnits()
	}},
}

// service puts a service on the host; without text it runs for ever.
func (h *host) service(name, text string) {
	h.t.Helper()
	if text == "" {
		text = "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n"
	}
	h.write("/etc/systemd/system/"+name+".service", text, 0o644)
	h.ok("systemctl", "daemon-reload")
}

// pids are the main PIDs of services, each of which must run.
func (h *host) pids(names ...string) string {
	h.t.Helper()
	var b strings.Builder
	for _, name := range names {
		pid := strings.TrimPrefix(h.ok("systemctl", "show", "-p", "MainPID", name), "MainPID=")
		if pid == "0" {
			h.t.Fatalf("%s does not run", name)
		}
		fmt.Fprintf(&b, "%s=%s ", name, pid)
	}
	return b.String()
}

// active lists the units that are up, but for those that come and go by
// themselves.
func (h *host) active() []string {
	h.t.Helper()
	out := h.sh("systemctl list-units --no-legend --plain --full --state=active --type=service,socket,timer,path,target | cut -d' ' -f1")
	units := strings.Split(out, "\n")
	return slices.DeleteFunc(units, func(u string) bool {
		return strings.HasPrefix(u, "user@") || strings.HasPrefix(u, "user-runtime-dir@")
	})
}

// same compares lists.
func (h *host) same(what string, got, want []string) {
	h.t.Helper()
	for _, u := range got {
		if !slices.Contains(want, u) {
			h.t.Errorf("%s: %s is too much", what, u)
		}
	}
	for _, u := range want {
		if !slices.Contains(got, u) {
			h.t.Errorf("%s: %s is missing", what, u)
		}
	}
}
