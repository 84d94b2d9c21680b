package report_test

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"umm/internal/cluster/report"
)

// pty is a real terminal of 90 columns and 30 rows.
func pty(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminal can be made here: ", err)
	}
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Skip("no terminal can be made here: ", err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: 90, Row: 30}); err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminal can be made here: ", err)
	}
	return master, slave
}

func env(vars ...string) func(string) string {
	return func(name string) string {
		for _, v := range vars {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func live(t *testing.T, getenv func(string) string) string {
	t.Helper()
	master, slave := pty(t)
	defer master.Close()
	seen := make(chan string)
	go func() {
		data, _ := io.ReadAll(master)
		seen <- string(data)
	}()
	m := report.Multi{report.Live(slave, getenv, time.Now, report.Estimates{})}
	broken(m.Emit)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := slave.Close(); err != nil {
		t.Fatal(err)
	}
	return <-seen
}

func TestLiveKnowsWhatTheTerminalCan(t *testing.T) {
	for _, tt := range []struct {
		name  string
		env   []string
		table bool
		has   string
	}{
		{"a terminal", []string{"TERM=xterm", "LANG=de_DE.UTF-8"}, true, "\x1b[1;31m ✗ n3"},
		{"without colors", []string{"TERM=xterm", "LC_ALL=C.utf8", "LANG=C", "NO_COLOR=1"}, true, " ✗ n3"},
		{"without letters", []string{"TERM=xterm", "LC_ALL=C", "LANG=de_DE.UTF-8", "NO_COLOR=1"}, true, " x n3"},
		{"a dumb one", []string{"TERM=dumb"}, false, "4/9 failed"},
		{"nobody knows", nil, false, "4/9 failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := live(t, env(tt.env...))
			if strings.Contains(got, "\x1b[?2026h") != tt.table || !strings.Contains(got, tt.has) {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestLiveIntoAPipeIsLines(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s := report.Live(w, env("TERM=xterm"), time.Now, report.Estimates{})
	if _, ok := s.(*report.Lines); !ok {
		t.Errorf("%T", s)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}
