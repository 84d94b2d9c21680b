// Package journal keeps the entries of runs on the master: a file a run, one entry
// a line, each with a checksum, durable before Append returns. It does not know
// what entries mean.
//
// A run that is under way needs to write to the very end, also on a disk that
// fills up: the file gets its space ahead, so that a full disk is found before a
// step is begun and not in the middle of one.
package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"umm/internal/atomicfile"
	"umm/internal/cluster/run"
)

const (
	suffix = ".journal"
	// ahead is the space in bytes that a file always has left for what is to come.
	ahead = 256 << 10
	// maxEntry bounds one line.
	maxEntry = 8 << 20
)

var table = crc32.MakeTable(crc32.Castagnoli)

// Dir is the folder of all runs.
type Dir struct {
	Path string
	// datasync makes a journal durable; nil: fdatasync(2).
	datasync func(*os.File) error
	// syncDir does so with its name; nil: as atomicfile does.
	syncDir func(path string) error
}

// File is the journal of one run, open for writing.
type File struct {
	f    *os.File
	path string
	seq  int
	end  int64
	// datasync is the folder's.
	datasync func(*os.File) error
	// reserved is how far the file has its space.
	reserved int64
}

// Create begins the journal of a run that has none.
func (d Dir) Create(id string) (*File, error) {
	if !run.ValidID(id) {
		return nil, fmt.Errorf("cannot create the journal: %q is not a run ID", id)
	}
	if err := atomicfile.MakeDir(d.Path, 0o700); err != nil {
		return nil, fmt.Errorf("cannot create the journal: %w", err)
	}
	f, err := os.OpenFile(d.path(id), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot create the journal: %w", err)
	}
	j := &File{f: f, path: d.path(id), datasync: d.datasync}
	syncDir := d.syncDir
	if syncDir == nil {
		syncDir = atomicfile.SyncDir
	}
	if err := errors.Join(j.reserve(0), syncDir(d.Path)); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(j.path))
	}
	return j, nil
}

// Open reads the journal of a run and goes on with it. A last line that was cut
// short by a crash was never acted upon, and is taken away.
func (d Dir) Open(id string) (*File, []run.Entry, error) {
	entries, size, err := d.read(id)
	if err != nil {
		return nil, nil, err
	}
	f, err := os.OpenFile(d.path(id), os.O_RDWR, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot open the journal of %s: %w", id, err)
	}
	j := &File{f: f, path: d.path(id), end: size, datasync: d.datasync}
	if n := len(entries); n > 0 {
		j.seq = entries[n-1].Seq
	}
	if err := errors.Join(f.Truncate(size), j.reserve(size)); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("cannot open the journal of %s: %w", id, err), f.Close())
	}
	return j, entries, nil
}

// Read reads the journal of a run.
func (d Dir) Read(id string) ([]run.Entry, error) {
	entries, _, err := d.read(id)
	return entries, err
}

// Runs names all runs, the oldest first.
func (d Dir) Runs() ([]string, error) {
	files, err := os.ReadDir(d.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot list the runs: %w", err)
	}
	var ids []string
	for _, f := range files {
		if id, ok := strings.CutSuffix(f.Name(), suffix); ok && run.ValidID(id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

func (d Dir) path(id string) string { return filepath.Join(d.Path, id+suffix) }

// Append numbers an entry and returns it once it is durable.
func (j *File) Append(e run.Entry) (run.Entry, error) {
	e.Seq = j.seq + 1
	body, err := json.Marshal(e)
	if err != nil {
		return e, err
	}
	line := fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(body, table), body)
	if len(line) > maxEntry {
		return e, fmt.Errorf("an entry of %d bytes is too long", len(line))
	}
	size := j.end + int64(len(line))
	if err := j.reserve(size); err != nil && (begins(e.Kind) || size > j.reserved) {
		return e, err
	}
	if _, err := j.f.WriteAt(line, j.end); err != nil {
		return e, fmt.Errorf("cannot write %s: %w", j.path, err)
	}
	if err := j.sync(); err != nil {
		return e, fmt.Errorf("cannot write %s to the disk: %w", j.path, err)
	}
	j.seq, j.end = e.Seq, j.end+int64(len(line))
	return e, nil
}

func (j *File) sync() error {
	if j.datasync != nil {
		return j.datasync(j.f)
	}
	return unix.Fdatasync(int(j.f.Fd()))
}

// Close gives back the space that was not needed.
func (j *File) Close() error { return errors.Join(j.f.Truncate(j.end), j.f.Close()) }

// begins: an entry after which something is done. It needs room for those that say
// how that ended.
func begins(k run.Kind) bool {
	return slices.Contains([]run.Kind{run.Requested, run.Chosen, run.Begun, run.Returning, run.Aborting}, k)
}

// reserve gives the file space for ahead bytes more than size. Where the file
// system knows no such thing, it goes on without.
func (j *File) reserve(size int64) error {
	if size+ahead/2 <= j.reserved {
		return nil
	}
	err := unix.Fallocate(int(j.f.Fd()), 0, 0, size+ahead)
	if err != nil && !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.ENOSYS) {
		return fmt.Errorf("cannot reserve space for %s: %w", j.path, err)
	}
	j.reserved = size + ahead
	return nil
}

// read returns the entries and the size of what holds them.
func (d Dir) read(id string) ([]run.Entry, int64, error) {
	if !run.ValidID(id) {
		return nil, 0, fmt.Errorf("%q is not a run ID: umm-cluster history lists them", id)
	}
	data, err := os.ReadFile(d.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("there is no run %s here: umm-cluster history lists them", id)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("cannot read the journal of %s: %w", id, err)
	}
	entries, size, err := Parse(data)
	if err != nil {
		return nil, 0, fmt.Errorf("cannot read %s: %w", d.path(id), err)
	}
	return entries, size, nil
}

// Parse reads a journal: its entries, and the bytes that they take. What comes
// after the last complete line is the space ahead, or an entry that was never
// finished; a broken line with a complete one behind it is an error.
func Parse(data []byte) ([]run.Entry, int64, error) { return parse(data, 0) }

// parse reads what comes after so many entries.
func parse(data []byte, before int) ([]run.Entry, int64, error) {
	var entries []run.Entry
	var size int64
	for n := before + 1; len(data) > 0; n++ {
		line, rest, complete := bytes.Cut(data, []byte("\n"))
		e, err := parseLine(line)
		if !complete || err != nil {
			if later(rest) {
				return nil, 0, fmt.Errorf("line %d is broken: %w", n, err)
			}
			return entries, size, nil
		}
		if e.Seq != n {
			return nil, 0, fmt.Errorf("line %d is entry %d", n, e.Seq)
		}
		entries = append(entries, e)
		size += int64(len(line)) + 1
		data = rest
	}
	return entries, size, nil
}

// later tells whether a complete entry comes after a line that is broken.
func later(data []byte) bool {
	for line := range bytes.Lines(data) {
		if _, err := parseLine(bytes.TrimSuffix(line, []byte("\n"))); err == nil {
			return true
		}
	}
	return false
}

func parseLine(line []byte) (run.Entry, error) {
	sum, body, ok := bytes.Cut(line, []byte(" "))
	if !ok || string(sum) != fmt.Sprintf("%08x", crc32.Checksum(body, table)) {
		return run.Entry{}, errors.New("wrong checksum")
	}
	var e run.Entry
	if err := json.Unmarshal(body, &e); err != nil {
		return run.Entry{}, err
	}
	return e, nil
}
