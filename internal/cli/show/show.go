// Package show is how our programs write to people and to other programs:
// columns, JSON documents and complaints. It knows nothing of what it shows.
package show

import (
	"encoding/json"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"umm/internal/sanitize"
)

// Columns writes rows with their columns below each other.
func Columns(w io.Writer, rows [][]string) error {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			cell = sanitize.Line(cell)
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			cell = sanitize.Line(cell)
			b.WriteString(cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
			}
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// JSON writes one document, for eyes too.
func JSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// Terminal tells whether w is a terminal.
func Terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// Complaints writes a log line as an operator reads it, behind the program's name.
type Complaints struct{ Program string }

// Format implements logrus.Formatter.
func (c Complaints) Format(e *logrus.Entry) ([]byte, error) {
	if e.Level == logrus.WarnLevel {
		return []byte(c.Program + ": warning: " + sanitize.Lines(e.Message) + "\n"), nil
	}
	return []byte(c.Program + ": " + sanitize.Lines(e.Message) + "\n"), nil
}
