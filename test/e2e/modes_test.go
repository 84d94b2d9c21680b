//go:build e2e

package e2e

import (
	"os"
	"strings"

	"umm/internal/api"
	"umm/internal/host/mode"
)

// What umm status says, into a pipe; in operational mode it is host.operational.
const (
	inMM      = "umm"
	rebooting = "rebooting"
	disabled  = "MM disabled"
)

// is wants umm status to be that line.
func (h *host) is(mode string) {
	h.t.Helper()
	if got := h.ok("umm", "status"); got != mode {
		h.t.Fatalf("umm status: got %q, want %q", got, mode)
	}
}

// becomes waits until umm status is that line.
func (h *host) becomes(mode string) {
	h.t.Helper()
	h.until("umm status says "+mode, func() bool { return h.try("umm", "status").out == mode+"\n" })
}

// on takes the host into maintenance mode by umm on.
func (h *host) on(args ...string) {
	h.t.Helper()
	old := h.id()
	h.dies(append([]string{"umm", "on"}, args...)...)
	h.boots(old)
	h.is(inMM)
}

// live does so without a reboot.
func (h *host) live(args ...string) {
	h.t.Helper()
	h.ok(append([]string{"umm", "on", "--live"}, args...)...)
}

// dies runs argv over ssh, and the host must end it by going down.
func (h *host) dies(argv ...string) {
	h.t.Helper()
	if r := h.try(argv...); r.code != 255 {
		h.t.Fatalf("%q came back with %d before the host went down:\n%s%s", argv, r.code, r.out, r.err)
	}
}

// off leaves maintenance mode by umm off, within the same boot.
func (h *host) off(args ...string) {
	h.t.Helper()
	old := h.id()
	h.ok(append([]string{"umm", "off"}, args...)...)
	h.settle()
	h.is(h.operational)
	h.equal("the boot after umm off", h.id(), old)
}

// offReboots leaves it by a reboot.
func (h *host) offReboots() {
	h.t.Helper()
	old := h.id()
	h.dies("umm", "off", "reboot")
	h.boots(old)
}

// cuts takes the power away and gives it back.
func (h *host) cuts() {
	h.t.Helper()
	h.cut()
	h.starts()
}

// starts switches the host on.
func (h *host) starts() {
	h.t.Helper()
	h.power()
	h.boots("")
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

// healthy tells whether the boot is recorded as healthy.
func (h *host) healthy() bool {
	h.t.Helper()
	return h.record().Boot.State == mode.Healed
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

// ended wants the command's end, soon.
func (h *host) ended(state string, code int) {
	h.t.Helper()
	var c *api.Command
	h.until("the command ends", func() bool {
		c = h.status().Command
		return c != nil && c.State != "pending" && c.State != "running"
	})
	got := 0
	if c.ExitCode != nil {
		got = *c.ExitCode
	}
	if c.State != state || got != code || (c.ExitCode == nil) != (state == "interrupted") {
		h.t.Fatalf("the command ended as %+v, want %s with status %d", c, state, code)
	}
	if c.Started == nil || c.Ended == nil || c.Ended.Before(*c.Started) {
		h.t.Errorf("the command ran from %v to %v", c.Started, c.Ended)
	}
}

// refused wants exit code 1, and nothing changed.
func (h *host) refused(text string, argv ...string) {
	h.t.Helper()
	before, id := h.record(), h.id()
	h.fails(1, text, argv...)
	after := h.record()
	h.equal("the boot after a refusal", h.id(), id)
	if before.Boot != after.Boot || (before.Pending == nil) != (after.Pending == nil) {
		h.t.Errorf("%q was refused and changed the record: %+v, then %+v", argv, before, after)
	}
}

// asked wants maintenance mode to be asked of the next boot, or nothing.
func (h *host) asked(want bool) {
	h.t.Helper()
	rec := h.record()
	if (rec.Pending != nil) != want || rec.NextOperational {
		h.t.Errorf("asked of the next boot: %+v, operational %v; want %v", rec.Pending, rec.NextOperational, want)
	}
}

// killedOn lets umm on be killed between its word and the reboot.
func (h *host) killedOn() {
	h.t.Helper()
	h.sh(`printf '#!/bin/sh\necho $PPID >/run/on-pid\nexec sleep 1000\n' >` + h.lastWord + ` && chmod 755 ` + h.lastWord + `; rm -f /run/on-pid
setsid umm on >/dev/null 2>&1 & until [ -s /run/on-pid ]; do sleep 0.05; done; kill -9 $(cat /run/on-pid); rm ` + h.lastWord)
	h.is(h.operational)
	h.asked(true)
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
dpkg-deb -Znone -b later later.deb >/dev/null && ` + h.dpkg + ` later.deb && rm -r umm.deb later later.deb`)
	h.contains("the version", h.sh("dpkg-query -W umm"), "+later")
	h.settle()
}
