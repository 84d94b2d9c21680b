package bootmenu

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// captured is what real scripts print, and the kernels that the entry then loads.
var captured = []struct {
	file, byDefault, without string
	linux                    string
}{
	{file: "grub-2.06-3~deb11u6/10_linux", linux: "linux /boot/vmlinuz-5.10.0-33-amd64 " + root + debianArgs},
	{file: "grub-2.06-13+deb12u2/10_linux", linux: "linux /boot/vmlinuz-6.1.0-31-amd64 " + root + debianArgs},
	{file: "grub-2.06-13+deb12u2/10_linux-flat", linux: "linux /boot/vmlinuz-5.10.0-33-amd64 " + root + debianArgs},
	{file: "grub-2.06-13+deb12u2/10_linux-ubuntu", linux: "linux /boot/vmlinuz-5.15.0-139-generic " + root + ubuntuArgs},
	{file: "grub-2.12-9+deb13u4/10_linux", linux: "linux /boot/vmlinuz-6.12.30+deb13-amd64 " + root + debianArgs},
	{file: "grub-2.12-9+deb13u4/10_linux-ubuntu", linux: "linux /boot/vmlinuz-6.8.0-60-generic " + root + ubuntuArgs},
	{file: "grub-2.02~beta2-9ubuntu1/10_linux", linux: "linux /boot/vmlinuz-3.13.0-170-generic " + root + ubuntuArgs},
	{file: "grub-2.02-rhel7.9/grub.cfg", linux: "linux16 /vmlinuz-3.10.0-1160.el7.x86_64 " + root + elArgs},
	{file: "grub-2.02-rhel7.9/grub-efi.cfg", linux: "linuxefi /vmlinuz-3.10.0-1160.el7.x86_64 " + root + elArgs},
	// What the operator has made the default.
	{file: "grub-2.06-13+deb12u2/10_linux", byDefault: "0", linux: "linux /boot/vmlinuz-6.1.0-31-amd64 " + root + debianArgs},
	{file: "grub-2.06-13+deb12u2/10_linux", byDefault: "1>2", linux: "linux /boot/vmlinuz-6.1.0-9-amd64 " + root + debianArgs},
	{file: "grub-2.06-13+deb12u2/10_linux", byDefault: "gnulinux-advanced-" + uuid + ">gnulinux-6.1.0-9-amd64-advanced-" + uuid,
		linux: "linux /boot/vmlinuz-6.1.0-9-amd64 " + root + debianArgs},
	{file: "grub-2.06-13+deb12u2/10_linux", byDefault: "Advanced options for Debian GNU/Linux>Debian GNU/Linux, with Linux 6.1.0-9-amd64",
		linux: "linux /boot/vmlinuz-6.1.0-9-amd64 " + root + debianArgs},
	{file: "grub-2.06-13+deb12u2/10_linux-flat", byDefault: "Bob's >> OS GNU/Linux, with Linux 5.10.0-8-amd64",
		linux: "linux /boot/vmlinuz-5.10.0-8-amd64 " + root + debianArgs},
	{file: "grub-2.02-rhel7.9/grub.cfg", byDefault: "CentOS Linux (3.10.0-1127.19.1.el7.x86_64) 7 (Core)",
		linux: "linux16 /vmlinuz-3.10.0-1127.19.1.el7.x86_64 " + root + elArgs},
	// A default that is none, for recovery, or gone.
	{file: "grub-2.06-13+deb12u2/10_linux", byDefault: "1", linux: "linux /boot/vmlinuz-6.1.0-31-amd64 " + root + debianArgs},
	{file: "grub-2.06-13+deb12u2/10_linux", byDefault: "1>1", linux: "linux /boot/vmlinuz-6.1.0-31-amd64 " + root + debianArgs},
	{file: "grub-2.06-13+deb12u2/10_linux", byDefault: "Windows", linux: "linux /boot/vmlinuz-6.1.0-31-amd64 " + root + debianArgs},
	// The kernel that is being removed.
	{file: "grub-2.02-rhel7.9/grub.cfg", without: "3.10.0-1160.el7.x86_64", linux: "linux16 /vmlinuz-3.10.0-1127.19.1.el7.x86_64 " + root + elArgs},
	{file: "grub-2.02-rhel7.9/grub.cfg", without: "3.10.0-1160.el7.x86_64", byDefault: "CentOS Linux (3.10.0-1160.el7.x86_64) 7 (Core)",
		linux: "linux16 /vmlinuz-3.10.0-1127.19.1.el7.x86_64 " + root + elArgs},
}

const (
	uuid       = "11111111-2222-3333-4444-555555555555"
	root       = "root=UUID=" + uuid + " ro "
	debianArgs = "console=tty0 console=ttyS0,115200n8 quiet umm"
	ubuntuArgs = "console=tty0 console=ttyS0,115200n8 quiet splash $vt_handoff umm"
	elArgs     = "crashkernel=auto rd.luks.uuid=luks-1111 rd.lvm.lv=centos/root rhgb quiet console=ttyS0 umm"
)

