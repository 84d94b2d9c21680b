package bootmenu

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"umm/internal/host/hostfs/hosttree"
)

func TestEL7Menu(t *testing.T) {
	for _, c := range []struct{ name, config, captured string }{
		{"BIOS", "/boot/grub2/grub.cfg", "grub.cfg"},
		{"UEFI", "/boot/efi/EFI/centos/grub.cfg", "grub-efi.cfg"},
	} {
		t.Run(c.name, func(t *testing.T) {
			was := read(t, "grub-2.02-rhel7.9/"+c.captured)
			h := on(t, hosttree.Tree{c.config: was, "boot/grub2/grubenv": "# GRUB Environment Block\n####"})
			checked := answer{argv: "grub2-script-check " + c.config + ".umm", does: func(argv []string) string {
				if data, err := os.ReadFile(argv[1]); err != nil || !strings.HasPrefix(string(data), "#\n# DO NOT EDIT") || h.read(c.config) == string(data) {
					t.Errorf("checked is\n%s(%v), which is in place: %v", data, err, h.read(c.config) == string(data))
				}
				return ""
			}}
			h.finds("no entry")
			h.answers = []answer{checked}
			if err := h.Update(t.Context(), Kernel{Added: "3.10.0-1160.el7.x86_64"}); err != nil {
				t.Fatal(err)
			}
			h.finds("")
			if is := h.read(c.config); !strings.HasPrefix(is, was) || strings.Count(is, "--id 'umm'") != 1 || strings.Count(is, " umm\n") != 1 {
				t.Errorf("grub.cfg is\n%s", is)
			}
			if err := h.Update(t.Context(), Kernel{}); err != nil { // nothing to do
				t.Error(err)
			}
			// grubby's prerm hook comes before the entries of the kernel go.
			h.answers = []answer{checked}
			if err := h.Update(t.Context(), Kernel{Removed: "3.10.0-1160.el7.x86_64"}); err != nil || !strings.Contains(section99(h.read(c.config)), "vmlinuz-3.10.0-1127") {
				t.Errorf("while the newest kernel goes: %v\n%s", err, section99(h.read(c.config)))
			}
			// What only grubby knows is kept.
			now := strings.ReplaceAll(h.read(c.config), "console=ttyS0", "console=ttyS0 added-by-grubby")
			h.write(c.config, now)
			h.finds("does not boot the same as the default entry")
			h.answers = []answer{checked}
			if err := h.Update(t.Context(), Kernel{}); err != nil || !strings.Contains(section99(h.read(c.config)), "vmlinuz-3.10.0-1160.el7.x86_64") ||
				strings.Count(h.read(c.config), "added-by-grubby") != 4 {
				t.Errorf("after grubby: %v\n%s", err, section99(h.read(c.config)))
			}
			h.finds("")
			h.answers = []answer{checked}
			if err := h.Remove(t.Context()); err != nil || h.read(c.config) != strings.ReplaceAll(was, "console=ttyS0", "console=ttyS0 added-by-grubby") {
				t.Errorf("removed: %v\n%s", err, h.read(c.config))
			}
		})
	}
}

func section99(cfg string) string {
	text, _, _, _ := section(cfg, Script)
	return text
}

// A grub.cfg that GRUB would not read is not put in the place of one that it does.
func TestEL7MenuWithAWrongSyntax(t *testing.T) {
	const config = "/boot/grub2/grub.cfg"
	was := read(t, "grub-2.02-rhel7.9/grub.cfg")
	h := on(t, hosttree.Tree{config: was})
	h.answers = []answer{{argv: "grub2-script-check " + config + ".umm", code: 1}}
	if err := h.Update(t.Context(), Kernel{}); err == nil || !strings.Contains(err.Error(), "it does not work") || strings.Contains(err.Error(), "at all") {
		t.Errorf("it ended with %v", err)
	}
	if names, err := os.ReadDir(filepath.Join(h.dir, "boot/grub2")); err != nil || len(names) != 1 || h.read(config) != was {
		t.Errorf("left are %v (%v)", names, err)
	}
}

func TestEL7KeepsTheFileAsItWas(t *testing.T) {
	const config = "/boot/grub2/grub.cfg"
	h := on(t, hosttree.Tree{config: read(t, "grub-2.02-rhel7.9/grub.cfg"), "etc/grub2.cfg": "-> ../boot/grub2/grub.cfg"})
	if err := os.Chmod(filepath.Join(h.dir, config), 0o600); err != nil {
		t.Fatal(err)
	}
	h.answers = []answer{{argv: "grub2-script-check " + config + ".umm"}}
	if err := h.Update(t.Context(), Kernel{}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(h.dir, config)); err != nil || info.Mode() != 0o600 {
		t.Errorf("grub.cfg is %v (%v)", info.Mode(), err)
	}
}

const (
	el8Old = "4.18.0-477.10.1.el8_8.x86_64"
	el8New = "4.18.0-553.5.1.el8_10.x86_64"
)

// blsHost is a host of EL8 with two kernels and a rescue one.
func blsHost(t *testing.T, more ...hosttree.Tree) *host {
	t.Helper()
	tree := hosttree.Tree{
		"boot/grub2/grub.cfg":              "insmod blscfg\nblscfg\n",
		"boot/grub2/grubenv":               "# GRUB Environment Block\nsaved_entry=" + machine + "-" + el8New + "\nkernelopts=root=/dev/mapper/rl-root ro\n####",
		"boot/vmlinuz-0-rescue-" + machine: "x",
	}
	for _, f := range []blsFile{el8(el8Old), el8(el8New), rescue()} {
		tree["boot/loader/entries/"+f.name] = f.content
		tree["boot/vmlinuz-"+strings.TrimSuffix(f.name[33:], ".conf")] = "x"
	}
	return on(t, append([]hosttree.Tree{tree}, more...)...)
}

