//go:build e2e

package e2e

import (
	"strings"

	"umm/internal/wire"
)

var statusScenarios = []scenario{
	{name: "operational", run: func(h *host) {
		h.statusLine(operational)
		if got := h.try("runlevel").out; got != "unknown\n" {
			h.equal("the words of runlevel", "runlevel "+got, operational+"\n")
		}
		s := h.status()
		h.equal("mode", s.Mode, wire.ModeOperational)
		h.equal("boot id", s.BootID, strings.ReplaceAll(h.id(), "-", ""))
		if !s.Enabled || s.Trigger != nil || s.Command != nil || s.Since != nil || s.Unclean != (wire.Unclean{Count: 0, Threshold: 2}) {
			h.t.Errorf("got %+v", s)
		}
	}},
	{name: "maintenance", run: func(h *host) {
		h.on("--reason", "a new disk")
		h.statusLine(inMM, "a new disk", "root from 192.0.2.1", "since")
		s := h.status()
		h.equal("mode", s.Mode, wire.ModeMaintenance)
		h.why("operator", "umm on")
		h.equal("reason", s.Trigger.Reason, "a new disk")
		h.equal("by", s.Trigger.By, "root from 192.0.2.1")
		if s.Since == nil || s.Until != nil || s.Trigger.At == nil || s.Trigger.At.After(*s.Since) {
			h.t.Errorf("since %v, until %v, asked for at %v", s.Since, s.Until, s.Trigger.At)
		}
		h.equal("the console is not the only way in", h.ok("systemctl", "is-active", "ssh"), "active")
	}},
	{name: "disabled", run: func(h *host) {
		h.ok("umm", "disable")
		h.statusLine(disabled)
		h.equal("mode", h.status().Mode, wire.ModeDisabled)
		h.ok("umm", "enable")
		h.statusLine(operational)
	}},
	{name: "on a terminal, what failed and what is wrong", once: true, run: func(h *host) {
		h.service("broken", "[Service]\nType=oneshot\nExecStart=/bin/false\n")
		h.try("systemctl", "start", "broken")
		h.configure("UMM=yes", "REBOOT_COUNT=x")
		h.statusLine(operational, "broken.service", "/etc/umm.conf:2: REBOOT_COUNT")
		h.equal("failed units", strings.Join(h.status().FailedUnits, " "), "broken.service")
	}},
	{name: "rebooting", run: func(h *host) {
		h.slowToStop()
		old := h.id()
		h.dies("umm", "on")
		h.equal("status while the host goes down", h.inside("umm", "status").out, rebooting+"\n")
		for _, args := range [][]string{{"on"}, {"on", "--live"}, {"off"}, {"off", "reboot"}} {
			if r := h.inside(append([]string{"umm"}, args...)...); r.code != 1 {
				h.t.Errorf("umm %v while the host goes down ended with %d: %s", args, r.code, r.err)
			}
		}
		h.goOn()
		h.boots(old)
		h.is(inMM)

		h.slowToStop()
		old = h.id()
		h.dies("umm", "off", "reboot")
		h.equal("status while the host goes down again", h.inside("umm", "status").out, rebooting+"\n")
		h.goOn()
		h.boots(old)
		h.is(operational)
	}},
}

// statusLine wants the one compatible line, and on a terminal more.
func (h *host) statusLine(want string, words ...string) {
	h.t.Helper()
	h.equal("umm status | cat", h.sh("umm status | od -c"), h.sh("echo '"+want+"' | od -c"))
	h.equal("umm status of an ordinary user", h.sh("runuser -u nobody -- umm status 2>&1"), want)
	terminal := strings.ReplaceAll(h.sh("script -qec 'umm status' /dev/null </dev/null"), "\r", "")
	first, rest, _ := strings.Cut(terminal, "\n")
	h.equal("the first line on a terminal", first, want)
	h.contains("the rest on a terminal", rest, append(words, "unclean boots")...)
}

// slowToStop makes the next shutdown wait until goOn.
func (h *host) slowToStop() {
	h.t.Helper()
	h.write("/usr/local/bin/stop-slowly", "#!/bin/sh\nwhile ! [ -e /run/go-on ]; do sleep 0.05; done\n", 0o755)
	h.service("slow", "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\nExecStop=/usr/local/bin/stop-slowly\n")
	h.ok("systemctl", "start", "slow")
}

func (h *host) goOn() {
	h.t.Helper()
	h.inside("touch", "/run/go-on")
}
