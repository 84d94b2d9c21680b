package bootmenu

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"umm/internal/execx"
	"umm/internal/host/hostfs/hosttree"
)

// host is a host whose GRUB answers by a table: an unknown program fails the test,
// and so does one that was not run.
type host struct {
	t *testing.T
	Host
	dir     string
	answers []answer
}

type answer struct {
	argv string
	env  string
	code int
	// does is what the program does, and gives its output.
	does func(argv []string) string
}

// temporary is the name of a file that is to take the place of another one.
var temporary = regexp.MustCompile(`/\.([^/ ]+)\.[0-9a-z]+$`)

func (h *host) Run(_ context.Context, c execx.Cmd) (execx.Result, error) {
	h.t.Helper()
	argv := strings.ReplaceAll(strings.Join(c.Argv, " "), h.dir, "")
	argv = temporary.ReplaceAllString(argv, "/$1.umm")
	if len(h.answers) == 0 {
		h.t.Errorf("unexpected: %s", argv)
		return execx.Result{}, errors.New("unexpected")
	}
	a := h.answers[0]
	h.answers = h.answers[1:]
	if argv != a.argv || strings.Join(c.Env, " ") != strings.TrimSpace("LC_ALL=de_DE.UTF-8 LANG=fr_FR.UTF-8 "+a.env) || c.Limit == 0 {
		h.t.Errorf("run was %s with %q for %v, want %s with %q", argv, c.Env, c.Limit, a.argv, a.env)
	}
	res := execx.Result{Code: a.code}
	if a.does != nil {
		res.Stdout = []byte(a.does(c.Argv))
	}
	if a.code != 0 {
		res.Stderr = []byte("it does not work\nat all\n")
	}
	return res, nil
}

func on(t *testing.T, trees ...hosttree.Tree) *host {
	t.Helper()
	h := &host{t: t, dir: hosttree.Make(t, append([]hosttree.Tree{{"etc/grub.d/99_umm": "#!/bin/sh\n"}}, trees...)...)}
	h.Host = Host{Root: h.dir, Run: h, Getenv: func(name string) string {
		return map[string]string{"LC_ALL": "de_DE.UTF-8", "LANG": "fr_FR.UTF-8"}[name]
	}}
	t.Cleanup(func() {
		if len(h.answers) > 0 {
			t.Errorf("not run: %v", h.answers)
		}
	})
	return h
}

func (h *host) read(name string) string {
	h.t.Helper()
	data, err := os.ReadFile(filepath.Join(h.dir, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		h.t.Fatal(err)
	}
	return string(data)
}

func (h *host) write(name, content string) {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, name), []byte(content), 0o644); err != nil {
		h.t.Fatal(err)
	}
}

// finds holds what Check says against want, which is empty where all is well.
func (h *host) finds(want string) {
	h.t.Helper()
	f := h.Check()
	if f.OK != (want == "") || !strings.Contains(f.Reason, want) || (f.Hint == "") != f.OK {
		h.t.Errorf("the check finds %+v, want %q", f, want)
	}
}

func debianHost(t *testing.T, more ...hosttree.Tree) *host {
	t.Helper()
	return on(t, append([]hosttree.Tree{{"boot/grub/grub.cfg": read(t, "grub-2.06-13+deb12u2/grub.cfg"), "usr/sbin/update-grub": "#!/bin/sh\n"}}, more...)...)
}

// made is what update-grub does: the entry is printed by umm's script, or is not.
func (h *host) made(wanted bool) func([]string) string {
	return func([]string) string {
		cfg, entry := splice(h.read(debianConfig), ""), ""
		if wanted {
			all, err := entries(kernelPart(cfg))
			if err != nil {
				h.t.Fatal(err)
			}
			e, err := choose(all, "", "")
			if err != nil {
				h.t.Fatal(err)
			}
			entry = e.maintenance()
		}
		h.write(debianConfig, splice(cfg, entry))
		return ""
	}
}

