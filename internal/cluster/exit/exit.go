// Package exit is how commands of umm-cluster end: an exit code, an error, and where there is
// something to do a hint.
package exit

import "fmt"

// Code is an exit code of umm-cluster.
type Code int

// The exit codes.
const (
	Done     Code = 0
	Refused  Code = 1
	Usage    Code = 2
	Gated    Code = 3
	CannotDo Code = 4
	Held     Code = 5
	// CommandFailed: the run went on after it, as policy.on_command_failure says.
	CommandFailed Code = 6
)

// Error is an error with its exit code and, where there is something to do, a hint.
type Error struct {
	Code Code
	Err  error
	Hint string
}

// Error implements error.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives what is behind it.
func (e *Error) Unwrap() error { return e.Err }

// Usagef is the error of what was typed wrongly.
func Usagef(format string, args ...any) error {
	return &Error{Code: Usage, Err: fmt.Errorf(format, args...), Hint: "umm-cluster COMMAND --help"}
}
