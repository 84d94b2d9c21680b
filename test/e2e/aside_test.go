//go:build e2e

package e2e

import (
	"reflect"
)

// asideScenarios: the kernel argument umm, and boots that umm keeps out of.
var asideScenarios = []scenario{
	{name: "the kernel argument umm is maintenance mode for that boot", both: func(h *host) {
		h.nextArgs("quiet", "umm")
		h.restarts()
		h.is(inMM)
		h.why("kernel-argument", "umm")
		h.onlyKept()
		h.off()
		h.reload()
		h.is(h.operational)
		h.restarts()
		h.is(h.operational)
		// A word of that kind is not the word.
		h.nextArgs("umm=no", "xumm", "umm.test", "UMM")
		h.restarts()
		h.is(h.operational)
		// Disabled is disabled.
		h.ok("umm", "disable")
		h.nextArgs("umm")
		h.restarts()
		h.is(disabled)
	}},
	{name: "with the argument in every boot, off leaves that boot", once: true, both: func(h *host) {
		h.args("umm")
		h.restarts()
		h.is(inMM)
		h.off()
		h.restarts()
		h.is(inMM)
		h.args()
		h.restarts()
		h.is(h.operational)
	}},
	{name: "rescue, emergency, single and runlevels keep umm out", systemd: func(h *systemdHost) {
		// A boot of maintenance mode is due: by the count, and by the configuration.
		h.cuts()
		h.configure("UMM=yes", "REBOOT_COUNT=0")
		before := h.record()
		for arg, unit := range map[string]string{
			"systemd.unit=rescue.target":    "rescue.service",
			"rescue":                        "rescue.service",
			"single":                        "rescue.service",
			"1":                             "rescue.service",
			"emergency":                     "emergency.service",
			"3":                             "multi-user.target",
			"systemd.unit=runlevel3.target": "multi-user.target",
		} {
			h.cut()
			h.nextArgs(arg)
			h.power()
			h.until(unit+" with "+arg, func() bool { return h.id() != "" && h.running(unit) })
			h.until("there are no jobs left", h.idle)
			h.equal("umm.target with "+arg, h.unitInside("umm.target"), "inactive")
			if after := h.record(); !reflect.DeepEqual(after, before) {
				h.t.Errorf("%s: the record was %+v and is %+v", arg, before, after)
			}
		}
		// A standing argument that names what the host boots into anyway is no such boot.
		h.args("systemd.unit=multi-user.target")
		h.cuts()
		h.is(inMM)
		h.onlyKept()
		h.ok("umm", "off")
		h.contains("umm status", h.ok("umm", "status"), "runlevel")
		h.runs("nginx")
		h.equal("what was started", h.unitInside("graphical.target"), "inactive")
	}, upstart: func(h *upstartHost) {
		h.configure("UMM=yes", "REBOOT_COUNT=0")
		before := h.record()
		for arg, level := range map[string]string{"single": "N S", "3": "N 3", "recovery": "N 2"} {
			h.cut()
			h.nextArgs(arg)
			h.power()
			h.until("run level "+level+" with "+arg, func() bool { return h.inside("runlevel").out == level+"\n" })
			h.settle()
			h.equal("umm with "+arg, h.job("umm"), "umm stop/waiting")
			if after := h.record(); !reflect.DeepEqual(after, before) {
				h.t.Errorf("%s: the record was %+v and is %+v", arg, before, after)
			}
		}
		h.cuts()
		h.is(inMM)
	}},
	{name: "umm on is refused where a kernel argument would keep it out", once: true, both: func(h *host) {
		h.args(h.aside)
		h.restarts()
		h.fails(3, h.aside, "umm", "on")
		h.fails(3, h.aside, "umm", "check")
		h.contains("umm status", h.ok("umm", "status"), "runlevel")
	}},
	{name: "an offline update and a relabel go first", systemd: func(h *systemdHost) {
		h.configure("UMM=yes", "REBOOT_COUNT=0")
		before := h.record()
		// systemd removes the link by itself and reboots.
		h.sh("ln -s /var/lib/update /system-update")
		old := h.id()
		h.cut()
		h.power()
		h.until("the update has been tried", func() bool { return h.read("/system-update") == "" && !h.exists("/system-update") })
		h.until("the boot after it", func() bool { id := h.id(); return id != "" && id != old && h.try("umm", "status").code == 0 })
		h.settle()
		h.is(inMM)
		if n := h.record().Unclean; n > before.Unclean+1 {
			h.t.Errorf("the count is %d: the boot of the update was counted", n)
		}
		h.ok("umm", "off")
		before = h.record()
		h.write("/.autorelabel", "", 0o644)
		h.cuts()
		h.all()
		if rec := h.record(); !reflect.DeepEqual(rec, before) {
			h.t.Errorf("the record was %+v and is %+v", before, rec)
		}
		h.sh("rm /.autorelabel")
		h.cuts()
		h.is(inMM)
	}, notUpstart: "Ubuntu 14.04 has neither"},
}
