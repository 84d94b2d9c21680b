// Package probe measures what clients of a cluster would notice: it tries a
// service again and again, from where umm-cluster runs, and tells from when until
// when it failed.
package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"umm/internal/execx"
)

// Probe is one thing that is tried.
type Probe struct {
	// Name says what clients do: "SQL through the VIP".
	Name string
	// Every is how often it is tried, Limit how long one try may take.
	Every, Limit time.Duration
	// Try is one try.
	Try func(ctx context.Context) error
}

// Gap is a time in which a probe was not served: from the start of the first try
// that failed to the end of the first that did not, or to the end of the watch.
type Gap struct {
	Probe string
	From  time.Time
	Took  time.Duration
	// Tries is how many failed; First is why the first did.
	Tries int
	First error
}

// Watch tries all probes until ctx is done and then returns. Each gap is told once,
// when it is over; tell may be called from several goroutines.
func Watch(ctx context.Context, probes []Probe, tell func(Gap)) {
	var all sync.WaitGroup
	for _, p := range probes {
		all.Go(func() { p.watch(ctx, tell) })
	}
	all.Wait()
}

func (p Probe) watch(ctx context.Context, tell func(Gap)) {
	tick := time.NewTicker(max(p.Every, time.Millisecond))
	defer tick.Stop()
	var gap *Gap
	for {
		began := time.Now()
		err := p.once(ctx)
		switch {
		case ctx.Err() != nil:
			err = nil // cut short by the end of the watch: it says nothing
		case err != nil && gap == nil:
			gap = &Gap{Probe: p.Name, From: began, Tries: 1, First: err}
		case err != nil:
			gap.Tries++
		}
		if gap != nil && (err == nil || ctx.Err() != nil) {
			gap.Took = time.Since(gap.From)
			tell(*gap)
			gap = nil
		}
		select {
		case <-ctx.Done():
			if gap != nil {
				gap.Took = time.Since(gap.From)
				tell(*gap)
			}
			return
		case <-tick.C:
		}
	}
}

func (p Probe) once(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, p.Limit)
	defer cancel()
	return p.Try(ctx)
}

// greeting is how long a service that speaks first has for its first word.
const greeting = 200 * time.Millisecond

// TCP tries a TCP port: somebody listens, and does not hang up at once, as a
// balancer without a server does. A service that waits for its client to speak is
// as good as one that greets.
func TCP(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		defer conn.Close()
		_ = conn.SetReadDeadline(time.Now().Add(greeting))
		if _, err := conn.Read(make([]byte, 1)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return fmt.Errorf("%s hangs up: %w", address, err)
		}
		return nil
	}
}

// Command tries a command on this machine: its status 0 is a success.
func Command(r execx.Runner, argv []string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := execx.Output(ctx, r, argv...)
		return err
	}
}
