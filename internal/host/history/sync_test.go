package history

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"umm/internal/host/mode"
)

// The record forgets an event as soon as the history has it, so by then the lines and the
// file itself have reached the disk.
func TestAppendIsDurable(t *testing.T) {
	var did []string
	var fail string
	step := func(what string) error {
		did = append(did, what)
		if what == fail {
			return errors.New("cannot " + what)
		}
		return nil
	}
	f := File{Path: filepath.Join(t.TempDir(), "history")}
	f.sync = func(file *os.File) error {
		info, err := file.Stat()
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() == 0 {
			t.Error("nothing is written by then")
		}
		return step("sync")
	}
	f.syncDir = func(path string) error {
		if path != filepath.Dir(f.Path) {
			t.Errorf("%s is synced", path)
		}
		return step("sync the folder")
	}
	event := func(seq uint64) []mode.Event {
		return []mode.Event{{Seq: seq, At: time.Unix(1, 0), Boot: "b", Kind: mode.EventBoot}}
	}
	if err := f.Append(event(1)); err != nil || !slices.Equal(did, []string{"sync", "sync the folder"}) {
		t.Errorf("it did %q (%v)", did, err)
	}
	for i, what := range []string{"sync", "sync the folder"} {
		fail = what
		if err := f.Append(event(uint64(i) + 2)); err == nil {
			t.Errorf("where it cannot %s it says nothing", fail)
		}
	}
	// What could not be made durable then is there, and is not written twice.
	fail = ""
	if err := f.Append(append(append(event(1), event(2)...), event(3)...)); err != nil {
		t.Error(err)
	}
	if events, err := f.Read(); err != nil || len(events) != 3 {
		t.Errorf("%d events (%v)", len(events), err)
	}
}
