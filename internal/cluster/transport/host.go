package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"umm/internal/cluster/transport/sshconfig"
	"umm/internal/execx"
)

// Host runs commands on one host. Its methods may be called by several goroutines.
type Host struct {
	pool    *Pool
	name    string
	conf    sshconfig.Host
	addr    string // host:port to connect to.
	keyName string // The name in known_hosts.
	sudo    bool
	jump    *Host
	room    room

	mu       sync.Mutex
	cur      *link
	dialing  *attempt          // The one that those who need a connection wait for.
	attempts map[*attempt]bool // All that are under way.
	links    map[*link]bool    // All that are open, those that are used no more included.
	closed   bool
}

// attempt is a connection being made; several may wait for it.
type attempt struct {
	done   chan struct{}
	cancel context.CancelFunc
	link   *link
	err    error
}

var _ execx.Runner = (*Host)(nil)

// Name is the host's name, as it was asked for.
func (h *Host) Name() string { return h.name }

// Addr is where the host is connected to, as host:port.
func (h *Host) Addr() string { return h.addr }

// User is the user who logs in.
func (h *Host) User() string { return h.conf.User }

// Run implements execx.Runner. A program that is not there is the exit status 127,
// since the host's shell looks for it. A Limit bounds everything, the connection
// included. When the context ends, Run returns at once with what was printed until
// then. The command is told to end where its host can be made to: at a deadline or
// Limit that was known when it started unless sudo is used, and where sshd passes
// signals on, which it does for users other than root.
func (h *Host) Run(ctx context.Context, c execx.Cmd) (execx.Result, error) {
	if c.Limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Limit)
		defer cancel()
	}
	var limit time.Duration
	if deadline, ok := ctx.Deadline(); ok {
		limit = max(time.Until(deadline), 1)
	}
	line, err := h.line(c, limit)
	if err != nil {
		return execx.Result{}, err
	}
	for try := 1; ; try++ {
		l, pooled, err := h.link(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return execx.Result{}, h.unfinished(ctx, "run", c)
			}
			return execx.Result{}, err
		}
		res, started, err := l.run(ctx, line, c.Stdin, &h.room, cmp.Or(c.Output, h.pool.limits.Output))
		var lost *linkError
		var refused *refusedError
		switch {
		case err == nil:
			return res, h.sudoRefused(c, res)
		case ctx.Err() != nil:
			return res, h.unfinished(ctx, "finish", c)
		case errors.As(err, &lost) && !started:
			h.drop(l)
			if pooled && try < maxTries {
				// It was lost without anybody noticing; nothing was started on it.
				continue
			}
			return res, &Unreachable{Host: h.name, Addr: h.addr, Err: lost.err}
		case errors.As(err, &refused) && pooled && try < maxTries:
			// Commands that were given up and run on there still count for its sshd.
			h.drop(l)
		case errors.As(err, &lost):
			return res, &Interrupted{Host: h.name, Command: execx.Name(c.Argv), Err: lost.err}
		default:
			return res, fmt.Errorf("cannot run %s on %s: %w", execx.Name(c.Argv), h.name, err)
		}
	}
}

// maxTries bounds how often a command that was not started is tried again.
const maxTries = 3

func (h *Host) unfinished(ctx context.Context, verb string, c execx.Cmd) error {
	return fmt.Errorf("cannot %s %s on %s: %w", verb, execx.Name(c.Argv), h.name, context.Cause(ctx))
}

// link is the host's connection, made where there is none; pooled says that it was
// there already.
func (h *Host) link(ctx context.Context) (l *link, pooled bool, err error) {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil, false, &Unreachable{Host: h.name, Addr: h.addr, Err: errClosed}
	}
	if h.cur != nil && h.cur.alive() {
		defer h.mu.Unlock()
		return h.cur, true, nil
	}
	a := h.dialing
	if a == nil {
		a = h.start(h.dial)
		h.dialing = a
	}
	h.mu.Unlock()
	l, err = a.wait(ctx)
	return l, false, err
}

func (a *attempt) wait(ctx context.Context) (*link, error) {
	select {
	case <-a.done:
		return a.link, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// start makes a connection for all who want one: the first who asked may lose
// patience while the others still wait. h.mu is held.
func (h *Host) start(dial func(context.Context) (*link, error)) *attempt {
	ctx, cancel := context.WithCancel(context.Background())
	a := &attempt{done: make(chan struct{}), cancel: cancel}
	if h.attempts == nil {
		h.attempts = map[*attempt]bool{}
	}
	h.attempts[a] = true
	go func() {
		defer close(a.done)
		defer cancel()
		l, err := dial(ctx)
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.attempts, a)
		if h.dialing == a {
			h.dialing = nil
		}
		if err == nil {
			err = h.adopt(l)
		}
		if a.err = err; err == nil {
			a.link = l
		}
	}()
	return a
}

// adopt makes a connection the one that is used. h.mu is held.
func (h *Host) adopt(l *link) error {
	if h.closed {
		l.fail(errClosed)
		return &Unreachable{Host: h.name, Addr: h.addr, Err: errClosed}
	}
	if h.cur != nil {
		h.cur.retire()
	}
	if h.links == nil {
		h.links = map[*link]bool{}
	}
	h.cur = l
	h.links[l] = true
	go func() {
		<-l.down
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.links, l)
	}()
	return nil
}

// drop makes the next command take a new connection. What runs through l is left
// alone for as long as l lasts.
func (h *Host) drop(l *link) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.cur == l {
		h.cur = nil
	}
	l.retire()
}

// Drop forgets the connection that the host has: for a host that is known to have
// gone down. Commands that still run through it are interrupted.
func (h *Host) Drop() {
	h.mu.Lock()
	links := h.links
	h.links, h.cur = nil, nil
	h.mu.Unlock()
	for l := range links {
		l.fail(errGivenUp)
	}
}

// Close ends the connection, and what still runs through it. The host cannot be
// used any more.
func (h *Host) Close() {
	h.mu.Lock()
	h.closed = true
	attempts := slices.Collect(maps.Keys(h.attempts))
	links := h.links
	h.links, h.cur = nil, nil
	h.mu.Unlock()
	for l := range links {
		l.fail(errClosed)
	}
	for _, a := range attempts {
		a.cancel()
		<-a.done
	}
}
