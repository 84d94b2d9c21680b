//go:build e2e

package e2e

import (
	"os"
	"slices"
	"strings"
)

// packageScenarios say what installing, upgrading, removing and purging the deb
// does to a running host.
var packageScenarios = []scenario{
	{name: "install changes nothing but readiness", bare: true, run: installIsQuiet},
	{name: "a boot that began without umm counts from then on", bare: true, once: true, run: installCounts},
	{name: "upgrade changes nothing", run: upgradeIsQuiet},
	{name: "upgrade in maintenance mode keeps it", run: upgradeInMM},
	{name: "upgrade while a command runs", once: true, run: upgradeUnderCommand},
	{name: "remove in maintenance mode brings the host back first", run: removeInMM},
	{name: "remove is refused where the host cannot be brought back", once: true, run: removeRefused},
	{name: "remove takes a request and the count with it", once: true, run: removeWithRequest},
	{name: "purge leaves no file and a host that boots", bare: true, run: purgeLeavesNothing},
	{name: "fuel-umm is replaced and its configuration taken over", bare: true, once: true, run: replacesFuelUmm},
}

// services are what runs, with the process and the moment of each.
func (h *host) services() []string {
	h.t.Helper()
	out := h.sh(`systemctl show --property=Id,MainPID,ActiveEnterTimestampMonotonic -- $(systemctl list-units --no-legend --plain --state=active --type=service,socket,timer,path |
cut -d' ' -f1 | grep -v -e ^umm- -e ^user -e ^session)`)
	var all []string
	for _, block := range strings.Split(out, "\n\n") {
		all = append(all, strings.ReplaceAll(block, "\n", " "))
	}
	slices.Sort(all)
	return all
}

func installIsQuiet(h *host) {
	before, boot := h.services(), h.id()
	h.install(deb)
	h.settle()
	h.same("what runs after the installation", h.services(), before)
	h.equal("the boot", h.id(), boot)
	h.is(operational)
	h.ok("umm", "check")
	h.healthyUnits()
	h.reboots()
	h.is(operational)
	h.counts(0)
}

func installCounts(h *host) {
	h.install(deb)
	h.cuts()
	h.counts(1)
}

func upgradeIsQuiet(h *host) {
	h.cuts()
	h.configure("UMM=yes", "REBOOT_COUNT=3", "# mine")
	before, id := h.services(), h.id()
	h.upgrade()
	h.settle()
	h.same("what runs after an upgrade", h.services(), before)
	h.equal("the boot", h.id(), id)
	h.is(operational)
	h.counts(1)
	h.contains("the configuration", h.read("/etc/umm.conf"), "# mine")
	h.cuts()
	h.counts(2)
	h.cuts()
	h.is(inMM)
}

func upgradeInMM(h *host) {
	args := []string{"--reason", "upgrade", "--for=1h", "--", "true"}
	for _, live := range []bool{false, true} {
		if live {
			h.ok(append([]string{"umm", "on", "--live"}, args...)...)
		} else {
			h.on(args...)
		}
		h.ended("succeeded", 0)
		id := h.id()
		h.ok("systemctl", "start", "nginx.service")
		h.untilIdle("umm-command.service")
		before := h.services()
		h.upgrade()
		h.settle()
		h.is(inMM)
		h.equal("the boot", h.id(), id)
		h.same("what runs after an upgrade", h.services(), before)
		h.equal("the reason", h.status().Trigger.Reason, "upgrade")
		h.armed()
		h.contains("the login", h.login("root"), "upgrade")
		h.cuts()
		h.is(inMM)
		h.off()
		h.equal("cron", h.ok("systemctl", "is-active", "cron"), "active")
	}
}

func upgradeUnderCommand(h *host) {
	h.on("echo run >>/root/runs; while ! [ -e /run/go-on ]; do sleep 0.05; done; echo done")
	h.until("the command runs", func() bool { return h.read("/root/runs") != "" })
	h.upgrade()
	h.settle()
	h.goOn()
	h.ended("succeeded", 0)
	h.equal("its output", h.ok("umm", "output"), "done")
	h.equal("runs", h.read("/root/runs"), "run\n")
}

func removeInMM(h *host) {
	for _, word := range []string{"-r", "-P"} {
		h.on()
		tool := h.sh("nohup setsid sleep 1234 >/dev/null 2>&1 & echo $!")
		h.sh("dpkg " + word + " umm")
		h.settle()
		h.ok("kill", "-0", tool)
		h.equal("nginx", h.ok("systemctl", "is-active", "nginx.service"), "active")
		h.healthyUnits()
		h.reboots()
		h.equal("nginx", h.ok("systemctl", "is-active", "nginx.service"), "active")
		h.install(deb)
		h.is(operational)
	}
	h.ok("umm", "on", "--live")
	h.sh("dpkg -r umm")
	h.settle()
	h.equal("nginx", h.ok("systemctl", "is-active", "nginx.service"), "active")
	h.equal("cron", h.ok("systemctl", "is-active", "cron.service"), "active")
}

func removeRefused(h *host) {
	h.fstab("none /data no-such-type defaults 0 0")
	h.reboots()
	h.caught("/data")
	h.fails(1, "maintenance mode", "dpkg", "-r", "umm")
	h.caught("/data")
	h.ok("umm", "check")
	h.cuts()
	h.caught("/data")
	h.fstab("")
	h.ok("dpkg", "-r", "umm")
	h.settle()
	h.equal("nginx", h.ok("systemctl", "is-active", "nginx.service"), "active")
}

func removeWithRequest(h *host) {
	h.cuts()
	h.counts(1)
	h.killedOn()
	h.ok("dpkg", "-r", "umm")
	h.equal("what is left of it", h.sh("ls /etc/umm* 2>&1"), "/etc/umm.conf")
	h.reboots()
	h.equal("nginx", h.ok("systemctl", "is-active", "nginx.service"), "active")
	h.install(deb)
	h.is(operational)
	h.counts(0)
	h.reboots()
	h.is(operational)
}

// files lists what is on the disk, but for what changes by itself.
func (h *host) files() []string {
	h.t.Helper()
	return strings.Split(h.sh(`find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /dev -o -path /tmp -o -path '/var/log' -o -path '/var/lib/dpkg' -o -path /var/cache -o -path '/var/lib/systemd' -o -path '/var/lib/private' -o -path /root -o -path /var/tmp \) -prune -o -print | sort`), "\n")
}

// without are those of all that are not among others.
func without(all, others []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(others, s) })
}

func purgeLeavesNothing(h *host) {
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
	h.healthyUnits()
	h.cuts()
	h.cuts()
	h.cuts()
	h.equal("nginx", h.ok("systemctl", "is-active", "nginx.service"), "active")
}

// upgrade installs the package once more, as a later version.
func (h *host) upgrade() {
	h.t.Helper()
	data, err := os.ReadFile(deb)
	h.must(err)
	h.write("/root/umm.deb", string(data), 0o644)
	h.sh(`cd /root && dpkg-deb -R umm.deb later && sed -i 's/^Version: .*/&+later/' later/DEBIAN/control &&
dpkg-deb -Znone -b later later.deb >/dev/null && dpkg -i later.deb && rm -r umm.deb later later.deb`)
	h.contains("the version", h.sh("dpkg-query -W umm"), "+later")
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
