// Package hostfs reads the files of a host below a root directory: "/" on the
// host itself, any other directory for an image or a test tree. Symbolic links
// are followed as the host would follow them, so an absolute link never leaves
// the root. It is not a wall against somebody who changes the tree meanwhile.
//
// It stands on the standard library only, since the boot path uses it, and it
// never blocks: what is not a regular file is not opened for reading.
package hostfs

import (
	"cmp"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

// maxLinks is how many links one path may run through, as in the kernel.
const maxLinks = 40

// FS is the tree below one root directory. The zero value is the host's own "/".
type FS struct {
	root string
}

// New returns the tree below root; "" and "/" mean the host itself.
func New(root string) FS {
	root = path.Clean("/" + root)
	if root == "/" {
		root = ""
	}
	return FS{root: root}
}

// Root is the directory that the tree stands on, "/" for the host itself.
func (f FS) Root() string { return cmp.Or(f.root, "/") }

// Readlink returns where a symbolic link points, as written in it.
func (f FS) Readlink(name string) (string, error) {
	p, err := f.resolve(name, false)
	if err != nil {
		return "", err
	}
	return os.Readlink(p)
}

// Stat follows links.
func (f FS) Stat(name string) (fs.FileInfo, error) {
	p, err := f.Real(name)
	if err != nil {
		return nil, err
	}
	return os.Stat(p)
}

// Exists tells whether name, links followed, is there.
func (f FS) Exists(name string) bool {
	_, err := f.Stat(name)
	return err == nil
}

// Real is the path of name on this machine, with every link in it followed
// inside the root. What does not exist keeps its name.
func (f FS) Real(name string) (string, error) {
	return f.resolve(name, true)
}

func (f FS) resolve(name string, last bool) (string, error) {
	if f.root == "" {
		if !path.IsAbs(name) {
			name = "/" + name
		}
		return path.Clean(name), nil
	}
	links, inside, rest := 0, "", strings.Split(path.Clean("/"+name), "/")
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			inside = inside[:max(strings.LastIndexByte(inside, '/'), 0)]
			continue
		}
		next := inside + "/" + part
		if len(rest) == 0 && !last {
			return f.root + next, nil
		}
		target, err := os.Readlink(f.root + next)
		if err != nil {
			inside = next
			continue
		}
		if links++; links > maxLinks {
			return "", &fs.PathError{Op: "open", Path: name, Err: syscall.ELOOP}
		}
		if path.IsAbs(target) {
			inside = ""
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return f.root + inside, nil
}
