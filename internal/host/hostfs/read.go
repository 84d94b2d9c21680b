package hostfs

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// MaxFile bounds what ReadFile takes in, in bytes.
const MaxFile = 1 << 20

// ErrNotRegular says that a path holds a folder, device, pipe or socket where a
// file was expected.
var ErrNotRegular = errors.New("not a regular file")

// ErrTooLarge says that a file holds more than MaxFile.
var ErrTooLarge = errors.New("larger than " + strconv.Itoa(MaxFile) + " bytes")

// ReadFile returns what a regular file holds. It fails with ErrNotRegular for
// anything else, and with ErrTooLarge. It makes plain system calls: the boot path reads
// hundreds of files, and an os.File costs twice as much for each.
func (f FS) ReadFile(name string) ([]byte, error) {
	p, err := f.Real(name)
	if err != nil {
		return nil, err
	}
	fd, err := open(p)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(fd)
	data, err := readAll(fd)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: p, Err: err}
	}
	return data, nil
}

func readAll(fd int) ([]byte, error) {
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return nil, err
	}
	if st.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return nil, ErrNotRegular
	}
	// Files of /proc and /sys claim to be empty, or to fill a page.
	buf := make([]byte, 0, max(min(st.Size, MaxFile)+1, 1024))
	for {
		n, err := retry(func() (int, error) { return syscall.Read(fd, buf[len(buf):cap(buf)]) })
		if err != nil {
			return nil, err
		}
		buf = buf[:len(buf)+n]
		switch {
		case len(buf) > MaxFile:
			return nil, ErrTooLarge
		case n == 0, st.Size > 0 && int64(len(buf)) == st.Size:
			return buf, nil
		case len(buf) == cap(buf):
			buf = append(buf, make([]byte, len(buf))...)[:len(buf)]
		}
	}
}

// retry repeats a system call that a signal interrupted.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != syscall.EINTR {
			return n, err
		}
	}
}

// open never waits for the other end of a pipe or for a device.
func open(p string) (int, error) {
	fd, err := retry(func() (int, error) {
		return syscall.Open(p, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	})
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: p, Err: err}
	}
	return fd, nil
}

// Entry is one name in a folder, links not followed.
type Entry struct {
	Name   string
	IsDir  bool
	IsLink bool
}

// ReadDir returns the entries of a folder, by name.
func (f FS) ReadDir(name string) ([]Entry, error) {
	p, err := f.Real(name)
	if err != nil {
		return nil, err
	}
	found, err := os.ReadDir(p)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(found))
	for i, e := range found {
		entries[i] = Entry{Name: e.Name(), IsDir: e.IsDir(), IsLink: e.Type()&fs.ModeSymlink != 0}
	}
	return entries, nil
}

// Layered are the files with that ending in folders that overrule each other, sorted by
// name: of the same name the one in the first folder counts.
func (f FS) Layered(dirs []string, ending string) []string {
	paths := map[string]string{}
	for _, dir := range dirs {
		entries, _ := f.ReadDir(dir)
		for _, e := range entries {
			if _, overruled := paths[e.Name]; !overruled && strings.HasSuffix(e.Name, ending) {
				paths[e.Name] = dir + "/" + e.Name
			}
		}
	}
	files := make([]string, 0, len(paths))
	for _, name := range slices.Sorted(maps.Keys(paths)) {
		files = append(files, paths[name])
	}
	return files
}
