//go:build e2e

package e2e

import "slices"

// offScenarios: umm off from every state, and umm on --live.
var offScenarios = []scenario{
	{name: "nothing started by hand is stopped or restarted", systemd: func(h *systemdHost) {
		h.serviceOf("tool", forEver)
		h.on()
		h.start("nginx")
		h.start("tool")
		plain := h.sh("nohup setsid sleep 1234 >/dev/null 2>&1 & echo $!")
		h.sh("systemd-run -q --scope --unit=like-tmux setsid sleep 1235 >/dev/null 2>&1 & until pgrep -f '^sleep 1235'; do sleep 0.05; done")
		h.sh("systemd-run -q --unit=transient sleep 1236")
		stays := append([]string{"nginx", "tool", "transient", "console-getty"}, h.stays...)
		before := h.pids(stays...)
		h.off()
		h.equal("main PIDs", h.pids(stays...), before)
		h.ok("kill", "-0", plain)
		h.ok("pgrep", "-f", "^sleep 1235")
		h.all()
		h.refused("not in maintenance mode", "umm", "off")
	}, upstart: func(h *upstartHost) {
		h.serviceOf("tool", "exec sleep 100080\n")
		h.on()
		h.start("cron")
		h.start("tool")
		h.start("nginx")
		nginx := h.sh("cat /run/nginx.pid")
		plain := h.sh("setsid sleep 1234 >/dev/null 2>&1 & echo $!")
		stays := append([]string{"cron", "tool"}, h.stays...)
		before := h.pids(stays...)
		h.off()
		h.equal("processes", h.pids(stays...), before)
		h.equal("nginx", h.sh("cat /run/nginx.pid"), nginx)
		h.ok("kill", "-0", plain)
		h.all()
		h.refused("not in maintenance mode", "umm", "off")
	}},
	{name: "operational mode after off is what it is after a plain boot", systemd: func(h *systemdHost) {
		// As up to systemd 228, where every service requires it: what is active in
		// maintenance mode keeps nothing down that it wants.
		h.write("/etc/systemd/system/ssh.service.d/basic.conf", "[Unit]\nRequires=basic.target\nAfter=basic.target\n", 0o644)
		h.restarts()
		plain := h.up()
		h.on()
		h.off()
		h.same("units after umm off", h.up(), plain)
		h.nothingFailed()
		h.reload()
		h.is(h.operational)
		h.equal("default target", h.ok("systemctl", "get-default"), "graphical.target")
		h.ok("systemctl", "start", "emergency.target", "--job-mode=ignore-dependencies") // masked in MM only
	}, upstart: func(h *upstartHost) {
		plain := h.up()
		h.on()
		h.off()
		h.same("jobs after umm off", h.up(), plain)
		h.all()
		h.reload()
		h.is(h.operational)
	}},
	{name: "off reboot", both: func(h *host) {
		h.on()
		h.offReboots()
		h.is(h.operational)
		h.counts(0)
		h.all()
	}},
	{name: "a power cut on the way of off reboot leads to operational mode as well", both: func(h *host) {
		h.on()
		h.slowToStop()
		asked := h.background("umm", "off", "reboot")
		h.until("the host goes down", func() bool { return h.inside("umm", "status").out == rebooting+"\n" })
		h.cuts()
		<-asked
		h.is(h.operational)
		h.all()
	}},
	{name: "off clears the count, off reboot too", once: true, both: func(h *host) {
		for _, how := range []func(){func() { h.off() }, h.offReboots} {
			h.cuts()
			h.counts(1)
			h.live()
			h.counts(1)
			how()
			h.is(h.operational)
			h.counts(0)
			h.cuts()
			h.is(h.operational)
			h.counts(1)
			h.restarts()
		}
	}},
	{name: "off from every trigger", both: func(h *host) {
		for kind, into := range h.triggers() {
			into()
			h.is(inMM)
			h.why(kind, "")
			h.off()
			h.all()
			h.restarts()
			h.is(h.operational)

			into()
			h.is(inMM)
			h.offReboots()
			h.is(h.operational)
		}
	}},
	{name: "a power cut after off is one of an operational boot", once: true, both: func(h *host) {
		h.on()
		h.off()
		h.cuts()
		h.is(h.operational)
		h.counts(1)
	}},
	{name: "a unit that fails to start does not keep off from its end", once: true, both: func(h *host) {
		h.failing()
		h.on()
		r := h.try("umm", "off")
		h.t.Logf("umm off ended with %d: %s%s", r.code, r.out, r.err)
		h.settle()
		h.is(h.operational)
		h.all()
		h.restarts()
		h.is(h.operational)
	}},
	{name: "live: exactly what was stopped is started again", systemd: func(h *systemdHost) {
		// The target is one that only a dependency may start.
		h.serviceOf("tool", "[Unit]\nWants=remote-fs-pre.target\n[Service]\nExecStart=/bin/sleep infinity\n")
		h.service("stopped")
		h.start("tool")
		h.ok("systemctl", "stop", "cron")
		// What a kept socket has started stays with it.
		h.configure("UMM=yes", "KEEP_UNITS=asks.socket")
		h.write("/etc/systemd/system/asks.socket", "[Socket]\nListenStream=/run/asks\n[Install]\nWantedBy=sockets.target\n", 0o644)
		h.serviceOf("asks", "[Service]\nExecStart=/bin/sleep infinity\n")
		h.sh("systemctl enable -q --now asks.socket && systemctl start asks")
		h.stays = append(slices.Clone(h.stays), "asks")
		h.liveAndOff("tool", "timers.target", "umm-healthy.timer")

		// What cannot be stopped, or started again, is named.
		h.sh("systemd-run -q --on-active=1h --unit=later true && systemd-run -q --unit=leaves -p KillMode=process sh -c 'setsid sleep 1237 & exec sleep 1238'")
		r := h.try("umm", "on", "--live")
		h.contains("umm on --live", r.err, "the switch stops these, and umm off cannot restart them: later.timer, leaves.service", "not essential: leaves.service: sleep (pid ")
		h.off()
	}, upstart: func(h *upstartHost) {
		h.serviceOf("tool", "exec sleep 100080\n")
		h.service("stopped")
		h.start("tool")
		h.ok("stop", "cron")
		h.liveAndOff("tool")
	}},
	{name: "live: what is started by hand there is left alone", both: func(h *host) {
		h.live()
		h.start("cron")
		before := h.pids("cron")
		h.off()
		h.equal("its process", h.pids("cron"), before)
		h.all()
	}},
	{name: "live: with a command, that runs once", once: true, both: func(h *host) {
		h.live("echo run >>/root/runs; pgrep -x nginx >/dev/null && echo too early; exit 3")
		h.ended("failed", 3)
		h.equal("output", h.ok("umm", "output"), "")
		h.off()
		h.live("--then=off", "echo run >>/root/runs")
		h.becomes(h.operational)
		h.settle()
		h.all()
		h.restarts()
		h.equal("runs", h.read("/root/runs"), "run\nrun\n")
	}},
	{name: "live: the session that asked for it stays", systemd: func(h *systemdHost) {
		h.liveFromSession()
		r := h.outside("ssh -tt -F " + h.lab.SSHConfig() + " n1 'umm off >/dev/null && umm on --live >/dev/null && echo here'")
		h.contains("on a terminal", r.out, "here")
		h.is(inMM)
	}, upstart: func(h *upstartHost) { h.liveFromSession() }},
	{name: "live: a power cut stays in maintenance mode, and off starts all", both: func(h *host) {
		h.live()
		h.cuts()
		h.is(inMM)
		h.why("operator", "")
		h.off()
		h.all()
	}},
	// What does not stop holds the switch up; the one who asked is killed, and so is the
	// switch itself.
	{name: "live: off after a switch that broke off", once: true, systemd: func(h *systemdHost) {
		h.slowToStop()
		h.sh("setsid umm on --live >/dev/null 2>&1 & until systemctl list-jobs | grep -q slow; do sleep 0.05; done")
		h.sh("systemctl kill -s KILL umm-live.service; touch /run/go-on")
		h.settle()
		h.is(inMM)
		h.off()
		h.all()
	}, upstart: func(h *upstartHost) {
		h.serviceOf("slow", "start on runlevel [2345]\nstop on runlevel [!2345]\nexec sleep 100090\npre-stop script\n  while ! [ -e /run/go-on ]; do sleep 0.05; done\nend script\n")
		h.start("slow")
		h.sh("setsid umm on --live >/dev/null 2>&1 & until initctl status slow | grep -q pre-stop; do sleep 0.02; done")
		h.sh("kill -9 $(initctl status umm-live | sed 's/.*process //'); touch /run/go-on")
		h.settle()
		h.is(inMM)
		h.off()
		h.all()
	}},
	{name: "live: refused by nothing in a later stay", once: true, both: func(h *host) {
		h.restarts()
		plain := h.up()
		for range 3 {
			h.live()
			h.onlyKept()
			h.off()
		}
		h.on()
		h.off()
		h.all()
		h.same("what runs", h.up(), plain)
	}},
}

