//go:build e2e

package packages

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// grub2 gives an EL tree GRUB by the names that it has there.
func (tr *tree) grub2(version string) {
	tr.t.Helper()
	tr.copyProgram("grub-script-check")
	if err := os.Rename(tr.path("usr/bin/grub-script-check"), tr.path("usr/bin/grub2-script-check")); err != nil {
		tr.t.Fatal(err)
	}
	tr.write("etc/os-release", "NAME=\"CentOS Linux\"\nID=\"centos\"\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\""+version+"\"\n")
	tr.script("usr/sbin/grub2-mkconfig", "#!/bin/sh\necho \"unexpected: grub2-mkconfig $*\" >>/grub2.log\nexit 1\n")
}

// el7Tree is CentOS 7 with grub.cfg as grub2-mkconfig of it writes it. grubby, where
// it is, is not asked.
func el7Tree(t *testing.T, config, captured string, grubby bool) *tree {
	t.Helper()
	tr := elTree(t)
	tr.grub2("7")
	data, err := os.ReadFile(filepath.Join(root, "internal/host/bootmenu/testdata/grub-2.02-rhel7.9", captured))
	if err != nil {
		t.Fatal(err)
	}
	tr.write(config, string(data))
	tr.write("boot/grub2/grubenv", "# GRUB Environment Block\nsaved_entry=CentOS Linux (3.10.0-1160.el7.x86_64) 7 (Core)\n####")
	if grubby {
		tr.script("usr/sbin/grubby", "#!/bin/sh\necho \"unexpected: grubby $*\" >>/grub2.log\nexit 1\n")
	}
	return tr
}

// newKernelPkg runs the hooks of a folder as EL7's new-kernel-pkg does.
func (tr *tree) newKernelPkg(folder, version string) {
	tr.t.Helper()
	if out := run(tr.t, "chroot", tr.dir, "/bin/sh", "-c", `for f in /etc/kernel/`+folder+`/*[^~]; do
	[ -f $f ] && [ -x $f ] || continue
	$f "$@"
done`, "new-kernel-pkg", version, "/boot/vmlinuz-"+version); out != "" {
		tr.t.Errorf("the hooks of %s say\n%s", folder, out)
	}
}

func (tr *tree) edit(name string, change func(string) string) {
	tr.t.Helper()
	tr.write(name, change(tr.read(name)))
}

// grub2Entry is umm's entry in a grub.cfg of EL7.
func (tr *tree) grub2Entry(config, kernel, more string) {
	tr.t.Helper()
	entry := entryOf(tr.t, tr.read(config))
	want := "/vmlinuz-" + kernel + " root=UUID=" + fsUUID + " ro crashkernel=auto rd.luks.uuid=luks-1111 rd.lvm.lv=centos/root rhgb quiet console=ttyS0" + more + " umm\n"
	if !strings.Contains(entry, want) || !strings.Contains(entry, "--unrestricted --id 'umm' {\n") {
		tr.t.Errorf("umm's entry has no %q:\n%s", want, entry)
	}
	run(tr.t, "chroot", tr.dir, "/usr/bin/grub2-script-check", "/"+config)
	if tr.has("grub2.log") {
		tr.t.Errorf("%s", tr.read("grub2.log"))
	}
}

