//go:build e2e

package upstart

import (
	"testing"

	"umm/test/needs"
)

// Installing changes nothing but readiness, and a boot that began without umm
// counts from then on.
func TestInstall(t *testing.T) {
	if absent != "" {
		needs.Absent(t, absent)
	}
	t.Parallel()
	h := bareHost(t)
	before := h.jobs()
	pids := h.pids("ssh", "cron", "nova-api")
	h.install(deb)
	h.is(operational)
	h.equal("processes", h.pids("ssh", "cron", "nova-api"), pids)
	for _, line := range before {
		h.contains("initctl list", h.ok("initctl", "list"), line)
	}
	h.ok("umm", "check")
	h.cuts()
	h.counts(1)
	h.reboots()
	h.counts(0)
	h.all()
}

// fuel-umm, removed, leaves an override by which rc-sysinit waits for an event that nobody emits
// any more. That goes; what somebody else overrides there stays.
func TestInstallOverFuelUmm(t *testing.T) {
	if absent != "" {
		needs.Absent(t, absent)
	}
	t.Parallel()
	h := bareHost(t)
	const override = "/etc/init/rc-sysinit.override"
	for text, left := range map[string]string{
		"start on umm\n":                "",
		"# their gate\n start on umm\n": "",
		"start on filesystem\n":         "start on filesystem\n",
		"env DEFAULT_RUNLEVEL=3\n":      "env DEFAULT_RUNLEVEL=3\n",
	} {
		h.write(override, text, 0o644)
		h.install(deb)
		h.equal("after "+text+" there is", h.read(override), left)
	}
	h.write(override, "start on umm\n", 0o644)
	h.install(deb)
	h.reboots()
	h.is(operational)
	h.all()
}
