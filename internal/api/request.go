package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// MaxWords bounds a command and its reason, in bytes as WordsSize counts them: two of
	// them, the last and the next one, fit into a host's record beside everything else.
	MaxWords = 16 << 10
	// MaxText bounds each text of a guard, in bytes.
	MaxText = 2000
)

// CheckRequest says what is wrong with a command for umm on and the reason for it; no
// command is fine. umm-cluster asks it before a run does anything.
func CheckRequest(reason string, command []string) error {
	if len(command) > 0 && strings.TrimSpace(command[0]) == "" {
		return errors.New("COMMAND is empty")
	}
	if len(command) > 1 && !slices.ContainsFunc(command, func(word string) bool { return !IsAssignment(word) }) {
		return fmt.Errorf("COMMAND is missing after %s", command[len(command)-1])
	}
	words := append([]string{reason}, command...)
	for _, word := range words {
		if strings.ContainsRune(word, 0) || !utf8.ValidString(word) {
			return errors.New("COMMAND and TEXT must be UTF-8 text: use a script for anything else")
		}
	}
	if size := WordsSize(words...); size > MaxWords {
		return fmt.Errorf("COMMAND and TEXT take %d bytes, %d fit: use a script", size, MaxWords)
	}
	return nil
}

// FitsGuard tells whether a text fits into a guard.
func FitsGuard(text string) bool { return len(text) <= MaxText && utf8.ValidString(text) }

// WordsSize is how much of a record words take, in bytes: as JSON in which what is special
// in HTML only is not escaped.
func WordsSize(words ...string) int {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(words); err != nil {
		return MaxWords + 1
	}
	return b.Len() - len("\n")
}

// IsAssignment tells whether a word gives a variable a value, as in a line of the shell.
func IsAssignment(word string) bool {
	name, _, found := strings.Cut(word, "=")
	letter := func(i int, r rune) bool {
		return r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && r >= '0' && r <= '9'
	}
	for i, r := range name {
		if !letter(i, r) {
			return false
		}
	}
	return found && name != ""
}
