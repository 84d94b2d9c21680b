package bootmenu

import (
	"slices"
	"strings"
	"testing"
)

const machine = "0123456789abcdef0123456789abcdef"

// What kernel-install writes: on EL 8, on EL 9 and 10, and for the rescue kernel.
func el8(version string) blsFile {
	return blsFile{machine + "-" + version + ".conf", "title Rocky Linux (" + version + ") 8.10 (Green Obsidian)\nversion " + version +
		"\nlinux /vmlinuz-" + version + "\ninitrd /initramfs-" + version + ".img $tuned_initrd\noptions $kernelopts $tuned_params\n" +
		"id rocky-20240522163415-" + version + "\ngrub_users $grub_users\ngrub_arg --unrestricted\ngrub_class kernel\n"}
}

func el9(version string) blsFile {
	return blsFile{machine + "-" + version + ".conf", "title Rocky Linux (" + version + ") 9.4 (Blue Onyx)\nversion " + version +
		"\nlinux /boot/vmlinuz-" + version + "\ninitrd /boot/initramfs-" + version + ".img $tuned_initrd\n" +
		"options root=/dev/mapper/rl-root ro rd.luks.uuid=luks-1 console=ttyS0 $tuned_params\ngrub_users $grub_users\ngrub_arg --unrestricted\ngrub_class rocky\n"}
}

func rescue() blsFile {
	f := el9("0-rescue-" + machine)
	f.name = machine + "-0-rescue.conf"
	return f
}

func TestFileIsThatOfTheKernelWithTheArgument(t *testing.T) {
	for _, c := range []struct {
		name       string
		from, want blsFile
	}{
		{"EL 8", el8("4.18.0-553.el8_10.x86_64"), blsFile{machine + "-0-maintenance.conf", "title Unified maintenance mode (UMM)\nversion 0-maintenance\n" +
			"linux /vmlinuz-4.18.0-553.el8_10.x86_64\ninitrd /initramfs-4.18.0-553.el8_10.x86_64.img $tuned_initrd\n" +
			"options $kernelopts $tuned_params umm\ngrub_users $grub_users\ngrub_arg --unrestricted\ngrub_class kernel\n"}},
		{"EL 9", el9("5.14.0-427.el9.x86_64"), blsFile{machine + "-0-maintenance.conf", "title Unified maintenance mode (UMM)\nversion 0-maintenance\n" +
			"linux /boot/vmlinuz-5.14.0-427.el9.x86_64\ninitrd /boot/initramfs-5.14.0-427.el9.x86_64.img $tuned_initrd\n" +
			"options root=/dev/mapper/rl-root ro rd.luks.uuid=luks-1 console=ttyS0 $tuned_params umm\ngrub_users $grub_users\ngrub_arg --unrestricted\ngrub_class rocky\n"}},
		{"another form", blsFile{machine + "-6.conf", "# a comment\ntitle\tX\n  linux   /v\nsort-key x\ngrub_hotkey x\ndevicetree /d\noptions a\noptions b\n\n"},
			blsFile{machine + "-0-maintenance.conf", "title Unified maintenance mode (UMM)\nversion 0-maintenance\n# a comment\nlinux   /v\ndevicetree /d\noptions a umm\noptions b\n"}},
		{"no options", blsFile{machine + "-6.conf", "title X\nlinux /v"},
			blsFile{machine + "-0-maintenance.conf", "title Unified maintenance mode (UMM)\nversion 0-maintenance\nlinux /v\noptions umm\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.from.maintenance()
			if got != c.want {
				t.Errorf("%s is\n%s, want %s\n%s", got.name, got.content, c.want.name, c.want.content)
			}
			if !got.isOurs() || c.from.isOurs() {
				t.Error("umm does not know which of them is its own")
			}
			if back := got.withoutArgument(); strings.Contains(back.content, "umm") || !strings.Contains(got.content, "umm") {
				t.Errorf("without the argument it is\n%s", back.content)
			}
		})
	}
}

func TestChooseBLS(t *testing.T) {
	const old, nine, ten = "5.14.0-362.8.1.el9_3.x86_64", "5.14.0-427.9.1.el9_4.x86_64", "5.14.0-427.13.1.el9_4.x86_64"
	all := []blsFile{rescue(), el9(nine), el9(ten), el9(old), el9(ten).maintenance(), {"custom.conf", "title C\nlinux /vmlinuz-c\n"}}
	every := func(string) bool { return true }
	for _, c := range []struct {
		name, saved, without, want string
		files                      []blsFile
		there                      func(string) bool
	}{
		{name: "the newest", want: ten},
		{name: "what is saved", saved: machine + "-" + old, want: old},
		{name: "what is saved by its title", saved: "Rocky Linux (" + nine + ") 9.4 (Blue Onyx)", want: nine},
		{name: "saved is gone", saved: machine + "-5.14.0-1", want: ten},
		{name: "saved is rescue", saved: machine + "-0-rescue", want: ten},
		{name: "saved is umm's", saved: machine + "-0-maintenance", want: ten},
		{name: "the newest goes", without: ten, want: nine},
		{name: "the newest goes and is saved", saved: machine + "-" + ten, without: ten, want: nine},
		{name: "its file is gone", there: func(linux string) bool { return !strings.HasSuffix(linux, ten) }, want: nine},
		{name: "only rescue is left", files: []blsFile{rescue()}, want: "0-rescue"},
		{name: "a debug kernel is older", files: []blsFile{el9(nine + "~debug"), el9(nine)}, want: nine},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.files == nil {
				c.files = all
			}
			if c.there == nil {
				c.there = every
			}
			got, err := chooseBLS(c.files, c.saved, c.without, c.there)
			if _, version := got.parts(); err != nil || version != c.want {
				t.Errorf("chosen is %s (%v), want %s", got.name, err, c.want)
			}
		})
	}
	if got, err := chooseBLS(all[4:], "", "", every); err != errNoBLSKernel {
		t.Errorf("without a kernel chosen is %s (%v)", got.name, err)
	}
}

// The order is that of GRUB's menu, read from the end.
func TestVersionsInOrder(t *testing.T) {
	ordered := []string{"", "0-maintenance", "0-rescue", "0-rescue-" + machine, "3.10.0-327.el7", "3.10.0-1160.el7", "4.18.0-80.el8~debug",
		"4.18.0-80.el8", "4.18.0-80.el8_1", "4.18.0-080.1.el8", "5.14.0-427.el9.x86_64", "5.14.0-427.el9.x86_64+rt"}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := compareVersions(a, b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("compareVersions(%q, %q) = %d", a, b, got)
			}
		}
	}
	if !slices.IsSortedFunc(ordered, compareVersions) {
		t.Error("not in order")
	}
}
