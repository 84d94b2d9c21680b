// Package atomicfile writes files such that whatever happens, a power cut included, either
// the old or the new content is there, and such that the new one is there for good once it
// has said so. It knows nothing of what it writes.
package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Options say how a file is written.
type Options struct {
	// Mode is that of a new file, whatever the umask.
	Mode fs.FileMode
	// Keep leaves a file that is there its mode and owner, and follows a link to it.
	Keep bool
	// Check accepts what was written, by the name that it has so far, before it takes the
	// place of the old file.
	Check func(written string) error
	// NoSync is for what a reboot forgets anyway.
	NoSync bool
}

// Write has write produce the content of path. It returns nil once the file is there and
// survives a power cut; where it fails the old file is as it was, or the new one is there
// whole but may not survive.
func Write(path string, o Options, write func(io.Writer) error) error {
	return system.write(path, o, write)
}

// WriteBytes is Write of data.
func WriteBytes(path string, o Options, data []byte) error {
	return Write(path, o, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// Remove deletes a file durably. A missing file is not an error.
func Remove(path string) error {
	if err := os.Remove(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// MakeDir makes a folder that is there for good, and those above it that are missing.
func MakeDir(path string, mode fs.FileMode) error { return system.makeDir(filepath.Clean(path), mode) }

func (d disk) makeDir(path string, mode fs.FileMode) error {
	err := os.Mkdir(path, mode)
	if errors.Is(err, fs.ErrNotExist) && filepath.Dir(path) != path {
		if err := d.makeDir(filepath.Dir(path), mode); err != nil {
			return err
		}
		err = os.Mkdir(path, mode)
	}
	if err == nil {
		return d.syncDir(filepath.Dir(path))
	}
	if info, there := os.Stat(path); there == nil && info.IsDir() {
		return nil
	}
	return err
}

// SyncDir makes durable which files a folder has.
func SyncDir(dir string) error { return system.syncDir(dir) }

// disk is what can fail.
type disk struct {
	create func(path string, mode fs.FileMode) (*os.File, error)
	sync   func(*os.File) error
	close  func(*os.File) error
	rename func(from, to string) error
}

var system = disk{
	create: func(path string, mode fs.FileMode) (*os.File, error) {
		return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|syscall.O_NOFOLLOW, mode)
	},
	sync:   (*os.File).Sync,
	close:  (*os.File).Close,
	rename: os.Rename,
}

func (d disk) write(path string, o Options, write func(io.Writer) error) (err error) {
	owner := owner{uid: -1, gid: -1}
	if o.Keep {
		if path, owner, err = existing(path, &o.Mode); err != nil {
			return err
		}
	}
	f, err := d.temporary(path, o.Mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, gone(f.Name()))
		}
	}()
	err = write(f)
	if err == nil {
		err = owner.give(f, o.Mode)
	}
	if err == nil && !o.NoSync {
		err = d.sync(f)
	}
	if err := errors.Join(err, d.close(f)); err != nil {
		return err
	}
	if o.Check != nil {
		if err := o.Check(f.Name()); err != nil {
			return err
		}
	}
	if err := d.rename(f.Name(), path); err != nil {
		return err
	}
	if o.NoSync {
		return nil
	}
	return d.syncDir(filepath.Dir(path))
}

// existing is the real path of a file that is there, and whose it is.
func existing(path string, mode *fs.FileMode) (string, owner, error) {
	nobody := owner{uid: -1, gid: -1}
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nobody, nil
	}
	if err != nil {
		return path, nobody, err
	}
	info, err := os.Stat(real)
	if err != nil {
		return real, nobody, err
	}
	*mode = info.Mode().Perm()
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return real, owner{uid: int(st.Uid), gid: int(st.Gid)}, nil
	}
	return real, nobody, nil
}

// owner is the user and group of a file; -1 leaves them as they are.
type owner struct{ uid, gid int }

// give makes the file the owner's, with that mode: the umask may have taken from it.
func (o owner) give(f *os.File, mode fs.FileMode) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && o.uid >= 0 && (int(st.Uid) != o.uid || int(st.Gid) != o.gid) {
		if err := f.Chown(o.uid, o.gid); err != nil {
			return err
		}
	}
	if info.Mode().Perm() == mode {
		return nil
	}
	return f.Chmod(mode)
}

// temporary makes a new file beside path, by a name that nobody can foresee.
func (d disk) temporary(path string, mode fs.FileMode) (*os.File, error) {
	dir, name := filepath.Split(path)
	const tries = 100
	for i := 0; ; i++ {
		f, err := d.create(dir+"."+name+"."+strconv.FormatUint(rand.Uint64(), 36), mode) // #nosec G404 -- it is made with O_EXCL
		if err == nil || !errors.Is(err, fs.ErrExist) || i == tries {
			return f, err
		}
	}
}

func gone(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (d disk) syncDir(path string) error {
	if path == "" {
		path = "."
	}
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.sync(dir), dir.Close())
}
