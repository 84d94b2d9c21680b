package bootmenu

import (
	"cmp"
	"strings"
)

// compareVersions orders versions as rpm does, and GRUB by it: digits against
// digits as numbers, letters against letters, digits before letters, and a tilde
// before nothing at all.
func compareVersions(a, b string) int {
	for {
		a, b = strings.TrimLeftFunc(a, isSeparator), strings.TrimLeftFunc(b, isSeparator)
		tildeA, tildeB := strings.HasPrefix(a, "~"), strings.HasPrefix(b, "~")
		switch {
		case tildeA && tildeB:
			a, b = a[1:], b[1:]
			continue
		case tildeA:
			return -1
		case tildeB:
			return 1
		case a == "" || b == "":
			return cmp.Compare(len(a), len(b))
		}
		isKind := isLetter
		if isDigit(rune(a[0])) {
			isKind = isDigit
		}
		var partA, partB string
		partA, a = span(a, isKind)
		partB, b = span(b, isKind)
		if partB == "" { // of the other kind: digits are newer
			if isKind('0') {
				return 1
			}
			return -1
		}
		if isKind('0') {
			partA, partB = strings.TrimLeft(partA, "0"), strings.TrimLeft(partB, "0")
			if c := cmp.Compare(len(partA), len(partB)); c != 0 {
				return c
			}
		}
		if c := strings.Compare(partA, partB); c != 0 {
			return c
		}
	}
}

func isDigit(r rune) bool  { return r >= '0' && r <= '9' }
func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func isSeparator(r rune) bool { return !isDigit(r) && !isLetter(r) && r != '~' }

// span cuts off the beginning that is of one kind.
func span(s string, is func(rune) bool) (string, string) {
	end := strings.IndexFunc(s, func(r rune) bool { return !is(r) })
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:]
}
