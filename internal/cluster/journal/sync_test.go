package journal

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"umm/internal/cluster/run"
)

// The engine acts on an entry as soon as Append has returned it, so by then it has reached
// the disk, and so has the journal's name.
func TestAppendIsDurable(t *testing.T) {
	var did []string
	fail := ""
	step := func(what string) error {
		did = append(did, what)
		if what == fail {
			return errors.New("cannot " + what)
		}
		return nil
	}
	d := Dir{Path: filepath.Join(t.TempDir(), "runs")}
	d.datasync = func(f *os.File) error {
		data, err := os.ReadFile(f.Name())
		if err != nil || !strings.Contains(string(data), `"text":"one"`) {
			t.Errorf("it is not written by then (%v)", err)
		}
		return step("sync")
	}
	d.syncDir = func(string) error { return step("sync the folder") }
	j, err := d.Create(id)
	if err != nil || !slices.Equal(did, []string{"sync the folder"}) {
		t.Fatalf("it did %q (%v)", did, err)
	}
	one := run.Entry{Run: id, Kind: run.Warned, Text: "one"}
	if _, err := j.Append(one); err != nil || !slices.Equal(did, []string{"sync the folder", "sync"}) {
		t.Errorf("it did %q (%v)", did, err)
	}
	fail = "sync"
	if _, err := j.Append(one); err == nil {
		t.Error("an entry that did not reach the disk is one")
	}
	// What is said next takes its place.
	fail = ""
	if e, err := j.Append(one); err != nil || e.Seq != 2 {
		t.Errorf("entry %d (%v)", e.Seq, err)
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	if j, entries, err := d.Open(id); err != nil || len(entries) != 2 {
		t.Errorf("%d entries (%v)", len(entries), err)
	} else if _, err := j.Append(one); err != nil || did[len(did)-1] != "sync" || len(did) != 5 {
		t.Errorf("opened again it did %q (%v)", did, err)
	}
	fail = "sync the folder"
	if _, err := d.Create("20261123-092114-3f2b"); err == nil {
		t.Error("a journal whose name did not reach the disk is one")
	}
	if ids, err := d.Runs(); err != nil || len(ids) != 1 {
		t.Errorf("the runs are %q (%v)", ids, err)
	}
}
