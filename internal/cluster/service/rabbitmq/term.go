package rabbitmq

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// The values of Erlang terms as the tools print them. An atom, a binary and a
// string are all text; a list of text stays a list, a tuple is a list that knows
// that it is one.
type (
	term  any // string, int64, list, tuple
	list  []term
	tuple []term
)

// maxDepth bounds how deep a term may be nested.
const maxDepth = 100

// parseTerm reads the first Erlang term of a text, which may end with a full
// stop. What follows it is not looked at.
func parseTerm(text string) (term, error) {
	p := termParser{in: text}
	t, err := p.term(0)
	if err != nil {
		return nil, fmt.Errorf("cannot read an Erlang term, at character %d: %w", p.at, err)
	}
	return t, nil
}

type termParser struct {
	in string
	at int
}

var errCut = errors.New("it ends too early")

func (p *termParser) term(depth int) (term, error) {
	if depth > maxDepth {
		return nil, errors.New("it is nested too deep")
	}
	p.blanks()
	if p.at >= len(p.in) {
		return nil, errCut
	}
	switch c := p.in[p.at]; {
	case c == '{':
		items, err := p.items('}', depth)
		return tuple(items), err
	case c == '[':
		items, err := p.items(']', depth)
		return list(items), err
	case c == '#' && strings.HasPrefix(p.in[p.at:], "#{"):
		p.at++
		items, err := p.items('}', depth)
		return list(items), err
	case c == '\'' || c == '"':
		return p.quoted(c)
	case c == '<' && strings.HasPrefix(p.in[p.at:], "<<"):
		return p.binary()
	case c == '<':
		return p.process()
	default:
		return p.word()
	}
}

func (p *termParser) blanks() {
	for p.at < len(p.in) && strings.IndexByte(" \t\r\n", p.in[p.at]) >= 0 {
		p.at++
	}
}

// items reads what stands between brackets. A map's "key => value" becomes a pair,
// as in the lists that older versions print in its place.
func (p *termParser) items(end byte, depth int) ([]term, error) {
	p.at++
	items := []term{}
	for {
		p.blanks()
		if p.at >= len(p.in) {
			return nil, errCut
		}
		switch p.in[p.at] {
		case end:
			p.at++
			return items, nil
		case ',', '|':
			p.at++
			continue
		}
		t, err := p.term(depth + 1)
		if err != nil {
			return nil, err
		}
		p.blanks()
		if strings.HasPrefix(p.in[p.at:], "=>") {
			p.at += 2
			value, err := p.term(depth + 1)
			if err != nil {
				return nil, err
			}
			t = tuple{t, value}
		}
		items = append(items, t)
	}
}

// escapes are the letters that stand for something else after a backslash.
var escapes = map[byte]string{'n': "\n", 't': "\t", 'r': "\r", 'b': "\b", 'f': "\f", 'v': "\v", 'e': "\x1b", 's': " ", 'd': "\x7f"}

func (p *termParser) quoted(quote byte) (term, error) {
	p.at++
	var b strings.Builder
	for p.at < len(p.in) {
		c := p.in[p.at]
		p.at++
		switch {
		case c == quote:
			return b.String(), nil
		case c == '\\' && p.at < len(p.in):
			e := p.in[p.at]
			p.at++
			if e == 'x' {
				p.hex(&b)
			} else if s, ok := escapes[e]; ok {
				b.WriteString(s)
			} else {
				b.WriteByte(e)
			}
		default:
			b.WriteByte(c)
		}
	}
	return nil, errCut
}

// hex reads the rest of \x{41}.
func (p *termParser) hex(b *strings.Builder) {
	rest, ok := strings.CutPrefix(p.in[p.at:], "{")
	code, _, closed := strings.Cut(rest, "}")
	n, err := strconv.ParseUint(code, 16, 32)
	if !ok || !closed || err != nil || n > unicode.MaxRune {
		b.WriteByte('x')
		return
	}
	b.WriteRune(rune(n))
	p.at += len(code) + 2
}

// binary reads <<"text">>, <<"text"/utf8>>, <<1,2,3>> and <<>>.
func (p *termParser) binary() (term, error) {
	p.at += 2
	var b strings.Builder
	for {
		p.blanks()
		if p.at >= len(p.in) {
			return nil, errCut
		}
		switch c := p.in[p.at]; {
		case strings.HasPrefix(p.in[p.at:], ">>"):
			p.at += 2
			return b.String(), nil
		case c == '"':
			s, err := p.quoted(c)
			if err != nil {
				return nil, err
			}
			b.WriteString(s.(string))
		case c == ',':
			p.at++
		case c == '/' || c == ':' || c == '.':
			// The rest of a line that was broken, or a type: neither is text.
			p.at++
			_, _ = p.word()
		default:
			t, err := p.word()
			if err != nil {
				return nil, err
			}
			if n, ok := t.(int64); ok && n >= 0 && n <= 255 {
				b.WriteByte(byte(n))
			}
		}
	}
}

// process reads <0.1.2>, a process on a node that only the printer knows.
func (p *termParser) process() (term, error) {
	i := strings.IndexByte(p.in[p.at:], '>')
	if i < 0 {
		return nil, errCut
	}
	s := p.in[p.at : p.at+i+1]
	p.at += i + 1
	return s, nil
}

// word reads a number or an atom without quotes. Node names are printed bare by
// some versions, though they hold an @.
func (p *termParser) word() (term, error) {
	from := p.at
	for p.at < len(p.in) && wordByte(p.in, p.at) {
		p.at++
	}
	s := p.in[from:p.at]
	if s == "" {
		return nil, fmt.Errorf("%q is not expected there", p.in[p.at:min(p.at+1, len(p.in))])
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, nil
	}
	return s, nil
}

func wordByte(in string, i int) bool {
	switch c := in[i]; {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c >= 0x80:
		return true
	case c == '.':
		// The full stop at the end of a term is not part of it.
		return i+1 < len(in) && strings.IndexByte(" \t\r\n", in[i+1]) < 0
	default:
		return strings.IndexByte("_@-+#$", c) >= 0
	}
}

// text is a term as text; false for lists, tuples and numbers.
func text(t term) (string, bool) {
	s, ok := t.(string)
	return s, ok
}

// texts are the items of a list that are text.
func texts(t term) []string {
	items, _ := t.(list)
	var all []string
	for _, item := range items {
		if s, ok := text(item); ok {
			all = append(all, s)
		}
	}
	return all
}

// pairs are the pairs of a list whose first part is text, as a map. A later pair
// of the same name does not replace an earlier one.
func pairs(t term) map[string]term {
	items, _ := t.(list)
	all := map[string]term{}
	for _, item := range items {
		pair, _ := item.(tuple)
		if len(pair) != 2 {
			continue
		}
		if key, ok := text(pair[0]); ok {
			if _, there := all[key]; !there {
				all[key] = pair[1]
			}
		}
	}
	return all
}
