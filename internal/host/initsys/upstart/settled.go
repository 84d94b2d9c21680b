package upstart

import (
	"context"
	"fmt"
	"time"

	"umm/internal/poll"
)

const (
	settleLimit = 3 * time.Minute
	settlePoll  = 200 * time.Millisecond
)

// Settled implements node.Jobs: a live switch that is under way has ended.
func (m Manager) Settled(ctx context.Context) error {
	if m.Getenv("UPSTART_JOB") == enterJob {
		return nil // a hook: the switch cannot end before it does
	}
	ctx, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	for range poll.Every(ctx, settlePoll) {
		up, err := m.up(ctx, liveJob)
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("cannot tell whether a switch is under way: %w", err)
		}
		if err == nil && !up {
			return nil
		}
	}
	return fmt.Errorf("%s is still running: %w", liveJob, context.Cause(ctx))
}
