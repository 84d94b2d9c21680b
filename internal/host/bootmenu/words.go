package bootmenu

import "strings"

// words splits a line of GRUB's language at the blanks outside of quotes. The
// words stay as they are written.
func words(line string) []string {
	var all []string
	start, quote := -1, byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote == 0 && (c == ' ' || c == '\t'):
			if start >= 0 {
				all, start = append(all, line[start:i]), -1
			}
			continue
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case quote == c:
			quote = 0
		}
		if start < 0 {
			start = i
		}
		if c == '\\' && quote != '\'' {
			i++
		}
	}
	if start >= 0 {
		all = append(all, line[start:])
	}
	return all
}

// unquote is the word that GRUB understands, but for variables.
func unquote(word string) string {
	var b strings.Builder
	quote := byte(0)
	for i := 0; i < len(word); i++ {
		c := word[i]
		switch {
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case quote != 0 && quote == c:
			quote = 0
		case c == '\\' && quote != '\'' && i+1 < len(word):
			i++
			b.WriteByte(word[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// hasWord tells whether a list of kernel arguments has one of those words.
func hasWord(args []string, wanted ...string) bool {
	for _, arg := range args {
		for _, word := range wanted {
			if arg == word {
				return true
			}
		}
	}
	return false
}
