// Package config loads and changes umm's configuration files. It is the only
// package that knows viper. What the keys mean is said in config/policy, so that
// the boot path obeys the very same rules without it.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/viper"

	"umm/internal/config/envfile"
	"umm/internal/config/policy"
	"umm/internal/hostfs"
	"umm/internal/mode"
)

const (
	// format is the one of viper's that ours takes the place of. viper's own would
	// expand $HOME, take "010" for 8 and let "yes" be false without an error.
	format = "env"
	// lines is the one key that the codec gives viper: viper folds the case of
	// keys and forgets their lines, and here umm=no is not UMM=no.
	lines = "lines"
)

// codec lets viper read the strict KEY=value format.
type codec struct{ problems []envfile.Problem }

// Decode implements viper.Decoder.
func (c *codec) Decode(data []byte, into map[string]any) error {
	into[lines], c.problems = envfile.Decode(data)
	return nil
}

// Encode implements viper.Encoder.
func (c *codec) Encode(map[string]any) ([]byte, error) {
	return nil, errors.New("umm.conf is changed line by line, never written whole")
}

// Node is /etc/umm.conf.
type Node struct{ Path string }

// Policy reads the file anew. It never fails: see policy.Parse.
func (n Node) Policy() (mode.Policy, []policy.Problem) {
	c := &codec{}
	registry := viper.NewCodecRegistry()
	if err := registry.RegisterCodec(format, c); err != nil {
		return policy.Unreadable(n.Path, err)
	}
	// As the boot path reads it: what that cannot read is not valid here either.
	data, err := hostfs.FS{}.ReadFile(n.Path)
	if err != nil {
		return policy.Unreadable(n.Path, err)
	}
	v := viper.NewWithOptions(viper.WithCodecRegistry(registry))
	v.SetConfigType(format)
	if err := v.ReadConfig(bytes.NewReader(data)); err != nil {
		return policy.Unreadable(n.Path, err)
	}
	entries, ok := v.Get(lines).([]envfile.Entry)
	if !ok {
		entries = nil
	}
	return policy.Of(n.Path, entries, c.problems)
}

// SetEnabled writes UMM=yes or UMM=no and leaves every other line as it is, by
// whom and however they were written. A file without a line for UMM gets one. The
// file is replaced whole and synced; its owner and rights stay.
func (n Node) SetEnabled(enabled bool) error {
	word := policy.KeyEnabled + "=no"
	if enabled {
		word = policy.KeyEnabled + "=yes"
	}
	data, err := hostfs.FS{}.ReadFile(n.Path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("cannot change %s: %w", n.Path, err)
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
	if err := replace(n.Path, []byte(strings.Join(text, "\n")+"\n")); err != nil {
		return fmt.Errorf("cannot change %s: %w", n.Path, err)
	}
	return nil
}

// replace puts data where path is, all of it or nothing, durably. A link is
// followed, so that it stays one.
func replace(path string, data []byte) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	perm, uid, gid := os.FileMode(0o644), -1, -1
	if info, err := os.Stat(path); err == nil {
		perm = info.Mode().Perm()
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			uid, gid = int(st.Uid), int(st.Gid)
		}
	}
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC|syscall.O_NOFOLLOW, perm)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if uid >= 0 {
		err = errors.Join(err, f.Chown(uid, gid))
	}
	// The umask, or a file that was left behind, may have given it others.
	err = errors.Join(err, f.Chmod(perm))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path+".new"))
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
