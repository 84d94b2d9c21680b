package node_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"umm/internal/diag"
	"umm/internal/host/mode"
	"umm/internal/host/node"
)

func (w *world) begin() error {
	return w.program(func(ctx context.Context, n *node.Node) error { return n.Begin(ctx) })
}

func (w *world) end() error {
	return w.program(func(ctx context.Context, n *node.Node) error { return n.End(ctx) })
}

func (w *world) healthy() error {
	return w.program(func(ctx context.Context, n *node.Node) error { return n.Healthy(ctx) })
}

func TestBeginOnce(t *testing.T) {
	w := booted(t)
	before := string(w.record)
	w.effects = nil
	w.must(w.begin())
	w.generate()
	if string(w.record) != before || slices.Contains(w.effects, "Save") || w.target != mode.Operational {
		t.Errorf("begun again, it did %q and the record is %s", w.effects, w.record)
	}
}

func TestBeginUnreadable(t *testing.T) {
	w := inMaintenance(t, node.OnOptions{})
	w.unreadable = errors.New("record.0: is torn")
	w.crash()
	w.wantOperational()
	if !said(w.warned, "record.0: is torn; starting a new record") {
		t.Errorf("the warnings are %q", w.warned)
	}
	// Saved again, with the problem for the history.
	var r mode.Record
	w.must(json.Unmarshal(w.record, &r))
	if last := r.Events[len(r.Events)-1]; last.Kind != mode.EventProblem || !strings.Contains(last.Text, "is torn") || r.Boot.ID != w.bootID {
		t.Errorf("the record is %s", w.record)
	}
	w.crash()
	w.crash()
	w.wantMaintenance()
}

// The host boots, and for as long as it runs /run knows what the disk does not.
func TestBeginUnwritable(t *testing.T) {
	w := booted(t)
	w.fails["Reboot"], w.fails["GoingDown"] = errors.New("x"), errors.New("x")
	w.on0(node.OnOptions{Reason: "r"})
	w.fails = map[string]error{}
	w.unwritable = errors.New("read-only")
	w.reboot()
	w.wantMaintenance()
	w.wantCode(w.begin(), node.CannotDo, "read-only")
	if got := w.status(); got.Trigger.Reason != "r" {
		t.Errorf("the status is %+v", got)
	}
	w.unwritable = nil
	w.must(w.begin())
	var r mode.Record
	w.must(json.Unmarshal(w.record, &r))
	if r.Boot.ID != w.bootID || r.Pending != nil {
		t.Errorf("the disk can be written again, and has %s", w.record)
	}
	w.crash()
	w.wantMaintenance()
}

func TestBeginWithoutRun(t *testing.T) {
	w := booted(t)
	w.fails["Note"] = errors.New("/run is full")
	w.crash()
	if !said(w.warned, "/run is full") || w.status().Unclean.Count != 1 {
		t.Errorf("the warnings are %q, the status %+v", w.warned, w.status())
	}
	w.crash()
	if w.phase != string(mode.Maintenance) || w.status().Mode != "maintenance" {
		t.Errorf("the host is in %s, %s", w.phase, w.status().Mode)
	}
	w.must(w.off(node.OffOptions{}))
	w.wantOperational()
}

func TestBeginTellsOfTheConfiguration(t *testing.T) {
	w := newWorld(t)
	w.problems = []diag.Problem{{File: "/etc/umm.conf", Line: 4, Key: "REBOOT_COUNT", Text: "is odd"}}
	w.boot()
	w.wantOperational()
	if !said(w.warned, "/etc/umm.conf:4: REBOOT_COUNT: is odd") {
		t.Errorf("the warnings are %q", w.warned)
	}
}

func TestBeginDisabledLeavesNoResidue(t *testing.T) {
	w := inMaintenance(t, node.OnOptions{})
	w.crash()
	w.policy.Enabled = false
	w.crash()
	if w.phase != string(mode.Operational) || w.status().Mode != "disabled" {
		t.Fatalf("the host is in %s, %s", w.phase, w.status().Mode)
	}
	var r mode.Record
	w.must(json.Unmarshal(w.record, &r))
	if r.Boot.ID != "" || r.Unclean != 0 || r.Session != nil || r.Pending != nil {
		t.Errorf("the record is %s", w.record)
	}
	// The next boots write nothing.
	w.effects = nil
	w.crash()
	if slices.Contains(w.effects, "Save") {
		t.Errorf("a boot while disabled did %q", w.effects)
	}
	// Enabled by hand, the boot that runs stays what it is.
	w.policy.Enabled = true
	if w.generate(); w.target != mode.Operational {
		t.Error("a reload leads to maintenance mode")
	}
}

func TestBeginKeepsOut(t *testing.T) {
	w := inMaintenance(t, node.OnOptions{})
	before := string(w.record)
	w.put("proc/cmdline", "ro systemd.unit=rescue.target umm\n")
	w.effects = nil
	w.crash()
	w.must(w.begin())
	if string(w.record) != before || len(w.effects) > 0 || !said(w.told, "umm keeps out of this boot: the kernel argument systemd.unit=rescue.target") {
		t.Errorf("it did %q and told %q", w.effects, w.told)
	}
	w.put("proc/cmdline", "ro\n")
	w.crash()
	w.wantMaintenance()
}

