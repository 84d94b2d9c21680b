package journal

import (
	"fmt"
	"io"
	"os"

	"umm/internal/cluster/run"
)

// Tail reads the journal of a run that others write, as it grows.
type Tail struct {
	f *os.File
	// seq and end are how far it was read.
	seq int
	end int64
}

// Tail begins at the first entry of a run.
func (d Dir) Tail(id string) (*Tail, error) {
	if _, err := d.Read(id); err != nil {
		return nil, err
	}
	f, err := os.Open(d.path(id))
	if err != nil {
		return nil, fmt.Errorf("cannot read the journal of %s: %w", id, err)
	}
	return &Tail{f: f}, nil
}

// Next are the entries that have come since; none where none have.
func (t *Tail) Next() ([]run.Entry, error) {
	data, err := io.ReadAll(io.NewSectionReader(t.f, t.end, 1<<62))
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", t.f.Name(), err)
	}
	entries, size, err := parse(data, t.seq)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", t.f.Name(), err)
	}
	t.seq, t.end = t.seq+len(entries), t.end+size
	return entries, nil
}

// Close implements io.Closer.
func (t *Tail) Close() error { return t.f.Close() }
