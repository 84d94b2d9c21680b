//go:build e2e

package e2e

import (
	"strings"
)

// hookScenarios: the executables of /etc/umm/hooks.d.
var hookScenarios = []scenario{
	{name: "they run in order, with the facts", both: func(h *host) {
		for _, phase := range []string{"pre-on", "post-on", "pre-off", "post-off"} {
			h.hook(phase+"/20-second", `echo "$UMM_PHASE 20 $UMM_TRIGGER [$UMM_REASON] by [$UMM_BY] live=$UMM_LIVE $UMM_BOOT_ID" >>/root/hooks`)
			h.hook(phase+"/10-first", "echo $UMM_PHASE 10 >>/root/hooks")
			h.hook(phase+"/30-backup.bak", "echo never >>/root/hooks")
			h.write("/etc/umm/hooks.d/"+phase+"/40-notes", "#!/bin/sh\necho never >>/root/hooks\n", 0o644)
		}
		first := strings.ReplaceAll(h.id(), "-", "")
		h.on("--reason", "the  reason")
		second := strings.ReplaceAll(h.id(), "-", "")
		h.off()
		facts := " 20 operator [the  reason] by [root from 192.0.2.1] live="
		h.equal("hooks", h.read("/root/hooks"),
			"pre-on 10\npre-on"+facts+"false "+first+"\npost-on 10\npost-on"+facts+"false "+second+
				"\npre-off 10\npre-off"+facts+"false "+second+"\npost-off 10\npost-off"+facts+"false "+second+"\n")

		h.sh("rm /root/hooks")
		h.live("--reason", "the  reason")
		h.off()
		h.contains("hooks of a live stay", h.read("/root/hooks"), "pre-on"+facts, "post-on"+facts+"true", "pre-off"+facts+"true", "post-off"+facts+"true")
		h.equal("words", strings.Join(strings.Fields(h.sh("cut -d' ' -f1 /root/hooks")), " "),
			"pre-on pre-on post-on post-on pre-off pre-off post-off post-off")
	}},
	{name: "a pre hook that fails refuses, and nothing is changed", once: true, both: func(h *host) {
		h.hook("pre-on/50-no", "echo because of that; echo and this >&2; exit 7")
		h.hook("pre-on/90-after", "touch /root/after")
		old := h.id()
		before := h.up()
		for _, args := range [][]string{{}, {"--live"}} {
			r := h.try(append([]string{"umm", "on"}, args...)...)
			if r.code != 3 {
				h.t.Fatalf("umm on %v ended with %d", args, r.code)
			}
			h.contains("what it says", r.out+r.err, "because of that", "and this", "50-no", "exit status 7")
		}
		h.ok("test", "!", "-e", "/root/after")
		h.asked(false)
		h.is(h.operational)
		h.equal("the boot", h.id(), old)
		h.same("what runs", h.up(), before)
		h.sh("rm /etc/umm/hooks.d/pre-on/*")

		h.hook("pre-off/50-no", "exit 1")
		h.on()
		h.fails(3, "50-no", "umm", "off")
		h.fails(3, "50-no", "umm", "off", "reboot")
		h.is(inMM)
		h.sh("chmod -x /etc/umm/hooks.d/pre-off/50-no")
		h.off()
	}},
	{name: "a post hook that fails is told of, no more", once: true, both: func(h *host) {
		h.hook("post-on/50-no", "exit 1")
		h.hook("post-off/50-no", "exit 1")
		h.on()
		h.contains("the log", h.said(), "50-no")
		h.settle()
		r := h.try("umm", "off")
		if r.code != 0 {
			h.t.Errorf("umm off ended with %d: %s", r.code, r.err)
		}
		h.contains("umm off", r.err, "50-no")
		h.is(h.operational)
	}},
	{name: "a hook that hangs has a time limit", once: true, both: func(h *host) {
		h.hook("pre-on/50-hangs", "sleep 1000 & wait")
		h.fails(3, "50-hangs", "umm", "on")
		h.is(h.operational)
		h.asked(false)
	}},
	{name: "nobody is there to answer: a pre-off hook that fails does not stop a stay from ending by itself", once: true, both: func(h *host) {
		h.hook("pre-off/50-no", "exit 1")
		h.live("--for=1s")
		h.becomes(h.operational)
		h.live("--then=off", "true")
		h.becomes(h.operational)
	}},
	{name: "hooks of a stay that nobody asked for", once: true, both: func(h *host) {
		h.hook("pre-on/10", "echo $UMM_PHASE $UMM_TRIGGER >>/root/hooks")
		h.hook("post-on/10", "echo $UMM_PHASE $UMM_TRIGGER $UMM_DETAIL >>/root/hooks")
		h.cuts()
		h.cuts()
		h.is(inMM)
		h.equal("hooks", h.read("/root/hooks"), "post-on unclean-boots 2 unclean boots in a row (REBOOT_COUNT=2)\n")
	}},
}
