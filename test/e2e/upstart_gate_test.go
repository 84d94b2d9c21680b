//go:build e2e

package e2e

import "strings"

// gateScenarios: the gate of Upstart hosts, and whatever may happen to it. None of it may
// keep a host from booting, or from going down.
var gateScenarios = []scenario{
	{name: "a boot is recorded before the network is waited for", upstart: func(h *upstartHost) {
		h.set("no-cable-eth0", "yes")
		h.cut()
		h.power()
		h.until("the boot waits for the network", func() bool {
			return strings.Contains(h.job("failsafe"), "start/running") && strings.Contains(h.job("umm-record"), "stop/waiting")
		})
		h.equal("rc-sysinit", h.job("rc-sysinit"), "rc-sysinit stop/waiting")
		h.cut()
		h.set("no-cable-eth0", "")
		h.starts()
		h.is(inMM)
		h.counts(2)
	}},
	{name: "without a network the host is in maintenance mode when the boot would go on without it", upstart: func(h *upstartHost) {
		h.set("no-cable-eth0", "yes")
		h.set("failsafe", "1")
		h.nextArgs("umm")
		h.restarts()
		h.is(inMM)
		h.onlyKept()
		h.ok("umm", "off")
		h.settle()
		h.is(h.operational)
		h.all()
	}},
	{name: "a gate that is killed lets the boot go on", upstart: func(h *upstartHost) {
		h.on()
		h.sh("kill -9 $(initctl status umm | sed 's/.*process //')")
		h.opens()
		h.equal("run level", h.ok("runlevel"), "N 2")
		h.all()
		h.refused("not in maintenance mode", "umm", "off")
		h.restarts()
		h.is(h.operational)
		h.all()
	}},
	{name: "a run level that somebody asks for in maintenance mode is reached", upstart: func(h *upstartHost) {
		h.on()
		h.inside("telinit", "2")
		h.until("run level 2", func() bool { return h.try("runlevel").out == "N 2\n" })
		h.opens()
		h.equal("the gate", h.job("umm"), "umm stop/waiting")
		h.all()
	}},
	{name: "a gate that somebody stops lets the boot go on, and what was stopped comes back as it was", upstart: func(h *upstartHost) {
		h.serviceOf("conf-agent", "start on begin-agent or filesystem\nenv CONF=/etc/agent.conf\nexec sleep 100085\n")
		// mountall waits for it, and with it the event filesystem.
		h.serviceOf("begins", "start on starting mountall\ntask\nexec initctl emit begin-agent CONF=/etc/special.conf\n")
		h.on()
		h.stopped("conf-agent")
		h.inside("stop", "umm")
		h.opens()
		h.all()
		h.runs("conf-agent")
		h.has("conf-agent", "CONF=/etc/special.conf")
	}},
	{name: "live: from a crontab out of a user's session, on an init that does not list its jobs in time", upstart: func(h *upstartHost) {
		h.serviceOf("conf-agent", "env CONF=/etc/agent.conf\nexec sleep 100085\n")
		h.serviceOf("long", "task\nexec sleep 100086\n")
		h.ok("start", "conf-agent", "CONF=/etc/special.conf", "ZONE=a b")
		h.ok("initctl", "start", "--no-wait", "long")
		crontab := func(line string) {
			h.t.Helper()
			h.sh("umm=$(command -v umm); unset RUNLEVEL; exec env -i PATH=/usr/bin:/bin UPSTART_SESSION=unix:abstract=/com/ubuntu/upstart-session/1000/1234 $umm " + line)
		}
		crontab("on --live")
		h.is(inMM)
		h.onlyKept()
		h.stopped("conf-agent", "long")
		h.sh(`printf '%s\n' '#!/bin/sh' 'case $* in list) echo "initctl: Did not receive a reply." >&2; exit 1 ;; esac' 'exec /sbin/initctl "$@"' >/usr/local/sbin/initctl
chmod 755 /usr/local/sbin/initctl`)
		h.fails(1, "Did not receive a reply", "initctl", "list")
		crontab("off")
		h.sh("rm /usr/local/sbin/initctl")
		h.settleBut("long")
		h.is(h.operational)
		h.all()
		h.runs("conf-agent", "long")
		h.has("conf-agent", "CONF=/etc/special.conf", "ZONE=a b")
	}},
	{name: "maintenance mode is reached though another host's file system never comes", upstart: func(h *upstartHost) {
		h.set("nfs-down", "yes")
		h.fstab("server:/mail /var/mail nfs defaults 0 0")
		h.contains("umm check", h.ok("umm", "check"), "/var/mail from server:/mail")
		h.on()
		h.why("operator", "")
		h.onlyKept()
		h.refusesOff("/var/mail")
		h.fstab("server:/mail /var/mail nfs nobootwait 0 0")
		h.off()
		h.all()
	}},
	{name: "a job that does not stop does not keep maintenance mode from being left", upstart: func(h *upstartHost) {
		h.serviceOf("stubborn", "start on filesystem\nkill timeout 1\nscript\n  trap '' TERM\n  while :; do sleep 1; done\nend script\n")
		h.on()
		h.off()
		h.all()
	}},
	{name: "a shutdown ends, whatever umm does", upstart: func(h *upstartHost) {
		// Longer than any limit of its own.
		h.bootProgram("#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1000; done\n", 0o755)
		old := h.id()
		h.inside("reboot")
		h.until("another boot", func() bool { return h.id() != old && h.id() != "" })
		h.cut()
	}},
	{name: "without umm's files the host boots", upstart: func(h *upstartHost) {
		h.cut()
		h.bootProgram("", 0o644)
		for _, name := range []string{"umm", "umm-record", "umm-end"} {
			h.write("/etc/init/"+name+".conf", "start on\n", 0o644)
		}
		h.starts()
		h.all()
	}},
	{name: "power cuts at any moment of a boot keep what was asked for", upstart: func(h *upstartHost) {
		// Asked for by the count: no cut may lose it, or lead anywhere else.
		h.configure("UMM=yes", "REBOOT_COUNT=0")
		for _, job := range []string{"mountall start", "umm-record start", "networking start/pre-start", "umm start/pre-start", "umm start/running", "umm-enter start"} {
			h.cut()
			h.power()
			h.until(job, func() bool {
				list := h.inside("initctl", "list").out
				return strings.Contains(list, job) || strings.Contains(list, "umm start/running")
			})
		}
		h.cuts()
		h.is(inMM)
		h.onlyKept()
		h.off()
		h.all()
	}},
	// fuel-umm, removed, leaves an override by which rc-sysinit waits for an event that nobody
	// emits any more.
	{name: "an override of fuel-umm's goes with the installation, somebody else's stays", bare: true, upstart: func(h *upstartHost) {
		const override = "/etc/init/rc-sysinit.override"
		for text, left := range map[string]string{
			"start on umm\n":                "",
			"# their gate\n start on umm\n": "",
			"start on filesystem\n":         "start on filesystem\n",
			"env DEFAULT_RUNLEVEL=3\n":      "env DEFAULT_RUNLEVEL=3\n",
		} {
			h.write(override, text, 0o644)
			h.install(deb)
			h.equal("after "+text+" there is", h.read(override), left)
		}
		h.write(override, "start on umm\n", 0o644)
		h.install(deb)
		h.restarts()
		h.is(h.operational)
		h.all()
	}},
}

// opens waits until the host is operational without umm off, and all of it has been started.
func (h *upstartHost) opens() {
	h.t.Helper()
	h.becomes(h.operational)
	h.settle()
}

// has wants the process of a job to have these variables.
func (h *upstartHost) has(job string, vars ...string) {
	h.t.Helper()
	env := h.sh("tr '\\0' '\\n' </proc/$(initctl status " + job + " | sed 's/.*process //')/environ")
	for _, kv := range vars {
		h.contains("the environment of "+job, "\n"+env+"\n", "\n"+kv+"\n")
	}
}
