// Package shellquote is the one place where an argument vector becomes a line for
// a POSIX shell on another host. It is pure.
package shellquote

import "strings"

// plain are the bytes that mean only themselves to a POSIX shell.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,"

// Line renders an argument vector as one line: what the shell makes of it are the
// very words that went in. No word may hold a zero byte, which no program can be
// given.
func Line(argv ...string) string {
	words := make([]string, len(argv))
	for i, a := range argv {
		words[i] = a
		if a == "" || strings.Trim(a, plain) != "" || (i == 0 && strings.Contains(a, "=")) {
			words[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}
