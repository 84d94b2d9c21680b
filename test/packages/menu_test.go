//go:build e2e

package packages

import (
	"os"
	"strings"
	"testing"
)

const (
	newKernel = "6.1.0-31-amd64"
	oldKernel = "6.1.0-9-amd64"
	fsUUID    = "11111111-2222-3333-4444-555555555555"
)

// grubProbe tells of one ext4 on a GPT disk.
const grubProbe = `#!/bin/sh
case "$*" in
*--target=device*) echo /dev/sda2 ;;
*--target=fs_uuid*) echo ` + fsUUID + ` ;;
*--target=fs | *--target=fs\ *) echo ext2 ;;
*--target=partmap*) echo gpt ;;
*--target=hints_string* | *--target=abstraction*) ;;
*--target=compatibility_hint*) echo hd0,gpt2 ;;
*) exit 1 ;;
esac
`

// updateGrub is that of Debian, and counts how often it was run.
const updateGrub = `#!/bin/sh
echo run >>/update-grub.log
[ ! -e /update-grub.fails ] || { echo "grub-probe: cannot find a device" >&2; echo more >&2; exit 1; }
exec grub-mkconfig -o /boot/grub/grub.cfg "$@"
`

// grubTree is a host of the Debian family with the GRUB of this machine and two
// kernels. Its disk is grub-probe's invention.
func grubTree(t *testing.T) *tree {
	t.Helper()
	tr := debTree(t, false)
	for _, p := range []string{"grub-mkconfig", "grub-script-check", "grub-editenv", "grub-mkrelpath", "sed", "tr", "cut", "sort", "uname", "id", "mv",
		"basename", "dirname", "readlink", "stat", "echo", "test", "printf", "tail", "head", "chmod", "expr", "which", "fgrep"} {
		tr.copyProgram(p)
	}
	for _, f := range []string{"/usr/share/grub/grub-mkconfig_lib", "/etc/grub.d/00_header", "/etc/grub.d/10_linux", "/etc/grub.d/40_custom", "/etc/grub.d/41_custom"} {
		tr.copy(f, f)
	}
	tr.script("usr/sbin/grub-probe", grubProbe)
	tr.script("usr/sbin/update-grub", updateGrub)
	tr.write("etc/default/grub", "GRUB_DEFAULT=0\nGRUB_DISTRIBUTOR=Debian\nGRUB_CMDLINE_LINUX_DEFAULT=quiet\nGRUB_CMDLINE_LINUX=console=ttyS0\nGRUB_TERMINAL=console\n")
	tr.mkdir("boot/grub")
	tr.write("dev/disk/by-uuid/"+fsUUID, "")
	tr.addKernel(oldKernel)
	tr.addKernel(newKernel)
	tr.updateGrub()
	return tr
}

func (tr *tree) addKernel(version string) {
	tr.t.Helper()
	tr.write("boot/vmlinuz-"+version, "kernel")
	tr.write("boot/initrd.img-"+version, "initrd")
}

// updateGrub is what a kernel's package runs, by /etc/kernel/postinst.d.
func (tr *tree) updateGrub() {
	tr.t.Helper()
	run(tr.t, "chroot", tr.dir, "/usr/sbin/update-grub")
	tr.remove("update-grub.log")
}

// wantRuns checks how often update-grub was run since the last time.
func (tr *tree) wantRuns(want int) {
	tr.t.Helper()
	got := 0
	if tr.has("update-grub.log") {
		got = strings.Count(tr.read("update-grub.log"), "run")
	}
	if got != want {
		tr.t.Errorf("update-grub was run %d times, not %d", got, want)
	}
	tr.remove("update-grub.log")
}

// entryOf is umm's entry in a grub.cfg, once and at the end.
func entryOf(t *testing.T, cfg string) string {
	t.Helper()
	_, entry, there := strings.Cut(cfg, "\nmenuentry 'Unified maintenance mode (UMM)' ")
	if !there || strings.Count(cfg, "--id 'umm' {") != 1 || strings.Contains(entry, "menuentry ") || strings.Count(cfg, " umm\n") != 1 {
		t.Errorf("umm's entry is not there once, and behind all others:\n%s", cfg)
	}
	return entry
}

