package unitfile

import (
	"errors"
	"strconv"
	"strings"
)

// Sections is a parsed unit file: section, key, and the values in the order in
// which they were assigned, the empty ones included.
type Sections map[string]map[string][]string

// Get is the value that counts for a key that takes one: the last. It is empty
// for a key that is not set.
func (s Sections) Get(section, key string) string {
	if v := s[section][key]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

// List is the value of a key that takes a list of words, gathered over all its
// assignments; an empty assignment clears what came before.
func (s Sections) List(section, key string) []string {
	var words []string
	for _, v := range s[section][key] {
		if v == "" {
			words = nil
			continue
		}
		words = append(words, strings.Fields(v)...)
	}
	return words
}

// Parse reads the format of unit files, network files and D-Bus service files:
// sections, KEY=value, comments, lines continued by a backslash. As systemd does,
// it passes over a line that it cannot read; the error names the first of them,
// and what could be read is returned all the same.
func Parse(data []byte) (Sections, error) {
	s := make(Sections, 4)
	return s, s.add(data)
}

// add parses data on top of what s holds, as a drop-in does.
func (s Sections) add(data []byte) error {
	var first error
	complain := func(line int, what string) {
		if first == nil {
			first = errors.New("line " + strconv.Itoa(line) + ": " + what)
		}
	}
	section, inSection := "", false
	rest := strings.TrimPrefix(string(data), "\ufeff")
	for n := 1; rest != ""; {
		start := n
		var line string
		line, rest, n = logicalLine(rest, n)
		switch {
		case line == "":
		case line[0] == '[':
			inSection = len(line) > 2 && line[len(line)-1] == ']'
			if !inSection {
				complain(start, "not a section: "+strconv.Quote(line))
				continue
			}
			section = line[1 : len(line)-1]
			if s[section] == nil {
				s[section] = make(map[string][]string, 8)
			}
		default:
			key, value, ok := strings.Cut(line, "=")
			key = strings.TrimSpace(key)
			switch {
			case !ok || key == "":
				complain(start, "not KEY=value: "+strconv.Quote(line))
			case !inSection:
				complain(start, key+" stands outside of any section")
			default:
				s[section][key] = append(s[section][key], strings.TrimSpace(value))
			}
		}
	}
	return first
}

// logicalLine takes one line off text, joined with those that continue it, and
// returns it trimmed, empty for a comment, with the number of the line after it.
func logicalLine(text string, n int) (line, rest string, next int) {
	var parts []string
	rest = text
	for rest != "" {
		var part string
		part, rest, _ = strings.Cut(rest, "\n")
		n++
		part = strings.TrimSpace(part)
		if part != "" && (part[0] == '#' || part[0] == ';') {
			if parts == nil {
				return "", rest, n
			}
			continue // a comment between continued lines
		}
		more := continues(part)
		if more {
			part = part[:len(part)-1]
		}
		if parts == nil && !more {
			return part, rest, n // nearly every line
		}
		parts = append(parts, part)
		if !more {
			break
		}
	}
	return strings.TrimSpace(strings.Join(parts, " ")), rest, n
}

// continues tells whether a line ends in a backslash that is not itself escaped.
func continues(line string) bool {
	n := len(line) - len(strings.TrimRight(line, `\`))
	return n%2 == 1
}
