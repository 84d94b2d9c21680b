//go:build e2e

package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"

	"umm/internal/lab"
)

// packageScenarios say what installing, upgrading, removing and purging the deb
// does to a running host.
var packageScenarios = []scenario{
	{name: "install changes nothing but readiness", run: installIsQuiet},
	{name: "a boot that began without umm counts from then on", once: true, run: installCounts},
	{name: "upgrade in maintenance mode keeps it", run: upgradeInMM},
	{name: "remove in maintenance mode brings the host back first", run: removeInMM},
	{name: "remove takes a request with it", once: true, run: removeWithRequest},
	{name: "purge leaves no file and a host that boots", run: purgeLeavesNothing},
	{name: "fuel-umm is replaced and its configuration taken over", once: true, run: replacesFuelUmm},
}

func TestPackages(t *testing.T) {
	for _, suite := range suites {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			for _, s := range packageScenarios {
				if s.once && suite != reference {
					continue
				}
				t.Run(s.name, func(t *testing.T) {
					t.Parallel()
					s.run(newHost(t, suite, lab.HostSpec{}))
				})
			}
		})
	}
}

// services are what runs, with the process and the moment of each.
func (h *host) services() []string {
	h.t.Helper()
	units := strings.Fields(h.sh(`systemctl list-units --no-legend --plain --state=active --type=service,socket,timer,path | awk '{print $1}' | grep -v -e ^umm- -e ^user -e ^session`))
	var all []string
	for _, u := range units {
		all = append(all, u+" "+strings.ReplaceAll(h.ok("systemctl", "show", "--property=MainPID,ActiveEnterTimestampMonotonic", u), "\n", " "))
	}
	slices.Sort(all)
	return all
}

func installIsQuiet(h *host) {
	before, boot := h.services(), h.id()
	h.install(deb)
	h.settle()
	if after := h.services(); !slices.Equal(before, after) {
		h.t.Errorf("installing changed what runs:\n%s\nbefore:\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
	h.equal("the boot", h.id(), boot)
	h.is(operational)
	h.ok("umm", "check")
	h.equal("failed units", h.ok("systemctl", "list-units", "--no-legend", "--state=failed"), "")
	h.reboots()
	h.is(operational)
	h.counts(0)
}

func installCounts(h *host) {
	h.install(deb)
	h.cuts()
	h.counts(1)
}

func upgradeInMM(h *host) {
	h.install(deb)
	h.on("--reason", "upgrade", "--", "true")
	id := h.id()
	h.ok("systemctl", "start", "nginx.service")
	before := h.services()
	h.install(deb)
	h.is(inMM)
	h.equal("the boot", h.id(), id)
	if after := h.services(); !slices.Equal(before, after) {
		h.t.Errorf("upgrading in maintenance mode changed what runs:\n%s\nbefore:\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
	h.equal("the reason", h.status().Trigger.Reason, "upgrade")
	h.cuts()
	h.is(inMM)
	h.off()
}

func removeInMM(h *host) {
	h.install(deb)
	h.on()
	h.sh("dpkg -r umm")
	h.settle()
	h.equal("nginx", h.ok("systemctl", "is-active", "nginx.service"), "active")
	h.equal("failed units", h.ok("systemctl", "list-units", "--no-legend", "--state=failed"), "")
	h.reboots()
	h.equal("nginx", h.ok("systemctl", "is-active", "nginx.service"), "active")
}

func removeWithRequest(h *host) {
	h.install(deb)
	// The reboot fails, and so the host keeps running; the request is made once
	// more where no reboot follows.
	h.sh(`mkdir -p /run/systemd/system && ln -s /dev/null /run/systemd/system/reboot.target && systemctl daemon-reload`)
	h.fails(4, "reboot", "umm", "on")
	h.sh("rm /run/systemd/system/reboot.target && systemctl daemon-reload && dpkg -r umm")
	h.install(deb)
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
	h.equal("failed units", h.ok("systemctl", "list-units", "--no-legend", "--state=failed"), "")
	h.cuts()
	h.cuts()
	h.cuts()
	h.equal("nginx", h.ok("systemctl", "is-active", "nginx.service"), "active")
}

// readDeb is the package's content.
func readDeb(h *host) string {
	h.t.Helper()
	data, err := os.ReadFile(deb)
	h.must(err)
	return string(data)
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
	h.write("/root/umm.deb", readDeb(h), 0o644)
	h.sh("DEBIAN_FRONTEND=noninteractive dpkg -i --auto-deconfigure /root/umm.deb </dev/null")
	if n := h.status().Unclean.Threshold; n != 7 {
		h.t.Errorf("REBOOT_COUNT of fuel-umm is lost: got %d, want 7", n)
	}
	h.sh("dpkg -P fuel-umm")
	h.contains("/etc/umm.conf after fuel-umm is purged", h.read("/etc/umm.conf"), "REBOOT_COUNT=7")
	h.ok("umm", "check")
}