func TestRPMMenuOfEL7(t *testing.T) {
	const first, second, added = "3.10.0-1160.el7.x86_64", "3.10.0-1127.19.1.el7.x86_64", "3.10.0-1160.119.1.el7.x86_64"
	for _, c := range []struct {
		name, config, captured string
		grubby                 bool
	}{
		{"BIOS", "boot/grub2/grub.cfg", "grub.cfg", true},
		{"BIOS without grubby", "boot/grub2/grub.cfg", "grub.cfg", false},
		{"UEFI", "boot/efi/EFI/centos/grub.cfg", "grub-efi.cfg", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := el7Tree(t, c.config, c.captured, c.grubby)
			before := tr.read(c.config)
			run(t, tr.rpm("-i", built(t, "rpm"))...)
			tr.grub2Entry(c.config, first, "")
			if !strings.HasPrefix(tr.read(c.config), before) {
				t.Errorf("other entries changed:\n%s", tr.read(c.config))
			}

			// grubby copies the default entry, with an argument that it alone knows.
			entry := regexp.MustCompile(`(?s)menuentry 'CentOS Linux \(3\.10\.0-1160\.el7.*?\n}\n`)
			tr.edit(c.config, func(cfg string) string {
				copied := strings.ReplaceAll(entry.FindString(cfg), "("+first+")", "("+added+")")
				copied = strings.NewReplacer("vmlinuz-"+first, "vmlinuz-"+added, "initramfs-"+first, "initramfs-"+added, "ttyS0 ", "ttyS0 only-grubby").Replace(copied)
				return strings.Replace(cfg, entry.FindString(cfg), copied+entry.FindString(cfg), 1)
			})
			tr.edit("boot/grub2/grubenv", func(env string) string { return strings.ReplaceAll(env, first, added) })
			if got := tr.check(); !strings.HasPrefix(got, "warn ") || !strings.Contains(got, "vmlinuz-"+added) {
				t.Errorf("umm check says %s", got)
			}
			tr.newKernelPkg("postinst.d", added)
			tr.grub2Entry(c.config, added, " only-grubby")

			// On the removal the hook comes first, then grubby removes the kernel's entries.
			tr.newKernelPkg("prerm.d", added)
			tr.edit(c.config, func(cfg string) string {
				for _, e := range regexp.MustCompile(`(?sm)^menuentry .*?\n}\n`).FindAllString(cfg, -1) {
					if strings.Contains(e, "/vmlinuz-"+added+" ") {
						cfg = strings.Replace(cfg, e, "", 1)
					}
				}
				return cfg
			})
			tr.grub2Entry(c.config, first, "")

			run(t, tr.rpm("-U", newer(t, "rpm"))...)
			tr.grub2Entry(c.config, first, "")
			run(t, tr.rpm("-e", "umm")...)
			if after := tr.read(c.config); after != before {
				t.Errorf("after the removal grub.cfg is\n%s, and was\n%s", after, before)
			}
			if left := tr.leftovers(); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestRPMMenuOfEL7WithoutAWorkingGRUB(t *testing.T) {
	for name, spoil := range map[string]func(tr *tree){
		"no check of the syntax": func(tr *tree) { tr.remove("usr/bin/grub2-script-check") },
		"wrong already": func(tr *tree) {
			tr.edit("boot/grub2/grub.cfg", func(cfg string) string { return cfg + "}\n" })
		},
		"no kernel": func(tr *tree) { tr.write("boot/grub2/grub.cfg", "set x=y\n") },
	} {
		t.Run(name, func(t *testing.T) {
			tr := el7Tree(t, "boot/grub2/grub.cfg", "grub.cfg", true)
			spoil(tr)
			before := tr.read("boot/grub2/grub.cfg")
			out := run(t, tr.rpm("-i", built(t, "rpm"))...)
			if strings.Count(out, "umm: boot menu: ") != 1 || tr.read("boot/grub2/grub.cfg") != before {
				t.Errorf("the installation says\n%s, and grub.cfg is\n%s", out, tr.read("boot/grub2/grub.cfg"))
			}
			if got := tr.check(); !strings.HasPrefix(got, "warn ") {
				t.Errorf("umm check says %s", got)
			}
			run(t, tr.rpm("-e", "umm")...)
			if names, err := os.ReadDir(tr.path("boot/grub2")); err != nil || len(names) != 2 {
				t.Errorf("in /boot/grub2 are %v (%v)", names, err)
			}
		})
	}
}

const machineID = "55555555555555555555555555555555"

// blsInstall is what GRUB's plugin of kernel-install does on EL8 and later.
const blsInstall = `#!/bin/bash
bls=/boot/loader/entries/$KERNEL_INSTALL_MACHINE_ID-$2.conf
case $1 in
add)
	cp "$4" "/boot/vmlinuz-$2"
	printf '%s\n' "title CentOS Stream ($2)" "version $2" "linux /vmlinuz-$2" "initrd /initramfs-$2.img" "options ARGS" \
		"grub_users \$grub_users" "grub_arg --unrestricted" "grub_class centos" >"$bls"
	echo "saved_entry=$KERNEL_INSTALL_MACHINE_ID-$2" >/boot/grub2/grubenv
	;;
remove) rm -f "$bls" "/boot/vmlinuz-$2" ;;
esac
`

// blsTree is a host of EL8 or later, with this machine's kernel-install.
func blsTree(t *testing.T, version, args string, grubby bool) *tree {
	t.Helper()
	tr := elTree(t)
	tr.grub2(version)
	for _, p := range []string{"kernel-install", "sed", "sort", "mkdir", "mktemp", "tr", "ls", "basename", "dirname", "readlink", "cut", "find", "uname", "env", "printf", "test", "head", "awk"} {
		tr.copyProgram(p)
	}
	tr.script("usr/lib/kernel/install.d/20-grub.install", strings.ReplaceAll(blsInstall, "ARGS", strings.ReplaceAll(args, "$", `\$`)))
	tr.write("etc/kernel/install.conf", "layout=other\n")
	tr.write("boot/grub2/grub.cfg", "insmod blscfg\nblscfg\n")
	tr.write("boot/grub2/grubenv", "")
	tr.write("boot/loader/entries/"+machineID+"-0-rescue.conf", "title R\nversion 0-rescue-"+machineID+"\nlinux /vmlinuz-0-rescue\noptions "+args+"\n")
	tr.write("boot/vmlinuz-0-rescue", "kernel")
	if grubby {
		tr.script("usr/sbin/grubby", "#!/bin/sh\necho \"unexpected: grubby $*\" >>/grub2.log\nexit 1\n")
	}
	return tr
}

func (tr *tree) kernelInstall(command, version string) {
	tr.t.Helper()
	argv := []string{"chroot", tr.dir, "/usr/bin/kernel-install", command, version}
	if command == "add" {
		tr.write("usr/lib/modules/"+version+"/vmlinuz", "kernel")
		argv = append(argv, "/usr/lib/modules/"+version+"/vmlinuz")
	}
	run(tr.t, argv...)
}

func (tr *tree) wantBLS(kernel, options string) {
	tr.t.Helper()
	want := "title Unified maintenance mode (UMM)\nversion 0-maintenance\nlinux /vmlinuz-" + kernel + "\ninitrd /initramfs-" + kernel + ".img\noptions " + options +
		" umm\ngrub_users $grub_users\ngrub_arg --unrestricted\ngrub_class centos\n"
	if got := tr.read("boot/loader/entries/" + machineID + "-0-maintenance.conf"); got != want {
		tr.t.Errorf("umm's entry is\n%s, want\n%s", got, want)
	}
	if tr.has("grub2.log") {
		tr.t.Errorf("%s", tr.read("grub2.log"))
	}
}

func TestRPMMenuOfEL8AndLater(t *testing.T) {
	const first, second = "5.14.0-427.9.1.el9_4.x86_64", "5.14.0-427.13.1.el9_4.x86_64"
	for _, c := range []struct {
		name, version, args string
		grubby              bool
	}{
		{"EL 8", "8.10", "$kernelopts $tuned_params", true},
		{"EL 9", "9.4", "root=/dev/mapper/cs-root ro rd.luks.uuid=luks-1 console=ttyS0 $tuned_params", true},
		{"EL 10 without grubby", "10.0", "root=UUID=1 ro", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := blsTree(t, c.version, c.args, c.grubby)
			tr.kernelInstall("add", first)
			entries := func() []string {
				names, err := filepath.Glob(tr.path("boot/loader/entries/*"))
				if err != nil {
					t.Fatal(err)
				}
				return names
			}
			before := entries()
			run(t, tr.rpm("-i", built(t, "rpm"))...)
			tr.wantBLS(first, c.args)
			if got := tr.check(); !strings.HasPrefix(got, "ok ") {
				t.Errorf("umm check says %s", got)
			}
			tr.kernelInstall("add", second)
			tr.wantBLS(second, c.args)
			tr.kernelInstall("remove", second)
			tr.wantBLS(first, c.args)
			run(t, tr.rpm("-U", newer(t, "rpm"))...)
			tr.wantBLS(first, c.args)
			run(t, tr.rpm("-e", "umm")...)
			if after := entries(); !slices.Equal(after, before) || tr.has("grub2.log") || tr.read("boot/grub2/grub.cfg") != "insmod blscfg\nblscfg\n" {
				t.Errorf("after the removal there are %v, before the installation there were %v", after, before)
			}
			if left := tr.leftovers(); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// With GRUB's own kernel-install plugin a new kernel has the arguments of the
// running one.
func TestRPMMenuAKernelInstalledInMaintenanceMode(t *testing.T) {
	const version = "5.14.0-427.13.1.el9_4.x86_64"
	tr := blsTree(t, "9.4", "root=UUID=1 ro umm", false)
	run(t, tr.rpm("-i", built(t, "rpm"))...)
	tr.kernel("1111", "umm")
	tr.kernelInstall("add", version)
	tr.wantBLS(version, "root=UUID=1 ro")
	if got := tr.read("boot/loader/entries/" + machineID + "-" + version + ".conf"); strings.Contains(got, "umm") {
		t.Errorf("the new kernel's entry leads to maintenance mode for ever:\n%s", got)
	}
}

// A unified image has the arguments of the running kernel within, and may be signed: it is
// made without umm's from the start.
func TestRPMMenuAUnifiedImageMadeInMaintenanceMode(t *testing.T) {
	const version = "5.14.0-427.13.1.el9_4.x86_64"
	tr := blsTree(t, "9.4", "root=UUID=1 ro", false)
	run(t, tr.rpm("-i", built(t, "rpm"))...)
	tr.kernel("1111", "umm quiet")
	t.Cleanup(func() { _ = syscall.Unmount(tr.path("proc/cmdline"), syscall.MNT_DETACH) })
	tr.script("usr/lib/kernel/install.d/60-ukify.install", "#!/bin/sh\ntest \"$1\" = add || exit 0\nmkdir -p /boot/EFI/Linux\n"+
		"{ printf 'MZ signed '; head -n 1 /proc/cmdline; } >/boot/EFI/Linux/$2.efi\n")
	// An installation that breaks off leaves it to the next one to clear up.
	for _, broken := range []bool{true, false} {
		tr.script("usr/lib/kernel/install.d/70-last.install", map[bool]string{true: "#!/bin/sh\nexit 1\n", false: "#!/bin/sh\nexit 0\n"}[broken])
		if !broken {
			tr.kernelInstall("add", version)
		} else if out, err := exec.Command("chroot", tr.dir, "/usr/bin/kernel-install", "add", version, "/boot/vmlinuz-0-rescue").CombinedOutput(); err == nil {
			t.Errorf("the broken installation ends well: %s", out)
		}
		if got := tr.read("boot/EFI/Linux/" + version + ".efi"); got != "MZ signed root=/dev/vda1 ro quiet\n" {
			t.Errorf("broken %v: the image has %q", broken, got)
		}
	}
	if got := tr.read("proc/cmdline"); !strings.Contains(got, "umm") || tr.has("run/umm/cmdline") {
		t.Errorf("afterwards /proc/cmdline is %q", got)
	}
}

func TestRPMMenuWhereThereIsNone(t *testing.T) {
	tr := elTree(t)
	out := run(t, tr.rpm("-i", built(t, "rpm"))...)
	if strings.Count(out, "umm: boot menu: no GRUB found") != 1 {
		t.Errorf("the installation says\n%s", out)
	}
	if got := tr.check(); !strings.HasPrefix(got, "warn ") || !strings.Contains(got, "no GRUB found") {
		t.Errorf("umm check says %s", got)
	}
}

// The menu's script is the operator's to switch off, and an upgrade leaves it so.
func TestRPMMenuSwitchedOff(t *testing.T) {
	const version = "5.14.0-427.13.1.el9_4.x86_64"
	tr := blsTree(t, "9.4", "root=UUID=1 ro", false)
	tr.kernelInstall("add", version)
	run(t, tr.rpm("-i", built(t, "rpm"))...)
	tr.wantBLS(version, "root=UUID=1 ro")
	if err := os.Chmod(tr.path("etc/grub.d/99_umm"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"switched off", "upgraded"} {
		if what == "upgraded" {
			run(t, tr.rpm("-U", newer(t, "rpm"))...)
		} else {
			run(t, "chroot", tr.dir, "/lib/umm/umm-boot", "menu", "update")
		}
		if tr.has("boot/loader/entries/" + machineID + "-0-maintenance.conf") {
			t.Errorf("%s: the entry is there", what)
		}
		if got := tr.check(); !strings.HasPrefix(got, "ok ") {
			t.Errorf("%s: umm check says %s", what, got)
		}
	}
}
