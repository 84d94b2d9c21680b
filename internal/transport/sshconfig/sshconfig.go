// Package sshconfig reads OpenSSH's client configuration as far as reaching hosts
// without anybody at the keyboard needs it: who a host really is, which user and
// keys it takes, which hosts lie in between. It reads files and touches nothing
// else.
//
// Keywords that do not matter for that are skipped. What matters and cannot be
// honoured (ProxyCommand, a Match that wants a command to be run) is an error with
// its place in the file, and only for the hosts that it would apply to, so that it
// does not stop work on the others.
package sshconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxDepth bounds Include in Include, as ssh does.
const maxDepth = 16

// Source is one configuration file.
type Source struct {
	Path string
	// Includes is the folder that relative Include paths start from.
	Includes string
	// Required makes a missing file an error.
	Required bool
}

// Config is what the files say. It may be asked by several goroutines.
type Config struct {
	home  string
	files [][]directive
}

// directive is one line, or the lines of an Include.
type directive struct {
	where   string
	key     string
	args    []string
	include [][]directive
}

// Load reads the sources; an earlier one has the say. home is what ~ stands for.
func Load(home string, sources ...Source) (*Config, error) {
	c := &Config{home: home}
	for _, s := range sources {
		lines, err := c.read(s.Path, s.Includes, 0)
		if errors.Is(err, fs.ErrNotExist) && !s.Required {
			continue
		}
		if err != nil {
			return nil, err
		}
		c.files = append(c.files, lines)
	}
	return c, nil
}

func (c *Config) read(path, includes string, depth int) ([]directive, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("cannot read %s: it includes itself, or too deep", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the ssh configuration: %w", err)
	}
	var out []directive
	for i, line := range strings.Split(string(data), "\n") {
		d := directive{where: fmt.Sprintf("%s:%d", path, i+1)}
		if d.key, d.args, err = parse(line); err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", d.where, err)
		}
		if d.key == "" {
			continue
		}
		if d.key == "include" {
			if d.include, err = c.include(d.args, includes, depth); err != nil {
				return nil, err
			}
		}
		out = append(out, d)
	}
	return out, nil
}

func (c *Config) include(globs []string, includes string, depth int) ([][]directive, error) {
	var out [][]directive
	for _, g := range globs {
		g = c.tilde(g)
		if !filepath.IsAbs(g) {
			g = filepath.Join(includes, g)
		}
		names, err := filepath.Glob(g)
		if err != nil {
			return nil, fmt.Errorf("cannot include %s: %w", g, err)
		}
		for _, name := range names {
			lines, err := c.read(name, includes, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, lines)
		}
	}
	return out, nil
}

func (c *Config) tilde(path string) string {
	if path == "~" || strings.HasPrefix(path, "~/") {
		return c.home + path[1:]
	}
	return path
}

// parse takes a line apart: "Key value value", "Key=value", with ssh's quotes.
func parse(line string) (key string, args []string, err error) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return "", nil, nil
	}
	end := strings.IndexAny(line, " \t=")
	if end < 0 {
		return "", nil, fmt.Errorf("%s has no value", line)
	}
	rest := strings.TrimLeft(line[end:], " \t")
	rest = strings.TrimLeft(strings.TrimPrefix(rest, "="), " \t")
	if args, err = words(rest); err != nil {
		return "", nil, err
	}
	if len(args) == 0 {
		return "", nil, fmt.Errorf("%s has no value", line[:end])
	}
	return strings.ToLower(line[:end]), args, nil
}

// words splits at white space; quotes keep it, a backslash takes the special
// meaning of a quote, of itself and of a blank, a word that starts with # ends it all.
func words(s string) ([]string, error) {
	var out []string
	var word strings.Builder
	var quote byte
	in := false
	for i := 0; i < len(s); i++ {
		ch := s[i]
		switch {
		case ch == '\\' && i+1 < len(s) && (strings.IndexByte(`'"\`, s[i+1]) >= 0 || quote == 0 && s[i+1] == ' '):
			i++
			word.WriteByte(s[i])
			in = true
		case quote != 0 && ch == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(ch)
		case ch == '"' || ch == '\'':
			quote, in = ch, true
		case ch == ' ' || ch == '\t':
			if in {
				out = append(out, word.String())
				word.Reset()
				in = false
			}
		case ch == '#' && !in:
			return out, nil
		default:
			word.WriteByte(ch)
			in = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote is not closed")
	}
	if in {
		out = append(out, word.String())
	}
	return out, nil
}
