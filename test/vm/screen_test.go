package vm

import (
	"strings"
	"testing"
)

// What GRUB 2.06 writes on a serial line, without the empty lines of its box.
const menuText = "-- n1.x: power on \n\x1b[H\x1b[J\x1b[1;1H\x1b[?25l\x1b[m\x1b[H\x1b[J\x1b[1;1H\x1b[2;24HGNU GRUB  version 2.06-13+deb12u2\n\n\n" +
	"\x1b[m\x1b[4;2H+----------------------------------------------------------------------------+\x1b[5;2H|\x1b[5;79H|\x1b[6;2H|\x1b[6;79H|\x1b[7;2H|\x1b[7;79H|" +
	"\x1b[17;2H+----------------------------------------------------------------------------+\x1b[m\x1b[18;2H\x1b[19;2H\x1b[m     Use the ^ and v keys to select which entry is highlighted.          \n\n" +
	"\x1b[5;80H \x1b[7m\x1b[5;3H*Debian GNU/Linux                                                           \x1b[m\x1b[5;78H" +
	"\x1b[m\x1b[m\x1b[6;3H Advanced options for Debian GNU/Linux                                      \x1b[m\x1b[6;78H" +
	"\x1b[m\x1b[m\x1b[7;3H Unified maintenance mode (UMM)                                             \x1b[m\x1b[7;78H" +
	"\x1b[5;78H\x1b[22;1H   The highlighted entry will be executed automatically in 2s.                 \x1b[5;78H"

// What it writes when the arrow down is pressed.
const downText = "\x1b[m\x1b[5;3H Debian GNU/Linux                                                           \x1b[m\x1b[5;78H" +
	"\x1b[7m\x1b[6;3H*Advanced options for Debian GNU/Linux                                      \x1b[m\x1b[6;78H"

func TestPointedAt(t *testing.T) {
	const umm = "Unified maintenance mode (UMM)"
	for name, tt := range map[string]struct {
		text, selected string
		shown          bool
	}{
		"nothing yet":         {"", "", false},
		"before the entries":  {menuText[:strings.Index(menuText, "\x1b[5;80H")], "", false},
		"the default":         {menuText, "Debian GNU/Linux", true},
		"one down":            {menuText + downText, "Advanced options for Debian GNU/Linux", true},
		"half of a sequence":  {menuText + downText + "\x1b[7", "Advanced options for Debian GNU/Linux", true},
		"the kernel's screen": {menuText + "\x1b[?25h\x1b[H\x1b[J\x1b[1;1H  Booting `Debian GNU/Linux'\n", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			selected, shown := pointedAt(render(tt.text), umm)
			if selected != tt.selected || shown != tt.shown {
				t.Errorf("got %q, %v; want %q, %v\n%s", selected, shown, tt.selected, tt.shown, strings.Join(render(tt.text), "\n"))
			}
		})
	}
}

func TestRender(t *testing.T) {
	for text, want := range map[string]string{
		"one\r\ntwo":                            "one\ntwo",
		"over\rOV":                              "OVer",
		"a\bb":                                  "b",
		"\x1b[2;3Hx\x1b[1;1Hy":                  "y\n  x",
		"gone\x1b[H\x1b[Jkept":                  "kept",
		"gone\x1b[2Jkept":                       "    kept",
		"cut\x1b[2D\x1b[K":                      "c",
		"\x1b[2J\x1b[01;01H\x1b[=3hfirmware":    "firmware",
		"up\x1b[B\x1b[Adown\x1b[3;1H\x1b[99B\n": "",
		"wide" + strings.Repeat(".", 100):       "wide" + strings.Repeat(".", 76),
		"\x1b[7mred\x1b[m \x1b(Bplain\x1b=\x1b": "red plain",
		// What systemd 257 sends when it opens a console.
		"a\x1b[!p\x1b]104\x07b\x1b[?7hc\x1b]0;title\x1b\\d": "abcd",
		"half\x1b]104": "half",
	} {
		if got := strings.TrimRight(strings.Join(render(text), "\n"), "\n"); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
