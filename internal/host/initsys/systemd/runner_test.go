package systemd

import (
	"context"

	"umm/internal/execx"
)

// hooked is a runner that is watched, and that may fail.
type hooked struct {
	before func(argv []string) error
	execx.Runner
}

func (h hooked) Run(ctx context.Context, c execx.Cmd) (execx.Result, error) {
	if err := h.before(c.Argv); err != nil {
		return execx.Result{}, err
	}
	return h.Runner.Run(ctx, c)
}

func runner(before func(argv []string), r execx.Runner) hooked {
	return hooked{func(argv []string) error { before(argv); return nil }, r}
}

// runnerFails fails at one verb of systemctl.
func runnerFails(r execx.Runner, verb string) hooked {
	return hooked{func(argv []string) error {
		if argv[1] == verb {
			return errGone
		}
		return nil
	}, r}
}
