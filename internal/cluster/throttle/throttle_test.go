package throttle

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"umm/internal/execx"
)

// crowd is a cluster of which each command waits until it is let go.
type crowd struct {
	lock sync.Mutex
	now  map[string]int
	// most is the largest number of hosts that were asked at once.
	most int
	// then is what is done while a host is asked.
	then func(ctx context.Context, host string) error
}

type crowdRunner struct {
	*crowd
	host string
}

func (r crowdRunner) Run(ctx context.Context, _ execx.Cmd) (execx.Result, error) {
	r.lock.Lock()
	r.now[r.host]++
	r.most = max(r.most, len(r.now))
	r.lock.Unlock()
	defer func() {
		r.lock.Lock()
		defer r.lock.Unlock()
		if r.now[r.host]--; r.now[r.host] == 0 {
			delete(r.now, r.host)
		}
	}()
	return execx.Result{}, r.then(ctx, r.host)
}

func (c *crowd) runner(p *Turns, host string) execx.Runner {
	return p.Runner(host, crowdRunner{c, host})
}

func newCrowd(then func(context.Context, string) error) *crowd {
	return &crowd{now: map[string]int{}, then: then}
}

var ask = execx.Cmd{Argv: []string{"ask"}, Limit: time.Minute}

// However many are asked of however many hosts, no more hosts than that are at it.
func TestHostsAskedAtOnce(t *testing.T) {
	for _, n := range []int{1, 3, 32} {
		c := newCrowd(func(context.Context, string) error { time.Sleep(100 * time.Microsecond); return nil })
		p := New(n)
		var all sync.WaitGroup
		for i := range 100 {
			for range 4 {
				all.Go(func() {
					if _, err := c.runner(p, fmt.Sprint("n", i)).Run(t.Context(), ask); err != nil {
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		if c.most > n || n > 1 && c.most < 2 {
			t.Errorf("%d hosts were asked at once, want %d", c.most, n)
		}
		if p.free != n || len(p.busy) > 0 || len(p.queue) > 0 {
			t.Errorf("at the end %d of %d are free, %v, %d wait", p.free, n, p.busy, len(p.queue))
		}
	}
}

// All that is asked of one host counts once: they meet.
func TestOneHostCountsOnce(t *testing.T) {
	var here sync.WaitGroup
	here.Add(4)
	c := newCrowd(func(context.Context, string) error { here.Done(); here.Wait(); return nil })
	p := New(1)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { _, _ = c.runner(p, "n1").Run(t.Context(), ask) })
	}
	all.Wait()
}

// What has no limit does not count, and is not waited for.
func TestLongLivedCommandsDoNotCount(t *testing.T) {
	gone := make(chan struct{})
	c := newCrowd(func(_ context.Context, host string) error {
		if host == "n1" {
			<-gone
		}
		return nil
	})
	p := New(1)
	var all sync.WaitGroup
	all.Go(func() { _, _ = c.runner(p, "n1").Run(t.Context(), execx.Cmd{Argv: []string{"umm", "off"}}) })
	if _, err := c.runner(p, "n2").Run(t.Context(), ask); err != nil {
		t.Error(err)
	}
	close(gone)
	all.Wait()
}

// A look that begins while another is under way, and that the other waits for, gets
// its turns: a turn lasts as long as one command and no longer.
func TestALookWithinAnother(t *testing.T) {
	c := newCrowd(func(context.Context, string) error { return nil })
	p := New(1)
	var look func(depth int)
	look = func(depth int) {
		var all sync.WaitGroup
		for _, host := range []string{"n1", "n2", "n3"} {
			all.Go(func() {
				if _, err := c.runner(p, host).Run(t.Context(), ask); err != nil {
					t.Error(err)
				}
				if depth > 0 {
					look(depth - 1)
				}
			})
		}
		all.Wait()
	}
	look(4)
	if c.most != 1 {
		t.Errorf("%d hosts were asked at once", c.most)
	}
}

// Who waits and gives up is not counted, and keeps nobody else from being asked.
func TestWhoLosesPatienceLeavesNothingBehind(t *testing.T) {
	gone := make(chan struct{})
	c := newCrowd(func(_ context.Context, host string) error {
		if host == "n1" {
			<-gone
		}
		return nil
	})
	p := New(1)
	var all sync.WaitGroup
	all.Go(func() { _, _ = c.runner(p, "n1").Run(t.Context(), ask) })
	for p.waiting() != 0 || p.counted() != 1 {
		time.Sleep(time.Millisecond)
	}
	tired := errors.New("tired")
	ctx, cancel := context.WithCancelCause(t.Context())
	for i := range 20 {
		all.Go(func() {
			if _, err := c.runner(p, fmt.Sprint("m", i)).Run(ctx, ask); !errors.Is(err, tired) || !strings.Contains(err.Error(), "cannot run ask on m") {
				t.Errorf("got %v", err)
			}
		})
	}
	for p.waiting() != 20 {
		time.Sleep(time.Millisecond)
	}
	cancel(tired)
	for p.waiting() != 0 {
		time.Sleep(time.Millisecond)
	}
	close(gone)
	all.Wait()
	if _, err := c.runner(p, "n3").Run(t.Context(), ask); err != nil || p.free != 1 {
		t.Errorf("%v, %d free", err, p.free)
	}
}

// Turns that come while the one who waits gives up are given back.
func TestTurnsThatComeTooLate(t *testing.T) {
	p := New(2)
	c := newCrowd(func(context.Context, string) error { return nil })
	var all sync.WaitGroup
	for i := range 500 {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%7)*50*time.Microsecond)
			defer cancel()
			_, _ = c.runner(p, fmt.Sprint("n", i%9)).Run(ctx, ask)
		})
	}
	all.Wait()
	if p.free != 2 || len(p.busy) > 0 || len(p.queue) > 0 {
		t.Errorf("%d are free, %v, %d wait", p.free, p.busy, len(p.queue))
	}
}

func (p *Turns) waiting() int {
	p.lock.Lock()
	defer p.lock.Unlock()
	return len(p.queue)
}

func (p *Turns) counted() int {
	p.lock.Lock()
	defer p.lock.Unlock()
	return len(p.busy)
}
