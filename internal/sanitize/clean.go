// Package sanitize cleans what people and other machines wrote before it reaches a terminal, a
// log or a record. It knows nothing of what the text means.
package sanitize

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line is s as one line without anything that a terminal would obey, or that would make
// people read it in another order than it stands: control characters (C0, DEL, C1), line
// and paragraph separators, the marks of bidirectional text and other invisible ones. Each
// run of them becomes a space, at the ends nothing; what is no UTF-8 becomes U+FFFD.
func Line(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	gap := false
	for _, r := range s {
		if tricks(r) {
			gap = true
			continue
		}
		if gap && b.Len() > 0 && r != ' ' && !strings.HasSuffix(b.String(), " ") {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

// Lines is Line of each line.
func Lines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = Line(line)
	}
	return strings.Join(lines, "\n")
}

// plain tells whether s is one line of ASCII, as nearly all are.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func tricks(r rune) bool {
	const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d' // letters need them
	switch {
	case r == zeroWidthNonJoiner || r == zeroWidthJoiner:
		return false
	case r == '\u2028' || r == '\u2029':
		return true
	default:
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}
}

// Phrase is Line, of at most limit bytes; where it is cut it ends in "...". What is very much
// longer than that is not read to its end.
func Phrase(s string, limit int) string {
	const more, enough = "...", 16
	long := len(s) > enough*max(limit, enough)
	if long {
		s = strings.ToValidUTF8(s[:enough*max(limit, enough)], "")
	}
	s = Line(s)
	if len(s) <= limit && !long {
		return s
	}
	cut := min(len(s), max(0, limit-len(more)))
	for cut > 0 && cut < len(s) && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + more
}
