package vm

import (
	"regexp"
	"strconv"
	"strings"
)

const (
	rows    = 24
	columns = 80
)

// sequence is an escape sequence, whole: one that controls the screen, by ECMA-48; a command to
// the operating system, as systemd 257 sends; or a short one.
var sequence = regexp.MustCompile(`^\x1b(?:\[([0-?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Z]|[^\[\]()])`)

// screen is a terminal, as far as GRUB needs one.
type screen struct {
	cells    [rows][columns]rune
	row, col int
}

// render gives the lines that a terminal shows after text, without blanks at their ends.
func render(text string) []string {
	var s screen
	s.clear(0, 0)
	for text != "" {
		if text[0] != '\x1b' {
			r := []rune(text[:1])[0]
			s.put(r)
			text = text[1:]
			continue
		}
		m := sequence.FindStringSubmatch(text)
		if m == nil {
			break // the rest of it has not come yet
		}
		s.obey(m[2], m[1])
		text = text[len(m[0]):]
	}
	lines := make([]string, rows)
	for i := range s.cells {
		lines[i] = strings.TrimRight(string(s.cells[i][:]), " ")
	}
	return lines
}

func (s *screen) put(r rune) {
	switch r {
	case '\r':
		s.col = 0
	case '\b':
		s.col = max(0, s.col-1)
	case '\n':
		if s.row++; s.row == rows {
			copy(s.cells[:], s.cells[1:])
			s.row--
			s.clear(s.row, 0)
		}
	default:
		if r >= ' ' && s.col < columns {
			s.cells[s.row][s.col] = r
			s.col++
		}
	}
}

// clear empties the screen from a place on.
func (s *screen) clear(row, col int) {
	for ; row < rows; row, col = row+1, 0 {
		for c := col; c < columns; c++ {
			s.cells[row][c] = ' '
		}
	}
}

func (s *screen) obey(command, words string) {
	number := func(i, otherwise int) int {
		list := strings.Split(words, ";")
		if i < len(list) {
			if n, err := strconv.Atoi(list[i]); err == nil {
				return n
			}
		}
		return otherwise
	}
	switch command {
	case "H", "f":
		s.row = min(max(number(0, 1), 1), rows) - 1
		s.col = min(max(number(1, 1), 1), columns) - 1
	case "A":
		s.row = max(0, s.row-number(0, 1))
	case "B":
		s.row = min(rows-1, s.row+number(0, 1))
	case "C":
		s.col = min(columns-1, s.col+number(0, 1))
	case "D":
		s.col = max(0, s.col-number(0, 1))
	case "J":
		if number(0, 0) == 2 {
			s.clear(0, 0)
		} else {
			s.clear(s.row, s.col)
		}
	case "K":
		for c := s.col; c < columns; c++ {
			s.cells[s.row][c] = ' '
		}
	}
}
