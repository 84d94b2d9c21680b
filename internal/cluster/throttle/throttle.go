// Package throttle bounds how many hosts are asked at the same time, across all that ask.
package throttle

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"umm/internal/execx"
)

// Turns bounds how many hosts are asked at the same time, across all that ask. A host
// counts once, however much is asked of it at the moment. What has no time limit does
// not count: umm on and umm off last as long as a reboot, and must not keep others
// from being asked.
//
// Nothing that runs under it waits for anything else under it, so that it cannot
// block itself, however small it is.
type Turns struct {
	lock sync.Mutex
	free int
	// busy are the hosts that count, with how much is asked of each.
	busy map[string]int
	// queue are those who wait, the first first.
	queue []*turn
}

// turn is one who waits for a host.
type turn struct {
	host string
	// come is closed when it is its turn.
	come chan struct{}
}

// New lets so many hosts be asked at once.
func New(hosts int) *Turns { return &Turns{free: hosts, busy: map[string]int{}} }

// enter waits until the host may be asked; leave has to follow it, unless it failed.
func (p *Turns) enter(ctx context.Context, host string) error {
	p.lock.Lock()
	if p.busy[host] > 0 || p.free > 0 && len(p.queue) == 0 {
		p.admit(host)
		p.lock.Unlock()
		return nil
	}
	t := &turn{host: host, come: make(chan struct{})}
	p.queue = append(p.queue, t)
	p.lock.Unlock()
	select {
	case <-t.come:
		return nil
	case <-ctx.Done():
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	if i := slices.Index(p.queue, t); i >= 0 {
		p.queue = slices.Delete(p.queue, i, i+1)
		return context.Cause(ctx)
	}
	// It came meanwhile.
	p.done(host)
	return context.Cause(ctx)
}

func (p *Turns) leave(host string) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.done(host)
}

// admit counts a host. p.lock is held, here and below.
func (p *Turns) admit(host string) {
	if p.busy[host] == 0 {
		p.free--
	}
	p.busy[host]++
}

// done ends a turn, and lets the next host in, with all who wait for it.
func (p *Turns) done(host string) {
	if p.busy[host]--; p.busy[host] > 0 {
		return
	}
	delete(p.busy, host)
	p.free++
	for p.free > 0 && len(p.queue) > 0 {
		next := p.queue[0].host
		p.queue = slices.DeleteFunc(p.queue, func(t *turn) bool {
			if t.host != next {
				return false
			}
			p.admit(next)
			close(t.come)
			return true
		})
	}
}

// Runner runs commands on a host when it is its turn. Of what is said it does not
// wait for a turn where the command has no limit.
func (p *Turns) Runner(host string, r execx.Runner) execx.Runner {
	return runner{Runner: r, host: host, turns: p}
}

// runner is a host's runner that waits for its turn. The time limit of a command
// begins when it has come.
type runner struct {
	execx.Runner
	host  string
	turns *Turns
}

// Run implements execx.Runner.
func (a runner) Run(ctx context.Context, c execx.Cmd) (execx.Result, error) {
	if c.Limit == 0 {
		return a.Runner.Run(ctx, c)
	}
	if err := a.turns.enter(ctx, a.host); err != nil {
		return execx.Result{}, fmt.Errorf("cannot run %s on %s, for others are asked: %w", execx.Name(c.Argv), a.host, err)
	}
	defer a.turns.leave(a.host)
	return a.Runner.Run(ctx, c)
}
