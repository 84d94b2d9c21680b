package node

import (
	"context"
	"errors"
	"fmt"

	"umm/internal/host/mode"
)

// Config changes the configuration file.
type Config interface {
	// SetEnabled writes UMM=yes or UMM=no and leaves every other line as it is.
	SetEnabled(enabled bool) error
}

// Enable lets the host enter maintenance mode from now on.
func (n *Node) Enable(ctx context.Context, c Config) error {
	if s := n.current(); s.policy.Enabled {
		return refused("maintenance mode is already enabled")
	}
	if err := n.setEnabled(c, true); err != nil {
		return err
	}
	if err := n.Installed(ctx); err != nil {
		return err
	}
	n.Tell("maintenance mode is enabled")
	return nil
}

// Disable makes every boot a plain one. It is refused in maintenance mode, which
// would have no way back; the count and a pending request are forgotten, so that
// enabling it again starts afresh.
func (n *Node) Disable(ctx context.Context, c Config) error {
	s := n.current()
	if s.inMaintenance() || s.leaving() {
		return &Error{Code: Refused, Err: fmt.Errorf("in maintenance mode"), Hint: "run umm off first"}
	}
	if !s.policy.Enabled {
		return refused("maintenance mode is already disabled")
	}
	if err := n.setEnabled(c, false); err != nil {
		return err
	}
	err := n.update(ctx, func(s state) (mode.Record, error) { return mode.Forget(s.record, s.facts), nil })
	if err != nil {
		return err
	}
	if err := errors.Join(n.judgeTrial(ctx), n.Jobs.Reload(ctx)); err != nil {
		return err
	}
	n.Tell("maintenance mode is disabled")
	return nil
}

// setEnabled writes the word and reads it back: success is what the next boot
// will read.
func (n *Node) setEnabled(c Config, enabled bool) error {
	if err := c.SetEnabled(enabled); err != nil {
		return err
	}
	if p, problems := n.Policy(); p.Enabled != enabled {
		if len(problems) > 0 {
			return fmt.Errorf("the setting was written but has no effect: %s", problems[0])
		}
		return fmt.Errorf("the setting was written but has no effect")
	}
	return nil
}
