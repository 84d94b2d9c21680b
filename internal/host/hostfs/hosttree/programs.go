package hosttree

import (
	"context"
	"errors"
	"strings"
	"testing"

	"umm/internal/execx"
)

// Programs are those of a host, as an execx.Runner: what each says, by its line. No others are
// to be run.
type Programs struct {
	T    *testing.T
	Says map[string]execx.Result
}

// Run implements execx.Runner.
func (p Programs) Run(_ context.Context, c execx.Cmd) (execx.Result, error) {
	res, known := p.Says[strings.Join(c.Argv, " ")]
	if !known {
		p.T.Errorf("a program is run that nobody knows: %q", c.Argv)
		return execx.Result{}, errors.New("unknown")
	}
	return res, nil
}
