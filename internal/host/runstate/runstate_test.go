package runstate_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"umm/internal/host/mode"
	"umm/internal/host/runstate"
)

func newDir(t testing.TB) runstate.Dir {
	t.Helper()
	return runstate.Dir{Path: filepath.Join(t.TempDir(), "umm")}
}

func record() mode.Record {
	return mode.Record{
		Unclean: 2,
		Boot:    mode.Boot{ID: "b", Mode: mode.Maintenance, State: mode.Running},
		Session: &mode.Session{Reason: "r", Command: &mode.Command{Argv: []string{"a secret"}, State: mode.CommandRunning}},
		Events:  []mode.Event{{Kind: mode.EventProblem, Text: "a secret"}},
		Unsaved: true,
	}
}

func TestNoteShowsEverybodyThePublicPart(t *testing.T) {
	d := newDir(t)
	if r := d.Noted(); r != nil {
		t.Fatalf("before anything was noted: %+v", r)
	}
	for range 2 {
		if err := d.Note(record()); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := d.Noted(), mode.Public(record()); got == nil || !reflect.DeepEqual(*got, want) {
		t.Errorf("noted is %+v, want %+v", got, want)
	}
	entries, err := os.ReadDir(d.Path)
	if err != nil || len(entries) != 1 {
		t.Fatalf("the folder holds %v (%v)", entries, err)
	}
	data, err := os.ReadFile(filepath.Join(d.Path, entries[0].Name()))
	if err != nil || strings.Contains(string(data), "secret") {
		t.Errorf("everybody can read %s (%v)", data, err)
	}
	if info, err := entries[0].Info(); err != nil || info.Mode().Perm()&0o044 != 0o044 {
		t.Errorf("the rights are %v (%v)", info.Mode(), err)
	}
}

func TestNotedPassesOverRubbish(t *testing.T) {
	d := newDir(t)
	if err := d.Note(record()); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "rubbish", "{", `{"unclean":"x"}`, "[]"} {
		if err := os.WriteFile(filepath.Join(d.Path, "boot"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if r := d.Noted(); r != nil {
			t.Errorf("%q is noted as %+v", text, r)
		}
	}
}

func TestBanner(t *testing.T) {
	d := newDir(t)
	if err := d.Banner(""); err != nil {
		t.Errorf("removing none: %v", err)
	}
	for _, text := range []string{"one\n", "another\n"} {
		if err := d.Banner(text); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(filepath.Join(d.Path, "banner")); err != nil || string(data) != text {
			t.Errorf("the banner is %q (%v), want %q", data, err, text)
		}
	}
	if err := d.Banner(""); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(d.Path); err != nil || len(entries) != 0 {
		t.Errorf("the folder holds %v (%v)", entries, err)
	}
}

func TestErrorsSayWhat(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := runstate.Dir{Path: filepath.Join(blocked, "umm")}
	_, locked := d.Lock(context.Background())
	for _, err := range []error{d.Note(mode.Record{}), d.Banner("x"), d.Banner(""), locked} {
		if err == nil || !strings.HasPrefix(err.Error(), "cannot ") {
			t.Errorf("the error is %v", err)
		}
	}
}

func TestLockIsTakenInTurns(t *testing.T) {
	d := newDir(t)
	var inside, most, total int
	var mutex sync.Mutex
	count := func(n int) {
		mutex.Lock()
		defer mutex.Unlock()
		inside += n
		total += max(n, 0)
		most = max(most, inside)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 5 {
				unlock, err := d.Lock(context.Background())
				if err != nil {
					t.Error(err)
					return
				}
				count(1)
				time.Sleep(time.Millisecond)
				count(-1)
				unlock()
			}
		})
	}
	all.Wait()
	if most != 1 || total != 20 {
		t.Errorf("%d were inside at once, %d in all", most, total)
	}
}

func TestLockGivesUpWithItsContext(t *testing.T) {
	d := newDir(t)
	unlock, err := d.Lock(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := d.Lock(ctx); err == nil || !strings.Contains(err.Error(), "another umm command is still running") {
		t.Errorf("lock says %v", err)
	}
}

// The kernel frees the lock of a holder that was killed.
func TestLockOfADeadHolder(t *testing.T) {
	if path := os.Getenv("RUNSTATE_TEST_LOCK"); path != "" {
		unlock, err := runstate.Dir{Path: path}.Lock(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("held")
		// A program in which nothing can happen any more would be ended by the runtime.
		_, _ = io.Copy(io.Discard, os.Stdin)
		unlock()
	}
	d := newDir(t)
	holder := exec.Command(os.Args[0], "-test.run=^TestLockOfADeadHolder$")
	holder.Env = append(os.Environ(), "RUNSTATE_TEST_LOCK="+d.Path)
	if _, err := holder.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "held"; {
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := d.Lock(ctx); err == nil {
		t.Error("the lock is free while another process holds it")
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	unlock, err := d.Lock(context.Background())
	if err != nil {
		t.Fatalf("the lock of a dead process stays: %v", err)
	}
	unlock()
}

func FuzzNoted(f *testing.F) {
	f.Add([]byte(`{"unclean":1,"boot":{"id":"b","mode":"maintenance","state":"running"},"session":{"trigger":{"kind":"operator"}}}`))
	f.Add([]byte(`{"session":{"command":null,"live":{}},"pending":{}}`))
	f.Add([]byte("null"))
	dir := runstate.Dir{Path: f.TempDir()}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(filepath.Join(dir.Path, "boot"), data, 0o644); err != nil {
			t.Fatal(err)
		}
		r := dir.Noted()
		if r == nil {
			return
		}
		if err := dir.Note(*r); err != nil {
			t.Fatal(err)
		}
		if again := dir.Noted(); again == nil || !reflect.DeepEqual(mode.Public(*r), *again) {
			t.Fatalf("noted %+v, and read %+v", *r, again)
		}
	})
}

func TestBefore(t *testing.T) {
	d := newDir(t)
	wants := func(session int, want []string, wantKnown bool) {
		t.Helper()
		if got, known := d.Before(session); !slices.Equal(got, want) || known != wantKnown {
			t.Errorf("before the command of session %d ran %q, known: %v", session, got, known)
		}
	}
	wants(1, nil, false)
	for session, active := range [][]string{1: {"a.service", "b.timer"}, 2: nil} {
		if err := d.NoteBefore(session, active); err != nil {
			t.Fatal(err)
		}
		wants(session, active, true)
		wants(session+1, nil, false)
	}
	if err := os.WriteFile(filepath.Join(d.Path, "before-command"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	wants(2, nil, false)
}
