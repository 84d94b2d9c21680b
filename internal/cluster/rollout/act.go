package rollout

import (
	"context"
	"errors"
	"fmt"

	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// act runs a command on the first of the hosts that answers.
func (e *Engine) act(ctx context.Context, on []string, c service.Command) (where string, err error) {
	limit := e.Limits.Act
	if c.Limit > 0 {
		limit = c.Limit
	}
	var errs []error
	for _, host := range on {
		res, err := e.Cluster.Runner(host).Run(ctx, execx.Cmd{Argv: c.Argv, Stdin: []byte(c.Stdin), Limit: limit})
		if err == nil && res.Code != 0 {
			err = &execx.ExitError{Argv: c.Argv, Result: res}
		}
		if err == nil {
			return host, nil
		}
		errs = append(errs, fmt.Errorf("on %s: %w", host, err))
		if ctx.Err() != nil {
			break
		}
	}
	return "", errors.Join(errs...)
}
