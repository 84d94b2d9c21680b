//go:build e2e

package e2e

import (
	"strings"

	"umm/internal/api"
)

var statusScenarios = []scenario{
	{name: "operational", both: func(h *host) {
		h.statusLine(h.operational)
		if got := h.try("runlevel").out; got != "unknown\n" {
			h.equal("the words of runlevel", "runlevel "+got, h.operational+"\n")
		}
		s := h.status()
		h.equal("mode", s.Mode, api.ModeOperational)
		h.equal("boot id", s.BootID, strings.ReplaceAll(h.id(), "-", ""))
		if !s.Enabled || s.Trigger != nil || s.Command != nil || s.Since != nil || s.Unclean != (api.Unclean{Count: 0, Threshold: 2}) {
			h.t.Errorf("got %+v", s)
		}
	}},
	{name: "maintenance", both: func(h *host) {
		h.on("--reason", "a new disk")
		h.statusLine(inMM, "a new disk", "root from 192.0.2.1", "since")
		s := h.status()
		h.equal("mode", s.Mode, api.ModeMaintenance)
		h.why("operator", "umm on")
		h.equal("reason", s.Trigger.Reason, "a new disk")
		h.equal("by", s.Trigger.By, "root from 192.0.2.1")
		if s.Since == nil || s.Until != nil || s.Trigger.At == nil || s.Trigger.At.After(*s.Since) {
			h.t.Errorf("since %v, until %v, asked for at %v", s.Since, s.Until, s.Trigger.At)
		}
		h.runs("ssh") // the console is not the only way in
		h.contains("the banner", h.sh("cat /run/umm/banner"), "a new disk", "umm off")
	}},
	{name: "disabled", both: func(h *host) {
		h.ok("umm", "disable")
		h.statusLine(disabled)
		h.equal("mode", h.status().Mode, api.ModeDisabled)
		h.ok("umm", "enable")
		h.statusLine(h.operational)
	}},
	{name: "on a terminal, what failed and what is wrong", once: true, systemd: func(h *systemdHost) {
		h.failing()
		h.try("systemctl", "start", "broken")
		h.configure("UMM=yes", "REBOOT_COUNT=x")
		h.statusLine(h.operational, "broken.service", "/etc/umm.conf:2: REBOOT_COUNT")
		h.equal("failed units", strings.Join(h.status().FailedUnits, " "), "broken.service")
	}, upstart: func(h *upstartHost) {
		// Upstart keeps no list of what failed.
		h.configure("UMM=yes", "REBOOT_COUNT=x")
		h.statusLine(h.operational, "/etc/umm.conf:2: REBOOT_COUNT")
	}},
	{name: "whether a reboot is needed", once: true, systemd: func(h *systemdHost) {
		h.statusLine(h.operational, "reboot", "not needed")
		h.sh("echo 'reboot, please' >/run/reboot-required; echo libc6 >/run/reboot-required.pkgs")
		h.statusLine(h.operational, "needed: /run/reboot-required: libc6")
		h.restarts()
		h.statusLine(h.operational, "not needed")
		h.configure("UMM=yes", `REBOOT_NEEDED="echo a new BIOS; test -e /root/bios"`)
		h.equal("without it", h.status().Reboot.Needed, "no")
		h.sh("touch /root/bios")
		h.statusLine(h.operational, "needed: REBOOT_NEEDED: a new BIOS")
		h.sh("chmod 666 /etc/umm.conf")
		h.equal("by a command that others can change", h.status().Reboot.Needed, "unknown")
	}, notUpstart: "a practice host with Upstart does not say that it is a container, and has no boot menu"},
	{name: "rebooting", both: func(h *host) {
		for _, way := range []string{"on", "off reboot"} {
			h.slowToStop()
			old := h.id()
			asked := h.background("/bin/sh", "-c", "umm "+way)
			h.until("the host goes down", func() bool { return h.inside("umm", "status").out == rebooting+"\n" })
			for _, args := range [][]string{{"on"}, {"on", "--live"}, {"off"}, {"off", "reboot"}} {
				if r := h.inside(append([]string{"umm"}, args...)...); r.code != 1 {
					h.t.Errorf("umm %v while the host goes down ended with %d: %s", args, r.code, r.err)
				}
			}
			h.goOn()
			h.boots(old)
			if r := <-asked; r.code != 255 {
				h.t.Errorf("umm %s came back with %+v", way, r)
			}
			h.is(map[string]string{"on": inMM, "off reboot": h.operational}[way])
		}
	}},
}

// statusLine wants the one compatible line, whoever the user is, and on a terminal the mode in words and more.
func (h *host) statusLine(want string, words ...string) {
	h.t.Helper()
	h.equal("umm status | od -c", h.sh("umm status | od -c"), h.sh("echo '"+want+"' | od -c"))
	r := h.try(nobody("umm", "status")...)
	h.equal("umm status of an ordinary user", r.out+r.err, want+"\n")
	terminal := strings.ReplaceAll(h.sh("script -qec 'umm status' /dev/null </dev/null"), "\r", "")
	first, rest, _ := strings.Cut(terminal, "\n")
	headline := map[string]string{inMM: "maintenance mode; leave it with umm off, or with umm off reboot",
		disabled: "operational mode; maintenance mode is disabled, umm enable allows it"}[want]
	if headline == "" {
		headline = "operational mode (" + want + ")"
	}
	h.equal("the first line on a terminal", first, headline)
	h.contains("the rest on a terminal", rest, append(words, "unclean boots")...)
}
