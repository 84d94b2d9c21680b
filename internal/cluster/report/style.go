package report

import (
	"strings"
)

// Style is what a terminal can show.
type Style struct {
	// Color: it knows SGR sequences, and the user wants them.
	Color bool
	// ASCII: it may not show more than that.
	ASCII bool
}

// SGR parameters by mark; the others are plain.
var colors = map[rune]string{'✓': "32", '✗': "1;31", '▶': "1", '■': "33", '·': "2"}

func (st Style) ascii(lines []string) []string {
	if st.ASCII {
		r := strings.NewReplacer("✓", "+", "✗", "x", "▶", ">", "■", "#", "·", "-", "–", "-", "…", "~")
		for i := range lines {
			lines[i] = r.Replace(lines[i])
		}
	}
	return lines
}

func (st Style) sgr(parameters, text string) string {
	if !st.Color || parameters == "" || text == "" {
		return text
	}
	return "\x1b[" + parameters + "m" + text + "\x1b[m"
}
