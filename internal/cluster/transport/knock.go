package transport

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// knockAndLogin logs in to the host once it answers, and says on greeted when it did.
func (h *Host) knockAndLogin(ctx context.Context, greeted chan<- bool) (*link, error) {
	conn, err := h.knock(ctx)
	if err != nil {
		return nil, err
	}
	select {
	case greeted <- true:
	case <-ctx.Done():
		conn.Close()
		return nil, ctx.Err()
	}
	h.mu.Lock()
	a := h.start(func(ctx context.Context) (*link, error) { return h.login(ctx, conn) })
	h.mu.Unlock()
	l, err := a.wait(ctx)
	if ctx.Err() != nil {
		a.cancel()
	}
	return l, err
}

// knock connects until somebody answers.
func (h *Host) knock(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type answer struct {
		conn net.Conn
		err  error
	}
	answers := make(chan answer)
	var greeting atomic.Int32
	away := 0
	knock := func() {
		away++
		go func() {
			conn, err := h.greeted(ctx, &greeting)
			select {
			case answers <- answer{conn, err}:
			case <-ctx.Done():
				if err == nil {
					conn.Close()
				}
			}
		}()
	}
	tick := time.NewTicker(knockEvery)
	defer tick.Stop()
	var last error
	for knock(); ; {
		select {
		case a := <-answers:
			away--
			if a.err == nil {
				return a.conn, nil
			}
			if errors.Is(a.err, context.DeadlineExceeded) || errors.Is(a.err, context.Canceled) {
				// The end of the wait ended it, which says nothing about the host.
				continue
			}
			last = h.unreachable(context.WithoutCancel(ctx), a.err)
			if !passing(last) {
				return nil, last
			}
		case <-tick.C:
			if away < knocks && greeting.Load() < greets {
				knock()
			}
		case <-ctx.Done():
			return nil, cmp.Or(last, ctx.Err())
		}
	}
}

// greeted is a connection whose other end has said its first byte.
func (h *Host) greeted(ctx context.Context, greeting *atomic.Int32) (net.Conn, error) {
	limited, cancel := context.WithTimeout(ctx, knockLimit)
	defer cancel()
	conn, err := h.connect(limited)
	if err != nil {
		if ctx.Err() == nil && limited.Err() != nil {
			err = noAnswer{"no answer", knockLimit}
		}
		return nil, err
	}
	greeting.Add(1)
	defer greeting.Add(-1)
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	head := make([]byte, 1)
	conn.SetReadDeadline(time.Now().Add(greetLimit)) //nolint:errcheck // The read fails then.
	_, err = conn.Read(head)
	if !stop() || err != nil {
		conn.Close()
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			err = noAnswer{"no greeting", greetLimit}
		}
		if err == nil {
			err = ctx.Err()
		}
		return nil, err
	}
	conn.SetReadDeadline(time.Time{}) //nolint:errcheck // As above.
	return &peeked{conn, io.MultiReader(bytes.NewReader(head), conn)}, nil
}

// peeked is a connection whose first byte has been read.
type peeked struct {
	net.Conn
	all io.Reader
}

func (p *peeked) Read(b []byte) (int, error) { return p.all.Read(b) }
