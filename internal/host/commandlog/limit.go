package commandlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"umm/internal/poll"
)

// A command writes into its file by itself, so that what it leaves running can go on
// writing when umm is gone. So the file is watched: when it has become too large, its
// middle is given back to the file system, and how it began and what it printed last stay.

const (
	// Limit is how much of an output is stored, in bytes.
	Limit = 32 << 20
	// head is how much of its beginning is.
	head = 1 << 20
	// page is what a file system gives back at the least.
	page = 4096
	// share of what is free on the disk may be taken by one output.
	share = 4
)

// linux/falloc.h, lseek(2): not among the constants of package syscall.
const (
	keepSize  = 1
	punchHole = 2
	seekData  = 3
)

// limitOn is how large an output in the folder may become.
func limitOn(dir string) int64 {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return Limit
	}
	free := int64(fs.Bavail) * fs.Bsize / share // #nosec G115 -- no disk has 2^63 bytes
	return min(Limit, max(free, 2*head))
}

// hold keeps the file below limit until ctx is done.
func hold(ctx context.Context, f *os.File, limit int64) {
	from := int64(head)
	for range poll.Every(ctx, often) {
		from = cut(f, from, limit)
	}
	cut(f, from, limit)
}

// cut gives back what is too much between from and the last half of the limit, and returns
// where the next cut begins.
func cut(f *os.File, from, limit int64) int64 {
	info, err := f.Stat()
	if err != nil {
		return from
	}
	size := info.Size()
	if size < from {
		from = head // it was begun again
	}
	if size-from <= limit-head {
		return from
	}
	to := (size - (limit-head)/2) / page * page
	if err := syscall.Fallocate(int(f.Fd()), punchHole|keepSize, from, to-from); err == nil {
		return to
	}
	// The file system cannot do that: all of it goes, and what comes now is stored.
	_ = f.Truncate(0)
	_, _ = fmt.Fprintf(f, "[umm: the output was longer than %d MiB; this is its end]\n", limit>>20)
	return head
}

// reader reads an output that grows and may lose its middle.
type reader struct {
	file *os.File
	at   int64
}

// copyTo writes what has come since the last time.
func (r *reader) copyTo(w io.Writer) error {
	info, err := r.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < r.at {
		r.at = 0
	}
	for r.at < info.Size() {
		if err := r.passHole(w); err != nil {
			return err
		}
		// By and by, since what is not read yet may be given back meanwhile.
		n, err := io.Copy(w, io.NewSectionReader(r.file, r.at, min(info.Size()-r.at, head-r.at%head)))
		r.at += n
		if err != nil || n == 0 {
			return err
		}
	}
	return nil
}

// passHole goes on behind what was given back.
func (r *reader) passHole(w io.Writer) error {
	if r.at < head {
		return nil
	}
	next, err := r.file.Seek(r.at, seekData)
	if err != nil {
		if errors.Is(err, syscall.ENXIO) || errors.Is(err, syscall.EINVAL) {
			return nil // no hole, or no file system that tells
		}
		return err
	}
	if next-r.at < page {
		return nil
	}
	_, err = fmt.Fprintf(w, "\n[umm: %d KiB omitted here]\n", (next-r.at)>>10)
	r.at = next
	return err
}