func TestEntryIsTheDefaultOneWithTheArgument(t *testing.T) {
	for _, c := range captured {
		t.Run(strings.Join([]string{c.file, c.byDefault, c.without}, " "), func(t *testing.T) {
			all, err := entries(read(t, c.file))
			if err != nil {
				t.Fatal(err)
			}
			from, err := choose(all, c.byDefault, c.without)
			if err != nil {
				t.Fatal(err)
			}
			text := from.maintenance()
			made, err := entries(text)
			if err != nil || len(made) != 1 {
				t.Fatalf("it is %d entries (%v):\n%s", len(made), err, text)
			}
			e := made[0]
			if e.title != Title || e.id != ID || from.id == ID || !slices.Equal(e.options, from.options) {
				t.Errorf("the entry is %q, id %q, with %q, made from one with %q", e.title, e.id, e.options, from.options)
			}
			if got := strings.Join(e.linux(), " "); got != c.linux {
				t.Errorf("it loads\n%s, want\n%s", got, c.linux)
			}
			// Nothing else differs, but for what writes GRUB's environment.
			var was, is []string
			for _, line := range from.body {
				if line = strings.TrimSpace(line); line != "savedefault" && line != "recordfail" {
					was = append(was, line)
				}
			}
			for _, line := range e.body {
				is = append(is, strings.TrimSuffix(strings.TrimSpace(line), " umm"))
			}
			if !slices.Equal(was, is) {
				t.Errorf("the entry has\n%s\nmade from\n%s", strings.Join(is, "\n"), strings.Join(was, "\n"))
			}
		})
	}
}

func TestEntryAsItStandsInTheMenu(t *testing.T) {
	all, err := entries("submenu 'More' {\n\tmenuentry 'It'\\''s \"this\"' --class a --users \"\" --hotkey=x $menuentry_id_option 'other' {\n" +
		"\t\trecordfail\n\t\tsavedefault\n\t\tif [ \"${initrdfail}\" = 1 ]; then\n\t\t  linux\t/v root=/dev/a ro  \n\t\t  initrd /i\n\t\telse\n" +
		"\t\t  linux\t/v root=PARTUUID=b ro panic=-1\n\t\tfi\n\t\tinitrdfail\n\t}\n}\n")
	if err != nil || len(all) != 1 || all[0].title != `It's "this"` || all[0].id != "other" {
		t.Fatalf("read are %+v (%v)", all, err)
	}
	want := "menuentry 'Unified maintenance mode (UMM)' --class a --users \"\" --id 'umm' {\n" +
		"\tif [ \"${initrdfail}\" = 1 ]; then\n\t  linux\t/v root=/dev/a ro umm\n\t  initrd /i\n\telse\n" +
		"\t  linux\t/v root=PARTUUID=b ro panic=-1 umm\n\tfi\n\tinitrdfail\n}\n"
	if got := all[0].maintenance(); got != want {
		t.Errorf("the entry is\n%s, want\n%s", got, want)
	}
}

func TestNoEntryWithoutAKernel(t *testing.T) {
	for name, cfg := range map[string]string{
		"nothing":        "",
		"only blscfg":    "insmod blscfg\nblscfg\n",
		"Xen":            "menuentry 'Xen' --id xen {\n\tmultiboot2 /boot/xen.gz\n\tmodule2 /boot/vmlinuz-6 root=x\n}\n",
		"only recovery":  "menuentry 'R' {\n\tlinux /vmlinuz root=x ro single\n}\n",
		"umm's own":      "menuentry 'M' --id 'umm' {\n\tlinux /vmlinuz root=x ro umm\n}\n",
		"no kernel":      "menuentry 'M' {\n\tlinux\n}\n",
		"in one line":    "menuentry 'Reboot' { reboot }\n",
		"firmware setup": "if [ \"$grub_platform\" = \"efi\" ]; then\n\tmenuentry 'UEFI' $menuentry_id_option 'uefi-firmware' {\n\t\tfwsetup\n\t}\nfi\n",
	} {
		all, err := entries(cfg)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if e, err := choose(all, "", ""); err != errNoKernel {
			t.Errorf("%s: chosen is %+v (%v)", name, e, err)
		}
	}
	if _, err := entries("menuentry 'M' {\n\tlinux /vmlinuz\n"); err == nil {
		t.Error("an entry without an end is taken for one")
	}
}

func TestWords(t *testing.T) {
	for line, want := range map[string][]string{
		"":                              nil,
		"  a  b\t":                      {"a", "b"},
		`a 'b c' "d e"`:                 {"a", "'b c'", `"d e"`},
		`'It'\''s' x`:                   {`'It'\''s'`, "x"},
		`a\ b "c\"d" 'e\'`:              {`a\ b`, `"c\"d"`, `'e\'`},
		`$menuentry_id_option '--id=x'`: {"$menuentry_id_option", "'--id=x'"},
		`never 'closed x`:               {"never", "'closed x"},
	} {
		if got := words(line); !slices.Equal(got, want) {
			t.Errorf("%s has the words %q, want %q", line, got, want)
		}
	}
	for word, want := range map[string]string{`'It'\''s'`: "It's", `"a\"b"`: `a"b`, `a\ b`: "a b", `'a\b'`: `a\b`, `"it's"`: "it's", "": ""} {
		if got := unquote(word); got != want {
			t.Errorf("%s means %s, want %s", word, got, want)
		}
	}
}

// Whatever scripts print, reading it ends, and what is made of it is one entry.
func FuzzEntries(f *testing.F) {
	for _, c := range captured {
		data, err := os.ReadFile(filepath.Join("testdata", c.file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data), c.byDefault)
	}
	f.Fuzz(func(t *testing.T, cfg, byDefault string) {
		all, err := entries(cfg)
		if err != nil {
			return
		}
		e, err := choose(all, byDefault, "")
		if err != nil {
			return
		}
		made, err := entries(e.maintenance())
		if err != nil || len(made) == 0 || made[0].title != Title {
			t.Errorf("made of %q is %+v (%v)", cfg, made, err)
		}
	})
}
