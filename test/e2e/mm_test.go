//go:build e2e

package e2e

import (
	"fmt"

	"umm/internal/api"
)

// mmScenarios: what runs in maintenance mode, and who gets in.
var mmScenarios = []scenario{
	{name: "exactly the kept units run", systemd: func(h *systemdHost) {
		h.ordinaryServices()
		h.settle()
		h.runs(ordinary...)
		h.on()
		h.onlyKept()
		h.nothingFailed()
		h.closed(80, 7777)
		h.activatesNothing()
		h.contains("the logins", h.ok("systemctl", "show", "-p", "Wants", "umm.target"),
			"getty.target", "getty@tty1.service", "getty@tty2.service")
		h.runs("console-getty")
		h.equal("queued jobs", h.sh("systemctl list-jobs --no-legend"), "")
		h.off()
		h.opened()
	}, upstart: func(h *upstartHost) {
		h.all()
		h.on()
		h.onlyKept()
		h.contains("the gate holds the boot", h.job("rc-sysinit"), "start/starting")
		h.equal("run level", h.try("runlevel").out, "unknown\n")
		h.off()
		h.all()
	}},
	{name: "live: exactly the kept units run", systemd: func(h *systemdHost) {
		h.ordinaryServices()
		h.settle()
		h.live()
		h.onlyKept()
		h.nothingFailed()
		h.closed(80, 7777)
		h.activatesNothing()
		h.off()
		h.opened()
	}, upstart: func(h *upstartHost) {
		h.live()
		h.onlyKept()
		h.off()
		h.all()
	}},
	{name: "KEEP_UNITS keeps", systemd: func(h *systemdHost) {
		h.ordinaryServices()
		h.configure("UMM=yes", `KEEP_UNITS="nginx.service asks.socket tick*"`)
		units := h.units()
		h.contains("umm units", fmt.Sprint(units.Essential), "nginx.service", "asks.socket", "tick.timer")
		h.on()
		h.keptAndPorts(80, 7777)
		h.runs("nginx", "tick.timer")
		h.reaches(80)
		h.reaches(7777)
		h.stopped("cron")
		h.off()
		// The socket was kept, and so was what it had started.
		h.live()
		h.keptAndPorts(80, 7777)
		h.reaches(80)
		h.off()
	}, upstart: func(h *upstartHost) {
		h.configure("UMM=yes", `KEEP_UNITS="nginx nova-ap*"`)
		h.on()
		h.keptAnd("nginx", "nova-api")
		h.off()
		h.live()
		h.keptAnd("nginx", "nova-api")
		h.off()
	}},
	{name: "units tells what, and why", once: true, systemd: func(h *systemdHost) {
		h.ordinaryServices()
		u := h.units()
		reason := map[string]string{}
		for _, part := range [][]api.Unit{u.Essential, u.Stopped, u.Masked} {
			for _, unit := range part {
				if unit.Why == "" || reason[unit.Name] != "" {
					h.t.Errorf("%s is there twice, or without a reason: %+v", unit.Name, unit)
				}
				reason[unit.Name] = unit.Why
			}
		}
		h.contains("ssh", reason["ssh.service"], "remote login")
		for _, unit := range ordinary {
			if reason[unit] == "" {
				h.t.Errorf("%s is not told of", unit)
			}
		}
		h.contains("as text, to anybody", h.ok(nobody("umm", "units")...), "essential", "stopped", "masked", "nginx.service")
		h.configure("UMM=yes", `KEEP_UNITS="no-such ngin*"`)
		r := h.try("umm", "units")
		h.contains("what cannot be kept", r.err, "no-such", "no such unit")
		h.contains("what can", fmt.Sprint(h.units().Essential), "nginx.service")
		h.contains("umm check", h.ok("umm", "check"), "warn", "no-such")
	}, upstart: func(h *upstartHost) {
		h.contains("as text, to anybody", h.ok(nobody("umm", "units")...), "essential", "stopped", "ssh", "cron", "nova-api", "nginx")
		h.configure("UMM=yes", `KEEP_UNITS="no-such"`)
		h.contains("what cannot be kept", h.try("umm", "units").err, "no-such")
	}},
}

// ordinary are units of ordinaryServices that maintenance mode does not keep.
var ordinary = []string{"nginx.service", "cron.service", "tool.service", "asks.socket", "tick.timer", "watches.path"}

// ordinaryServices gives the host one of each kind of what must not run in
// maintenance mode.
func (h *systemdHost) ordinaryServices() {
	h.t.Helper()
	h.serviceOf("tool", forEver)
	h.write("/etc/systemd/system/asks.socket", "[Socket]\nListenStream=7777\nAccept=yes\n[Install]\nWantedBy=sockets.target\n", 0o644)
	h.write("/etc/systemd/system/asks@.service", "[Service]\nExecStart=/bin/echo asked\nStandardOutput=socket\n", 0o644)
	h.write("/etc/systemd/system/tick.timer", "[Timer]\nOnActiveSec=1h\n[Install]\nWantedBy=timers.target\n", 0o644)
	h.write("/etc/systemd/system/tick.service", "[Service]\nExecStart=/bin/true\n", 0o644)
	h.write("/etc/systemd/system/watches.path", "[Path]\nPathExists=/run/watched\n[Install]\nWantedBy=multi-user.target\n", 0o644)
	h.write("/etc/systemd/system/watches.service", "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n", 0o644)
	h.write("/etc/systemd/system/called.service", "[Service]\nType=oneshot\nExecStart=/bin/touch /run/called\n", 0o644)
	h.write("/usr/share/dbus-1/system-services/org.example.Called.service",
		"[D-BUS Service]\nName=org.example.Called\nExec=/bin/false\nUser=root\nSystemdService=called.service\n", 0o644)
	h.write("/usr/share/dbus-1/system.d/org.example.Called.conf", `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><policy context="default"><allow send_destination="org.example.Called"/></policy></busconfig>
`, 0o644)
	h.sh("systemctl daemon-reload && systemctl reload dbus && systemctl enable -q --now tool asks.socket tick.timer watches.path")
}

// activatesNothing: neither a file nor a call on the bus starts anything.
func (h *systemdHost) activatesNothing() {
	h.t.Helper()
	h.ok("touch", "/run/watched")
	h.try("timeout", "10", "busctl", "call", "org.example.Called", "/", "org.freedesktop.DBus.Peer", "Ping")
	h.fails(1, "", "test", "-e", "/run/called")
	h.stopped("watches.service")
	// The system's own tools, which are started by calls, work.
	h.contains("hostnamectl", h.ok("hostnamectl", "status"), "n1")
}

// opened: in operational mode all of it is there again.
func (h *systemdHost) opened() {
	h.t.Helper()
	h.runs(ordinary...)
	h.reaches(80)
	h.reaches(7777)
	h.try("timeout", "10", "busctl", "call", "org.example.Called", "/", "org.freedesktop.DBus.Peer", "Ping")
	h.ok("test", "-e", "/run/called")
	h.until("the path unit sees the file", func() bool { return h.running("watches.service") })
}

func (h *systemdHost) reaches(port int) {
	h.t.Helper()
	conn, err := h.lab.Dial(h.ctx, h.Name(), port)
	if err != nil {
		h.t.Errorf("port %d: %v", port, err)
		return
	}
	h.must(conn.Close())
}

func (h *systemdHost) closed(ports ...int) {
	h.t.Helper()
	for _, port := range ports {
		if conn, err := h.lab.Dial(h.ctx, h.Name(), port); err == nil {
			h.t.Errorf("port %d answers in maintenance mode", port)
			h.must(conn.Close())
		}
	}
}
