// Package gotenv stands in for github.com/subosito/gotenv, by a replace in go.mod:
// viper imports it for .env files, of which umm reads none. The real one compiles
// its regular expressions in every start of every program.
package gotenv

import (
	"errors"
	"io"
)

// Env is what a .env file sets.
type Env map[string]string

// StrictParse refuses: umm.conf has a codec of its own.
func StrictParse(io.Reader) (Env, error) {
	return nil, errors.New("cannot read .env files: this program has no part that does")
}