func TestDebianMenu(t *testing.T) {
	h := debianHost(t)
	h.finds("no entry")
	h.answers = []answer{{argv: "update-grub", does: h.made(true)}}
	if err := h.Update(t.Context(), Kernel{}); err != nil {
		t.Fatal(err)
	}
	h.finds("")
	if err := h.Update(t.Context(), Kernel{}); err != nil {
		t.Error(err) // nothing to do, and nothing is run
	}
	h.write(debianConfig, strings.ReplaceAll(h.read(debianConfig), "quiet umm", "umm"))
	h.finds("does not boot the same as the default entry (/boot/vmlinuz-6.1.0-31-amd64)")
	h.answers = []answer{{argv: "update-grub", does: h.made(true)}, {argv: "update-grub", env: NoEntry, does: h.made(false)}}
	if err := h.Update(t.Context(), Kernel{}); err != nil {
		t.Fatal(err)
	}
	h.finds("")
	if err := h.Remove(t.Context()); err != nil || strings.Contains(h.read(debianConfig), "UMM") {
		t.Errorf("removed: %v", err)
	}
	if err := h.Remove(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestDebianMenuThatIsNotMade(t *testing.T) {
	h := debianHost(t)
	for want, a := range map[string]answer{
		"update-grub failed with exit status 1: it does not work": {argv: "update-grub", code: 1},
		"update-grub created no entry":                            {argv: "update-grub"},
	} {
		h.answers = []answer{a}
		if err := h.Update(t.Context(), Kernel{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("it failed with %v, want %s", err, want)
		}
	}
	h.made(true)(nil)
	h.answers = []answer{{argv: "update-grub", env: NoEntry}}
	if err := h.Remove(t.Context()); err == nil || !strings.Contains(err.Error(), "left the entry") {
		t.Errorf("not removed: %v", err)
	}
	h.write(debianConfig, "set x=y\n")
	h.finds("no entry boots Linux")
}

// Without its run bit the script is not run, and the operator has no entry.
func TestScriptSwitchedOff(t *testing.T) {
	h := debianHost(t)
	h.made(true)(nil)
	if err := os.Chmod(filepath.Join(h.dir, scriptPath), 0o644); err != nil {
		t.Fatal(err)
	}
	h.answers = []answer{{argv: "update-grub", env: NoEntry, does: h.made(false)}}
	for range 2 {
		if err := h.Update(t.Context(), Kernel{}); err != nil {
			t.Error(err)
		}
		h.finds("")
	}
}

func TestPrint(t *testing.T) {
	scripts := hosttree.Tree{"etc/grub.d/10_linux": "#!/bin/sh\n", "etc/grub.d/10_linux_zfs": "#!/bin/sh\n"}
	output := func(file string) func([]string) string { return func([]string) string { return read(t, file) } }
	nothing := func([]string) string { return "# nothing\n" }
	for _, c := range []struct {
		name    string
		env     map[string]string
		answers []answer
		has     string
		fails   string
	}{
		{name: "the first", answers: []answer{{argv: "/etc/grub.d/10_linux", does: output("grub-2.06-13+deb12u2/10_linux")}}, has: "vmlinuz-6.1.0-31-amd64 "},
		{name: "the default", env: map[string]string{"GRUB_ACTUAL_DEFAULT": "1>2"},
			answers: []answer{{argv: "/etc/grub.d/10_linux", does: output("grub-2.06-13+deb12u2/10_linux")}}, has: "vmlinuz-6.1.0-9-amd64 "},
		{name: "ZFS", answers: []answer{{argv: "/etc/grub.d/10_linux", does: nothing},
			{argv: "/etc/grub.d/10_linux_zfs", does: output("grub-2.12-9+deb13u4/10_linux-ubuntu")}}, has: "vmlinuz-6.8.0-60-generic "},
		{name: "none", answers: []answer{{argv: "/etc/grub.d/10_linux", does: nothing}, {argv: "/etc/grub.d/10_linux_zfs"}}, fails: "no entry boots Linux"},
		{name: "fails", answers: []answer{{argv: "/etc/grub.d/10_linux", code: 3}}, fails: "10_linux failed"},
		{name: "not wanted", env: map[string]string{"UMM_BOOT_MENU": "none"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := debianHost(t, scripts)
			getenv := h.Getenv
			h.Getenv = func(name string) string {
				if value, there := c.env[name]; there {
					return value
				}
				return getenv(name)
			}
			h.answers = c.answers
			text, err := h.Print(t.Context(), "/etc/grub.d")
			if (err != nil) != (c.fails != "") || err != nil && !strings.Contains(err.Error(), c.fails) {
				t.Errorf("it failed with %v, want %q", err, c.fails)
			}
			if (text != "") != (c.has != "") || !strings.Contains(text, c.has) || err == nil && strings.Count(text, "menuentry '") > 1 {
				t.Errorf("printed is\n%s", text)
			}
		})
	}
}

func TestHostsWithoutAMenu(t *testing.T) {
	for name, tree := range map[string]hosttree.Tree{
		"nothing":                    {},
		"systemd-boot":               {"boot/loader/entries/" + machine + "-6.1.conf": el9("6.1").content, "boot/efi/EFI/systemd/systemd-bootx64.efi": "x"},
		"grub.cfg without its maker": {"boot/grub/grub.cfg": read(t, "grub-2.06-13+deb12u2/grub.cfg")},
		"GRUB not set up":            {"usr/sbin/update-grub": "#!/bin/sh\n"},
		"EL without a configuration": {"boot/grub2/grubenv": "x"},
	} {
		h := on(t, tree)
		if err := h.Update(t.Context(), Kernel{}); !errors.Is(err, ErrNoGRUB) {
			t.Errorf("%s: the update says %v", name, err)
		}
		if err := h.Remove(t.Context()); err != nil {
			t.Errorf("%s: the removal says %v", name, err)
		}
		h.finds("no GRUB found")
	}
	container := hosttree.Tree{"run/systemd/container": "systemd-nspawn\n"}
	h := on(t, container)
	h.finds("")
	if err := h.Update(t.Context(), Kernel{}); err != nil {
		t.Errorf("in a container the update says %v", err)
	}
	// One in which the disk of a host is made.
	debianHost(t, container).finds("no entry")
}
