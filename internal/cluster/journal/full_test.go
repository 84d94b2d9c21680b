package journal

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"umm/internal/cluster/run"
)

// onSmallDisk runs f with a folder on a file system of a megabyte, which nobody else
// sees: it is mounted in a namespace of f's thread, and gone with it. It takes root.
func onSmallDisk(t *testing.T, f func(t *testing.T, disk string)) {
	t.Helper()
	disk := t.TempDir()
	done := make(chan error)
	go func() {
		// The thread ends with the goroutine, as it is not unlocked.
		runtime.LockOSThread()
		err := unix.Unshare(unix.CLONE_NEWNS)
		if err == nil {
			err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
		}
		if err == nil {
			err = unix.Mount("small", disk, "tmpfs", 0, "size=1m,mode=700")
		}
		if err != nil {
			done <- err
			return
		}
		defer close(done)
		f(t, disk)
	}()
	if err := <-done; err != nil {
		t.Skipf("NOT RUN: what happens on a full disk was not tried, since it takes root to mount a small one: %v", err)
	}
}

// fill takes all space that is left, and returns what gives it back.
func fill(t *testing.T, disk string) (free func()) {
	t.Helper()
	path := filepath.Join(disk, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Error(err)
		return func() {}
	}
	defer f.Close()
	for _, n := range []int{4096, 1} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, n))
		}
		if !errors.Is(err, unix.ENOSPC) {
			t.Errorf("the disk is not full: %v", err)
		}
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
}

// A full disk is found before something is begun, while there is room to write how
// what was begun ends. When there is space again it goes on.
func TestFullDisk(t *testing.T) {
	onSmallDisk(t, func(t *testing.T, disk string) {
		d := Dir{Path: filepath.Join(disk, "runs")}
		j, err := d.Create(id)
		if err != nil {
			t.Error(err)
			return
		}
		free := fill(t, disk)
		begun := 0
		for err == nil && begun < 10000 {
			if _, err = j.Append(run.Entry{Run: id, Kind: run.Begun, Text: strings.Repeat("x", 100)}); err == nil {
				begun++
			}
		}
		if !errors.Is(err, unix.ENOSPC) || begun == 0 {
			t.Errorf("after %d entries: %v", begun, err)
		}
		// What was begun ends, with a lot to say.
		for _, kind := range []run.Kind{run.Waiting, run.Warned, run.Failed, run.Stopped} {
			if _, err := j.Append(run.Entry{Run: id, Kind: kind, Text: strings.Repeat("y", 20<<10)}); err != nil {
				t.Errorf("%s cannot be told: %v", kind, err)
			}
		}
		if _, err := j.Append(run.Entry{Run: id, Kind: run.Begun}); !errors.Is(err, unix.ENOSPC) {
			t.Errorf("something is begun on a full disk: %v", err)
		}
		if entries, err := d.Read(id); err != nil || len(entries) != begun+4 {
			t.Errorf("%d entries are kept of %d, %v", len(entries), begun+4, err)
		}
		free()
		if e, err := j.Append(run.Entry{Run: id, Kind: run.Begun}); err != nil || e.Seq != begun+5 {
			t.Errorf("with space again: entry %d, %v", e.Seq, err)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
}

// On a full disk no run begins, and nothing is left of the try. One that exists can
// be read, is not gone on with, and is not harmed by the try.
func TestFullDiskFromTheStart(t *testing.T) {
	onSmallDisk(t, func(t *testing.T, disk string) {
		const other = "20261123-092115-0000"
		d := Dir{Path: filepath.Join(disk, "runs")}
		j, err := d.Create(id)
		if err == nil {
			_, err = j.Append(run.Entry{Run: id, Kind: run.Warned, Text: "one"})
		}
		if err != nil {
			t.Error(err)
			return
		}
		// The master lost its power: nothing gave the space back.
		_ = j.f.Close()
		if err := os.Truncate(d.path(id), j.end); err != nil {
			t.Error(err)
		}
		free := fill(t, disk)
		if _, err := d.Create(other); !errors.Is(err, unix.ENOSPC) {
			t.Errorf("a run begins: %v", err)
		}
		if runs, err := d.Runs(); err != nil || len(runs) != 1 {
			t.Errorf("there are the runs %v, %v", runs, err)
		}
		if _, _, err := d.Open(id); !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), "cannot open the journal of "+id) {
			t.Errorf("a run goes on: %v", err)
		}
		if entries, err := d.Read(id); err != nil || texts(entries) != "one" {
			t.Errorf("%v, %v", entries, err)
		}
		free()
		again, entries, err := d.Open(id)
		if err != nil || texts(entries) != "one" {
			t.Errorf("with space again: %v, %v", entries, err)
			return
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	})
}
