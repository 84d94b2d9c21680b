package mode_test

import (
	"slices"
	"strings"
	"testing"

	"umm/internal/host/mode"
)

func TestKernelArgs(t *testing.T) {
	for line, want := range map[string][]string{
		"":                                    nil,
		"\n":                                  nil,
		"ro quiet umm\n":                      {"ro", "quiet", "umm"},
		"  ro\t quiet  ":                      {"ro", "quiet"},
		`dyndbg="file a.c +p" umm`:            {"dyndbg=file a.c +p", "umm"},
		`dyndbg="file a.c umm +p" ro`:         {"dyndbg=file a.c umm +p", "ro"},
		`"umm"`:                               {"umm"},
		`u"m"m`:                               {"umm"},
		`"" ro`:                               {"", "ro"},
		`"open umm`:                           {"open umm"},
		`init="/bin/sh" -- umm`:               {"init=/bin/sh", "--", "umm"},
		`a='b umm' `:                          {"a='b", "umm'"},
		"BOOT_IMAGE=/vmlinuz root=UUID=1 umm": {"BOOT_IMAGE=/vmlinuz", "root=UUID=1", "umm"},
	} {
		if got := mode.KernelArgs(line); !slices.Equal(got, want) {
			t.Errorf("KernelArgs(%q) = %q, want %q", line, got, want)
		}
	}
}

func TestAsked(t *testing.T) {
	for line, want := range map[string]bool{
		"umm":                      true,
		"ro umm quiet":             true,
		`ro "umm"`:                 true,
		"":                         false,
		"ro quiet":                 false,
		"umm=1":                    false,
		"noumm":                    false,
		"ummm":                     false,
		"UMM":                      false,
		"systemd.wants=umm.target": false,
		`name="a umm b"`:           false,
		"root=LABEL=umm":           false,
	} {
		if got := mode.Asked(mode.KernelArgs(line)); got != want {
			t.Errorf("Asked of %q is %v, want %v", line, got, want)
		}
	}
}

func TestKeepsOutByKernelArguments(t *testing.T) {
	aside := []string{
		"single", "s", "S", "1", "2", "3", "4", "5", "-s", "rescue", "emergency", "-b", "recovery", "autorelabel", "autorelabel=1",
		"systemd.unit=rescue.target", "systemd.unit=emergency.target", "systemd.unit=mine.target", "systemd.unit=",
	}
	for _, word := range aside {
		for _, line := range []string{word, "ro quiet " + word + " umm", word + "\n"} {
			why := mode.KeepsOut(mode.KernelArgs(line), mode.Marks{})
			if !strings.Contains(why, word) {
				t.Errorf("KeepsOut of %q says %q, want it to name %q", line, why, word)
			}
		}
	}
	ordinary := []string{
		"", "umm", "ro quiet splash", "rd.systemd.unit=rescue.target", "singleton", "root=/dev/sda1", "6", "0", "autorelabel=0",
		"systemd.unit=multi-user.target", "systemd.unit=graphical.target quiet", "systemd.unit=default.target",
		"systemd.wants=rescue.service", "init=/bin/s", "maxcpus=1", `name="a single b"`, "norescue", "rescue=1", "nosingle",
	}
	for _, line := range ordinary {
		if why := mode.KeepsOut(mode.KernelArgs(line), mode.Marks{}); why != "" {
			t.Errorf("KeepsOut of %q says %q, want nothing", line, why)
		}
	}
}

func TestBootUnit(t *testing.T) {
	for line, want := range map[string]string{
		"":                                 "",
		"ro quiet":                         "",
		"ro systemd.unit=graphical.target": "graphical.target",
		"systemd.unit=graphical.target systemd.unit=multi-user.target umm": "multi-user.target",
		"systemd.unit=default.target":                                      "",
		"systemd.unit=rescue.target":                                       "",
		"rd.systemd.unit=multi-user.target":                                "",
	} {
		if got := mode.BootUnit(mode.KernelArgs(line)); got != want {
			t.Errorf("BootUnit(%q) = %q, want %q", line, got, want)
		}
	}
}

func TestKeepsOutByMarks(t *testing.T) {
	for _, c := range []struct {
		marks mode.Marks
		want  string
	}{
		{mode.Marks{}, ""},
		{mode.Marks{Initrd: true}, "initial RAM disk"},
		{mode.Marks{CrashKernel: true}, "kdump"},
		{mode.Marks{SystemUpdate: true}, "offline system update"},
		{mode.Marks{Relabel: true}, "relabel"},
	} {
		why := mode.KeepsOut([]string{"ro", "umm"}, c.marks)
		if (why == "") != (c.want == "") || !strings.Contains(why, c.want) {
			t.Errorf("KeepsOut with %+v says %q, want %q", c.marks, why, c.want)
		}
	}
}

func FuzzKernelArgs(f *testing.F) {
	for _, line := range []string{"", "ro umm", `a="b c" d`, `"`, `""`, "a\x00b", "\xff\xfe umm", "umm\tumm\numm"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := mode.KernelArgs(line)
		if got, limit := len(strings.Join(args, "")), 3*len(line); got > limit {
			t.Fatalf("%d bytes of arguments come of a line of %d", got, len(line))
		}
		if strings.ContainsAny(strings.Join(args, ""), `"`) {
			t.Fatalf("a quote is left in %q", args)
		}
		if !strings.ContainsAny(line, `"`) && strings.ContainsAny(strings.Join(args, ""), " \t\n") {
			t.Fatalf("a blank is left in %q", args)
		}
		if mode.Asked(args) != slices.Contains(args, "umm") {
			t.Fatalf("Asked(%q) = %v", args, mode.Asked(args))
		}
		mode.KeepsOut(args, mode.Marks{})
	})
}
