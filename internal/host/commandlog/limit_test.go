package commandlog_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"umm/internal/host/commandlog"
)

// onDisk is how much room a file takes.
func onDisk(t *testing.T, name string) int64 {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Blocks * 512
}

// A command that prints without an end does not fill the disk: how it began and what it
// printed last are kept.
func TestLimit(t *testing.T) {
	d, journal := newDir(t)
	f, finish, err := d.Open()
	if err != nil {
		t.Fatal(err)
	}
	name, err := d.Latest()
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Repeat("x", 1<<16-8) + "\n"
	for n := range 3 * commandlog.Limit / len(line) {
		if _, err := fmt.Fprintf(f, "%06d %s", n, line); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.WriteString("the last line\n"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	finish()
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("its end took %s", took)
	}
	if size := onDisk(t, name); size > commandlog.Limit+commandlog.Limit/8 {
		t.Errorf("it takes %d bytes on the disk, the limit is %d", size, commandlog.Limit)
	}
	got := show(t, d)
	if !strings.HasPrefix(got, "000000 x") || !strings.HasSuffix(got, "\nthe last line\n") {
		t.Errorf("shown is %.40q ... %q", got, got[max(0, len(got)-40):])
	}
	if !strings.Contains(got, "omitted here]\n") || strings.ContainsRune(got, 0) || len(got) > commandlog.Limit+commandlog.Limit/8 {
		t.Errorf("%d bytes are shown", len(got))
	}
	if copied := journal.String(); len(copied) > 5<<20 || !strings.Contains(copied, "umm output shows the rest") {
		t.Errorf("%d bytes are in the journal", len(copied))
	}
}

// slow is a journal that takes nothing for a while.
type slow struct{ release chan struct{} }

func (s slow) Write(p []byte) (int, error) { <-s.release; return len(p), nil }

// A journal that takes nothing does not hold up the end of a command for long.
func TestASlowJournalIsNotWaitedForLong(t *testing.T) {
	d, _ := newDir(t)
	stuck := slow{make(chan struct{})}
	defer close(stuck.release)
	d.Copy = stuck
	began := time.Now()
	run(t, d, "one\n")
	if took := time.Since(began); took < time.Second || took > time.Minute {
		t.Errorf("its end took %s", took)
	}
	var b bytes.Buffer
	if err := d.Show(t.Context(), &b, func() bool { return false }); err != nil || b.String() != "one\n" {
		t.Errorf("shown is %q (%v)", b.String(), err)
	}
}
