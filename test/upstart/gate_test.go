//go:build e2e

package upstart

import "strings"

// onlyHere: the gate, and whatever may happen to it. None of it may keep a host from
// booting, or from going down.
var onlyHere = map[string]func(h *host){
	"a boot is recorded before the network is waited for": func(h *host) {
		h.set("no-cable-eth0", "yes")
		h.must(h.Cut())
		h.must(h.Power())
		h.until("the boot waits for the network", func() bool {
			return strings.Contains(h.job("failsafe"), "start/running") && strings.Contains(h.job("umm-record"), "stop/waiting")
		})
		h.equal("rc-sysinit", h.job("rc-sysinit"), "rc-sysinit stop/waiting")
		h.must(h.Cut())
		h.set("no-cable-eth0", "")
		h.starts()
		h.is(inMM)
		h.counts(2)
	},
	"without a network the host is in maintenance mode when the boot would go on without it": func(h *host) {
		h.set("no-cable-eth0", "yes")
		h.set("failsafe", "1")
		h.SetNextArgs("umm")
		h.byCommand("reboot")
		h.is(inMM)
		h.onlyKept()
		h.ok("umm", "off")
		h.settle()
		h.is(operational)
		h.all()
	},
	"a gate that is killed lets the boot go on": func(h *host) {
		h.on()
		h.sh("kill -9 $(initctl status umm | sed 's/.*process //')")
		h.until("operational mode", func() bool { return h.try("umm", "status").Out == operational+"\n" })
		h.settle()
		h.equal("run level", h.ok("runlevel"), "N 2")
		for _, name := range []string{"ssh", "cron", "nova-api", "nginx", "tty1", "tty6"} {
			if !h.running(name) {
				h.t.Errorf("%s does not run: %s", name, h.job(name))
			}
		}
		h.reboots()
		h.is(operational)
		h.all()
	},
	"a run level that somebody asks for in maintenance mode is reached": func(h *host) {
		h.on()
		h.inside("telinit", "2")
		h.until("run level 2", func() bool { return h.try("runlevel").Out == "N 2\n" })
		h.settle()
		h.equal("the gate", h.job("umm"), "umm stop/waiting")
		for _, name := range []string{"cron", "nova-api", "nginx", "tty6"} {
			if !h.running(name) {
				h.t.Errorf("%s does not run: %s", name, h.job(name))
			}
		}
		h.is(operational)
	},
	"a job that does not stop does not keep maintenance mode from being left": func(h *host) {
		h.service("stubborn", "start on filesystem\nkill timeout 1\nscript\n  trap '' TERM\n  while :; do sleep 1; done\nend script\n")
		h.on()
		h.off()
		h.all()
	},
	"a shutdown ends, whatever umm does": func(h *host) {
		// Longer than any limit of its own.
		path := h.Root() + "/../usr/lib/umm/umm-boot"
		h.wreck(path, "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1000; done\n", 0o755)
		old := h.BootID()
		h.inside("reboot")
		h.until("another boot", func() bool { return h.BootID() != old && h.BootID() != "" })
		h.must(h.Cut())
	},
	"without umm's files the host boots": func(h *host) {
		h.must(h.Cut())
		h.wreck(h.Root()+"/../usr/lib/umm/umm-boot", "", 0o644)
		for _, name := range []string{"umm", "umm-record", "umm-end"} {
			h.write("/etc/init/"+name+".conf", "start on\n", 0o644)
		}
		h.starts()
		h.all()
	},
	"power cuts at any moment of a boot keep what was asked for": func(h *host) {
		// Asked for by the count: no cut may lose it, or lead anywhere else.
		h.configure("UMM=yes", "REBOOT_COUNT=0")
		for _, job := range []string{"mountall start", "umm-record start", "networking start/pre-start", "umm start/pre-start", "umm start/running", "umm-enter start"} {
			h.must(h.Cut())
			h.must(h.Power())
			h.until(job, func() bool {
				list := h.inside("initctl", "list").Out
				return strings.Contains(list, job) || strings.Contains(list, "umm start/running")
			})
		}
		h.cuts()
		h.is(inMM)
		h.onlyKept()
		h.off()
		h.all()
	},
}
