package site

import (
	"os"
	"os/signal"
	"syscall"
)

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
