package history_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/host/history"
	"umm/internal/host/mode"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func event(seq uint64, at time.Time) mode.Event {
	return mode.Event{Seq: seq, At: at, Boot: "b", Kind: mode.EventBoot, Text: "a <b> & \"c\""}
}

func newFile(t testing.TB) history.File {
	t.Helper()
	return history.File{Path: filepath.Join(t.TempDir(), "umm", "history")}
}

func appended(t testing.TB, f history.File, events ...mode.Event) {
	t.Helper()
	if err := f.Append(events); err != nil {
		t.Fatal(err)
	}
}

// seqs are the numbers of the events that the file has.
func seqs(t testing.TB, f history.File) []uint64 {
	t.Helper()
	events, err := f.Read()
	if err != nil {
		t.Fatal(err)
	}
	var ns []uint64
	for _, e := range events {
		ns = append(ns, e.Seq)
	}
	return ns
}

func want(t testing.TB, f history.File, ns ...uint64) {
	t.Helper()
	got := seqs(t, f)
	if len(got) != len(ns) {
		t.Fatalf("the history has the events %v, want %v", got, ns)
	}
	for i := range ns {
		if got[i] != ns[i] {
			t.Fatalf("the history has the events %v, want %v", got, ns)
		}
	}
}

func TestNoFile(t *testing.T) {
	want(t, newFile(t))
}

func TestAppendTwiceIsOnce(t *testing.T) {
	f := newFile(t)
	a, b, c := event(0, start), event(1, start.Add(time.Minute)), event(2, start.Add(2*time.Minute))
	appended(t, f, a, b)
	appended(t, f, a, b)
	appended(t, f, b, c)
	appended(t, f)
	want(t, f, 0, 1, 2)
	events, err := f.Read()
	if err != nil || !events[1].Same(b) || events[1].Text != b.Text {
		t.Errorf("read %+v (%v), want %+v", events[1], err, b)
	}
	info, err := os.Stat(f.Path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v (%v)", info, err)
	}
}

// A clock that was far ahead and came back neither doubles nor loses events.
func TestClockThatJumps(t *testing.T) {
	f := newFile(t)
	ahead, back := event(0, start.Add(9999*time.Hour)), event(1, start)
	appended(t, f, ahead, back)
	appended(t, f, ahead, back)
	appended(t, f, ahead, back, event(2, start.Add(time.Second)))
	want(t, f, 0, 1, 2)
}

// A record that was started afresh counts from 0 again, even on a clock set back.
func TestRecordStartedAfresh(t *testing.T) {
	f := newFile(t)
	appended(t, f, event(0, start), event(1, start.Add(time.Minute)))
	appended(t, f, event(0, start.Add(-time.Hour)), event(1, start.Add(-time.Minute)))
	appended(t, f, event(0, start.Add(-time.Hour)), event(1, start.Add(-time.Minute)))
	want(t, f, 0, 1, 0, 1)
}

// A power cut leaves a part of a line, or zeros in its place.
func TestTornLine(t *testing.T) {
	for _, tail := range []string{`{"seq":1,"at":"20`, "\x00\x00\x00", strings.Repeat("\x00", 3<<20)} {
		f := newFile(t)
		appended(t, f, event(0, start))
		file, err := os.OpenFile(f.Path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteString(tail); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		want(t, f, 0)
		appended(t, f, event(1, start.Add(time.Minute)))
		want(t, f, 0, 1)
	}
}

func TestAppendSaysWhyNot(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, f := range []history.File{{Path: filepath.Join(blocked, "history")}, {Path: t.TempDir()}} {
		if err := f.Append([]mode.Event{event(0, start)}); err == nil || !strings.HasPrefix(err.Error(), "cannot ") {
			t.Errorf("append to %s says %v", f.Path, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"seq":1,"at":"2026-03-01T12:00:00Z","boot":"b","kind":"boot","text":"t"}` + "\n"))
	f.Add([]byte("{}\n\n[1]\n{\"seq\":-1,\"kind\":\"x\"}\nrubbish"))
	f.Add([]byte("\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := newFile(t)
		if err := os.MkdirAll(filepath.Dir(file.Path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file.Path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		before := len(seqs(t, file))
		mine := event(1<<62, start)
		appended(t, file, mine)
		appended(t, file, mine)
		if after := len(seqs(t, file)); after != before+1 {
			t.Fatalf("%d events became %d by one more", before, after)
		}
	})
}
