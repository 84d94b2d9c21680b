package commandlog_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"umm/internal/host/commandlog"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// screen is what is written to while others look at it.
type screen struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.String()
}

func (s *screen) waitFor(t *testing.T, want string) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for s.String() != want {
		select {
		case <-deadline:
			t.Fatalf("it shows %q, want %q", s.String(), want)
		case <-tick.C:
		}
	}
}

func newDir(t *testing.T) (commandlog.Dir, *screen) {
	t.Helper()
	s := &screen{}
	return commandlog.Dir{Path: filepath.Join(t.TempDir(), "output"), Now: func() time.Time { return start }, Copy: s}, s
}

// run is a command that prints text.
func run(t *testing.T, d commandlog.Dir, text string) {
	t.Helper()
	f, finish, err := d.Open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	finish()
}

func show(t *testing.T, d commandlog.Dir) string {
	t.Helper()
	var b bytes.Buffer
	if err := d.Show(context.Background(), &b, func() bool { return false }); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestNone(t *testing.T) {
	d, _ := newDir(t)
	if err := d.Show(context.Background(), &bytes.Buffer{}, func() bool { return true }); !errors.Is(err, commandlog.ErrNone) {
		t.Errorf("show says %v", err)
	}
}

func TestTheLatestIsShownAndCopied(t *testing.T) {
	d, journal := newDir(t)
	run(t, d, "one\n")
	run(t, d, "two\n")
	if got := show(t, d); got != "two\n" {
		t.Errorf("shown is %q", got)
	}
	// finish waits until all is copied.
	if got := journal.String(); got != "one\ntwo\n" {
		t.Errorf("copied is %q", got)
	}
	name, err := d.Latest()
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	folder, err2 := os.Stat(d.Path)
	if err != nil || err2 != nil || info.Mode().Perm() != 0o600 || folder.Mode().Perm() != 0o700 {
		t.Errorf("the rights are %v and %v", info.Mode(), folder.Mode())
	}
}

// The newest few stay; which is the newest does not depend on the clock.
func TestOldOnesGo(t *testing.T) {
	d, _ := newDir(t)
	at := start
	d.Now = func() time.Time { return at }
	for n := range 25 {
		at = at.Add(-time.Hour)
		text := strings.Repeat("x", n+1)
		run(t, d, text)
		if got := show(t, d); got != text {
			t.Fatalf("after run %d %q is shown", n+1, got)
		}
	}
	entries, err := os.ReadDir(d.Path)
	if err != nil || len(entries) != 10 {
		t.Errorf("%d outputs are kept (%v)", len(entries), err)
	}
}

func TestFilesOfOthersAreLeftAlone(t *testing.T) {
	d, _ := newDir(t)
	run(t, d, "mine")
	for _, name := range []string{"notes.log", "README", "-1-x.log", "x-1.log"} {
		if err := os.WriteFile(filepath.Join(d.Path, name), []byte("theirs"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 12 {
		run(t, d, "mine")
	}
	if entries, err := os.ReadDir(d.Path); err != nil || len(entries) != 14 || show(t, d) != "mine" {
		t.Errorf("the folder holds %v (%v)", entries, err)
	}
}

func TestFollowUntilTheCommandEnds(t *testing.T) {
	d, _ := newDir(t)
	f, finish, err := d.Open()
	if err != nil {
		t.Fatal(err)
	}
	var running atomic.Bool
	running.Store(true)
	terminal, done := &screen{}, make(chan error)
	go func() { done <- d.Show(context.Background(), terminal, running.Load) }()
	said := ""
	for _, line := range []string{"one\n", "two\n"} {
		if _, err := f.WriteString(line); err != nil {
			t.Fatal(err)
		}
		said += line
		terminal.waitFor(t, said)
	}
	if _, err := f.WriteString("last\n"); err != nil {
		t.Fatal(err)
	}
	running.Store(false)
	if err := <-done; err != nil || terminal.String() != said+"last\n" {
		t.Errorf("it shows %q (%v)", terminal.String(), err)
	}
	finish()
}

func TestFollowEndsWithItsContext(t *testing.T) {
	d, _ := newDir(t)
	run(t, d, "one\n")
	ctx, cancel := context.WithCancel(context.Background())
	terminal, done := &screen{}, make(chan error)
	go func() { done <- d.Show(ctx, terminal, func() bool { return true }) }()
	terminal.waitFor(t, "one\n")
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestOpenSaysWhyNot(t *testing.T) {
	d, _ := newDir(t)
	if err := os.WriteFile(d.Path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Open(); err == nil || !strings.HasPrefix(err.Error(), "cannot store the command's output") {
		t.Errorf("open says %v", err)
	}
}
