package clustercli

import (
	"context"
	"os"
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

// outlive has a run go on where its terminal goes, or who reads what it prints; its journal and
// log have it all. The signals are caught and not ignored, as programs that are started would
// ignore them, too.
func outlive() (stop func()) {
	gone := make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(gone, syscall.SIGHUP, syscall.SIGPIPE)
	go func() {
		for {
			select {
			case <-gone:
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(gone); close(done) }
}
