package service

import (
	_ "embed"
	"slices"
	"strings"
)

// ProcessScript prints a line "process KIND" for each kind that runs, and "end" at last. Its
// argument is the folder that /proc is in.
//
//go:embed processes.sh
var ProcessScript string

// Kinds are the kinds that ProcessScript knows.
func Kinds() []string {
	var all []string
	for word := range strings.FieldsFuncSeq(ProcessScript, func(r rune) bool { return strings.ContainsRune("/\n\"", r) }) {
		if kind, ok := strings.CutPrefix(word, "process "); ok && !slices.Contains(all, kind) {
			all = append(all, kind)
		}
	}
	return all
}

// Processes reads the lines of ProcessScript among others.
func Processes(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if kind, ok := strings.CutPrefix(strings.TrimSpace(line), "process "); ok && !slices.Contains(all, kind) {
			all = append(all, kind)
		}
	}
	return all
}