// triggers lead into maintenance mode, by the kind that status then names.
func (h *host) triggers() map[string]func() {
	return map[string]func(){
		"operator":        func() { h.on("--reason", "mine") },
		"kernel-argument": func() { h.nextArgs("umm"); h.restarts() },
		"unclean-boots":   func() { h.cuts(); h.cuts() },
	}
}

// liveAndOff switches a host to maintenance mode and back on which cron and the service
// stopped do not run, though they might; units are what runs there besides, and is not kept.
func (h *host) liveAndOff(units ...string) {
	h.t.Helper()
	h.settle()
	old, before := h.id(), h.up()
	pids := h.pids(h.stays...)

	h.live("--reason", "live")
	h.is(inMM)
	h.why("operator", "")
	h.equal("the boot", h.id(), old)
	h.equal("processes in MM", h.pids(h.stays...), pids)
	h.stopped(append([]string{"nginx", "cron", "stopped"}, units...)...)
	h.onlyKept()

	h.off()
	h.equal("the boot", h.id(), old)
	h.equal("processes after", h.pids(h.stays...), pids)
	h.same("what runs after umm off", h.up(), before)
	h.runs("nginx")
	h.stopped("cron", "stopped")
}

// liveFromSession wants the session that asks for the switch to stay, and what else runs in
// sessions.
func (h *host) liveFromSession() {
	h.t.Helper()
	h.sh("nohup setsid sleep 1234 >/dev/null 2>&1 &")
	h.equal("what comes after it", h.sh("umm on --live >/dev/null && echo here"), "here")
	h.ok("pgrep", "-f", "^sleep 1234")
	h.is(inMM)
}