func (tr *tree) wantEntry(kernel string) {
	tr.t.Helper()
	entry := entryOf(tr.t, tr.read("boot/grub/grub.cfg"))
	for _, line := range []string{"--class debian --class gnu-linux --class gnu --class os --id 'umm' {\n",
		"\tlinux\t/boot/vmlinuz-" + kernel + " root=UUID=" + fsUUID + " ro console=ttyS0 quiet umm\n", "\tinitrd\t/boot/initrd.img-" + kernel + "\n"} {
		if !strings.Contains(entry, line) {
			tr.t.Errorf("umm's entry has no %q:\n%s", line, entry)
		}
	}
}

func TestDebMenuFollowsTheKernels(t *testing.T) {
	tr := grubTree(t)
	before := tr.read("boot/grub/grub.cfg")
	run(t, tr.dpkg("-i", built(t, "deb"))...)
	tr.wantRuns(1)
	tr.wantEntry(newKernel)
	if with := tr.read("boot/grub/grub.cfg"); !strings.HasPrefix(with, before) {
		t.Errorf("the installation changed other entries: grub.cfg was\n%s\nand is\n%s", before, with)
	}
	if out := tr.check(); !strings.Contains(out, "ok  ") || !strings.Contains(out, "boots /boot/vmlinuz-"+newKernel) {
		t.Errorf("umm check says of the boot menu: %s", out)
	}

	const added = "6.1.0-100-amd64"
	tr.addKernel(added)
	tr.updateGrub()
	tr.wantEntry(added)
	tr.remove("boot/vmlinuz-" + added)
	tr.updateGrub()
	tr.wantEntry(newKernel)

	run(t, tr.dpkg("-i", newer(t, "deb"))...)
	tr.wantRuns(0)
	tr.wantEntry(newKernel)

	run(t, tr.dpkg("-r", "umm")...)
	tr.wantRuns(1)
	if after := tr.read("boot/grub/grub.cfg"); strings.Contains(after, "UMM") {
		t.Errorf("after the removal grub.cfg is\n%s", after)
	}
	tr.updateGrub() // the script is a configuration file, and there until the purge
	if after := tr.read("boot/grub/grub.cfg"); strings.Contains(after, "UMM") || !tr.has("etc/grub.d/99_umm") {
		t.Errorf("made anew after the removal grub.cfg is\n%s", after)
	}
	run(t, tr.dpkg("--purge", "umm")...)
	if left := tr.leftovers(); len(left) > 0 {
		t.Errorf("left after the purge: %v", left)
	}
}

// withoutUmm is a grub.cfg without what umm's script has printed.
func withoutUmm(cfg string) string {
	before, _, _ := strings.Cut(cfg, "\n### BEGIN /etc/grub.d/99_umm ###")
	return before
}

// check is the line of umm check about the boot menu, with its hint.
func (tr *tree) check() string {
	tr.t.Helper()
	out, _ := tryRun("chroot", tr.dir, "/usr/bin/umm", "check")
	var found []string
	for line := range strings.Lines(out) {
		if strings.Contains(line, "  boot-menu  ") || len(found) == 1 && strings.Contains(line, "-> ") {
			found = append(found, line)
		}
	}
	if len(found) == 0 {
		tr.t.Errorf("umm check says\n%s", out)
	}
	return strings.Join(found, "")
}

