package commandlog_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"umm/internal/host/commandlog"
)

func TestTail(t *testing.T) {
	long := strings.Repeat("y", 40<<10)
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"nothing":                     {"", nil},
		"one line":                    {"a\n", []string{"a"}},
		"the last one is open":        {"a\nb\nc\nd", []string{"b", "c", "d"}},
		"more than are wanted":        {"a\nb\nc\nd\n", []string{"b", "c", "d"}},
		"a progress bar":              {"begin\n10%\r20%\r100%\r\ndone\r\n", []string{"begin", "100%", "done"}},
		"more than is read":           {long + "\n" + "a\n", []string{"a"}},
		"a line longer than is read":  {"a\n" + long, []string{long[:16<<10]}},
		"a hole where it was cut out": {"a\n" + strings.Repeat("\x00", 20<<10) + "\nz\n", []string{"z"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := commandlog.Dir{Path: t.TempDir()}
			if err := os.WriteFile(filepath.Join(d.Path, "000001-20260301T120000.log"), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if got, err := d.Tail(3); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%.200q, %v", got, err)
			}
		})
	}
	if _, err := (commandlog.Dir{Path: t.TempDir()}).Tail(3); !errors.Is(err, commandlog.ErrNone) {
		t.Errorf("%v", err)
	}
}
