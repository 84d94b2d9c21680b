package bootmenu

import (
	"strings"
	"testing"

	"umm/internal/host/hostfs/hosttree"
)

// A host with systemd-boot: kernel-install has just made the entry of a kernel.
func TestNewKernelOfSystemdBoot(t *testing.T) {
	const version = "6.12.41-amd64"
	const entry = "title Debian GNU/Linux 13\nversion " + version + "\nmachine-id " + "0123456789abcdef0123456789abcdef" + "\nlinux /debian/" + version + "/linux\noptions root=UUID=x ro umm quiet\n"
	const other = "title Debian GNU/Linux 13\nversion 6.1\noptions ro umm\n"
	for _, c := range []struct {
		name, file string
		more       hosttree.Tree
		stays      bool
		refuses    string
	}{
		{name: "by the machine ID", file: "/boot/efi/loader/entries/0123456789abcdef0123456789abcdef-" + version + ".conf"},
		{name: "by a token, with tries counted", file: "/efi/loader/entries/debian-" + version + "+3-1.conf"},
		{name: "on a boot partition", file: "/boot/loader/entries/debian-" + version + ".conf"},
		{name: "umm typed in no menu", file: "/efi/loader/entries/debian-" + version + ".conf", more: hosttree.Tree{"proc/cmdline": "ro\n"}, stays: true},
		{name: "the operator's wish", file: "/efi/loader/entries/debian-" + version + ".conf", more: hosttree.Tree{"etc/kernel/cmdline": "ro umm\n"}, stays: true},
		{name: "a unified image", file: "/efi/loader/entries/debian-" + version + ".conf",
			more: hosttree.Tree{"efi/EFI/Linux/debian-" + version + ".efi": "MZ\x00.cmdline\x00root=UUID=x ro umm quiet\x00"}, refuses: "/etc/kernel/cmdline"},
		{name: "a unified image with arguments of its own", file: "/efi/loader/entries/debian-" + version + ".conf",
			more: hosttree.Tree{"efi/EFI/Linux/debian-" + version + ".efi": "MZ\x00.cmdline\x00root=UUID=x ro quiet\x00"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &host{t: t, dir: hosttree.Make(t, hosttree.Tree{c.file[1:]: entry, "efi/loader/entries/debian-6.1.conf": other,
				"proc/cmdline": "root=UUID=x ro umm quiet\n"}, c.more)}
			h.Host = Host{Root: h.dir, Run: h, Getenv: func(string) string { return "" }}
			err := h.Update(t.Context(), Kernel{Added: version})
			if (err != nil) != (c.refuses != "") || err != nil && !strings.Contains(err.Error(), c.refuses) {
				t.Errorf("it says %v", err)
			}
			if has := strings.Contains(h.read(c.file), " umm "); has != c.stays {
				t.Errorf("it has the argument: %v\n%s", has, h.read(c.file))
			}
			if got := h.read("/efi/loader/entries/debian-6.1.conf"); got != other {
				t.Errorf("another kernel's entry became %s", got)
			}
		})
	}
}
