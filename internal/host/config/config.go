// Package config reads and changes /etc/umm.conf, for umm and umm-boot alike. What
// the keys mean is said in config/policy, the format in config/envfile.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"umm/internal/atomicfile"
	"umm/internal/diag"
	"umm/internal/host/config/policy"
	"umm/internal/host/hostfs"
	"umm/internal/host/mode"
)

// File is /etc/umm.conf.
type File struct{ Path string }

// Policy reads the file as it is now. It never fails: see policy.Parse.
func (f File) Policy() (mode.Policy, []diag.Problem) {
	data, err := hostfs.FS{}.ReadFile(f.Path)
	if errors.Is(err, fs.ErrPermission) {
		return policy.Hidden(f.Path)
	}
	if err != nil {
		return policy.Unreadable(f.Path, err)
	}
	return policy.Parse(f.Path, data)
}

// SetEnabled writes UMM=yes or UMM=no and leaves every other line as it is. A file
// without a line for UMM gets one. The file is replaced atomically and synced; its owner
// and permissions stay.
func (f File) SetEnabled(enabled bool) error {
	word := policy.KeyEnabled + "=no"
	if enabled {
		word = policy.KeyEnabled + "=yes"
	}
	data, err := hostfs.FS{}.ReadFile(f.Path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("cannot change %s: %w", f.Path, err)
	}
	text := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	set := false
	for i, line := range text {
		if strings.HasPrefix(strings.TrimSpace(line), policy.KeyEnabled+"=") {
			text[i], set = word, true
		}
	}
	if !set {
		text = append(slices.DeleteFunc(text, func(line string) bool { return len(data) == 0 && line == "" }), word)
	}
	if err := atomicfile.WriteBytes(f.Path, atomicfile.Options{Mode: 0o644, Keep: true}, []byte(strings.Join(text, "\n")+"\n")); err != nil {
		return fmt.Errorf("cannot change %s: %w", f.Path, err)
	}
	return nil
}