// A GRUB that does not work, or is not there, keeps no package from being
// installed and removed; one line and umm check tell of it.
func TestDebMenuWhereGRUBDoesNotWork(t *testing.T) {
	for _, c := range []struct {
		name    string
		spoil   func(tr *tree)
		says    string
		warns   string
		recover func(tr *tree)
	}{
		{name: "no GRUB", spoil: func(tr *tree) { tr.remove("boot/grub"); tr.remove("etc/grub.d") }, says: "no GRUB found", warns: "no GRUB found"},
		{name: "update-grub fails", spoil: func(tr *tree) { tr.write("update-grub.fails", "") },
			says: "update-grub failed with exit status 1: grub-probe: cannot find a device", warns: "no entry",
			recover: func(tr *tree) { tr.remove("update-grub.fails") }},
		{name: "another script is wrong", spoil: func(tr *tree) { tr.script("etc/grub.d/30_wrong", "#!/bin/sh\necho '}'\n") },
			says: "update-grub failed with exit status 1: ", warns: "no entry",
			recover: func(tr *tree) { tr.remove("etc/grub.d/30_wrong") }},
		{name: "10_linux fails", spoil: func(tr *tree) { tr.script("etc/grub.d/10_linux", "#!/bin/sh\necho 'menuentry x {'\nexit 1\n") },
			says: "update-grub failed with exit status 1", warns: "no entry"},
		{name: "no kernels", spoil: func(tr *tree) {
			for _, k := range []string{oldKernel, newKernel} {
				tr.remove("boot/vmlinuz-" + k)
			}
			tr.updateGrub()
		}, says: "/boot/grub/grub.cfg: no entry boots Linux", warns: "no entry boots Linux",
			recover: func(tr *tree) { tr.addKernel(newKernel) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := grubTree(t)
			c.spoil(tr)
			before := ""
			if tr.has("boot/grub") {
				before = tr.read("boot/grub/grub.cfg")
			}
			out := run(t, tr.dpkg("-i", built(t, "deb"))...)
			if strings.Count(out, "umm: boot menu: ") != 1 || !strings.Contains(out, "umm: boot menu: "+c.says) {
				t.Errorf("the installation says\n%s", out)
			}
			if tr.has("boot/grub") && withoutUmm(tr.read("boot/grub/grub.cfg")) != before {
				t.Errorf("grub.cfg became\n%s", tr.read("boot/grub/grub.cfg"))
			}
			if got := tr.check(); !strings.HasPrefix(got, "warn ") || !strings.Contains(got, c.warns) || !strings.Contains(got, "-> ") {
				t.Errorf("umm check says %s", got)
			}
			if c.recover != nil {
				c.recover(tr)
				tr.updateGrub()
				tr.wantEntry(newKernel)
				run(t, tr.dpkg("-r", "umm")...)
				if strings.Contains(tr.read("boot/grub/grub.cfg"), "UMM") {
					t.Error("the entry is there after the removal")
				}
				return
			}
			run(t, tr.dpkg("-r", "umm")...)
		})
	}
}

// Where umm is broken, GRUB's configuration is what it would be without it.
func TestMenuScriptOfABrokenUmm(t *testing.T) {
	tr := grubTree(t)
	tr.updateGrub()
	before := tr.read("boot/grub/grub.cfg")
	run(t, tr.dpkg("-i", built(t, "deb"))...)
	for name, umm := range map[string]string{"fails": "#!/bin/sh\necho broken >&2\nexit 3\n", "is killed": "#!/bin/sh\nkill -9 $$\n", "is no program": "\x7fELF", "is gone": ""} {
		t.Run(name, func(t *testing.T) {
			tr := &tree{t: t, dir: tr.dir}
			tr.remove("usr/lib/umm/umm-boot")
			if umm != "" {
				tr.script("usr/lib/umm/umm-boot", umm)
			}
			tr.updateGrub()
			if after := tr.read("boot/grub/grub.cfg"); strings.Contains(after, "UMM") || withoutUmm(after) != before {
				t.Errorf("grub.cfg is\n%s", after)
			}
		})
	}
}

// The menu's script is the operator's to switch off.
func TestDebMenuSwitchedOff(t *testing.T) {
	tr := grubTree(t)
	run(t, tr.dpkg("-i", built(t, "deb"))...)
	if err := os.Chmod(tr.path("etc/grub.d/99_umm"), 0o644); err != nil {
		t.Fatal(err)
	}
	tr.updateGrub()
	run(t, tr.dpkg("-i", newer(t, "deb"))...)
	tr.wantRuns(0)
	if strings.Contains(tr.read("boot/grub/grub.cfg"), "UMM") {
		t.Error("an upgrade brought the entry back")
	}
	if got := tr.check(); !strings.HasPrefix(got, "ok ") {
		t.Errorf("umm check says %s", got)
	}
}

// A default of the operator's: numbers still mean the same entries, and the entry
// boots what the host boots.
func TestDebMenuWithADefault(t *testing.T) {
	tr := grubTree(t)
	tr.write("etc/default/grub", tr.read("etc/default/grub")+"GRUB_DEFAULT='1>2'\nGRUB_SAVEDEFAULT=true\n")
	tr.script("etc/grub.d/40_custom", "#!/bin/sh\necho \"menuentry 'Other' { chainloader +1 }\"\n")
	tr.updateGrub()
	before := tr.read("boot/grub/grub.cfg")
	run(t, tr.dpkg("-i", built(t, "deb"))...)
	tr.wantEntry(oldKernel)
	after := tr.read("boot/grub/grub.cfg")
	if !strings.HasPrefix(after, before) || !strings.Contains(before, "\tsavedefault\n") || strings.Contains(entryOf(t, after), "savedefault") {
		t.Errorf("grub.cfg was\n%s\nand is\n%s", before, after)
	}
}
