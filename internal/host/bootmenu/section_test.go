package bootmenu

import (
	"strings"
	"testing"
)

const someEntry = "menuentry 'M' --id 'umm' {\n\tlinux /v root=x ro umm\n}\n"

func TestSpliceAddsReplacesAndRemoves(t *testing.T) {
	cfg := read(t, "grub-2.02-rhel7.9/grub.cfg")
	with := splice(cfg, someEntry)
	if !strings.HasPrefix(with, cfg) || !strings.HasSuffix(with, "\n### BEGIN /etc/grub.d/99_umm ###\n"+someEntry+"### END /etc/grub.d/99_umm ###\n") {
		t.Errorf("with the entry it ends in\n%s", with[len(cfg)-40:])
	}
	other := strings.ReplaceAll(someEntry, "root=x", "root=y")
	if got := splice(with, other); got != strings.ReplaceAll(with, "root=x", "root=y") {
		t.Errorf("replaced it ends in\n%s", got[len(cfg)-40:])
	}
	if got := splice(with, ""); got != cfg {
		t.Errorf("removed it is\n%s", got)
	}
	// In the middle, as in one that grub2-mkconfig has made: what is behind stays.
	behind := with + "\n### BEGIN /etc/grub.d/zz ###\n### END /etc/grub.d/zz ###\n"
	if got := splice(behind, ""); got != cfg+"\n### BEGIN /etc/grub.d/zz ###\n### END /etc/grub.d/zz ###\n" {
		t.Errorf("removed from the middle it is\n%s", got)
	}
	// grubby removes entries and leaves the marks.
	if got := splice(splice(cfg, "")+"\n### BEGIN /etc/grub.d/99_umm ###\n### END /etc/grub.d/99_umm ###\n", someEntry); got != with {
		t.Errorf("into what grubby has left it gives\n%s", got)
	}
	for _, cfg := range []string{"", "set x=y"} {
		if got := splice(cfg, ""); got != cfg {
			t.Errorf("without an entry to remove, %q became %q", cfg, got)
		}
		if got := splice(cfg, someEntry); strings.Count(got, "menuentry") != 1 || !strings.HasPrefix(got, cfg+"\n") {
			t.Errorf("%q became %q", cfg, got)
		}
	}
}

func TestDefaultOf(t *testing.T) {
	const block = "# GRUB Environment Block\nsaved_entry=CentOS Linux (3.10) 7 (Core)\nnext_entry=\n####"
	for _, c := range []struct{ name, cfg, want string }{
		{"the first", read(t, "grub-2.06-13+deb12u2/grub.cfg"), "0"},
		{"saved", read(t, "grub-2.02-rhel7.9/grub.cfg"), "CentOS Linux (3.10) 7 (Core)"},
		{"an entry", "  set default=\"${next_entry}\"\nelse\n  set default=\"1>gnulinux-x\"\nfi\n### END /etc/grub.d/00_header ###\nset default=\"7\"\n", "1>gnulinux-x"},
		{"not said", "menuentry 'x' {\n}\n", ""},
	} {
		if got := defaultOf(c.cfg, block); got != c.want {
			t.Errorf("%s: the default is %q, want %q", c.name, got, c.want)
		}
	}
	if got := defaultOf("set default=\"${saved_entry}\"", ""); got != "" {
		t.Errorf("without an environment block the default is %q", got)
	}
}

func TestKernelPart(t *testing.T) {
	cfg := read(t, "grub-2.06-13+deb12u2/grub.cfg")
	if got, want := kernelPart(cfg), read(t, "grub-2.06-13+deb12u2/10_linux"); got != want {
		t.Errorf("10_linux has printed\n%s", got)
	}
	if got := kernelPart(someEntry); got != someEntry {
		t.Errorf("without the scripts' marks it is\n%s", got)
	}
	zfs := "### BEGIN /etc/grub.d/10_linux ###\n### END /etc/grub.d/10_linux ###\n### BEGIN /etc/grub.d/10_linux_zfs ###\n" +
		"menuentry 'Z' {\n\tlinux \"/BOOT/u@/vmlinuz\" root=ZFS=x ro\n}\n### END /etc/grub.d/10_linux_zfs ###\n"
	if got := kernelPart(zfs); !strings.HasPrefix(got, "menuentry 'Z'") {
		t.Errorf("with ZFS it is\n%s", got)
	}
}
