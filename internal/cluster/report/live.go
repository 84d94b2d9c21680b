package report

import (
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// Live is what shows a run on out as it goes on: a Table on a terminal that can
// draw one, Lines elsewhere. It has begun, and is to be closed.
func Live(out *os.File, getenv func(string) string, now func() time.Time, estimates Estimates) Sink {
	columns, rows := size(out)
	if term := getenv("TERM"); columns == 0 || rows == 0 || term == "" || term == "dumb" {
		return &Lines{Out: out}
	}
	t := &Table{
		Out: out, Size: func() (int, int) { return size(out) }, Now: now, Estimates: estimates,
		Style: Style{Color: getenv("NO_COLOR") == "", ASCII: !utf8(getenv)},
	}
	t.Start()
	return t
}

// size is that of a terminal; 0 where there is none.
func size(f *os.File) (columns, rows int) {
	columns, rows, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0, 0
	}
	return columns, rows
}

// utf8 tells whether the locale has more than ASCII.
func utf8(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}