func TestMarksOfOtherBoots(t *testing.T) {
	for _, mark := range []string{"etc/initrd-release", "system-update", "etc/system-update", ".autorelabel", "proc/vmcore"} {
		w := newWorld(t)
		w.put("proc/sys/kernel/random/boot_id", "x\n")
		w.put(mark, "")
		if why := w.node().Facts().KeepsOut; why == "" {
			t.Errorf("with /%s umm does not keep out", mark)
		}
	}
}

// In a container the kernel's arguments are those of the outer host.
func TestKernelArgumentsInAContainer(t *testing.T) {
	for _, mark := range [][2]string{{"run/systemd/container", "lxc"}, {"proc/1/environ", "container=lxc\x00A=b\x00"}, {"proc/1/environ", "A=b\x00container=lxc\x00"}} {
		w := newWorld(t)
		w.put("proc/cmdline", "ro umm\n")
		w.put(mark[0], mark[1])
		if w.node().Facts().Asked {
			t.Errorf("%q: the outer host's umm counts", mark)
		}
		w.put("proc/1/cmdline", "/sbin/init\x00umm\x00")
		if !w.node().Facts().Asked {
			t.Errorf("%q: the argument of PID 1 does not count", mark)
		}
	}
	w := newWorld(t)
	w.put("proc/cmdline", "ro umm\n")
	w.put("proc/1/environ", "notcontainer=lxc\x00")
	if !w.node().Facts().Asked {
		t.Error("the kernel's umm does not count")
	}
}

// The kernel says which boot loader it was told of (x86): 7.2 is GRUB, 13.0 is kexec.
func TestKexec(t *testing.T) {
	for loader, want := range map[string]bool{"208\n": true, "215\n": true, "114\n": false, "176\n": false, "224\n": false, "\n": false, "d0\n": false} {
		w := newWorld(t)
		w.put("proc/sys/kernel/bootloader_type", loader)
		if got := w.node().Facts().Kexec; got != want {
			t.Errorf("%q is kexec: %v", loader, got)
		}
		w.put("run/systemd/container", "lxc")
		if w.node().Facts().Kexec {
			t.Errorf("%q: a container has the outer host's", loader)
		}
	}
	w := newWorld(t)
	if w.node().Facts().Kexec {
		t.Error("it is kexec where the kernel does not say")
	}
}

// Other processors than x86: kexec_file_load leaves a property in the device tree, which is
// in the blob that the kernel was handed; and a boot that ends by kexec notes it.
func TestKexecOnOtherProcessors(t *testing.T) {
	for names, want := range map[string]bool{"chosen\x00linux,booted-from-kexec\x00": true, "chosen\x00linux,initrd-start\x00": false, "": false} {
		w := newWorld(t)
		w.put("sys/firmware/fdt", "\xd0\x0d\xfe\xed"+names)
		if got := w.node().Facts().Kexec; got != want {
			t.Errorf("%q is kexec: %v", names, got)
		}
	}
	for _, x86 := range []bool{false, true} {
		w := booted(t)
		if x86 {
			w.put("proc/sys/kernel/bootloader_type", "114\n")
		}
		w.goingDown, w.kexecs = true, true
		w.must(w.end())
		if got := string(w.record); !strings.Contains(got, `"ended"`) || strings.Contains(got, `"kexec"`) == x86 {
			t.Errorf("x86 %v: after a boot that ends by kexec the record is %s", x86, got)
		}
	}
}

func TestEndOnlyOnTheWayDown(t *testing.T) {
	w := booted(t)
	before := string(w.record)
	w.must(w.end())
	if string(w.record) != before {
		t.Error("the recorder stopped by hand ends the boot")
	}
	w.fails["GoingDown"] = errors.New("no bus")
	w.wantCode(w.end(), node.CannotDo, "no bus")
	w.fails = map[string]error{}
	w.goingDown = true
	w.must(w.end())
	if !strings.Contains(string(w.record), `"ended"`) {
		t.Errorf("the record is %s", w.record)
	}
	w.unwritable = errors.New("read-only")
	w.wantCode(w.end(), node.CannotDo, "read-only")
}

func TestHealthy(t *testing.T) {
	w := booted(t)
	w.crash()
	w.must(w.healthy())
	if got := w.status().Unclean.Count; got != 0 {
		t.Errorf("healthy, %d unclean boots", got)
	}
	w.crash()
	if got := w.status().Unclean.Count; got != 0 {
		t.Errorf("after a crash of a healthy boot %d unclean boots", got)
	}
	w.crash()
	w.crash()
	w.wantMaintenance()
	w.must(w.healthy())
	if got := w.status().Unclean.Count; got != 2 {
		t.Errorf("healthy in MM: %d unclean boots", got)
	}
	if len(w.history) == 0 {
		t.Error("the history has nothing")
	}
}
