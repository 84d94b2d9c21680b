package lab

import (
	"context"
	"fmt"
	"time"
)

const (
	startLimit = 30 * time.Second // power on to PID 1
	bootLimit  = 2 * time.Minute  // power on or reboot to ssh
	slowLimit  = 6 * time.Minute  // the same of a machine, whose processor may be emulated
	readLimit  = 3 * time.Minute  // reading one file over ssh
	stopLimit  = 3 * time.Minute  // an orderly shutdown, stop time limits included
	goneLimit  = 15 * time.Second // the kernel's clearing up after a kill
	tick       = 5 * time.Millisecond
	slowTick   = 200 * time.Millisecond // where asking is a login
)

// poll asks until the answer is yes or an error, at most for limit. What is what
// the caller wants to happen, for the error.
func poll(ctx context.Context, limit, every time.Duration, what string, ask func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not within %s", limit))
	defer cancel()
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		ok, err := ask(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("cannot %s: %w", what, err)
		case ok:
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("cannot %s: %w", what, context.Cause(ctx))
		case <-t.C:
		}
	}
}
