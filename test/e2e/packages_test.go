//go:build e2e

package e2e

import (
	"slices"
	"strings"
)

// packageScenarios say what installing, upgrading, removing and purging the deb
// does to a running host.
var packageScenarios = []scenario{
	{name: "install changes nothing but readiness", bare: true, both: installIsQuiet},
	{name: "a boot that began without umm counts from then on", bare: true, once: true, both: installCounts},
	{name: "upgrade changes nothing", both: upgradeIsQuiet},
	{name: "upgrade in maintenance mode keeps it", both: upgradeInMM},
	{name: "upgrade while a command runs", once: true, both: upgradeUnderCommand},
	{name: "remove in maintenance mode brings the host back first", systemd: removeInMM, upstart: removeInMMOnUpstart},
	{name: "remove is refused where the host cannot be brought back", once: true, both: removeRefused},
	{name: "remove takes a request and the count with it", once: true, both: removeWithRequest},
	{name: "purge leaves no file and a host that boots", bare: true, systemd: purgeLeavesNothing, upstart: purgeOnUpstart},
	{name: "fuel-umm is replaced and its configuration taken over", bare: true, once: true, both: replacesFuelUmm},
}

func installIsQuiet(h *host) {
	before, boot := h.processes(), h.id()
	h.install(deb)
	h.settle()
	h.same("what runs after the installation", withoutUmm(h.processes()), before)
	h.equal("the boot", h.id(), boot)
	h.is(h.operational)
	h.ok("umm", "check")
	h.restarts()
	h.is(h.operational)
	h.counts(0)
	h.all()
}

// withoutUmm leaves out umm's own jobs, which wait from the installation on.
func withoutUmm(jobs []string) []string {
	return slices.DeleteFunc(jobs, func(line string) bool { return strings.HasPrefix(line, "umm") })
}

func installCounts(h *host) {
	h.install(deb)
	h.cuts()
	h.counts(1)
	h.restarts()
	h.counts(0)
}

func upgradeIsQuiet(h *host) {
	h.cuts()
	h.configure("UMM=yes", "REBOOT_COUNT=3", "# mine")
	before, id := h.processes(), h.id()
	h.upgrade()
	h.same("what runs after an upgrade", h.processes(), before)
	h.equal("the boot", h.id(), id)
	h.is(h.operational)
	h.counts(1)
	h.contains("the configuration", h.read("/etc/umm.conf"), "# mine")
	h.cuts()
	h.counts(2)
	h.cuts()
	h.is(inMM)
}

func upgradeInMM(h *host) {
	args := []string{"--reason", "upgrade", "--for=1h", "--", "true"}
	for _, into := range []func(...string){h.live, h.on} {
		into(args...)
		h.ended("succeeded", 0)
		id := h.id()
		h.start("nginx")
		h.commandIdle()
		before := h.processes()
		h.upgrade()
		h.is(inMM)
		h.equal("the boot", h.id(), id)
		h.same("what runs after an upgrade", h.processes(), before)
		h.equal("the reason", h.status().Trigger.Reason, "upgrade")
		if !h.armed() {
			h.t.Error("the stay would not end by itself")
		}
		h.contains("the login", h.login("root"), "upgrade")
		h.cuts()
		h.is(inMM)
		h.off()
		h.all()
	}
}

func upgradeUnderCommand(h *host) {
	h.on("echo run >>/root/runs; while ! [ -e /run/go-on ]; do sleep 0.05; done; echo done")
	h.until("the command runs", func() bool { return h.read("/root/runs") != "" })
	h.upgrade()
	h.goOn()
	h.ended("succeeded", 0)
	h.equal("its output", h.ok("umm", "output"), "done")
	h.equal("runs", h.read("/root/runs"), "run\n")
}

func removeInMM(h *systemdHost) {
	for _, word := range []string{"-r", "-P"} {
		h.on()
		tool := h.sh("nohup setsid sleep 1234 >/dev/null 2>&1 & echo $!")
		h.sh("dpkg " + word + " umm")
		h.settle()
		h.ok("kill", "-0", tool)
		h.all()
		h.nothingFailed()
		h.restarts()
		h.all()
		h.install(deb)
		h.is(h.operational)
	}
	h.live()
	h.sh("dpkg -r umm")
	h.settle()
	h.all()
}

