package node

import (
	"errors"
	"fmt"
)

// Code is an exit code of umm. The table is part of the interface: it stands in
// every command's help.
type Code int

// The exit codes.
const (
	Done     Code = 0
	Refused  Code = 1
	Usage    Code = 2
	Unsafe   Code = 3
	CannotDo Code = 4
	// Postponed: a hook asks to try again later; nothing was changed.
	Postponed Code = 5
)

// Error is a sentence for the operator with the exit code that goes with it.
type Error struct {
	Code Code
	Err  error
	// Hint is what to do, where there is something.
	Hint string
}

func (e *Error) Error() string { return e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// Hinter is an error of what the node stands on that says what to do about it.
type Hinter interface{ Hint() string }

// withHint shows the operator what the cause of an error says of it.
func withHint(err error) error {
	var h Hinter
	if errors.As(err, &h) {
		return &Error{Code: CannotDo, Err: err, Hint: h.Hint()}
	}
	return err
}

func refused(format string, args ...any) error {
	return &Error{Code: Refused, Err: fmt.Errorf(format, args...)}
}

func unsafe(hint, format string, args ...any) error {
	return &Error{Code: Unsafe, Err: fmt.Errorf(format, args...), Hint: hint}
}
