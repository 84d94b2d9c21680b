//go:build e2e

package upstart

var offRows = []row{
	{section: "off", systemd: "nothing started by hand is stopped or restarted", upstart: func(h *host) {
		h.service("tool", "exec sleep 100080\n")
		h.on()
		h.ok("start", "cron")
		h.ok("start", "tool")
		h.ok("service", "nginx", "start")
		nginx := h.sh("cat /run/nginx.pid")
		plain := h.sh("setsid sleep 1234 >/dev/null 2>&1 & echo $!")
		stays := []string{"cron", "tool", "ssh", "dbus", "udev", "rsyslog", "tty1", "tty2"}
		before := h.pids(stays...)
		h.off()
		h.equal("processes", h.pids(stays...), before)
		h.equal("nginx", h.sh("cat /run/nginx.pid"), nginx)
		h.ok("kill", "-0", plain)
		h.all()
		h.refused("not in maintenance mode", "umm", "off")
	}},
	{section: "off", systemd: "operational mode after off is what it is after a plain boot", upstart: func(h *host) {
		plain := h.jobs()
		h.on()
		h.off()
		h.same("jobs after umm off", h.jobs(), plain)
		h.all()
		h.ok("initctl", "reload-configuration")
		h.is(operational)
	}},
	{section: "off", systemd: "off reboot", upstart: func(h *host) {
		h.on()
		h.offReboots()
		h.is(operational)
		h.counts(0)
		h.all()
	}},
	{section: "off", systemd: "off clears the count, off reboot too", upstart: func(h *host) {
		h.cuts()
		h.counts(1)
		h.ok("umm", "on", "--live")
		h.counts(1)
		h.off()
		h.counts(0)
		h.cuts()
		h.is(operational)
		h.counts(1)
		h.ok("umm", "on", "--live")
		h.offReboots()
		h.counts(0)
	}},
	{section: "off", systemd: "off from every trigger", upstart: func(h *host) {
		for _, kind := range []string{"kernel-argument", "unclean-boots"} {
			enter := func() {
				if kind == "kernel-argument" {
					h.SetNextArgs("umm")
					h.reboots()
					return
				}
				h.cuts()
				h.cuts()
			}
			enter()
			h.is(inMM)
			h.why(kind, "")
			h.off()
			h.all()
			enter()
			h.is(inMM)
			h.offReboots()
			h.is(operational)
		}
	}},
	{section: "off", systemd: "a power cut after off is one of an operational boot", upstart: func(h *host) {
		h.on()
		h.off()
		h.cuts()
		h.is(operational)
		h.counts(1)
	}},
	{section: "off", systemd: "a unit that fails to start does not keep off from its end", upstart: func(h *host) {
		h.service("broken", "start on runlevel [2345]\ntask\nexec /bin/false\n")
		h.write("/etc/init.d/broken-script", "#!/bin/sh\nexit 1\n", 0o755)
		h.sh("ln -s ../init.d/broken-script /etc/rc2.d/S10broken-script")
		h.on()
		o := h.try("umm", "off")
		h.t.Logf("umm off ended with %d: %s%s", o.Code, o.Out, o.Err)
		h.settle()
		h.is(operational)
		h.all()
	}},
	{section: "off", systemd: "live: exactly what was stopped is started again", upstart: func(h *host) {
		h.service("tool", "exec sleep 100080\n")
		h.service("stopped", "")
		h.ok("start", "tool")
		h.ok("stop", "cron")
		old, before := h.BootID(), h.jobs()
		pids := h.pids(keptServices...)

		h.ok("umm", "on", "--live", "--reason", "live")
		h.is(inMM)
		h.why("operator", "")
		h.equal("the boot", h.BootID(), old)
		h.equal("processes in MM", h.pids(keptServices...), pids)
		h.onlyKept()
		if h.running("tool") {
			h.t.Error("tool runs in maintenance mode")
		}

		h.ok("umm", "off")
		h.settle()
		h.is(operational)
		h.equal("the boot", h.BootID(), old)
		h.equal("processes after", h.pids(keptServices...), pids)
		h.same("jobs after umm off", h.jobs(), before)
		if h.running("cron") || h.running("stopped") || !h.running("nginx") {
			h.t.Error("what runs is not what ran")
		}
	}},
	{section: "off", systemd: "live: what is started by hand there is left alone", upstart: func(h *host) {
		h.ok("umm", "on", "--live")
		h.ok("start", "cron")
		before := h.pids("cron")
		h.off()
		h.equal("its process", h.pids("cron"), before)
		h.all()
	}},
	{section: "off", systemd: "live: with a command, that runs once", upstart: func(h *host) {
		h.ok("umm", "on", "--live", "--then=off", "echo run >>/root/runs")
		h.until("operational mode", func() bool { return h.try("umm", "status").Out == operational+"\n" })
		h.settle()
		h.all()
		h.reboots()
		h.equal("runs", h.read("/root/runs"), "run\n")
	}},
	{section: "off", systemd: "live: the session that asked for it stays", upstart: func(h *host) {
		h.sh("setsid sleep 1234 >/dev/null 2>&1 &")
		h.equal("what comes after it", h.sh("umm on --live >/dev/null && echo here"), "here")
		h.ok("pgrep", "-f", "^sleep 1234")
		h.is(inMM)
	}},
	{section: "off", systemd: "live: a power cut stays in maintenance mode, and off starts all", upstart: func(h *host) {
		h.ok("umm", "on", "--live")
		h.cuts()
		h.is(inMM)
		h.why("operator", "")
		h.off()
		h.all()
	}},
	{section: "off", systemd: "live: off after a switch that broke off", upstart: func(h *host) {
		// A job that does not stop holds the switch up; who asked is killed, and so is
		// the switch itself.
		h.service("slow", "start on runlevel [2345]\nstop on runlevel [!2345]\nexec sleep 100090\npre-stop script\n  while ! [ -e /run/go-on ]; do sleep 0.05; done\nend script\n")
		h.ok("start", "slow")
		h.sh("setsid umm on --live >/dev/null 2>&1 & until initctl status slow | grep -q pre-stop; do sleep 0.02; done")
		h.sh("kill -9 $(initctl status umm-live | sed 's/.*process //'); touch /run/go-on")
		h.settle()
		h.is(inMM)
		h.off()
		h.all()
	}},
	{section: "off", systemd: "live: refused by nothing in a later stay", upstart: func(h *host) {
		for range 3 {
			h.ok("umm", "on", "--live")
			h.onlyKept()
			h.off()
		}
		h.on()
		h.off()
		h.all()
	}},
}

