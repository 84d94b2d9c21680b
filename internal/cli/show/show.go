// Package show is how our programs write to people and to other programs:
// columns, JSON documents and complaints. It knows nothing of what it shows.
package show

import (
	"encoding/json"
	"io"
	"os"
	"strings"

	"github.com/sirupsen/logrus"
	"golang.org/x/term"

	"umm/internal/layout"
	"umm/internal/sanitize"
)

// Columns writes rows with their columns below each other.
func Columns(w io.Writer, rows [][]string) error {
	clean := make([][]string, len(rows))
	for i, row := range rows {
		for _, cell := range row {
			clean[i] = append(clean[i], sanitize.Line(cell))
		}
	}
	_, err := io.WriteString(w, strings.Join(append(layout.Columns(clean), ""), "\n"))
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
	return ok && term.IsTerminal(int(f.Fd()))
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
