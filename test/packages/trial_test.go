//go:build e2e

package packages

import (
	"strings"
	"testing"
)

// TestDebKernelTrial lets the hooks of a kernel's package run, with the real GRUB: one that is
// installed is tried once, and while that is open the one that runs is the default and is what
// maintenance mode starts; nothing of it is left once one of the two is removed, or umm.
func TestDebKernelTrial(t *testing.T) {
	const added = "6.1.0-100-amd64"
	kept := "gnulinux-advanced-" + fsUUID + ">gnulinux-" + newKernel + "-advanced-" + fsUUID
	tr := grubTree(t)
	tr.write("proc/sys/kernel/osrelease", newKernel+"\n")
	tr.write("proc/sys/kernel/random/boot_id", "01234567-89ab-cdef-0123-456789abcdef\n")
	tr.write("proc/cmdline", "ro quiet\n")
	tr.write("boot/grub/grubenv", "# GRUB Environment Block\nsaved_entry=0\n"+strings.Repeat("#", 1024-25-14))
	run(t, tr.dpkg("-i", built(t, "deb"))...)
	before := tr.read("boot/grub/grub.cfg")
	hook := func(phase, version string) {
		t.Helper()
		run(t, "chroot", tr.dir, "/etc/kernel/"+phase+".d/zzz-umm", version, "/boot/vmlinuz-"+version)
		run(t, "chroot", tr.dir, "grub-script-check", "/boot/grub/grub.cfg")
	}
	env := func() string {
		t.Helper()
		return run(t, "chroot", tr.dir, "grub-editenv", "/boot/grub/grubenv", "list")
	}

	tr.addKernel(added)
	tr.updateGrub()
	hook("postinst", added)
	if got, want := env(), "saved_entry=0\numm_keep="+kept+"\numm_try="+added+"\n"; got != want {
		t.Fatalf("the environment block has %q, want %q", got, want)
	}
	cfg := tr.read("boot/grub/grub.cfg")
	for _, want := range []string{"--id 'umm' {\n", "menuentry 'Linux " + added + " (on trial)' --class debian", "/boot/vmlinuz-" + newKernel + " root=UUID=" + fsUUID + " ro console=ttyS0 quiet umm\n",
		"/boot/vmlinuz-" + added + " root=UUID=" + fsUUID + " ro console=ttyS0 quiet umm.trial panic=10"} {
		if !strings.Contains(cfg, want) {
			t.Errorf("grub.cfg has no %q:\n%s", want, cfg)
		}
	}

	tr.remove("boot/vmlinuz-" + added)
	tr.remove("boot/initrd.img-" + added)
	tr.updateGrub()
	hook("postrm", added)
	if got := env(); got != "saved_entry=0\n" {
		t.Errorf("after the removal of the kernel the environment block has %q", got)
	}
	if after := tr.read("boot/grub/grub.cfg"); after != before {
		t.Errorf("after the removal of the kernel grub.cfg is\n%s", after)
	}

	tr.addKernel(added)
	tr.updateGrub()
	hook("postinst", added)
	run(t, tr.dpkg("--purge", "umm")...)
	if got := env(); got != "saved_entry=0\n" {
		t.Errorf("after the purge of umm the environment block has %q", got)
	}
	if after := tr.read("boot/grub/grub.cfg"); strings.Contains(after, "umm_") || strings.Contains(after, "trial") || strings.Contains(after, "UMM") {
		t.Errorf("after the purge of umm grub.cfg is\n%s", after)
	}
}
