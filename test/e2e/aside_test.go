//go:build e2e

package e2e

import (
	"reflect"
)

// asideScenarios: the kernel argument umm, and boots that umm keeps out of.
var asideScenarios = []scenario{
	{name: "the kernel argument umm is maintenance mode for that boot", run: func(h *host) {
		h.must(h.SetNextKernelArgs("quiet", "umm"))
		h.reboots()
		h.is(inMM)
		h.why("kernel-argument", "umm")
		h.onlyKept()
		h.off()
		h.ok("systemctl", "daemon-reload")
		h.is(operational)
		h.reboots()
		h.is(operational)
		// A word of that kind is not the word.
		h.must(h.SetNextKernelArgs("umm=no", "xumm", "umm.test", "UMM"))
		h.reboots()
		h.is(operational)
		// Disabled is disabled.
		h.ok("umm", "disable")
		h.must(h.SetNextKernelArgs("umm"))
		h.reboots()
		h.is(disabled)
	}},
	{name: "with the argument in every boot, off leaves that boot", once: true, run: func(h *host) {
		h.must(h.SetKernelArgs("umm"))
		h.reboots()
		h.is(inMM)
		h.off()
		h.reboots()
		h.is(inMM)
		h.must(h.SetKernelArgs())
		h.reboots()
		h.is(operational)
	}},
	{name: "rescue, emergency, single and runlevels keep umm out", run: func(h *host) {
		// A boot of maintenance mode is due: by the count, and by the configuration.
		h.cuts()
		h.configure("UMM=yes", "REBOOT_COUNT=0")
		before, err := h.load()
		h.must(err)
		for arg, unit := range map[string]string{
			"systemd.unit=rescue.target":     "rescue.service",
			"rescue":                         "rescue.service",
			"single":                         "rescue.service",
			"1":                              "rescue.service",
			"emergency":                      "emergency.service",
			"3":                              "multi-user.target",
			"systemd.unit=multi-user.target": "multi-user.target",
		} {
			h.must(h.Cut(h.ctx))
			h.must(h.SetNextKernelArgs(arg))
			h.must(h.Power(h.ctx))
			h.until(unit+" with "+arg, func() bool {
				_, err := h.BootID()
				return err == nil && h.unitInside(unit) == "active"
			})
			h.until("there are no jobs left", h.idle)
			h.equal("umm.target with "+arg, h.unitInside("umm.target"), "inactive")
			after, err := h.load()
			h.must(err)
			if !reflect.DeepEqual(after, before) {
				h.t.Errorf("%s: the record was %+v and is %+v", arg, before, after)
			}
		}
		h.cuts()
		h.is(inMM)
	}},
	{name: "umm on is refused where a kernel argument would keep it out", once: true, run: func(h *host) {
		h.must(h.SetKernelArgs("systemd.unit=multi-user.target"))
		h.reboots()
		h.fails(3, "systemd.unit=multi-user.target", "umm", "on")
		h.fails(3, "systemd.unit=multi-user.target", "umm", "check")
		h.contains("umm status", h.ok("umm", "status"), "runlevel")
	}},
	{name: "an offline update and a relabel go first", run: func(h *host) {
		h.configure("UMM=yes", "REBOOT_COUNT=0")
		before, err := h.load()
		h.must(err)
		// systemd removes the link by itself and reboots.
		h.sh("ln -s /var/lib/update /system-update")
		old := h.id()
		h.must(h.Cut(h.ctx))
		h.must(h.Power(h.ctx))
		h.until("the update has been tried", func() bool { return h.read("/system-update") == "" && !h.exists("/system-update") })
		h.until("the boot after it", func() bool { id, err := h.BootID(); return err == nil && id != old && h.try("umm", "status").code == 0 })
		h.settle()
		h.is(inMM)
		rec, err := h.load()
		h.must(err)
		if rec.Unclean > before.Unclean+1 {
			h.t.Errorf("the count is %d: the boot of the update was counted", rec.Unclean)
		}
		h.ok("umm", "off")
		before, err = h.load()
		h.must(err)
		h.write("/.autorelabel", "", 0o644)
		h.cuts()
		h.equal("nginx", h.try("systemctl", "is-active", "nginx").out, "active\n")
		rec, err = h.load()
		h.must(err)
		if !reflect.DeepEqual(rec, before) {
			h.t.Errorf("the record was %+v and is %+v", before, rec)
		}
		h.sh("rm /.autorelabel")
		h.cuts()
		h.is(inMM)
	}},
}