var mmRows = []row{
	{section: "mm", systemd: "exactly the kept units run", upstart: func(h *host) {
		h.all()
		h.on()
		h.onlyKept()
		h.contains("the gate holds the boot", h.job("rc-sysinit"), "start/starting")
		h.equal("run level", h.try("runlevel").Out, "unknown\n")
		h.off()
		h.all()
	}},
	{section: "mm", systemd: "live: exactly the kept units run", upstart: func(h *host) {
		h.ok("umm", "on", "--live")
		h.onlyKept()
		h.off()
		h.all()
	}},
	{section: "mm", systemd: "KEEP_UNITS keeps", upstart: func(h *host) {
		h.configure("UMM=yes", `KEEP_UNITS="nginx nova-ap*"`)
		h.on()
		h.onlyKept("nginx", "nova-api")
		h.off()
		h.ok("umm", "on", "--live")
		h.onlyKept("nginx", "nova-api")
		h.off()
	}},
	{section: "mm", systemd: "units tells what, and why", upstart: func(h *host) {
		h.contains("as text, to anybody", h.sh("setpriv --reuid=65534 --clear-groups umm units"), "kept", "stopped", "ssh", "cron", "nova-api", "nginx")
		h.configure("UMM=yes", `KEEP_UNITS="no-such"`)
		h.contains("what cannot be kept", h.try("umm", "units").Err, "no-such")
	}},
	{section: "login", systemd: "every user can log in, and no one sees the banner but at a login", why: "the banner is of the login shell, and Ubuntu 14.04 has no /run/nologin at boot"},
	{section: "login", systemd: "the services of lingering users do not run", why: "Ubuntu 14.04 has no such services"},
	{section: "network", systemd: "systemd-networkd, with the address on a bridge", why: "Ubuntu 14.04 has no networkd"},
	{section: "network", systemd: "ssh by its socket", why: "Upstart has no sockets that start services"},
	{section: "network", systemd: "a firewall stays", upstart: func(h *host) {
		h.service("ufw", "start on (starting network-interface or starting networking)\nstop on runlevel [!023456]\n"+
			"pre-start exec touch /run/walls-up\npost-stop exec rm /run/walls-up\n")
		h.on()
		h.ok("test", "-e", "/run/walls-up")
		h.off()
		h.ok("umm", "on", "--live")
		h.ok("test", "-e", "/run/walls-up")
	}},
	{section: "network", systemd: "on is refused where the network's owner would not run", why: "of the owners only ifupdown is asked about on Upstart, and it is no job that could be missing"},
}
