// Package words says which commands and reasons umm on a host takes: umm-cluster finds out on
// the master, before anything is done, what a host would refuse.
package words

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"umm/internal/host/node"
	"umm/internal/host/record"
)

// MaxText bounds what is told to people by the mark of a run, in bytes.
const MaxText = 2000

// Check says what is wrong with a command and the reason for it; no command is fine.
func Check(reason string, command []string) error {
	if len(command) > 0 && strings.TrimSpace(command[0]) == "" {
		return errors.New("COMMAND is empty")
	}
	if len(command) > 1 && node.OnlyAssignments(command) {
		return fmt.Errorf("COMMAND is missing after %s", command[len(command)-1])
	}
	for _, arg := range append([]string{reason}, command...) {
		if strings.ContainsRune(arg, 0) || !utf8.ValidString(arg) {
			return errors.New("COMMAND and TEXT must be UTF-8 text: use a script for anything else")
		}
	}
	if size := record.WordsSize(append([]string{reason}, command...)...); size > record.MaxWords {
		return fmt.Errorf("COMMAND and TEXT take %d bytes, %d fit: use a script", size, record.MaxWords)
	}
	return nil
}

// Fits tells whether a text fits into the mark of a run.
func Fits(text string) bool { return len(text) <= MaxText && utf8.ValidString(text) }
