package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"umm/internal/poll"
)

const (
	// knockEvery is how often a host that is away is knocked at; a knock takes at
	// most knockLimit, and there are as many at once as begin in that time: one that is
	// swallowed does not hide the host's return, and no moment is without one.
	knockEvery = 50 * time.Millisecond
	knockLimit = time.Second
	knocks     = int(knockLimit/knockEvery) + 1
	// greetLimit is how long sshd may take for its first word, and at most greets
	// connections wait for it: sshd counts those that leave without logging in.
	greetLimit = 5 * time.Second
	greets     = 2
	// loginStalls is how long the first login may last before a second is begun.
	loginStalls = time.Second
	// awayAfter is how long a host that is being waited for may leave a question
	// without an answer before its connection is left for a new one.
	awayAfter = time.Second
	// readyEvery is how often ready is asked while the host stays reachable,
	// refusedEvery how often a host that lets nobody in is tried again.
	readyEvery   = 500 * time.Millisecond
	refusedEvery = time.Second
)

// WaitReady waits until the host answers and ready says so, for as long as the
// context lasts: for a host that restarts, whose sshd may still be the old one when
// the wait begins. ready asks the host by Run whatever it likes; it is asked again
// whenever the host has been away, and twice a second while it stays. That the host
// is away is no error, nor is one that lets nobody in yet; a host key that is not
// the recorded one, and what ready itself returns, end the wait.
//
// Run must not be given a long command by ready: when the connection is silent for
// a second it is taken for lost, and ready's context ends.
func (h *Host) WaitReady(ctx context.Context, ready func(ctx context.Context) (bool, error)) error {
	var last error
	for {
		l, err := h.back(ctx)
		if err == nil {
			var done bool
			done, err = h.check(ctx, l, ready)
			if done && err == nil {
				return nil
			}
		}
		if ctx.Err() != nil {
			if err != nil && !errors.Is(err, ctx.Err()) {
				last = err
			}
			return h.notBack(ctx, last)
		}
		if err != nil && !passing(err) {
			return err
		}
		last = err
		var refused *AuthFailed
		switch {
		case errors.As(err, &refused):
			err = poll.Sleep(ctx, refusedEvery)
		case err != nil:
			err = poll.Sleep(ctx, knockEvery)
		default:
			err = h.linger(ctx, l)
		}
		if err != nil {
			return h.notBack(ctx, last)
		}
	}
}

func (h *Host) notBack(ctx context.Context, last error) error {
	err := context.Cause(ctx)
	if last != nil {
		return fmt.Errorf("%s did not come back: %w; at the end: %w", h.name, err, last)
	}
	return fmt.Errorf("%s did not come back: %w", h.name, err)
}

// passing says whether an error is one that a host which restarts may show.
func passing(err error) bool {
	var unknown *HostKeyUnknown
	var changed *HostKeyChanged
	var revoked *HostKeyRevoked
	if errors.As(err, &unknown) || errors.As(err, &changed) || errors.As(err, &revoked) || errors.Is(err, errClosed) {
		return false
	}
	var unreachable *Unreachable
	var interrupted *Interrupted
	var refused *AuthFailed
	return errors.As(err, &unreachable) || errors.As(err, &interrupted) || errors.As(err, &refused) || errors.Is(err, errAway)
}

var errAway = errors.New("the host does not answer any more")

// check asks ready, and ends its context as soon as the host is away.
func (h *Host) check(ctx context.Context, l *link, ready func(context.Context) (bool, error)) (bool, error) {
	watched, cancel := context.WithCancelCause(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		if h.away(watched, l, nil) == nil {
			cancel(errAway)
		}
	}()
	done, err := ready(watched)
	if err != nil && context.Cause(watched) == errAway {
		err = errAway
	}
	cancel(nil)
	<-over
	return done, err
}

// linger waits for the next time to ask ready.
func (h *Host) linger(ctx context.Context, l *link) error {
	t := time.NewTimer(readyEvery)
	defer t.Stop()
	return h.away(ctx, l, t.C)
}

// away returns when the host is away, which makes the next command take a new
// connection, or when enough fires.
func (h *Host) away(ctx context.Context, l *link, enough <-chan time.Time) error {
	l.alert.Add(1)
	defer l.alert.Add(-1)
	tick := time.NewTicker(awayAfter / 10)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-enough:
			return nil
		case <-l.down:
			return nil
		case <-tick.C:
			if l.silence() >= awayAfter {
				h.drop(l)
				return nil
			}
		}
	}
}

// back is the host's connection, or a new one as soon as sshd answers. A host that goes
// down after its greeting swallows the login, which then lasts as long as it may: while
// one does, others are begun, in case the host is up again, at intervals that double so
// that a host which is only slow has few of them at once.
func (h *Host) back(ctx context.Context) (*link, error) {
	h.mu.Lock()
	l := h.cur
	h.mu.Unlock()
	if l != nil && l.alive() {
		return l, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type outcome struct {
		link *link
		err  error
	}
	outcomes, greeted, over := make(chan outcome), make(chan bool), make(chan struct{})
	defer close(over)
	underWay := 0
	begin := func() {
		underWay++
		go func() {
			l, err := h.knockAndLogin(ctx, greeted)
			select {
			case outcomes <- outcome{l, err}:
			case <-over:
			}
		}()
	}
	next := loginStalls
	var stalled <-chan time.Time
	var last error
	for begin(); ; {
		select {
		case o := <-outcomes:
			underWay--
			if o.err == nil {
				return o.link, nil
			}
			if ctx.Err() == nil || !errors.Is(o.err, ctx.Err()) {
				last = o.err
			}
			if underWay == 0 || ctx.Err() == nil && !passing(o.err) {
				return nil, cmp.Or(last, o.err)
			}
		case <-greeted:
			stalled = time.After(next)
			next *= 2
		case <-stalled:
			begin()
		}
	}
}
