//go:build e2e

package lab_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/lab"
)

// The oldest systemd that is served here, the one in between and the newest.
var suites = map[string]string{"bullseye": "247", "bookworm": "252", "trixie": "257"}

func TestLifecycle(t *testing.T) {
	for suite, version := range suites {
		t.Run(suite, func(t *testing.T) {
			l := up(t, lab.Spec{Name: suite, N: 1, Image: lab.Image{Suite: suite}})
			h := l.Host("n1")
			if got := output(t, h, "systemctl", "--version"); !strings.HasPrefix(got, "systemd "+version+" ") {
				t.Errorf("systemd is %q, want %s", got, version)
			}
			if got := output(t, h, "systemctl", "is-system-running", "--wait"); got != "running" {
				t.Errorf("the host is %s", got)
			}
			boots := map[string]string{}
			boot := func(how, id string, err error) {
				t.Helper()
				must(t, err)
				if was, ok := boots[id]; ok || len(id) != 36 {
					t.Errorf("%s: boot id %q, the same as after %s", how, id, was)
				}
				boots[id] = how
			}
			id, err := h.BootID()
			boot("up", id, err)
			testCut(t, h, id, boot)
			testReboot(t, h, boot)
			testPowerOff(t, h, boot)
			testPersistence(t, h, len(boots))
		})
	}
}

type noteBoot func(how, id string, err error)

func testCut(t *testing.T, h *lab.Host, old string, boot noteBoot) {
	ctx := t.Context()
	output(t, h, "sh", "-c", "echo kept >/var/tmp/kept; echo gone >/run/gone")
	must(t, h.Cut(ctx))
	if h.On() {
		t.Error("on after a cut")
	}
	if _, err := h.BootID(); err == nil {
		t.Error("a boot id after a cut")
	}
	must(t, h.Cut(ctx)) // again does no harm
	must(t, h.SetKernelArgs("always", "umm.test=1"))
	must(t, h.SetNextKernelArgs("umm"))
	must(t, h.Power(ctx))
	if err := h.Power(ctx); err == nil {
		t.Error("switched on twice")
	}
	began := time.Now()
	id, err := h.WaitBoot(ctx, old)
	boot("power on after a cut", id, err)
	t.Logf("power on to ssh: %v", time.Since(began).Round(time.Millisecond))
	if got := kernelArgs(t, h); got != "always umm.test=1 umm" {
		t.Errorf("kernel arguments are %q", got)
	}
	if got := output(t, h, "sh", "-c", "cat /var/tmp/kept; ls /run/gone 2>&1 >/dev/null | wc -l"); got != "kept\n1" {
		t.Errorf("files after a cut: %q", got)
	}
}

func testReboot(t *testing.T, h *lab.Host, boot noteBoot) {
	ctx := t.Context()
	id, err := h.Reboot(ctx)
	boot("reboot", id, err)
	if got := kernelArgs(t, h); got != "always umm.test=1" {
		t.Errorf("kernel arguments of the next boot are %q", got)
	}
	must(t, h.SetKernelArgs())
	// By the host's own will; its ssh server may go before it can answer.
	if _, err := h.Run(ctx, "systemctl", "reboot"); err != nil {
		t.Error(err)
	}
	id, err = h.WaitBoot(ctx, id)
	boot("a reboot over ssh", id, err)
	if got := kernelArgs(t, h); got != "" {
		t.Errorf("kernel arguments are %q, want none", got)
	}
	// Without an orderly shutdown.
	if _, err := h.Enter(ctx, "systemctl", "reboot", "--force", "--force"); err != nil {
		t.Error(err)
	}
	id, err = h.WaitBoot(ctx, id)
	boot("a reboot by force", id, err)
}

func testPowerOff(t *testing.T, h *lab.Host, boot noteBoot) {
	ctx := t.Context()
	must(t, h.PowerOff(ctx))
	if h.On() {
		t.Error("on after power off")
	}
	if _, err := h.Enter(ctx, "true"); err == nil {
		t.Error("entered a host that is off")
	}
	must(t, h.Power(ctx))
	id, err := h.WaitBoot(ctx, "")
	boot("power on", id, err)
	if _, err := h.Enter(ctx, "systemctl", "poweroff"); err != nil {
		t.Error(err)
	}
	must(t, h.WaitOff(ctx))
	must(t, os.WriteFile(filepath.Join(h.Root(), "var/tmp/outside"), []byte("from outside\n"), 0o644))
	must(t, h.Power(ctx))
	id, err = h.WaitBoot(ctx, "")
	boot("power on again", id, err)
	if got := output(t, h, "cat", "/var/tmp/outside"); got != "from outside" {
		t.Errorf("a file written from outside holds %q", got)
	}
}

// testPersistence: the journal and the console tell of every boot.
func testPersistence(t *testing.T, h *lab.Host, boots int) {
	list, err := h.Journal(t.Context(), "--list-boots", "-o", "short")
	must(t, err)
	if got := strings.Count(list, "\n") - strings.Count(list, "BOOT ID"); got != boots {
		t.Errorf("the journal knows %d boots of %d:\n%s", got, boots, list)
	}
	console, err := os.ReadFile(h.Console())
	must(t, err)
	for want, n := range map[string]int{": power on": boots, "Welcome to": boots, ": off": 3} {
		if got := strings.Count(string(console), want); got != n {
			t.Errorf("the console shows %q %d times, want %d", want, got, n)
		}
	}
}

// Labs with the same addresses do not see each other.
func TestSideBySide(t *testing.T) {
	a := up(t, lab.Spec{Name: "a", N: 2})
	b := up(t, lab.Spec{Name: "ab", Hosts: []lab.HostSpec{{Name: "n1"}, {Name: "other"}}})
	for _, l := range []*lab.Lab{a, b} {
		must(t, os.WriteFile(filepath.Join(l.Host("n1").Root(), "etc/whose"), []byte(l.Name()), 0o644))
	}
	for _, l := range []*lab.Lab{a, b} {
		h := l.Host("n1")
		if h.Addr().String() != "192.0.2.11" {
			t.Errorf("n1 of %s is %s", l.Name(), h.Addr())
		}
		if got := output(t, h, "cat", "/etc/whose"); got != l.Name() {
			t.Errorf("n1 of %s is that of %s", l.Name(), got)
		}
	}
	ids := map[string]bool{}
	for _, h := range append(a.Hosts(), b.Hosts()...) {
		id, err := h.BootID()
		must(t, err)
		ids[id] = true
		ids[output(t, h, "cat", "/etc/machine-id")] = true
	}
	if len(ids) != 8 {
		t.Errorf("4 hosts have only %d ids", len(ids))
	}
	// Neighbours within a lab, by name.
	if got := output(t, b.Host("n1"), "bash", "-c", "exec 3<>/dev/tcp/other/80 && echo reached"); got != "reached" {
		t.Errorf("got %q", got)
	}
	must(t, a.Down(t.Context()))
	if got := output(t, b.Host("n1"), "cat", "/etc/whose"); got != b.Name() {
		t.Errorf("after the other lab is down: %q", got)
	}
	if _, err := lab.Open(a.Name()); err == nil {
		t.Error("a lab that is down can be opened")
	}
	again, err := lab.Open(b.Name())
	must(t, err)
	if got := again.Host("other").Addr(); got != b.Host("other").Addr() || !again.Host("other").On() {
		t.Errorf("opened again, other is %s, on %v", got, again.Host("other").On())
	}
}
