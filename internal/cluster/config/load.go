package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"

	"umm/internal/diag"
)

// Source is where a configuration comes from.
type Source struct {
	Path string
	// Named: the operator named the file, so it has to be there.
	Named bool
	// Flags overrule the environment and the file, the last one first.
	Flags []Flag
	// Getenv is the environment: UMM_CLUSTER_GATE_SAMPLES overrules gate.samples of the
	// file. Euid and Getenv also decide where the state and ~ are.
	Euid   int
	Getenv func(string) string
}

// Flag is a value from the command line or the environment.
type Flag struct {
	// Key is one of the table, as "ssh.parallel"; no list.
	Key string
	// Name is how it was typed, as "--parallel", or the variable's.
	Name, Text string
}

// Problems are what is wrong with a configuration; nothing may be done by it.
type Problems []diag.Problem

// Error is one problem a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// format is the one of viper's that ours takes the place of.
const format = "yaml"

// Load merges, each overruling the one before: the defaults, the file, the environment,
// the flags. An error of the type Problems says what the operator has to correct.
func (s Source) Load() (Config, error) {
	c := &codec{file: s.Path, home: s.Getenv("HOME")}
	registry := viper.NewCodecRegistry()
	if err := registry.RegisterCodec(format, c); err != nil {
		return Config{}, fmt.Errorf("cannot read %s: %w", s.Path, err)
	}
	v := viper.NewWithOptions(viper.WithCodecRegistry(registry))
	v.SetConfigFile(s.Path)
	v.SetConfigType(format)
	err := v.ReadInConfig()
	found := err == nil
	if err != nil && (s.Named || !errors.Is(err, fs.ErrNotExist)) {
		return Config{}, Problems{{File: s.Path, Text: "cannot be read: " + reason(err)}}
	}
	table := keys()
	for _, k := range table {
		if k.usual != nil && !strings.Contains(k.name, "[]") {
			v.SetDefault(k.name, k.usual)
		}
	}
	v.SetDefault("state_dir", s.stateDir())
	flags := map[string]string{}
	for _, f := range append(s.environment(table), s.Flags...) {
		if problem := c.flag(table, f); problem != nil {
			c.problems = append(c.problems, *problem)
			continue
		}
		value, _ := kindOf(table, f.Key).scalar(f.Text, c.home)
		v.Set(f.Key, value)
		flags[f.Key] = f.Name
	}
	var cfg Config
	// Nothing is converted: the codec made every value what it has to be.
	strict := func(d *mapstructure.DecoderConfig) {
		d.TagName, d.Squash, d.WeaklyTypedInput, d.DecodeHook = "json", true, false, nil
	}
	if err := v.UnmarshalExact(&cfg, strict); err != nil {
		return Config{}, fmt.Errorf("cannot take over %s: %w", s.Path, err)
	}
	if len(c.problems) == 0 {
		c.check(cfg)
	}
	if len(c.problems) > 0 {
		slices.SortStableFunc(c.problems, func(a, b diag.Problem) int { return a.Line - b.Line })
		return Config{}, c.problems
	}
	if found {
		cfg.file = s.Path
	}
	cfg.notes = c.notes
	cfg.settings = settings(table, v.Get, func(at string) string {
		switch line := c.lines[at]; {
		case flags[at] != "":
			return flags[at]
		case line != 0:
			return fmt.Sprintf("%s:%d", s.Path, line)
		}
		return "default"
	})
	return cfg, nil
}

// environment is what the environment sets. A variable that is empty sets nothing, and one
// that is no key's is left alone: commands of notify get some.
func (s Source) environment(table []key) []Flag {
	var set []Flag
	for _, k := range table {
		if kindOf(table, k.name) == nil || strings.Contains(k.name, "[]") {
			continue
		}
		for _, variable := range k.variables() {
			if text := s.Getenv(variable); text != "" {
				set = append(set, Flag{Key: k.name, Name: variable, Text: text})
			}
		}
	}
	return set
}

// variables name what overrules the key in the environment: UMM_CLUSTER_GATE_SAMPLES for
// gate.samples. Of several the last one counts.
func (k key) variables() []string {
	variable := func(name string) string { return "UMM_CLUSTER_" + strings.ToUpper(strings.ReplaceAll(name, ".", "_")) }
	if own, ok := strings.CutPrefix(k.name, "lock."); ok {
		return []string{variable("lease." + own), variable(k.name)} // the former has its name of before December 2026
	}
	return []string{variable(k.name)}
}

// reason is an error of reading a file without the file's name.
func reason(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

func (s Source) stateDir() string {
	if s.Euid == 0 {
		return "/var/lib/umm-cluster"
	}
	base := s.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(base) {
		base = filepath.Join(s.Getenv("HOME"), ".local/state")
	}
	return filepath.Join(base, "umm-cluster")
}

func kindOf(table []key, name string) *kind {
	for i := range table {
		if k := &table[i].kind; table[i].name == name && k.scalar != nil && !k.list {
			return k
		}
	}
	return nil
}

// flag is what is wrong with a flag.
func (c *codec) flag(table []key, f Flag) *diag.Problem {
	k := kindOf(table, f.Key)
	if k == nil {
		return &diag.Problem{File: f.Name, Text: f.Key + " is no key with a single value"}
	}
	if _, ok := k.scalar(f.Text, c.home); !ok {
		return &diag.Problem{File: f.Name, Text: fmt.Sprintf("is %s, not %s", brief(f.Text), k.what)}
	}
	return nil
}
