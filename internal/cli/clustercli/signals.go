package clustercli

import (
	"context"
	"os/signal"
	"syscall"
)

// interruptible ends with the first Ctrl-C, or SIGTERM: a run stops in order then. The second one
// ends the program, whatever it waits for.
func interruptible() (ctx context.Context, stop context.CancelFunc) {
	ctx, stop = signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
