// Package pstore reads what a kernel said last before it panicked, where the firmware or the
// memory has kept it: /sys/fs/pstore, and /var/lib/systemd/pstore, to which systemd moves it.
// It changes nothing.
package pstore

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// size bounds how much of a file is read, and depth how deep systemd's folders are looked into.
	size  = 256 << 10
	depth = 3
	// most is how much of it is repeated, in bytes, beside a last line that is longer: an event in
	// the history has room for no more.
	most = 220
)

// folders below the root; systemd joins the parts of a dump to one file, dmesg.txt.
var folders = []string{"var/lib/systemd/pstore", "sys/fs/pstore"}

// LastWords are the last lines of the newest dump that is not older than that time, joined by
// " | "; empty if there is none.
func LastWords(root string, after time.Time) string {
	var newest dump
	for _, folder := range folders {
		newest.look(filepath.Join(root, folder), after, depth)
	}
	if newest.file == "" {
		return ""
	}
	return read(newest.file)
}

// dump is a file with what a kernel said.
type dump struct {
	file string
	at   time.Time
}

// look puts a better one in the place of d.
func (d *dump) look(dir string, after time.Time, deep int) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		file := filepath.Join(dir, e.Name())
		if e.IsDir() && deep > 0 {
			d.look(file, after, deep-1)
		}
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !strings.HasPrefix(e.Name(), "dmesg") {
			continue
		}
		if at := info.ModTime(); !at.Before(after) && better(at, file, d.at, d.file) {
			d.file, d.at = file, at
		}
	}
}

// better prefers what is newer, and of parts of one dump, which have the same time, the whole or
// the first one: the kernel writes its end first.
func better(when time.Time, file string, than time.Time, other string) bool {
	if other == "" || !when.Truncate(time.Second).Equal(than.Truncate(time.Second)) {
		return when.After(than)
	}
	return strings.TrimSuffix(file, ".txt") < strings.TrimSuffix(other, ".txt")
}

// read gives the end of a dump, but for what follows the panic's own last line.
func read(file string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	data := make([]byte, size)
	n, _ := io.ReadFull(f, data)
	return tail(string(data[:n]))
}

// tail is the panic's message and what led to it: the lines that end with "Kernel panic", where
// there is one, as far as they fit.
func tail(text string) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	end := len(all)
	for i, line := range all {
		if strings.Contains(line, "Kernel panic") {
			end = i + 1
		}
	}
	said := ""
	for ; end > 0; end-- {
		line := strings.TrimSpace(all[end-1])
		if said != "" && len(line)+len(said) > most {
			break
		}
		if said != "" {
			line += " | "
		}
		said = line + said
	}
	return said
}