func removeInMMOnUpstart(h *upstartHost) {
	h.on()
	// As for a serial console of the kernel's.
	h.ok("start", "umm-console", "TTY=ttyS7")
	h.sh("dpkg -r umm")
	h.settle()
	h.all()
	h.equal("what is left of umm's jobs", h.sh("initctl list | grep ^umm || true"), "")
	h.restarts()
	h.all()
	h.equal("umm's jobs", h.sh("ls /etc/init | grep umm || true"), "")
}

func removeRefused(h *host) {
	h.fstab(badLine)
	h.restarts()
	h.caught("/data")
	h.fails(1, "maintenance mode", "dpkg", "-r", "umm")
	h.caught("/data")
	h.ok("umm", "check")
	h.cuts()
	h.caught("/data")
	h.fstab("")
	h.ok("dpkg", "-r", "umm")
	h.settle()
	h.all()
}

func removeWithRequest(h *host) {
	h.cuts()
	h.counts(1)
	h.killedOn()
	h.ok("dpkg", "-r", "umm")
	h.equal("what is left of it", h.sh("ls /etc/umm* 2>&1"), "/etc/umm.conf")
	h.restarts()
	h.all()
	h.install(deb)
	h.is(h.operational)
	h.counts(0)
	h.restarts()
	h.is(h.operational)
}

// files lists what is on the disk, but for what changes by itself.
func (h *systemdHost) files() []string {
	h.t.Helper()
	return strings.Split(h.sh(`find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /dev -o -path /tmp -o -path '/var/log' -o -path '/var/lib/dpkg' -o -path /var/cache -o -path '/var/lib/systemd' -o -path '/var/lib/private' -o -path /root -o -path /var/tmp \) -prune -o -print | sort`), "\n")
}

// without are those of all that are not among others.
func without(all, others []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(others, s) })
}

func purgeLeavesNothing(h *systemdHost) {
	before := h.files()
	h.install(deb)
	h.on("--", "true")
	h.off()
	h.sh("touch /etc/umm/hooks.d/pre-on/mine; umm disable; umm enable")
	h.sh("dpkg -P umm")
	h.settle()
	if after := h.files(); !slices.Equal(before, after) {
		h.t.Errorf("purging leaves %q, and takes away %q", without(after, before), without(before, after))
	}
	h.equal("what is left in /run", h.sh("find /run -name '*umm*'"), "")
	h.nothingFailed()
	h.cuts()
	h.cuts()
	h.cuts()
	h.all()
}

func purgeOnUpstart(h *upstartHost) {
	h.install(deb)
	h.on("--", "true")
	h.off()
	h.sh("dpkg -P umm")
	h.settle()
	h.equal("what is left", h.sh("find /etc /var/lib/umm /run /usr/lib/umm /usr/share/umm -name '*umm*' 2>/dev/null || true"), "")
	h.cuts()
	h.cuts()
	h.cuts()
	h.all()
}

func replacesFuelUmm(h *host) {
	h.sh(`mkdir -p /tmp/f/DEBIAN /tmp/f/etc /tmp/f/usr/bin
cd /tmp/f
printf 'Package: fuel-umm\nVersion: 9.0\nArchitecture: all\nMaintainer: x <x@umm.example>\nDescription: x\n' > DEBIAN/control
echo /etc/umm.conf > DEBIAN/conffiles
printf 'UMM=yes\nREBOOT_COUNT=2\nCOUNTER_RESET_TIME=10\n' > etc/umm.conf
printf '#!/bin/sh\n' > usr/bin/umm; chmod 755 usr/bin/umm
dpkg-deb -b /tmp/f /tmp/fuel-umm.deb && dpkg -i /tmp/fuel-umm.deb
printf 'UMM=yes\nREBOOT_COUNT=7\nCOUNTER_RESET_TIME=10\n' > /etc/umm.conf`)
	h.install(deb)
	if n := h.status().Unclean.Threshold; n != 7 {
		h.t.Errorf("REBOOT_COUNT of fuel-umm is lost: got %d, want 7", n)
	}
	h.sh("dpkg -P fuel-umm")
	h.contains("/etc/umm.conf after fuel-umm is purged", h.read("/etc/umm.conf"), "REBOOT_COUNT=7")
	h.ok("umm", "check")
}
