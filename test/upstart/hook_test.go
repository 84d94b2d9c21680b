//go:build e2e

package upstart

import (
	"os"
	"strings"
)

var hookRows = []row{
	{section: "hook", systemd: "they run in order, with the facts", upstart: func(h *host) {
		for _, phase := range []string{"pre-on", "post-on", "pre-off", "post-off"} {
			h.hook(phase+"/20-second", `echo "$UMM_PHASE 20 $UMM_TRIGGER [$UMM_REASON] by [$UMM_BY] live=$UMM_LIVE $UMM_BOOT_ID" >>/root/hooks`)
			h.hook(phase+"/10-first", "echo $UMM_PHASE 10 >>/root/hooks")
		}
		first := strings.ReplaceAll(h.BootID(), "-", "")
		h.on("--reason", "the  reason")
		second := strings.ReplaceAll(h.BootID(), "-", "")
		h.off()
		facts := " 20 operator [the  reason] by [root from 192.0.2.1] live="
		h.equal("hooks", h.read("/root/hooks"),
			"pre-on 10\npre-on"+facts+"false "+first+"\npost-on 10\npost-on"+facts+"false "+second+
				"\npre-off 10\npre-off"+facts+"false "+second+"\npost-off 10\npost-off"+facts+"false "+second+"\n")
	}},
	{section: "hook", systemd: "a pre hook that fails refuses, and nothing is changed", upstart: func(h *host) {
		h.hook("pre-on/50-no", "echo because of that; exit 7")
		before := h.jobs()
		for _, args := range [][]string{{}, {"--live"}} {
			h.fails(3, "because of that", append([]string{"umm", "on"}, args...)...)
		}
		h.asked(false)
		h.is(operational)
		h.same("jobs", h.jobs(), before)
	}},
	{section: "hook", systemd: "a post hook that fails is told of, no more", upstart: func(h *host) {
		h.hook("post-on/50-no", "exit 1")
		h.hook("post-off/50-no", "exit 1")
		h.on()
		h.contains("the log", h.lab("kmsg")+h.log(), "50-no")
		o := h.try("umm", "off")
		if o.Code != 0 {
			h.t.Errorf("umm off ended with %d: %s", o.Code, o.Err)
		}
		h.contains("umm off", o.Err, "50-no")
		h.is(operational)
	}},
	{section: "hook", systemd: "a hook that hangs has a time limit", why: "the same code, and nothing of the init system in it"},
	{section: "hook", systemd: "nobody is there to answer: a pre-off hook that fails does not stop a stay from ending by itself", upstart: func(h *host) {
		h.hook("pre-off/50-no", "exit 1")
		h.ok("umm", "on", "--live", "--for=1s")
		h.until("operational mode", func() bool { return h.try("umm", "status").Out == operational+"\n" })
		h.settle()
		h.all()
	}},
	{section: "hook", systemd: "hooks of a stay that nobody asked for", upstart: func(h *host) {
		h.hook("post-on/10", "echo $UMM_PHASE $UMM_TRIGGER $UMM_DETAIL >>/root/hooks")
		h.cuts()
		h.cuts()
		h.is(inMM)
		h.equal("hooks", h.read("/root/hooks"), "post-on unclean-boots 2 boots in a row did not end well (REBOOT_COUNT=2)\n")
	}},
}

var packageRows = []row{
	{section: "packages", systemd: "install changes nothing but readiness", why: "every host of these tests has umm installed so: TestInstall"},
	{section: "packages", systemd: "a boot that began without umm counts from then on", why: "TestInstall"},
	{section: "packages", systemd: "upgrade changes nothing", upstart: func(h *host) {
		h.cuts()
		before := h.jobs()
		pids := h.pids("ssh", "cron", "nova-api")
		h.upgrade()
		h.same("jobs after an upgrade", h.jobs(), before)
		h.equal("processes", h.pids("ssh", "cron", "nova-api"), pids)
		h.is(operational)
		h.counts(1)
		h.cuts()
		h.is(inMM)
	}},
	{section: "packages", systemd: "upgrade in maintenance mode keeps it", upstart: func(h *host) {
		h.on("--reason", "upgrade", "--for=1h", "--", "true")
		h.ended("succeeded", 0)
		before, id := h.jobs(), h.BootID()
		h.upgrade()
		h.is(inMM)
		h.equal("the boot", h.BootID(), id)
		h.same("jobs after an upgrade", h.jobs(), before)
		h.equal("the reason", h.status().Trigger.Reason, "upgrade")
		h.onlyKept()
		h.off()
		h.all()
	}},
	{section: "packages", systemd: "upgrade while a command runs", upstart: func(h *host) {
		h.on("echo run >>/root/runs; while ! [ -e /run/go-on ]; do sleep 0.05; done; echo done")
		h.until("the command runs", func() bool { return h.read("/root/runs") != "" })
		h.upgrade()
		h.ok("touch", "/run/go-on")
		h.ended("succeeded", 0)
		h.equal("its output", h.ok("umm", "output"), "done")
		h.equal("runs", h.read("/root/runs"), "run\n")
	}},
	{section: "packages", systemd: "remove in maintenance mode brings the host back first", upstart: func(h *host) {
		h.on()
		h.sh("dpkg -r umm")
		h.settle()
		h.all()
		h.reboots()
		h.all()
		h.equal("umm's jobs", h.sh("ls /etc/init | grep umm || true"), "")
	}},
	{section: "packages", systemd: "remove is refused where the host cannot be brought back", upstart: func(h *host) {
		h.set("mountall", "shell")
		h.fstab("none /data no-such-type defaults 0 0")
		h.reboots()
		h.caught("/data")
		h.fails(1, "maintenance mode", "dpkg", "-r", "umm")
		h.caught("/data")
		h.ok("umm", "check")
	}},
	{section: "packages", systemd: "remove takes a request and the count with it", why: "the same scripts, and nothing of the init system in them"},
	{section: "packages", systemd: "purge leaves no file and a host that boots", upstart: func(h *host) {
		h.on("--", "true")
		h.off()
		h.sh("dpkg -P umm")
		h.settle()
		h.equal("what is left", h.sh("find /etc /var/lib/umm /run /usr/lib/umm /usr/share/umm /var/log/upstart -name '*umm*' 2>/dev/null | grep -v /var/log || true"), "")
		h.cuts()
		h.cuts()
		h.cuts()
		h.all()
	}},
	{section: "packages", systemd: "fuel-umm is replaced and its configuration taken over", why: "the same scripts, and nothing of the init system in them"},
}

// hook puts an executable into a hook folder.
func (h *host) hook(path, line string) {
	h.t.Helper()
	h.write("/etc/umm/hooks.d/"+path, "#!/bin/sh\n"+line+"\n", 0o755)
}

// upgrade installs the package once more, as a later version.
func (h *host) upgrade() {
	h.t.Helper()
	data, err := os.ReadFile(deb)
	h.must(err)
	h.write("/root/umm.deb", string(data), 0o644)
	h.sh(`cd /root && dpkg-deb -R umm.deb later && sed -i 's/^Version: .*/&+later/' later/DEBIAN/control &&
dpkg-deb -Znone -b later later.deb >/dev/null && dpkg --force-depends -i later.deb && rm -r umm.deb later later.deb`)
	h.contains("the version", h.sh("dpkg-query -W umm"), "+later")
	h.settle()
}
