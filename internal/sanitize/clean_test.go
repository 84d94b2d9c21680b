package sanitize_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"umm/internal/sanitize"
)

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "",
		"new disk":                 "new disk",
		"two  spaces stay ":        "two  spaces stay ",
		"a\nb\r\n\tc\n":            "a b c",
		"\x1b[31mred\x1b[0m":       "[31mred [0m",
		"\x1b]0;title\x07x":        "]0;title x",
		"C1 \u009b31m and \u0085x": "C1 31m and x",
		"raw C1 \x9b31m":           "raw C1 \ufffd31m",
		"user\u202eecila\u202c":    "user ecila",
		"\u2066a\u2069 \u200fb":    "a b",
		"\ufeffmark \u200bx":       "mark x",
		"line\u2028sep":            "line sep",
		"grün 漢字 🙂 \u200d":         "grün 漢字 🙂 \u200d",
		"del\x7f":                  "del",
	} {
		if got := sanitize.Line(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	if got := sanitize.Lines("a\x1b[31m\n\nb\u202e"); got != "a [31m\n\nb" {
		t.Errorf("got %q", got)
	}
}

func TestPhrase(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"short", 10, "short"}, {"exactly 10", 10, "exactly 10"}, {"longer than 10", 10, "longer ..."},
		{"äöüäöüäöü", 10, "äöü..."}, {"a\nb", 10, "a b"}, {strings.Repeat("\x1b", 10000) + "x", 10, "..."}, {strings.Repeat("ä", 10000), 10, "äää..."}, {"abc", 2, "..."},
	} {
		if got := sanitize.Phrase(c.in, c.limit); got != c.want {
			t.Errorf("%q became %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzLine(f *testing.F) {
	for _, s := range []string{"", "a\x1b[0m", "\u202e\xff", " \n "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := sanitize.Line(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool {
			return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
		}) {
			t.Errorf("%q became %q", s, got)
		}
		if again := sanitize.Line(got); again != got {
			t.Errorf("%q became %q, and that %q", s, got, again)
		}
	})
}
