package transport

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/crypto/ssh"

	"umm/internal/atomicfile"
)

// writeKnown adds keys to a file and takes others out for the one name. Adding
// appends, as ssh does; taking out writes a new file beside the old one. Both
// have reached the disk when it returns.
func writeKnown(path, name string, add, remove []HostKey) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if err := atomicfile.MakeDir(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := lockKnown(path)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var lines bytes.Buffer
	for _, k := range add {
		fmt.Fprintf(&lines, "%s %s", name, ssh.MarshalAuthorizedKey(k.key))
	}
	if len(remove) > 0 {
		if data, err = without(data, name, remove); err != nil {
			return err
		}
		return atomicfile.WriteBytes(path, atomicfile.Options{Mode: 0o600, Keep: true}, append(withNewline(data), lines.Bytes()...))
	}
	if _, err := f.Write(append(withNewline(data), lines.Bytes()...)[len(data):]); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return atomicfile.SyncDir(filepath.Dir(path))
}

// withNewline ends a last line that was left open.
func withNewline(data []byte) []byte {
	if len(data) == 0 || data[len(data)-1] == '\n' {
		return data[:len(data):len(data)]
	}
	return append(data[:len(data):len(data)], '\n')
}

// lockKnown opens the file, made where there is none, and keeps others of this
// program out. The file that was opened may have been replaced before the lock was
// had.
func lockKnown(path string) (*os.File, error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
			f.Close()
			return nil, err
		}
		mine, err1 := f.Stat()
		there, err2 := os.Stat(path)
		if err1 == nil && err2 == nil && os.SameFile(mine, there) {
			return f, nil
		}
		f.Close()
		if err2 != nil && !os.IsNotExist(err2) {
			return nil, err2
		}
	}
}

// without takes keys out for one name; a line that also stands for other names
// keeps those.
func without(data []byte, name string, remove []HostKey) ([]byte, error) {
	var out strings.Builder
	for line := range strings.Lines(string(data)) {
		k, ok := parseKnown(line)
		if !ok || k.marker != "" || !k.of(name) || !slices.ContainsFunc(remove, func(r HostKey) bool { return r.same(k.key.key) }) {
			out.WriteString(line)
			continue
		}
		if k.hash != nil {
			continue
		}
		if slices.ContainsFunc(k.names, func(s string) bool { return strings.ContainsAny(s, "*?!") }) {
			return nil, fmt.Errorf("the old one stands for %s; change that line by hand", strings.Join(k.names, ","))
		}
		rest := slices.DeleteFunc(slices.Clone(k.names), func(s string) bool { return strings.EqualFold(s, name) })
		if len(rest) > 0 {
			out.WriteString(strings.Replace(line, strings.Join(k.names, ","), strings.Join(rest, ","), 1))
		}
	}
	return []byte(out.String()), nil
}
