package rollout

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// act runs a command on the first of the hosts that answers.
func (e *Engine) act(ctx context.Context, on []string, c service.Command) (where string, err error) {
	var errs []error
	for _, host := range on {
		_, err := execx.Do(ctx, e.Cluster.Runner(host), execx.Cmd{Argv: c.Argv, Stdin: []byte(c.Stdin), Limit: cmp.Or(c.Limit, e.Limits.Act)})
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
