package bootmenu

import (
	"strings"
	"testing"

	"umm/internal/host/hostfs/hosttree"
)

func TestDefault(t *testing.T) {
	const debian12, debian12Old = "/boot/vmlinuz-6.1.0-31-amd64", "/boot/vmlinuz-6.1.0-9-amd64"
	kernels := hosttree.Tree{debian12[1:]: "x", debian12Old[1:]: "x"}
	saved := func(cfg, name string) hosttree.Tree {
		return hosttree.Tree{
			"boot/grub/grub.cfg": strings.Replace(cfg, `set default="0"`, `set default="${saved_entry}"`, 1),
			"boot/grub/grubenv":  "# GRUB Environment Block\nsaved_entry=" + name + "\n####",
		}
	}
	cfg := read(t, "grub-2.06-13+deb12u2/grub.cfg")
	if !strings.Contains(cfg, `set default="0"`) {
		t.Fatal("the captured grub.cfg has another default")
	}
	const el7 = "boot/vmlinuz-3.10.0-1160.el7.x86_64"
	for name, c := range map[string]struct {
		host       *host
		want, fail string
	}{
		"Debian":                  {debianHost(t, kernels), debian12, ""},
		"Debian, saved":           {debianHost(t, kernels, saved(cfg, "1>2")), debian12Old, ""},
		"Debian, saved by a name": {debianHost(t, kernels, saved(cfg, "Windows \x1b[2J")), "", "the default entry, Windows"},
		"Debian, once":            {debianHost(t, kernels, hosttree.Tree{"boot/grub/grubenv": "next_entry=1>2\n"}), "", "set to start 1>2 once"},
		"Debian, gone":            {debianHost(t), "", debian12 + ", which does not exist"},
		"Debian, rubbish":         {debianHost(t, hosttree.Tree{"boot/grub/grub.cfg": ""}), "", "grub.cfg: "},
		// /boot is a file system of its own there.
		"EL 7":     {on(t, hosttree.Tree{"boot/grub2/grub.cfg": read(t, "grub-2.02-rhel7.9/grub.cfg"), el7: "x"}), "/" + el7, ""},
		"EL 8":     {blsHost(t), "/boot/vmlinuz-" + el8New, ""},
		"no GRUB":  {on(t), "", "no GRUB found"},
		"no entry": {on(t, hosttree.Tree{"boot/grub2/": "", "boot/loader/entries/x.conf": "title x\nversion 1\nlinux /vmlinuz-1\n"}), "", "no"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.host.Default()
			if got != c.want || (err != nil) != (c.fail != "") || err != nil && !strings.Contains(err.Error(), c.fail) {
				t.Errorf("it is %q (%v), want %q (%s)", got, err, c.want, c.fail)
			}
			if err != nil && strings.ContainsRune(err.Error(), '\x1b') {
				t.Errorf("the error is %q", err)
			}
		})
	}
}
