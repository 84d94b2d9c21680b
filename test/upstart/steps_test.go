//go:build e2e

package upstart

import (
	"slices"
	"strings"

	"umm/internal/mode"
	"umm/internal/wire"
)

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
	old := h.BootID()
	h.dies(append([]string{"umm", "on"}, args...)...)
	h.up(old)
	h.is(inMM)
}

// dies runs argv over ssh, and the host must end it by going down.
func (h *host) dies(argv ...string) {
	h.t.Helper()
	if o := h.try(argv...); o.Code != 255 {
		h.t.Fatalf("%q came back with %d before the host went down:\n%s%s", argv, o.Code, o.Out, o.Err)
	}
}

// off leaves maintenance mode by umm off, within the same boot.
func (h *host) off() {
	h.t.Helper()
	old := h.BootID()
	h.ok("umm", "off")
	h.settle()
	h.is(operational)
	h.equal("the boot after umm off", h.BootID(), old)
}

// offReboots leaves it by a reboot.
func (h *host) offReboots() {
	h.t.Helper()
	old := h.BootID()
	h.dies("umm", "off", "reboot")
	h.up(old)
}

// cuts takes the power away and gives it back.
func (h *host) cuts() {
	h.t.Helper()
	h.must(h.Cut())
	h.starts()
}

// starts switches the host on.
func (h *host) starts() {
	h.t.Helper()
	h.must(h.Power())
	h.up("")
}

// reboots asks for a reboot as an operator does.
func (h *host) reboots() {
	h.t.Helper()
	h.byCommand("reboot")
}

// byCommand runs a line that ends in a reboot, and waits for the boot after it.
func (h *host) byCommand(line string) {
	h.t.Helper()
	old := h.BootID()
	h.inside("/bin/sh", "-c", line)
	h.up(old)
}

// counts wants that many unclean boots.
func (h *host) counts(want int) {
	h.t.Helper()
	if got := h.status().Unclean.Count; got != want {
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

// keptServices are those of a host that maintenance mode has too, ordinary those
// that it has not.
var (
	keptServices = []string{"ssh", "tty1", "tty2", "udev", "rsyslog", "dbus"}
	ordinary     = []string{"cron", "nova-api", "early", "nginx"}
)

// onlyKept wants what maintenance mode consists of.
func (h *host) onlyKept(also ...string) {
	h.t.Helper()
	for _, name := range append(slices.Clone(keptServices), also...) {
		if !h.running(name) {
			h.t.Errorf("%s does not run in maintenance mode: %s", name, h.job(name))
		}
	}
	for _, name := range ordinary {
		if !slices.Contains(also, name) && h.running(name) {
			h.t.Errorf("%s runs in maintenance mode: %s", name, h.job(name))
		}
	}
	if list := h.inside("initctl", "list").Out; strings.Contains(list, "worker-at (") && !slices.Contains(also, "nova-api") {
		h.t.Errorf("an instance of worker-at runs in maintenance mode:\n%s", list)
	}
}

// all wants what operational mode consists of.
func (h *host) all() {
	h.t.Helper()
	for _, name := range append(append([]string{"tty6"}, keptServices...), ordinary...) {
		if !h.running(name) {
			h.t.Errorf("%s does not run in operational mode: %s", name, h.job(name))
		}
	}
	h.equal("instances", h.sh("initctl list | grep -c '^worker-at (.) start/running'"), "2")
	h.equal("run level", h.ok("runlevel"), "N 2")
}

// ended wants the command's end, soon.
func (h *host) ended(state string, code int) {
	h.t.Helper()
	var c *wire.Command
	h.until("the command ends", func() bool {
		c = h.status().Command
		return c != nil && c.State != "pending" && c.State != "running"
	})
	got := 0
	if c.ExitCode != nil {
		got = *c.ExitCode
	}
	if c.State != state || got != code {
		h.t.Fatalf("the command ended as %+v, want %s with status %d", c, state, code)
	}
	h.settle()
}

// refused wants exit code 1, and nothing changed.
func (h *host) refused(text string, argv ...string) {
	h.t.Helper()
	before, err := h.load()
	h.must(err)
	h.fails(1, text, argv...)
	after, err := h.load()
	h.must(err)
	if before.Boot != after.Boot || (before.Pending == nil) != (after.Pending == nil) {
		h.t.Errorf("%q was refused and changed the record: %+v, then %+v", argv, before, after)
	}
}

// pids are the processes of jobs, each of which must run.
func (h *host) pids(names ...string) string {
	h.t.Helper()
	var b strings.Builder
	for _, name := range names {
		_, pid, found := strings.Cut(h.job(name), "start/running, process ")
		if !found {
			h.t.Fatalf("%s does not run: %s", name, h.job(name))
		}
		b.WriteString(name + "=" + pid + " ")
	}
	return b.String()
}

// jobs are the lines of initctl list without the processes, sorted.
func (h *host) jobs() []string {
	h.t.Helper()
	var lines []string
	for _, line := range strings.Split(h.ok("initctl", "list"), "\n") {
		line, _, _ = strings.Cut(line, ", process")
		// Somebody may sit at a serial console that umm put a login on.
		if !strings.HasPrefix(line, "\t") && !strings.HasPrefix(line, "umm-console") {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}

// same compares lists.
func (h *host) same(what string, got, want []string) {
	h.t.Helper()
	for _, u := range got {
		if !slices.Contains(want, u) {
			h.t.Errorf("%s: %s is too much", what, u)
		}
	}
	for _, u := range want {
		if !slices.Contains(got, u) {
			h.t.Errorf("%s: %s is missing", what, u)
		}
	}
}

// service puts a job on the host; without text it runs for ever.
func (h *host) service(name, text string) {
	h.t.Helper()
	if text == "" {
		text = "start on runlevel [2345]\nstop on runlevel [!2345]\nexec sleep 100070\n"
	}
	h.write("/etc/init/"+name+".conf", text, 0o644)
	h.until("Upstart knows "+name, func() bool { return h.inside("initctl", "status", name).Code == 0 })
}

// slowly lets the next shutdown wait until goOn.
func (h *host) slowly() { h.t.Helper(); h.set("hold", "yes") }
func (h *host) goOn()   { h.t.Helper(); h.set("hold", "") }

// asked wants what is asked of the next boot.
func (h *host) asked(want bool) {
	h.t.Helper()
	rec, err := h.load()
	h.must(err)
	if (rec.Pending != nil) != want || rec.NextOperational {
		h.t.Errorf("asked of the next boot: %+v, operational %v; want %v", rec.Pending, rec.NextOperational, want)
	}
}

// healthy tells whether the boot is recorded as healthy.
func (h *host) healthy() bool {
	h.t.Helper()
	rec, err := h.load()
	h.must(err)
	return rec.Boot.State == mode.Healed
}

// log is what umm's jobs said.
func (h *host) log() string {
	h.t.Helper()
	return h.sh("cat /var/log/upstart/umm*.log")
}
