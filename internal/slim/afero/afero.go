// Package afero stands in for github.com/spf13/afero, by a replace in go.mod: the
// part of it that viper and its finder of files use, for the one file system that
// they use it for, which is the host's. The real one can serve files over HTTP, and
// so brings net/http and TLS into every program that reads a configuration.
package afero

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// File is an open file.
type File = *os.File

// Fs is a file system.
type Fs interface {
	OpenFile(name string, flag int, perm os.FileMode) (File, error)
	Stat(name string) (os.FileInfo, error)
}

type osFs struct{}

// NewOsFs is the host's file system.
func NewOsFs() Fs { return osFs{} }

func (osFs) OpenFile(name string, flag int, perm os.FileMode) (File, error) {
	return os.OpenFile(name, flag, perm)
}

func (osFs) Stat(name string) (os.FileInfo, error) { return os.Stat(name) }

// ReadFile is os.ReadFile.
func ReadFile(_ Fs, name string) ([]byte, error) { return os.ReadFile(name) }

// Walk is filepath.Walk.
func Walk(_ Fs, root string, fn filepath.WalkFunc) error { return filepath.Walk(root, fn) }

// Exists tells whether there is something of that name.
func Exists(fsys Fs, name string) (bool, error) {
	_, err := fsys.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
