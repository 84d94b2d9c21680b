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
