package report

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"umm/internal/layout"
)

const (
	// A terminal that knows it shows what stands between at once; the others pass
	// over it.
	syncBegin = "\x1b[?2026h"
	syncEnd   = "\x1b[?2026l"
	// A line that is too long, since the terminal has just become narrower, is cut.
	noWrap = "\x1b[?7l"
	doWrap = "\x1b[?7h"
)

var sgrCodes = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// screen draws frames in place: one write a frame, and only the lines that changed.
// Between frames the cursor stands at the beginning of the line below the last one.
// Nothing is set that outlives a killed program.
type screen struct {
	out  io.Writer
	last []string
	// columns is how wide the terminal was then.
	columns int
}

// paint writes lines that turn, above the frame, and the frame.
func (s *screen) paint(above, frame []string, columns int) {
	same := columns == s.columns && len(above) == 0
	if same && slices.Equal(frame, s.last) {
		return
	}
	var b strings.Builder
	b.WriteString(syncBegin + "\r")
	if up := s.height(columns); up > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", up)
	}
	for _, line := range above {
		b.WriteString(line + "\x1b[K\r\n")
	}
	b.WriteString(noWrap)
	for i, line := range frame {
		if !same || i >= len(s.last) || s.last[i] != line {
			// After a line that fills the terminal the cursor still stands on its last
			// character: what is erased, is erased before.
			b.WriteString("\x1b[K" + line)
		}
		b.WriteString("\r\n")
	}
	b.WriteString("\x1b[J" + doWrap + syncEnd)
	s.last, s.columns = slices.Clone(frame), columns
	// Nobody may be left to see it; the run goes on.
	_, _ = io.WriteString(s.out, b.String())
}

// height is how many rows the last frame takes in a terminal of so many columns:
// one that has become narrower has broken its lines.
func (s *screen) height(columns int) int {
	rows := 0
	for _, line := range s.last {
		rows++
		if w := layout.Width(sgrCodes.ReplaceAllString(line, "")); columns > 0 && w > columns {
			rows += (w - 1) / columns
		}
	}
	return rows
}
