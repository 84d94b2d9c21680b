package upstarttest

import (
	"errors"
	"fmt"
	"strings"
)

// Env is a list of KEY=value, in the order in which they were said.
type Env []string

// index is where a variable stands, or -1.
func (e Env) index(key string) int {
	for i, kv := range e {
		if k, _, _ := strings.Cut(kv, "="); k == key {
			return i
		}
	}
	return -1
}

// Get returns a variable.
func (e Env) Get(key string) (string, bool) {
	i := e.index(key)
	if i < 0 {
		return "", false
	}
	_, value, _ := strings.Cut(e[i], "=")
	return value, true
}

// with is e and more; a later word for a variable takes the place of an earlier
// one. A name without a value says what init's own environment has of it, which
// is nothing here, and takes an earlier value away.
func (e Env) with(more ...string) Env {
	out := append(Env{}, e...)
	for _, kv := range more {
		key, _, has := strings.Cut(kv, "=")
		i := out.index(key)
		switch {
		case has && i >= 0:
			out[i] = kv
		case has:
			out = append(out, kv)
		case i >= 0:
			out = append(out[:i], out[i+1:]...)
		}
	}
	return out
}

// valid tells whether each has a name of letters, digits and underscores.
func (e Env) valid() bool {
	for _, kv := range e {
		key, _, has := strings.Cut(kv, "=")
		if !has || key == "" || strings.TrimFunc(key, isName) != "" {
			return false
		}
	}
	return true
}

func isName(r rune) bool {
	return r == '_' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
}

// Expand puts values in the place of $KEY, ${KEY}, ${KEY-default}, ${KEY:-default},
// ${KEY+alternate} and ${KEY:+alternate}; a $KEY that is not there is an error.
func (e Env) Expand(text string) (string, error) {
	out, rest, err := e.expand(text, "")
	if err == nil && rest != "" {
		err = errors.New("Mismatched braces") //nolint:revive,staticcheck // Upstart's words
	}
	return out, err
}

// expand goes up to one of until and returns what is left.
func (e Env) expand(text, until string) (out, rest string, err error) {
	var b strings.Builder
	for text != "" {
		c := text[0]
		switch {
		case strings.IndexByte(until, c) >= 0:
			return b.String(), text, nil
		case c != '$':
			b.WriteByte(c)
			text = text[1:]
		case strings.HasPrefix(text, "${}"):
			b.WriteByte('$')
			text = text[3:]
		case strings.HasPrefix(text, "${"):
			value, left, err := e.braces(text[2:])
			if err != nil {
				return "", "", err
			}
			b.WriteString(value)
			text = left
		default:
			name := text[1 : len(text)-len(strings.TrimLeftFunc(text[1:], isName))]
			if name == "" || name[0] >= '0' && name[0] <= '9' {
				b.WriteByte('$')
				text = text[1:]
				continue
			}
			value, ok := e.Get(name)
			if !ok {
				return "", "", unknownParameter(name)
			}
			b.WriteString(value)
			text = text[1+len(name):]
		}
	}
	return b.String(), "", nil
}

func (e Env) braces(text string) (value, rest string, err error) {
	name, rest, err := e.expand(text, "}:-+")
	if err != nil {
		return "", "", err
	}
	op := ""
	for _, o := range []string{":-", ":+", "-", "+"} {
		if strings.HasPrefix(rest, o) {
			op = o
			break
		}
	}
	if op == "" && rest != "" && rest[0] != '}' {
		return "", "", errors.New("Expected operator") //nolint:revive,staticcheck // Upstart's words
	}
	arg, rest, err := e.expand(rest[len(op):], "}")
	if err != nil {
		return "", "", err
	}
	if rest == "" {
		return "", "", errors.New("Mismatched braces") //nolint:revive,staticcheck // Upstart's words
	}
	have, is := e.Get(name)
	if strings.HasPrefix(op, ":") && have == "" {
		is = false
	}
	switch {
	case op == "" && !is:
		return "", "", unknownParameter(name)
	case strings.HasSuffix(op, "-") && !is:
		have = arg
	case strings.HasSuffix(op, "+") && is:
		have = arg
	case strings.HasSuffix(op, "+"):
		have = ""
	}
	return have, rest[1:], nil
}

func unknownParameter(name string) error {
	return fmt.Errorf("Unknown parameter: %s", name) //nolint:revive,staticcheck // Upstart's words
}
