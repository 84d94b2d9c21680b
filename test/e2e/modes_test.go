//go:build e2e

package e2e

import (
	"strings"
)

// What umm status says, into a pipe.
const (
	operational = "runlevel N 5"
	inMM        = "umm"
	rebooting   = "rebooting"
	disabled    = "MM disabled"
)

// id is the boot that runs.
func (h *host) id() string {
	h.t.Helper()
	id, err := h.BootID()
	h.must(err)
	return id
}

// settle waits until the host has nothing left to start.
func (h *host) settle() {
	h.t.Helper()
	h.until("the host has started everything", func() bool {
		r := h.inside("timeout", "10", "systemctl", "is-system-running")
		state := strings.TrimSpace(r.out)
		return state != "" && state != "initializing" && state != "starting" && state != "offline" && state != "unknown" &&
			h.idle()
	})
}

// idle tells whether the init system has nothing to do.
func (h *host) idle() bool {
	h.t.Helper()
	r := h.inside("timeout", "10", "systemctl", "list-jobs", "--no-legend")
	return r.code == 0 && strings.TrimSpace(r.out) == ""
}

// boots waits until a boot other than old is up and can be reached.
func (h *host) boots(old string) {
	h.t.Helper()
	_, err := h.WaitBoot(h.ctx, old)
	h.must(err)
	h.settle()
}

// is wants umm status to be that line.
func (h *host) is(mode string) {
	h.t.Helper()
	if got := h.ok("umm", "status"); got != mode {
		h.t.Fatalf("umm status: got %q, want %q", got, mode)
	}
}

// on takes the host into maintenance mode by umm on.
func (h *host) on(args ...string) {
	h.t.Helper()
	old := h.id()
	h.dies(append([]string{"umm", "on"}, args...)...)
	h.boots(old)
	h.is(inMM)
}

// dies runs argv over ssh, and the host must end it by going down.
func (h *host) dies(argv ...string) {
	h.t.Helper()
	if r := h.try(argv...); r.code != 255 {
		h.t.Fatalf("%q came back with %d before the host went down:\n%s%s", argv, r.code, r.out, r.err)
	}
}

// off leaves maintenance mode by umm off, within the same boot.
func (h *host) off() {
	h.t.Helper()
	old := h.id()
	h.ok("umm", "off")
	h.settle()
	h.is(operational)
	h.equal("the boot after umm off", h.id(), old)
}

// cuts takes the power away and gives it back.
func (h *host) cuts() {
	h.t.Helper()
	h.must(h.Cut(h.ctx))
	h.starts()
}

// starts switches the host on.
func (h *host) starts() {
	h.t.Helper()
	h.must(h.Power(h.ctx))
	h.boots("")
}

// reboots asks for a reboot as an operator does.
func (h *host) reboots() {
	h.t.Helper()
	_, err := h.Reboot(h.ctx)
	h.must(err)
	h.settle()
}

// count is the number of unclean boots that umm tells.
func (h *host) count() int {
	h.t.Helper()
	return h.status().Unclean.Count
}

// counts wants that many unclean boots.
func (h *host) counts(want int) {
	h.t.Helper()
	if got := h.count(); got != want {
		h.t.Fatalf("unclean boots: got %d, want %d", got, want)
	}
}

// why wants what led into maintenance mode.
func (h *host) why(kind, detail string) {
	h.t.Helper()
	t := h.status().Trigger
	if t == nil {
		h.t.Fatalf("status names no trigger, want %s", kind)
	}
	if t.Kind != kind || !strings.Contains(t.Detail, detail) {
		h.t.Errorf("the trigger is %q %q, want %q %q", t.Kind, t.Detail, kind, detail)
	}
}

// configure writes /etc/umm.conf, as an operator or a script does.
func (h *host) configure(lines ...string) {
	h.t.Helper()
	h.write("/etc/umm.conf", strings.Join(lines, "\n")+"\n", 0o644)
}
