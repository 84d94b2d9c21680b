// Package layout fits text into the columns of a terminal: how wide it is, cut, padded and
// wrapped, and rows with their cells below each other. Wide and combining characters count as
// terminals show them.
package layout

import (
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// terminal is the same whatever the locale is: what is drawn with it has to come out the same in
// every terminal.
var terminal = runewidth.Condition{StrictEmojiNeutral: true}

// Width is how many columns a text takes.
func Width(s string) int { return terminal.StringWidth(s) }

// Fit cuts a text to so many columns.
func Fit(s string, columns int) string {
	switch {
	case Width(s) <= columns:
		return s
	case columns < 1:
		return ""
	}
	return strings.TrimRight(terminal.Truncate(s, columns-1, ""), " ") + "…"
}

// Pad fills a text up to so many columns, and cuts what is longer.
func Pad(s string, columns int) string {
	s = Fit(s, columns)
	return s + strings.Repeat(" ", max(0, columns-Width(s)))
}

// Right is Pad with the text at the right.
func Right(s string, columns int) string {
	s = Fit(s, columns)
	return strings.Repeat(" ", max(0, columns-Width(s))) + s
}

// Wrap breaks a text between words into lines of at most so many columns; a word that is
// longer is broken too.
func Wrap(s string, columns int) []string {
	columns = max(1, columns)
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && Width(line)+1+Width(word) > columns {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
		for Width(line) > columns {
			head := terminal.Truncate(line, columns, "")
			if head == "" {
				// It is wider than all the columns there are.
				_, size := utf8.DecodeRuneInString(line)
				head = line[:size]
			}
			if head == line {
				break
			}
			lines, line = append(lines, head), line[len(head):]
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// Columns lays out rows of cells: each column as wide as its widest cell, the last one free.
// The lines have no trailing blanks.
func Columns(rows [][]string) []string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], Width(cell))
		}
	}
	lines := make([]string, 0, len(rows))
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			if i > 0 {
				b.WriteString("  ")
			}
			b.WriteString(Pad(cell, widths[i]))
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return lines
}
