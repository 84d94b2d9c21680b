// Package commandlog stores the output of commands that run in maintenance mode: one file
// a command, the newest few, bounded in size, for root only. It shows them, also while
// they grow.
package commandlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"umm/internal/poll"
)

// tailSize bounds what Tail reads, in bytes.
const tailSize = 16 << 10

const (
	// keep is how many commands' output is stored.
	keep = 10
	// often is how often a growing file is read.
	often  = 100 * time.Millisecond
	suffix = ".log"
	// copied is how much of an output goes into the journal too, in bytes, and copyLimit
	// how long the journal may take for it once the command has ended: it is slow.
	copied    = 4 << 20
	copyLimit = 5 * time.Second
)

// ErrNone says that no command has run yet.
var ErrNone = errors.New("no command has been run in maintenance mode")

// Dir is the folder of the outputs; /var/lib/umm/output on a host.
type Dir struct {
	Path string
	Now  func() time.Time
	// Copy is written what the command prints, as it does; the journal.
	Copy io.Writer
}

// Open begins a new output and removes those beyond the newest few. finish is for when the
// command has ended; it waits, for some seconds at most, until it is copied.
func (d Dir) Open() (file *os.File, finish func(), err error) {
	if err := os.MkdirAll(d.Path, 0o700); err != nil {
		return nil, nil, fmt.Errorf("cannot store the command's output: %w", err)
	}
	name, err := d.next()
	if err != nil {
		return nil, nil, err
	}
	file, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot store the command's output: %w", err)
	}
	if err := d.prune(); err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ready)
		hold(ctx, file, limitOn(d.Path))
	}()
	go func() {
		defer close(done)
		// The copy is a courtesy: the file is what counts.
		_ = follow(ctx, name, &bounded{w: d.Copy, left: copied})
	}()
	return file, func() {
		cancel()
		<-ready
		select {
		case <-done:
		case <-time.After(copyLimit):
		}
		_ = file.Close()
	}, nil
}

// bounded passes on only so much.
type bounded struct {
	w    io.Writer
	left int
}

var errEnough = errors.New("enough was copied")

func (b *bounded) Write(p []byte) (int, error) {
	if len(p) <= b.left {
		b.left -= len(p)
		return b.w.Write(p)
	}
	_, err := b.w.Write(p[:b.left])
	b.left = 0
	_, more := io.WriteString(b.w, "\n[umm: no more in the journal; umm output shows the rest]\n")
	return 0, errors.Join(err, more, errEnough)
}

// next names the output after all that are there: by a number, since a clock can
// be set back, and by the time for people.
func (d Dir) next() (string, error) {
	names, err := d.list()
	if err != nil {
		return "", err
	}
	number := 1
	if len(names) > 0 {
		number += numberOf(names[len(names)-1])
	}
	return filepath.Join(d.Path, fmt.Sprintf("%06d-%s%s", number, d.Now().UTC().Format("20060102T150405"), suffix)), nil
}

func numberOf(name string) int {
	digits, _, _ := strings.Cut(name, "-")
	n, _ := strconv.Atoi(digits)
	return n
}

// Latest names the newest output.
func (d Dir) Latest() (string, error) {
	names, err := d.list()
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		return "", ErrNone
	}
	return filepath.Join(d.Path, names[len(names)-1]), nil
}

// Show writes the newest output to w. While running says so it goes on as the
// file grows, until ctx is done.
func (d Dir) Show(ctx context.Context, w io.Writer, running func() bool) error {
	name, err := d.Latest()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		for range poll.Every(ctx, often) {
			if !running() {
				cancel()
			}
		}
	}()
	return follow(ctx, name, w)
}

// Tail is at most that many of the newest output's last lines, as a terminal would show them: of a
// line that was written over, as progress bars do, what stood last. It reads no more than the
// output's last 16 KiB.
func (d Dir) Tail(lines int) ([]string, error) {
	name, err := d.Latest()
	if err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read the command's output: %w", err)
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("cannot read the command's output: %w", err)
	}
	from := max(0, size-tailSize)
	text, err := io.ReadAll(io.NewSectionReader(f, from, size-from))
	if err != nil {
		return nil, fmt.Errorf("cannot read the command's output: %w", err)
	}
	all := strings.Split(strings.Trim(string(text), "\x00\r\n"), "\n")
	if from > 0 && len(all) > 1 {
		all = all[1:] // The first one is cut.
	}
	var last []string
	for _, line := range all[max(0, len(all)-lines):] {
		line = strings.TrimRight(line, "\r")
		last = append(last, line[strings.LastIndexByte(line, '\r')+1:])
	}
	if len(last) == 1 && last[0] == "" {
		return nil, nil
	}
	return last, nil
}

// follow copies the file to w until ctx is done, and then what is left of it.
func follow(ctx context.Context, name string, w io.Writer) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("cannot read the command's output: %w", err)
	}
	defer f.Close()
	r := &reader{file: f}
	for range poll.Every(ctx, often) {
		if err = r.copyTo(w); err != nil {
			break
		}
	}
	if err == nil {
		err = r.copyTo(w)
	}
	if err != nil {
		return fmt.Errorf("cannot copy the command's output: %w", err)
	}
	return nil
}

func (d Dir) prune() error {
	names, err := d.list()
	if err != nil {
		return err
	}
	for _, name := range names[:max(0, len(names)-keep)] {
		if err := os.Remove(filepath.Join(d.Path, name)); err != nil {
			return fmt.Errorf("cannot remove an old output: %w", err)
		}
	}
	return nil
}

// list returns the outputs' names, oldest first.
func (d Dir) list() ([]string, error) {
	entries, err := os.ReadDir(d.Path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot list the outputs: %w", err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), suffix) && numberOf(e.Name()) > 0 {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, func(a, b string) int { return numberOf(a) - numberOf(b) })
	return names, nil
}
