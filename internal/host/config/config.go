// Package config loads and changes umm's configuration files. It is the only
// package that knows viper. What the keys mean is said in config/policy, so that
// the boot path obeys the very same rules without it.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/viper"

	"umm/internal/atomicfile"
	"umm/internal/diag"
	"umm/internal/host/config/envfile"
	"umm/internal/host/config/policy"
	"umm/internal/host/hostfs"
	"umm/internal/host/mode"
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
func (n Node) Policy() (mode.Policy, []diag.Problem) {
	c := &codec{}
	registry := viper.NewCodecRegistry()
	if err := registry.RegisterCodec(format, c); err != nil {
		return policy.Unreadable(n.Path, err)
	}
	// As the boot path reads it: what that cannot read is not valid here either.
	data, err := hostfs.FS{}.ReadFile(n.Path)
	if errors.Is(err, fs.ErrPermission) {
		return policy.Hidden(n.Path)
	}
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
	if err := atomicfile.WriteBytes(n.Path, atomicfile.Options{Mode: 0o644, Keep: true}, []byte(strings.Join(text, "\n")+"\n")); err != nil {
		return fmt.Errorf("cannot change %s: %w", n.Path, err)
	}
	return nil
}
