// Package history stores the events of a host for as long as it lives, one
// JSON event a line, oldest first.
package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"umm/internal/atomicfile"
	"umm/internal/host/mode"
)

// File is the history file; /var/lib/umm/history on a host.
type File struct {
	Path string
	// sync and syncDir make durable what is in the file, and that there is one; nil: as
	// the system does.
	sync    func(*os.File) error
	syncDir func(path string) error
}

// Append adds those events that the file does not have yet, and syncs them: doing
// it twice is doing it once. A line that a power cut tore is closed off first, and
// passed over by Read.
func (f File) Append(events []mode.Event) error {
	old, err := f.Read()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, e := range events {
		if slices.ContainsFunc(old, e.Same) {
			continue
		}
		line, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("cannot write the history: %w", err)
		}
		b.Write(append(line, '\n'))
	}
	if b.Len() == 0 {
		return nil
	}
	return f.write(b.Bytes())
}

func (f File) write(lines []byte) error {
	if err := atomicfile.MakeDir(filepath.Dir(f.Path), 0o700); err != nil {
		return fmt.Errorf("cannot write the history: %w", err)
	}
	file, err := os.OpenFile(f.Path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("cannot write the history: %w", err)
	}
	if torn(file) {
		lines = append([]byte("\n"), lines...)
	}
	_, err = file.Write(lines)
	if err := errors.Join(err, f.syncFile(file), file.Close()); err != nil {
		return fmt.Errorf("cannot write the history: %w", err)
	}
	// The record forgets what is here; so the file itself must stay, too. It may be one that
	// an earlier umm made, and was killed.
	if err := f.syncFolder(filepath.Dir(f.Path)); err != nil {
		return fmt.Errorf("cannot write the history: %w", err)
	}
	return nil
}

func (f File) syncFile(file *os.File) error {
	if f.sync != nil {
		return f.sync(file)
	}
	return file.Sync()
}

func (f File) syncFolder(path string) error {
	if f.syncDir != nil {
		return f.syncDir(path)
	}
	return atomicfile.SyncDir(path)
}

// torn tells whether the file ends within a line.
func torn(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false
	}
	last := make([]byte, 1)
	_, err = f.ReadAt(last, info.Size()-1)
	return err == nil && last[0] != '\n'
}

// Read returns all events, oldest first; none when there is no file yet. Lines
// that are not events are passed over.
func (f File) Read() ([]mode.Event, error) {
	data, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the history: %w", err)
	}
	var events []mode.Event
	for line := range bytes.Lines(data) {
		var e mode.Event
		if json.Unmarshal(line, &e) == nil && e.Kind != "" {
			events = append(events, e)
		}
	}
	return events, nil
}
