// Package record stores umm's durable state: what must be known after a power
// cut. It knows how to save and load a mode.Record, not what one means.
//
// There are two files, record.0 and record.1, and each save overwrites the older
// one in place and syncs it. So the newest complete generation is never touched,
// a torn write costs nothing but itself, and a full disk does not matter once
// both files exist, because they are written whole from the start. A generation
// that does not prove itself by its checksum is never guessed at.
package record

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"umm/internal/host/mode"
)

// ErrUnknown says that there is a record, but none that can be believed.
var ErrUnknown = errors.New("the record is not valid")

// Store is the record in one folder.
type Store struct {
	// Dir is /etc/umm on a host. It lies on the root file system, because
	// generators run before /var is mounted.
	Dir string
	// Machine is the host's machine ID; a record that names another one was
	// copied from there and is foreign. Empty: not known, not compared.
	Machine string
	// sync is (*os.File).Sync where it is nil.
	sync func(*os.File) error
}

// generation is one file as it was read.
type generation struct {
	path    string
	seq     uint64
	body    []byte
	rec     mode.Record
	present bool
	err     error
}

func (g *generation) good() bool { return g.present && g.err == nil }

// parse makes a record of what was proven.
func (g *generation) parse() {
	if !g.good() {
		return
	}
	rec, err := parse(g.body)
	if err != nil {
		g.err = fmt.Errorf("%s: %w", g.path, err)
	}
	g.rec = rec
}

// Load returns the newest record that proves itself. Where nothing was ever
// saved it returns the zero record and no error. A broken generation beside a
// good one is an error beside a usable record only in Check; Load goes by the
// good one. Where there is none to believe the error wraps ErrUnknown and says
// what is wrong with which file.
func (s Store) Load() (mode.Record, error) {
	newest, _, problems := s.read(false)
	if newest != nil {
		return newest.rec, nil
	}
	if len(problems) == 0 {
		return mode.Record{}, nil
	}
	return mode.Record{}, fmt.Errorf("%w: %w", ErrUnknown, joined(problems))
}

// Check returns what is wrong with any of the files, also where Load succeeds.
func (s Store) Check() error {
	_, _, problems := s.read(true)
	return joined(problems)
}

// joined makes one line of what is wrong.
func joined(problems []error) error {
	if len(problems) < 2 {
		return errors.Join(problems...)
	}
	return fmt.Errorf("%w; %w", problems[0], joined(problems[1:]))
}

// Save makes r durable: when it returns nil, r survives a power cut. On any
// error the record is what it was before.
func (s Store) Save(r mode.Record) error {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return fmt.Errorf("cannot save the record: %w", err)
	}
	newest, target, _ := s.read(false)
	seq := uint64(1)
	if newest != nil {
		seq = newest.seq + 1
	}
	data, err := encode(r, seq, s.Machine)
	if err != nil {
		return err
	}
	if err := s.write(target, data); err != nil {
		return fmt.Errorf("cannot save the record: %w", err)
	}
	return nil
}

// Writable proves that the record could be saved now, by saving it as it is. Where
// it cannot be believed nothing is lost by starting a new one.
func (s Store) Writable() error {
	rec, err := s.Load()
	if err != nil && !errors.Is(err, ErrUnknown) {
		return err
	}
	return s.Save(rec)
}

// read looks at both files: the newest believable generation (nil if none), the
// path that the next save goes to, and what is wrong. The older one is parsed only
// where it matters: every boot and every umm status reads the record.
func (s Store) read(both bool) (newest *generation, target string, problems []error) {
	gens := [2]generation{s.readOne("record.0"), s.readOne("record.1")}
	newer, older := &gens[1], &gens[0]
	if older.good() && (!newer.good() || older.seq > newer.seq) {
		newer, older = older, newer
	}
	newer.parse()
	if both || !newer.good() {
		older.parse()
	}
	for _, g := range gens {
		if g.err != nil {
			problems = append(problems, g.err)
		}
	}
	switch {
	case newer.good():
		return newer, older.path, problems
	case older.good():
		return older, newer.path, problems
	default:
		return nil, gens[0].path, problems
	}
}

// readOne reads one file and proves it.
func (s Store) readOne(name string) generation {
	g := generation{path: filepath.Join(s.Dir, name)}
	data, err := readFile(g.path)
	if errors.Is(err, fs.ErrNotExist) {
		return g
	}
	g.present = true
	if err != nil {
		g.err = fmt.Errorf("cannot read the record: %w", err)
		return g
	}
	h, body, err := prove(data)
	switch {
	case err != nil:
		g.err = fmt.Errorf("%s: %w", g.path, err)
	case s.Machine != "" && h.Machine != "" && h.Machine != s.Machine:
		g.err = fmt.Errorf("%s: belongs to another machine, %s", g.path, h.Machine)
	}
	g.seq, g.body = h.Seq, body
	return g
}

// readFile reads a regular file, as much of it as a record can have. It follows no
// symbolic link, and nothing can make it wait.
func readFile(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fmt.Errorf("%s is not a regular file", path))
	}
	data := make([]byte, min(info.Size(), size))
	n, err := readUntil(f, data, complete)
	return data[:n], err
}

// block is what a file is read by: nearly all of it is padding, and every boot and
// every umm status reads both.
const block = 4 << 10

// readUntil fills data from r, block by block, until done says that it is enough or
// there is no more.
func readUntil(r io.Reader, data []byte, done func([]byte) bool) (n int, err error) {
	for n < len(data) && !done(data[:n]) {
		more, err := io.ReadFull(r, data[n:min(n+block, len(data))])
		n += more
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// write overwrites path in place and makes it durable, in its folder too. What
// cannot be made durable is made unbelievable: it must not count later, when
// nobody expects it any more. Nothing follows a symbolic link.
func (s Store) write(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return err
	}
	err = s.fill(f, data)
	if err != nil {
		_, _ = f.WriteAt([]byte("broken: "), 0)
	}
	return errors.Join(err, f.Close())
}

func (s Store) fill(f *os.File, data []byte) error {
	if _, err := f.WriteAt(data, 0); err != nil {
		return err
	}
	if err := f.Truncate(int64(len(data))); err != nil {
		return err
	}
	if err := s.syncFile(f); err != nil {
		return err
	}
	dir, err := os.Open(s.Dir)
	if err != nil {
		return err
	}
	return errors.Join(s.syncFile(dir), dir.Close())
}

func (s Store) syncFile(f *os.File) error {
	if s.sync != nil {
		return s.sync(f)
	}
	return f.Sync()
}
