package site

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"umm/internal/lab"
)

// How a client behaves: it waits little for anything and tries again at once.
const (
	dialLimit  = 500 * time.Millisecond
	writeLimit = time.Second
	writePause = 10 * time.Millisecond // between an acknowledged write and the next
	retryPause = 20 * time.Millisecond // between a failed attempt and the next
)

// Gap is a time in which a client could not write: from one acknowledged write to
// the next.
type Gap struct {
	From time.Time
	Took time.Duration
	// Failed is how many attempts failed in it, First what the first came to. None
	// failed where a write merely took long.
	Failed int
	First  error
}

// String says it in words.
func (g Gap) String() string {
	text := fmt.Sprintf("%.2fs at %s, %d failed", g.Took.Seconds(), g.From.Format("15:04:05.0"), g.Failed)
	if g.First != nil {
		text += ": " + g.First.Error()
	}
	return text
}

// Record is what a client saw.
type Record struct {
	Client string
	// Acked are the numbers of the writes that were acknowledged, ascending. A
	// number is never used twice: one that failed may have been written.
	Acked  []int
	Failed int
	// Longest is the longest time between two acknowledged writes.
	Longest Gap
	// Gaps are those in which an attempt failed or that took a quarter of a second.
	Gaps []Gap
}

// String says it in one line.
func (r Record) String() string {
	return fmt.Sprintf("%s: %d writes acknowledged, %d attempts failed, longest gap %.2fs", r.Client, len(r.Acked), r.Failed, r.Longest.Took.Seconds())
}

const notableGap = 250 * time.Millisecond

// session is a connection that writes; every attempt without one makes one first.
type session interface {
	// write returns when the write of that number is acknowledged, at the latest
	// when ctx is done.
	write(ctx context.Context, number int) error
	close()
}

// client writes numbers until its context ends.
type client struct {
	open func(ctx context.Context) (session, error)

	mu     sync.Mutex
	record Record
	gap    Gap
}

// run writes until ctx is done; what is under way then counts as neither.
func (c *client) run(ctx context.Context) {
	c.gap.From = time.Now()
	var s session
	defer func() {
		if s != nil {
			s.close()
		}
	}()
	for number := 1; ctx.Err() == nil; number++ {
		var err error
		if s == nil {
			s, err = c.open(ctx)
		}
		if err == nil {
			err = writeOnce(ctx, s, number)
		}
		if ctx.Err() != nil {
			return
		}
		pause := writePause
		if err != nil {
			pause = retryPause
			if s != nil {
				s.close()
				s = nil
			}
		}
		c.note(number, err)
		wait(ctx, pause)
	}
}

func writeOnce(ctx context.Context, s session, number int) error {
	ctx, cancel := context.WithTimeout(ctx, writeLimit)
	defer cancel()
	return s.write(ctx, number)
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// note keeps what an attempt came to.
func (c *client) note(number int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.record.Failed++
		c.gap.Failed++
		if c.gap.First == nil {
			c.gap.First = err
		}
		return
	}
	c.record.Acked = append(c.record.Acked, number)
	c.endGap(time.Now())
}

// endGap closes the running gap and begins the next.
func (c *client) endGap(now time.Time) {
	c.gap.Took = now.Sub(c.gap.From)
	if c.gap.Took > c.record.Longest.Took {
		c.record.Longest = c.gap
	}
	if c.gap.Failed > 0 || c.gap.Took >= notableGap {
		c.record.Gaps = append(c.record.Gaps, c.gap)
	}
	c.gap = Gap{From: now}
}

// acked is how many writes have been acknowledged so far.
func (c *client) acked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.record.Acked)
}

// finish gives the record of a client that has ended; the gap it ended in counts.
func (c *client) finish(end time.Time) Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endGap(end)
	return c.record
}

// dial connects to an address of the site's network from outside of the hosts.
func dial(ctx context.Context, l *lab.Lab, addr string, port uint16) (net.Conn, error) {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	return l.DialAddr(ctx, netip.AddrPortFrom(ip, port))
}
