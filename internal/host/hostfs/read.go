package hostfs

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"sync"
	"syscall"
)

// MaxFile bounds what ReadFile takes in, in bytes.
const MaxFile = 1 << 20

// ErrNotRegular says that a path holds a folder, device, pipe or socket where a
// file was expected.
var ErrNotRegular = errors.New("not a regular file")

// ErrTooLarge says that a file holds more than MaxFile.
var ErrTooLarge = errors.New("larger than " + strconv.Itoa(MaxFile) + " bytes")

// Reading is done by plain system calls: the boot path lists some forty folders
// and reads as many links, and an os.File costs twice as much for each. What they
// are read into is used again: in a program that lives for 3 ms, memory that is
// touched for the first time is what costs.

// buffers are for folders and links; a path is never longer.
var buffers = sync.Pool{New: func() any { return new([8192]byte) }}

// ReadFile returns what a regular file holds. It fails with ErrNotRegular for
// anything else, and with ErrTooLarge.
func (f FS) ReadFile(name string) ([]byte, error) {
	p, err := f.Real(name)
	if err != nil {
		return nil, err
	}
	fd, err := open(p, 0)
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
func open(p string, flags int) (int, error) {
	fd, err := retry(func() (int, error) {
		return syscall.Open(p, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC|flags, 0)
	})
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: p, Err: err}
	}
	return fd, nil
}

// readlink is os.Readlink.
func readlink(p string) (string, error) {
	buf := buffers.Get().(*[8192]byte)
	defer buffers.Put(buf)
	n, err := retry(func() (int, error) { return syscall.Readlink(p, buf[:]) })
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: p, Err: err}
	}
	return string(buf[:n]), nil
}

// Entry is one name in a folder, links not followed.
type Entry struct {
	Name   string
	IsDir  bool
	IsLink bool
}

// ReadDir returns the entries of a folder, in no particular order.
func (f FS) ReadDir(name string) ([]Entry, error) {
	p, err := f.Real(name)
	if err != nil {
		return nil, err
	}
	fd, err := open(p, syscall.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(fd)
	var entries []Entry
	buf := buffers.Get().(*[8192]byte)
	defer buffers.Put(buf)
	for {
		n, err := retry(func() (int, error) { return syscall.ReadDirent(fd, buf[:]) })
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: p, Err: err}
		}
		if n == 0 {
			return entries, nil
		}
		entries = appendEntries(entries, p, buf[:n])
	}
}

// Layout of struct linux_dirent64.
const (
	direntReclen = 16
	direntType   = 18
	direntName   = 19
)

// appendEntries takes the entries off what getdents64 returned.
func appendEntries(entries []Entry, dir string, buf []byte) []Entry {
	for len(buf) > direntName {
		size := int(binary.NativeEndian.Uint16(buf[direntReclen:]))
		if size <= direntName || size > len(buf) {
			break
		}
		name := buf[direntName:size]
		kind := buf[direntType]
		buf = buf[size:]
		for i, c := range name {
			if c == 0 {
				name = name[:i]
				break
			}
		}
		if n := string(name); n != "." && n != ".." {
			entries = append(entries, newEntry(dir, n, kind))
		}
	}
	return entries
}

func newEntry(dir, name string, kind byte) Entry {
	e := Entry{Name: name, IsDir: kind == syscall.DT_DIR, IsLink: kind == syscall.DT_LNK}
	if kind == syscall.DT_UNKNOWN { // XFS as older hosts made it
		if info, err := os.Lstat(dir + "/" + name); err == nil {
			e.IsDir, e.IsLink = info.IsDir(), info.Mode()&fs.ModeSymlink != 0
		}
	}
	return e
}
