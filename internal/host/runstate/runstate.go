// Package runstate stores what umm needs until the next boot, in /run/umm: the public part
// of the record, the banner, the guard of a run of umm-cluster, and the lock by which umm
// processes take turns. It works if the disk does not.
package runstate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"umm/internal/atomicfile"
	"umm/internal/host/hostfs"
	"umm/internal/host/mode"
	"umm/internal/poll"
)

const (
	notedFile    = "boot"
	bannerFile   = "banner"
	deferredFile = "held-back"
	beforeFile   = "before-command"
	lockFile     = "lock"
	// lockPatience is how long another umm may hold the lock.
	lockPatience = 20 * time.Second
	lockPoll     = 10 * time.Millisecond
)

// Dir is the folder; /run/umm on a host.
type Dir struct{ Path string }

// Note keeps the public part of r for everybody to read.
func (d Dir) Note(r mode.Record) error {
	data, err := json.Marshal(mode.Public(r))
	if err != nil {
		return fmt.Errorf("cannot note the state in %s: %w", d.Path, err)
	}
	return d.replace(notedFile, data)
}

// Noted returns what was noted; nil where nothing was, or nothing that can be
// read.
func (d Dir) Noted() *mode.Record {
	data, err := hostfs.FS{}.ReadFile(filepath.Join(d.Path, notedFile))
	if err != nil {
		return nil
	}
	var r mode.Record
	if json.Unmarshal(data, &r) != nil {
		return nil
	}
	return &r
}

// Banner sets what interactive logins are shown; "" removes it.
func (d Dir) Banner(text string) error {
	if text == "" {
		err := os.Remove(filepath.Join(d.Path, bannerFile))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("cannot remove the banner: %w", err)
		}
		return nil
	}
	return d.replace(bannerFile, []byte(text))
}

// Defer notes a service that package scripts may not start now, a name a line.
func (d Dir) Defer(service string) error {
	f, err := os.OpenFile(filepath.Join(d.Path, deferredFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err == nil {
		_, err = f.WriteString(service + "\n")
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fmt.Errorf("cannot note that %s is to be started later: %w", service, err)
	}
	return nil
}

// Deferred lists them, each once.
func (d Dir) Deferred() []string {
	data, err := hostfs.FS{}.ReadFile(filepath.Join(d.Path, deferredFile))
	if err != nil {
		return nil
	}
	names := strings.Fields(string(data))
	slices.Sort(names)
	return slices.Compact(names)
}

// ForgetDeferred empties the list.
func (d Dir) ForgetDeferred() error {
	if err := os.Remove(filepath.Join(d.Path, deferredFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("cannot clear the list of services to start later: %w", err)
	}
	return nil
}

// before is what runs when the command of a session is started.
type before struct {
	Session int      `json:"stay"`
	Active  []string `json:"active"`
}

// NoteBefore notes what runs when the command of a session is started.
func (d Dir) NoteBefore(session int, active []string) error {
	data, err := json.Marshal(before{session, active})
	if err != nil {
		return fmt.Errorf("cannot note what runs: %w", err)
	}
	return d.replace(beforeFile, data)
}

// Before returns what NoteBefore noted for that session; known is false where nothing can be
// read of it.
func (d Dir) Before(session int) (active []string, known bool) {
	data, err := hostfs.FS{}.ReadFile(filepath.Join(d.Path, beforeFile))
	var b before
	if err != nil || json.Unmarshal(data, &b) != nil || b.Session != session {
		return nil, false
	}
	return b.Active, true
}

// replace writes a file that everybody may read, all of it or nothing.
func (d Dir) replace(name string, data []byte) error {
	if err := os.MkdirAll(d.Path, 0o755); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	path := filepath.Join(d.Path, name)
	if err := atomicfile.WriteBytes(path, atomicfile.Options{Mode: 0o644, NoSync: true}, data); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	return nil
}

// Lock waits its turn, at most lockPatience. The kernel frees it when the holder
// dies, however it dies.
func (d Dir) Lock(ctx context.Context) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	if err := os.MkdirAll(d.Path, 0o755); err != nil {
		return nil, fmt.Errorf("cannot lock out other umm commands: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(d.Path, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot lock out other umm commands: %w", err)
	}
	for range poll.Every(ctx, lockPoll) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("cannot lock out other umm commands: %w", err), f.Close())
		}
	}
	return nil, errors.Join(errors.New("another umm command is still running"), f.Close())
}
