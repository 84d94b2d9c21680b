//go:build e2e

package e2e

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"umm/internal/wire"
)

// mmScenarios: what runs in maintenance mode, and who gets in.
var mmScenarios = []scenario{
	{name: "exactly the kept units run", run: func(h *host) {
		h.ordinaryServices()
		h.settle()
		for _, unit := range ordinary {
			h.equal(unit+" before", h.ok("systemctl", "is-active", unit), "active")
		}
		h.on()
		h.onlyKept()
		h.healthyUnits()
		h.closed(80, 7777)
		h.activatesNothing()
		h.contains("the logins", h.ok("systemctl", "show", "-p", "Wants", "umm.target"),
			"getty.target", "getty@tty1.service", "getty@tty2.service")
		h.equal("the login on the console", h.ok("systemctl", "is-active", "console-getty"), "active")
		h.equal("queued jobs", h.sh("systemctl list-jobs --no-legend"), "")
		h.off()
		h.opened()
	}},
	{name: "live: exactly the kept units run", run: func(h *host) {
		h.ordinaryServices()
		h.settle()
		h.ok("umm", "on", "--live")
		h.onlyKept()
		h.healthyUnits()
		h.closed(80, 7777)
		h.activatesNothing()
		h.off()
		h.opened()
	}},
	{name: "KEEP_UNITS keeps", run: func(h *host) {
		h.ordinaryServices()
		h.configure("UMM=yes", `KEEP_UNITS="nginx.service asks.socket tick*"`)
		units := h.units()
		h.contains("umm units", fmt.Sprint(units.Kept), "nginx.service", "asks.socket", "tick.timer")
		h.on()
		h.onlyKept(80, 7777)
		h.equal("nginx", h.ok("systemctl", "is-active", "nginx"), "active")
		h.equal("the timer", h.ok("systemctl", "is-active", "tick.timer"), "active")
		h.reaches(80)
		h.reaches(7777)
		h.fails(3, "inactive", "systemctl", "is-active", "cron")
		h.off()
		// The socket was kept, and so was what it had started.
		h.ok("umm", "on", "--live")
		h.onlyKept(80, 7777)
		h.reaches(80)
		h.off()
	}},
	{name: "units tells what, and why", once: true, run: func(h *host) {
		h.ordinaryServices()
		u := h.units()
		reason := map[string]string{}
		for _, part := range [][]wire.Unit{u.Kept, u.Stopped, u.Masked} {
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
		h.contains("as text, to anybody", h.sh("runuser -u nobody -- umm units"), "kept", "stopped", "masked", "nginx.service")
		h.configure("UMM=yes", `KEEP_UNITS="no-such ngin*"`)
		r := h.try("umm", "units")
		h.contains("what cannot be kept", r.err, "no-such", "no such unit")
		h.contains("what can", fmt.Sprint(h.units().Kept), "nginx.service")
		h.fails(3, "no-such", "umm", "check")
	}},
}

// ordinary are units of ordinaryServices that maintenance mode does not keep.
var ordinary = []string{"nginx.service", "cron.service", "tool.service", "asks.socket", "tick.timer", "watches.path"}

// ordinaryServices gives the host one of each kind of what must not run in
// maintenance mode.
func (h *host) ordinaryServices() {
	h.t.Helper()
	h.service("tool", "")
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
func (h *host) activatesNothing() {
	h.t.Helper()
	h.ok("touch", "/run/watched")
	h.try("timeout", "10", "busctl", "call", "org.example.Called", "/", "org.freedesktop.DBus.Peer", "Ping")
	h.fails(1, "", "test", "-e", "/run/called")
	h.fails(3, "inactive", "systemctl", "is-active", "watches.service")
	// The system's own tools, which are started by calls, work.
	h.contains("hostnamectl", h.ok("hostnamectl", "status"), "n1")
}

// opened: in operational mode all of it is there again.
func (h *host) opened() {
	h.t.Helper()
	for _, unit := range ordinary {
		h.equal(unit+" after", h.ok("systemctl", "is-active", unit), "active")
	}
	h.reaches(80)
	h.reaches(7777)
	h.try("timeout", "10", "busctl", "call", "org.example.Called", "/", "org.freedesktop.DBus.Peer", "Ping")
	h.ok("test", "-e", "/run/called")
	h.until("the path unit sees the file", func() bool { return h.try("systemctl", "is-active", "watches.service").code == 0 })
}

func (h *host) reaches(port int) {
	h.t.Helper()
	conn, err := h.lab.Dial(h.ctx, h.Name(), port)
	if err != nil {
		h.t.Errorf("port %d: %v", port, err)
		return
	}
	h.must(conn.Close())
}

func (h *host) closed(ports ...int) {
	h.t.Helper()
	for _, port := range ports {
		if conn, err := h.lab.Dial(h.ctx, h.Name(), port); err == nil {
			h.t.Errorf("port %d answers in maintenance mode", port)
			h.must(conn.Close())
		}
	}
}

func (h *host) units() (u wire.Units) {
	h.t.Helper()
	h.json(&u, "umm", "units", "-o", "json")
	return u
}

// onlyKept wants what umm units says: all of that, and nothing else but early boot
// and logins.
func (h *host) onlyKept(ports ...int) {
	h.t.Helper()
	h.settle()
	running := strings.Fields(h.sh("systemctl list-units --no-legend --plain --full --state=active,activating,reloading --type=service,socket,timer,path | cut -d' ' -f1"))
	early := strings.Fields(h.sh("systemctl list-dependencies --plain --all sysinit.target"))
	var kept []string
	for _, u := range h.units().Kept {
		kept = append(kept, u.Name)
	}
	for _, unit := range running {
		login := strings.HasPrefix(unit, "user@") || strings.HasPrefix(unit, "user-runtime-dir@") || strings.Contains(unit, "getty")
		needed := unit == "ifupdown-pre.service" || unit == "umm-record.service" || unit == "umm-expire.timer"
		if !login && !needed && !slices.Contains(kept, unit) && !slices.Contains(early, unit) {
			h.t.Errorf("%s runs in maintenance mode", unit)
		}
	}
	for _, unit := range kept {
		if slices.Contains(running, unit) || !slices.Contains([]string{".service", ".socket", ".timer", ".path"}, filepath.Ext(unit)) {
			continue
		}
		// What the host has no use for is not there in operational mode either.
		if r := h.ok("systemctl", "show", "-p", "ConditionResult", unit); r != "ConditionResult=no" {
			h.t.Errorf("%s is kept and does not run: %s", unit, r)
		}
	}
	open := []string{":22"}
	for _, port := range ports {
		open = append(open, fmt.Sprintf(":%d", port))
	}
	for _, address := range strings.Fields(h.sh("ss -Htuln | while read -r kind state received sent address rest; do echo $address; done")) {
		if !slices.Contains(open, address[strings.LastIndexByte(address, ':'):]) {
			h.t.Errorf("somebody listens on %s in maintenance mode", address)
		}
	}
}

// healthyUnits wants that nothing failed.
func (h *host) healthyUnits() {
	h.t.Helper()
	h.equal("failed units", h.sh("systemctl --failed --no-legend --plain"), "")
}
