package record

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"umm/internal/host/mode"
)

const machine = "0123456789abcdef0123456789abcdef"

func newStore(t testing.TB) Store {
	t.Helper()
	return Store{Dir: filepath.Join(t.TempDir(), "umm"), Machine: machine}
}

// numbered is a record that can be told from others.
func numbered(n int) mode.Record {
	return mode.Record{Unclean: n, Boot: mode.Boot{ID: "b", Mode: mode.Operational, State: mode.Running}}
}

func save(t testing.TB, s Store, r mode.Record) {
	t.Helper()
	if err := s.Save(r); err != nil {
		t.Fatal(err)
	}
}

func wantLoad(t testing.TB, s Store, want mode.Record) {
	t.Helper()
	got, err := s.Load()
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("loaded %+v (%v), want %+v", got, err, want)
	}
}

func path(s Store, n int) string { return filepath.Join(s.Dir, "record."+string(rune('0'+n))) }

func read(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t testing.TB, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRoundTrip(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 5, time.UTC)
	full := mode.Record{
		Unclean:         3,
		Boot:            mode.Boot{ID: "b", Mode: mode.Maintenance, State: mode.Running, Started: at, Leaving: true},
		NextOperational: true,
		Pending:         &mode.Session{Trigger: mode.Trigger{Kind: mode.ByOperator, Detail: "<&>\"\\ ä", At: at, By: "a"}, Reason: "r\n\x01", For: time.Hour, Then: mode.ThenOff},
		Session: &mode.Session{Entered: at, Live: &mode.Live{Boot: "b", Active: []string{"a"}, Done: true},
			Command: &mode.Command{Argv: []string{"sh", "-c", "a && b > c"}, State: mode.CommandFailed, Limit: time.Minute, ExitCode: 3, Started: at, Ended: at, Error: "e"}},
		Events:    []mode.Event{{Seq: 7, At: at, Boot: "b", Kind: mode.EventBoot, Text: "t"}},
		NextEvent: 8,
	}
	s := newStore(t)
	for _, r := range []mode.Record{{}, full, numbered(1), full} {
		save(t, s, r)
		wantLoad(t, s, r)
	}
}

func TestNothingWasEverSaved(t *testing.T) {
	s := newStore(t)
	wantLoad(t, s, mode.Record{})
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}

func TestSaveTakesTurns(t *testing.T) {
	s := newStore(t)
	for n := range 5 {
		before := [2][]byte{}
		for i := range before {
			before[i], _ = os.ReadFile(path(s, i))
		}
		save(t, s, numbered(n))
		wantLoad(t, s, numbered(n))
		older := (n + 1) % 2
		if after, _ := os.ReadFile(path(s, older)); string(after) != string(before[older]) {
			t.Fatalf("save %d touched the newest generation, %s", n, path(s, older))
		}
	}
}

func TestFilesAreRootsAndWhole(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	s := newStore(t)
	save(t, s, numbered(1))
	save(t, s, numbered(2))
	for i := range 2 {
		info, err := os.Stat(path(s, i))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 || info.Size() != size {
			t.Errorf("%s has the rights %o and %d bytes, want 600 and %d", path(s, i), info.Mode().Perm(), info.Size(), size)
		}
	}
}

func TestWritableChangesNothing(t *testing.T) {
	s := newStore(t)
	save(t, s, numbered(4))
	if err := s.Writable(); err != nil {
		t.Fatal(err)
	}
	wantLoad(t, s, numbered(4))
}

// What a save reports is durable: the file is synced, then its folder.
func TestSaveSyncsFileAndFolder(t *testing.T) {
	s := newStore(t)
	var synced []string
	s.sync = func(f *os.File) error {
		data, _ := os.ReadFile(f.Name())
		if _, r, err := decode(data); strings.HasPrefix(filepath.Base(f.Name()), "record.") && (err != nil || r.Unclean != 1) {
			t.Errorf("%s is synced before it is written: %v", f.Name(), err)
		}
		synced = append(synced, f.Name())
		return f.Sync()
	}
	save(t, s, numbered(1))
	if want := []string{path(s, 0), s.Dir}; !reflect.DeepEqual(synced, want) {
		t.Errorf("synced were %q, want %q", synced, want)
	}
}

// A save that could not be made durable must not count later.
func TestFailedSyncLeavesTheRecordAsItWas(t *testing.T) {
	for _, failing := range []string{"record.", "umm"} {
		s := newStore(t)
		broken := s
		broken.sync = func(f *os.File) error {
			if strings.HasPrefix(filepath.Base(f.Name()), failing) {
				return errors.New("the disk is gone")
			}
			return f.Sync()
		}
		if err := broken.Save(numbered(9)); err == nil || !strings.Contains(err.Error(), "the disk is gone") {
			t.Fatalf("the first save returned %v", err)
		}
		if _, err := s.Load(); !errors.Is(err, ErrUnknown) {
			t.Errorf("after a first save that failed: %v", err)
		}
		save(t, s, numbered(1))
		save(t, s, numbered(2))
		if err := broken.Save(numbered(9)); err == nil {
			t.Fatal("a save whose sync failed succeeded")
		}
		wantLoad(t, s, numbered(2))
		save(t, s, numbered(3))
		wantLoad(t, s, numbered(3))
		if err := s.Check(); err != nil {
			t.Error(err)
		}
	}
}

func TestLinksAndOtherFilesAreRefused(t *testing.T) {
	for name, put := range map[string]func(file string) error{
		"a link":     func(file string) error { return os.Symlink("elsewhere", file) },
		"a dangling": func(file string) error { return os.Symlink("nowhere", file) },
		"a folder":   func(file string) error { return os.Mkdir(file, 0o755) },
		"a pipe":     func(file string) error { return syscall.Mkfifo(file, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			if err := os.MkdirAll(s.Dir, 0o755); err != nil {
				t.Fatal(err)
			}
			elsewhere := filepath.Join(s.Dir, "elsewhere")
			data, err := encode(numbered(66), 66, machine)
			if err != nil {
				t.Fatal(err)
			}
			write(t, elsewhere, data)
			if err := put(path(s, 0)); err != nil {
				t.Fatal(err)
			}
			if r, err := s.Load(); !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), path(s, 0)) {
				t.Errorf("loaded %+v, %v", r, err)
			}
			if err := s.Save(numbered(1)); err == nil {
				t.Error("saved over it")
			}
			if string(read(t, elsewhere)) != string(data) {
				t.Error("a save went through the link")
			}
		})
	}
}

// What somebody sees who is not root.
func TestUnreadable(t *testing.T) {
	s := newStore(t)
	save(t, s, numbered(1))
	if err := os.Chmod(path(s, 0), 0); err != nil {
		t.Fatal(err)
	}
	loaded := make(chan error)
	go func() {
		// This thread alone goes on as nobody, and ends with the goroutine.
		runtime.LockOSThread()
		if err := syscall.Setfsuid(65534); err != nil {
			loaded <- err
			return
		}
		_, err := s.Load()
		loaded <- err
	}()
	if err := <-loaded; !errors.Is(err, ErrUnknown) || !errors.Is(err, os.ErrPermission) {
		t.Errorf("load says %v", err)
	}
}
