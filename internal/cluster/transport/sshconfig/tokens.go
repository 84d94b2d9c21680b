package sshconfig

import (
	"fmt"
	"os"
	"os/user"
	"strings"
)

// Tokens are what %x stands for in the values of one host.
type Tokens map[byte]string

// Expand replaces the tokens in a value, and ${VARIABLES}; more has the say over t.
func (t Tokens) Expand(s string, more Tokens) (string, error) {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '$' && strings.HasPrefix(s[i:], "${"):
			name, _, closed := strings.Cut(s[i+2:], "}")
			value, set := os.LookupEnv(name)
			switch {
			case !closed:
				return "", fmt.Errorf("%s in %s is not closed", s[i:], s)
			case !set:
				return "", fmt.Errorf("${%s} in %s is not set", name, s)
			}
			out.WriteString(value)
			i += len("${}") + len(name) - 1
		case s[i] != '%':
			out.WriteByte(s[i])
		case i+1 == len(s):
			return "", fmt.Errorf("%s ends in %%", s)
		default:
			i++
			value, known := more[s[i]]
			if !known {
				value, known = t[s[i]]
			}
			if !known && s[i] != '%' {
				return "", fmt.Errorf("%%%c in %s is not known", s[i], s)
			}
			if s[i] == '%' {
				value = "%"
			}
			out.WriteString(value)
		}
	}
	return out.String(), nil
}

// path is a path with ~, ~user, tokens and ${VARIABLES} replaced.
func (c *Config) path(s string, t Tokens) (string, error) {
	s, err := c.tilde(s)
	if err != nil {
		return "", err
	}
	return t.Expand(s, nil)
}

func (c *Config) tilde(s string) (string, error) {
	rest, found := strings.CutPrefix(s, "~")
	if !found {
		return s, nil
	}
	name, rest, _ := strings.Cut(rest, "/")
	home := c.Home
	if name != "" {
		u, err := user.Lookup(name)
		if err != nil {
			return "", fmt.Errorf("%s: there is no user %s", s, name)
		}
		home = u.HomeDir
	}
	return strings.TrimSuffix(home, "/") + "/" + strings.TrimLeft(rest, "/"), nil
}
