// Package envfile reads the KEY=value files that umm is configured by, as
// /etc/umm.conf of fuel-umm was written: by hand, and by scripts with echo. It
// is strict where a shell would guess, it executes and expands nothing, and it
// knows nothing of what the keys mean. It is pure.
package envfile

import (
	"fmt"
	"strings"
)

// Entry is one assignment.
type Entry struct {
	Key, Value string
	// Line counts from 1.
	Line int
}

// Problem is something that a line should not say. The line is passed over.
type Problem struct {
	Line int
	// Key is empty where the line holds none.
	Key  string
	Text string
}

// Decode reads a whole file. A line is blank, a comment that begins with #, or
// KEY=value without blanks around the =; the value is bare, 'single' or "double"
// quoted, and a comment may follow it after a blank. In double quotes \" and \\
// stand for " and \; nothing else is special anywhere. As in a shell the last
// assignment of a key counts; all are returned, in order. A broken line becomes
// a Problem and never hides the others.
func Decode(data []byte) ([]Entry, []Problem) {
	var entries []Entry
	var problems []Problem
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, rest, found := strings.Cut(line, "=")
		if !found {
			problems = append(problems, Problem{Line: i + 1, Text: "is not KEY=value"})
			continue
		}
		if !validKey(key) {
			problems = append(problems, Problem{Line: i + 1, Text: "has no valid key before = (letters, digits and _, no blanks)"})
			continue
		}
		value, err := parseValue(rest)
		if err != nil {
			problems = append(problems, Problem{Line: i + 1, Key: key, Text: err.Error()})
			continue
		}
		entries = append(entries, Entry{Key: key, Value: value, Line: i + 1})
	}
	return entries, problems
}

func validKey(key string) bool {
	for i, c := range key {
		if c != '_' && (!alnum(c) || (i == 0 && c >= '0' && c <= '9')) {
			return false
		}
	}
	return key != ""
}

func alnum(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func parseValue(s string) (string, error) {
	switch {
	case strings.HasPrefix(s, "'"):
		value, rest, closed := strings.Cut(s[1:], "'")
		if !closed {
			return "", fmt.Errorf("has an unclosed ' quote")
		}
		return value, onlyComment(rest)
	case strings.HasPrefix(s, `"`):
		value, rest, closed := cutDouble(s[1:])
		if !closed {
			return "", fmt.Errorf(`has an unclosed " quote`)
		}
		return value, onlyComment(rest)
	}
	value := s
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		value = s[:i]
		if err := onlyComment(s[i:]); err != nil {
			return "", fmt.Errorf("has more than one word: quote the value")
		}
	}
	if strings.ContainsAny(value, "'\"`$;&|<>()") || strings.Contains(value, `\`) {
		return "", fmt.Errorf("has a special character: quote the value")
	}
	return value, nil
}

// cutDouble reads up to the closing double quote.
func cutDouble(s string) (value, rest string, closed bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

func onlyComment(rest string) error {
	trimmed := strings.TrimSpace(rest)
	if trimmed == "" || (strings.HasPrefix(trimmed, "#") && trimmed != rest) {
		return nil
	}
	return fmt.Errorf("has text after the closing quote")
}
