// Package poll waits, for as long as a context lasts: for a time, or for what has to be checked
// again and again.
package poll

import (
	"context"
	"time"
)

// Every yields at once, and then every so often until ctx is done. A check that takes longer than
// that puts off the next one.
func Every(ctx context.Context, often time.Duration) func(yield func() bool) {
	return func(yield func() bool) {
		tick := time.NewTicker(often)
		defer tick.Stop()
		for yield() {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}
}

// Sleep waits for d; it is an error where ctx ends before.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
