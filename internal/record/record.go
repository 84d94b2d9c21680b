// Package record keeps umm's durable state: what must be known after a power
// cut. It knows how to save and load a mode.Record, not what one means.
//
// There are two files, record.0 and record.1, and each save overwrites the older
// one in place and syncs it. So the newest complete generation is never touched,
// a torn write costs nothing but itself, and a full disk does not matter once
// both files exist, because they are written whole from the start. A generation
// that does not prove itself by its checksum is never guessed at.
package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"umm/internal/mode"
)

const (
	// magic and version begin each generation.
	magic   = "umm-record"
	version = 1
	// size of a file on disk: both are as large as they will ever get from the
	// first save on. A record is far smaller: its events and command are bounded.
	size = 64 << 10
	// MaxCommand bounds the command that fits beside everything else, in bytes.
	MaxCommand = 16 << 10
)

// ErrUnknown says that there is a record, but none that can be believed.
var ErrUnknown = errors.New("the record cannot be believed")

// Store is the record in one folder.
type Store struct {
	// Dir is /etc/umm on a host. It lies on the root file system, because
	// generators run before /var is mounted.
	Dir string
	// Machine is the host's machine ID; a record that names another one was
	// copied from there and is foreign. Empty: not known, not compared.
	Machine string
}

// generation is one file as it was read.
type generation struct {
	path    string
	seq     uint64
	rec     mode.Record
	present bool
	err     error
}

// header is the first line's JSON; the record's follows on the second line.
type header struct {
	Version int    `json:"version"`
	Seq     uint64 `json:"seq"`
	Machine string `json:"machine,omitempty"`
	Length  int    `json:"length"`
	CRC32C  uint32 `json:"crc32c"`
}

// Load returns the newest record that proves itself. Where nothing was ever
// saved it returns the zero record and no error. A broken generation beside a
// good one is an error beside a usable record only in Check; Load goes by the
// good one. Where there is none to believe the error wraps ErrUnknown and says
// what is wrong with which file.
func (s Store) Load() (mode.Record, error) {
	newest, _, problems := s.read()
	if newest != nil {
		return newest.rec, nil
	}
	if len(problems) == 0 {
		return mode.Record{}, nil
	}
	return mode.Record{}, fmt.Errorf("%w: %w", ErrUnknown, errors.Join(problems...))
}

// Check returns what is wrong with any of the files, also where Load succeeds.
func (s Store) Check() error {
	_, _, problems := s.read()
	return errors.Join(problems...)
}

// Save makes r durable: when it returns nil, r survives a power cut. On any
// error the record is what it was before.
func (s Store) Save(r mode.Record) error {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return fmt.Errorf("cannot save the record: %w", err)
	}
	newest, target, _ := s.read()
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

// Writable proves that the record could be saved now, by syncing the generation
// that the next save would overwrite without changing what it says.
func (s Store) Writable() error {
	rec, err := s.Load()
	if err != nil {
		return err
	}
	return s.Save(rec)
}

// read looks at both files: the newest believable generation (nil if none), the
// path that the next save goes to, and what is wrong.
func (s Store) read() (newest *generation, target string, problems []error) {
	var gens [2]generation
	for i := range gens {
		gens[i] = s.readOne(fmt.Sprintf("record.%d", i))
		if gens[i].err != nil {
			problems = append(problems, gens[i].err)
		}
	}
	good := func(g generation) bool { return g.present && g.err == nil }
	switch {
	case good(gens[0]) && (!good(gens[1]) || gens[0].seq > gens[1].seq):
		return &gens[0], gens[1].path, problems
	case good(gens[1]):
		return &gens[1], gens[0].path, problems
	default:
		return nil, gens[0].path, problems
	}
}

func (s Store) readOne(name string) generation {
	g := generation{path: filepath.Join(s.Dir, name)}
	data, err := os.ReadFile(g.path)
	if errors.Is(err, fs.ErrNotExist) {
		return g
	}
	g.present = true
	if err != nil {
		g.err = fmt.Errorf("cannot read the record: %w", err)
		return g
	}
	h, rec, err := decode(data)
	switch {
	case err != nil:
		g.err = fmt.Errorf("%s: %w", g.path, err)
	case s.Machine != "" && h.Machine != "" && h.Machine != s.Machine:
		g.err = fmt.Errorf("%s: is foreign: it was written on machine %s", g.path, h.Machine)
	}
	g.seq, g.rec = h.Seq, rec
	return g
}

// write overwrites path in place. A file that is new is made durable in its
// folder too. Nothing follows a symbolic link.
func (s Store) write(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(data, 0); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Truncate(int64(len(data))); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	return syncDir(s.Dir)
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func encode(r mode.Record, seq uint64, machine string) ([]byte, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("cannot save the record: %w", err)
	}
	head, err := json.Marshal(header{
		Version: version, Seq: seq, Machine: machine, Length: len(body),
		CRC32C: checksum(seq, machine, body),
	})
	if err != nil {
		return nil, fmt.Errorf("cannot save the record: %w", err)
	}
	line := magic + " " + string(head) + "\n"
	if len(line)+len(body)+1 > size {
		return nil, fmt.Errorf("cannot save the record: it would have %d bytes, and %d fit", len(line)+len(body), size)
	}
	data := bytes.Repeat([]byte("\n"), size)
	copy(data, line)
	copy(data[len(line):], body)
	return data, nil
}

// checksum covers all that a generation says, what stands in its first line too.
func checksum(seq uint64, machine string, body []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	head := fmt.Appendf(nil, "%d %s %d\n", seq, machine, len(body))
	return crc32.Update(crc32.Checksum(head, table), table, body)
}

// decode is strict: anything but what encode wrote is an error.
func decode(data []byte) (header, mode.Record, error) {
	var h header
	var r mode.Record
	first, rest, found := bytes.Cut(data, []byte("\n"))
	head, isOurs := strings.CutPrefix(string(first), magic+" ")
	if !found || !isOurs {
		return h, r, errors.New("is not a record of umm")
	}
	if err := json.Unmarshal([]byte(head), &h); err != nil {
		return h, r, errors.New("has a broken first line")
	}
	if h.Version != version {
		return h, r, fmt.Errorf("has version %d, this umm knows %d", h.Version, version)
	}
	if h.Length < 0 || h.Length > len(rest) {
		return h, r, errors.New("is torn: it is shorter than it says")
	}
	body := rest[:h.Length]
	if checksum(h.Seq, h.Machine, body) != h.CRC32C {
		return h, r, errors.New("is torn: its checksum is wrong")
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return h, mode.Record{}, errors.New("has a content that is no record")
	}
	return h, r, nil
}
