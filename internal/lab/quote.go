package lab

import "strings"

// plain are the bytes that mean only themselves to a POSIX shell.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,"

// Quote renders an argument vector as one line for a POSIX shell. It is the only
// place where arguments for a practice host are quoted.
func Quote(argv ...string) string {
	words := make([]string, len(argv))
	for i, a := range argv {
		words[i] = a
		if a == "" || strings.Trim(a, plain) != "" || (i == 0 && strings.Contains(a, "=")) {
			words[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}