const blsPath = "/boot/loader/entries/" + machine + "-0-maintenance.conf"

func (h *host) update(k Kernel) {
	h.t.Helper()
	if err := h.Update(h.t.Context(), k); err != nil {
		h.t.Error(err)
	}
}

func (h *host) boots(version string) {
	h.t.Helper()
	if got := h.read(blsPath); got != el8(version).maintenance().content {
		h.t.Errorf("umm's entry is\n%s, not that of %s", got, version)
	}
}

func TestBLSMenu(t *testing.T) {
	const newer = "4.18.0-553.40.1.el8_10.x86_64"
	h := blsHost(t)
	h.finds("no entry")
	h.update(Kernel{})
	h.boots(el8New)
	h.finds("")

	h.write("/boot/loader/entries/"+machine+"-"+newer+".conf", el8(newer).content)
	h.write("/boot/vmlinuz-"+newer, "x")
	h.finds("") // saved is the other one
	h.write("/boot/grub2/grubenv", strings.ReplaceAll(h.read("/boot/grub2/grubenv"), el8New, newer))
	h.finds("does not boot the same as the default entry (/vmlinuz-" + newer + ")")
	h.update(Kernel{Added: newer})
	h.boots(newer)
	h.finds("")

	h.update(Kernel{Removed: newer})
	h.boots(el8New)
	// grub2-mkconfig has written the arguments again; its script of umm's says so.
	h.write(blsPath, strings.ReplaceAll(h.read(blsPath), " umm\n", "\n"))
	if text, err := h.Print(t.Context(), "/etc/grub.d"); text != "" || err != nil {
		t.Errorf("printed is %q (%v)", text, err)
	}
	h.boots(newer)
	// grubby appends arguments to all entries.
	for _, file := range []string{blsPath, "/boot/loader/entries/" + machine + "-" + newer + ".conf"} {
		h.write(file, strings.ReplaceAll(strings.ReplaceAll(h.read(file), "$tuned_params umm\n", "$tuned_params umm new\n"), "$tuned_params\n", "$tuned_params new\n"))
	}
	h.finds("")
	if err := h.Remove(t.Context()); err != nil || h.read(blsPath) != "" {
		t.Errorf("removed: %v", err)
	}
	if names, err := os.ReadDir(filepath.Join(h.dir, blsFolder)); err != nil || len(names) != 4 {
		t.Errorf("left are %v (%v)", names, err)
	}
}

func TestBLSMenuOfAnotherMachineID(t *testing.T) {
	h := blsHost(t)
	other := "/boot/loader/entries/" + strings.Repeat("f", 32) + "-0-maintenance.conf"
	h.write(other, el8(el8Old).maintenance().content)
	h.finds("is another entry of umm")
	h.update(Kernel{})
	h.boots(el8New)
	if h.read(other) != "" {
		t.Error("the entry of another machine ID is there still")
	}
	h.finds("")
}

// A kernel that is installed in maintenance mode would have umm's argument from
// the running one, and each boot would be maintenance mode.
func TestNewKernelHasNotTheArgumentOfTheRunningOne(t *testing.T) {
	file := machine + "-5.14.0-500.el9.x86_64.conf"
	with := strings.ReplaceAll(el9("5.14.0-500.el9.x86_64").content, "$tuned_params", "umm $tuned_params")
	running := hosttree.Tree{"boot/loader/entries/" + file: with, "boot/vmlinuz-5.14.0-500.el9.x86_64": "x", "proc/cmdline": "BOOT_IMAGE=/vmlinuz ro umm\n"}
	for _, c := range []struct {
		name  string
		more  hosttree.Tree
		added string
		stays bool
	}{
		{name: "maintenance mode by the menu", added: "5.14.0-500.el9.x86_64"},
		{name: "arguments of the host's own", added: "5.14.0-500.el9.x86_64", more: hosttree.Tree{"etc/kernel/cmdline": "ro quiet\n"}},
		{name: "the operator's wish", added: "5.14.0-500.el9.x86_64", more: hosttree.Tree{"etc/kernel/cmdline": "ro umm\n"}, stays: true},
		{name: "another boot", added: "5.14.0-500.el9.x86_64", more: hosttree.Tree{"proc/cmdline": "ro umm.x=1\n"}, stays: true},
		{name: "another kernel", added: "5.14.0-501.el9.x86_64", stays: true},
		{name: "no kernel", stays: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := blsHost(t, running, c.more)
			h.update(Kernel{Added: c.added})
			if has := strings.Contains(h.read(filepath.Join(blsFolder, file)), " umm "); has != c.stays {
				t.Errorf("it has the argument: %v\n%s", has, h.read(filepath.Join(blsFolder, file)))
			}
		})
	}
}

// EL8 and later with the Boot Loader Specification switched off, and the file on
// the partition of UEFI that leads to the other one.
func TestEL8WithoutBLS(t *testing.T) {
	const config = "/boot/grub2/grub.cfg"
	h := on(t, hosttree.Tree{config: read(t, "grub-2.02-rhel7.9/grub.cfg"), "boot/loader/entries/" + machine + "-1.conf": el9("1").content,
		"boot/efi/EFI/rocky/grub.cfg": "search --no-floppy --fs-uuid --set=dev x\nset prefix=($dev)/grub2\nconfigfile $prefix/grub.cfg\n"})
	h.answers = []answer{{argv: "grub2-script-check " + config + ".umm"}}
	h.update(Kernel{})
	h.finds("")
	if h.read(blsPath) != "" {
		t.Error("there is a file of the Boot Loader Specification")
	}
}
