// Package silence keeps alerts about a host quiet for as long as a run has that host out of
// service. A silence lasts some minutes and is prolonged while the run is at work: when the
// master dies, or the run stops for a failure, it ends by itself and alerts come through again.
// Whatever goes wrong here is a warning, and the run goes on.
package silence

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"umm/internal/cluster/run"
)

const (
	// length is how long a silence lasts without being renewed; renewal is how often it is.
	length  = 5 * time.Minute
	renewal = time.Minute
	// pause is how long a silence lasts while the run waits for the operator, and no program
	// renews it.
	pause = 12 * time.Hour
	// limit is how long one question to a monitoring system may take, and closing how long the
	// end of a run waits for all of them.
	limit   = 10 * time.Second
	closing = 20 * time.Second
)

// Target is a monitoring system in which hosts are silenced.
type Target interface {
	// Name tells it apart in warnings.
	Name() string
	// Silence makes the silence of a host last until then. A silence that the same run has for
	// that host already, also by an earlier process, is prolonged.
	Silence(ctx context.Context, host, run, reason string, until time.Time) error
	// End ends the silences that the run has for the host; that there is none is no error.
	End(ctx context.Context, host, run string) error
}

// Keeper silences hosts as a run takes them out. It is a sink of the run's entries.
type Keeper struct {
	warn func(text string)
	now  func() time.Time

	mu     sync.Mutex
	wanted wanted
	closed bool
	served []*served
	cancel context.CancelFunc
	wait   sync.WaitGroup
}

// served is a target and what is known of it.
type served struct {
	Target
	// changed is filled when something has to be done before the next renewal; closed at the end.
	changed chan struct{}
	// lasts says until when the silence of a host lasts.
	lasts map[string]time.Time
	// failing: the last attempt failed, and that was told.
	failing bool
}

// wanted is what the entries of a run say about silences.
type wanted struct {
	run, reason string
	// hosts are those to be silenced.
	hosts []string
	// paused: nobody will renew for a while, and that is as planned. stopped: nobody will, and
	// it is not.
	paused, stopped bool
}

// add takes an entry into account.
func (w *wanted) add(e run.Entry) {
	if e.Request != nil {
		w.run, w.reason = e.Request.ID, e.Request.Reason
	}
	if !e.Kind.Journaled() {
		return
	}
	switch e.Kind {
	case run.Warned, run.Gap:
		return
	case run.Chosen:
		if !slices.Contains(w.hosts, e.Host) {
			w.hosts = append(w.hosts, e.Host)
		}
	case run.Finished:
		w.hosts = slices.DeleteFunc(w.hosts, func(h string) bool { return h == e.Host })
	case run.Ended:
		w.hosts = nil
	}
	w.paused, w.stopped = e.Kind == run.Paused, e.Kind == run.Stopped
}

// until is how long silences last that are made now.
func (w wanted) until(now time.Time) time.Time {
	if w.paused {
		return now.Add(pause)
	}
	return now.Add(length)
}

// NewKeeper begins to keep silences. warn is called with a sentence for what goes wrong, from
// another goroutine, once for each target until it works again. Close ends it.
func NewKeeper(targets []Target, warn func(text string)) *Keeper {
	return newKeeper(targets, warn, time.Now, renewal)
}

func newKeeper(targets []Target, warn func(text string), now func() time.Time, every time.Duration) *Keeper {
	ctx, cancel := context.WithCancel(context.Background())
	k := &Keeper{warn: warn, now: now, cancel: cancel}
	for _, t := range targets {
		s := &served{Target: t, changed: make(chan struct{}, 1), lasts: map[string]time.Time{}}
		k.served = append(k.served, s)
		k.wait.Go(func() { k.serve(ctx, s, every) })
	}
	return k
}

// Recall takes up what happened before.
func (k *Keeper) Recall(past []run.Entry) {
	for _, e := range past {
		k.take(e)
	}
}

// Emit implements report.Sink.
func (k *Keeper) Emit(e run.Entry) {
	if !k.take(e) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range k.served {
		if k.closed {
			return
		}
		select {
		case s.changed <- struct{}{}:
		default: // it will look anyway
		}
	}
}

// take tells whether an entry changes what is to be done.
func (k *Keeper) take(e run.Entry) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	before, paused := slices.Clone(k.wanted.hosts), k.wanted.paused
	k.wanted.add(e)
	return !slices.Equal(before, k.wanted.hosts) || paused != k.wanted.paused
}

func (k *Keeper) look() wanted {
	k.mu.Lock()
	defer k.mu.Unlock()
	w := k.wanted
	w.hosts = slices.Clone(w.hosts)
	return w
}

// serve keeps one target as it should be until the keeper is closed.
func (k *Keeper) serve(ctx context.Context, s *served, every time.Duration) {
	renew := time.NewTicker(every)
	defer renew.Stop()
	for open := true; open && ctx.Err() == nil; {
		select {
		case _, open = <-s.changed:
		case <-renew.C:
		}
		k.adjust(ctx, s, k.look())
	}
}

// adjust makes, prolongs and ends silences.
func (k *Keeper) adjust(ctx context.Context, s *served, w wanted) {
	if w.stopped {
		return // they end by themselves
	}
	var errs []error
	now := k.now()
	for _, host := range w.hosts {
		// Not at each change: one that lasts long enough is left as it is.
		if until := w.until(now); s.lasts[host].Before(until.Add(-renewal / 2)) {
			err := s.try(ctx, func(ctx context.Context) error { return s.Silence(ctx, host, w.run, w.reason, until) })
			if err == nil {
				s.lasts[host] = until
			} else {
				errs = append(errs, fmt.Errorf("cannot silence %s in %s: %w", host, s.Name(), err))
			}
		}
	}
	for host := range s.lasts {
		if slices.Contains(w.hosts, host) {
			continue
		}
		if err := s.try(ctx, func(ctx context.Context) error { return s.End(ctx, host, w.run) }); err != nil {
			errs = append(errs, fmt.Errorf("cannot end the silence of %s in %s: %w", host, s.Name(), err))
			continue
		}
		delete(s.lasts, host)
	}
	err := errors.Join(errs...)
	if err != nil && !s.failing {
		k.warn(errs[0].Error())
	}
	s.failing = err != nil
}

// said is what a silence is for, in the words of the monitoring system's pages.
func said(host, run, reason string) string {
	text := host + " is in maintenance by umm-cluster, run " + run
	if reason != "" {
		text += ": " + reason
	}
	return text
}

func (s *served) try(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it took longer than %s", limit))
	defer cancel()
	err := do(ctx)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// Close leaves silences as the last entry wants them: ended, or prolonged for a pause. It does
// not wait for ever.
func (k *Keeper) Close() error {
	k.mu.Lock()
	if k.closed {
		k.mu.Unlock()
		return nil
	}
	k.closed = true
	for _, s := range k.served {
		close(s.changed)
	}
	k.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		k.wait.Wait()
	}()
	patience := time.NewTimer(closing)
	defer patience.Stop()
	defer k.cancel()
	select {
	case <-done:
		return nil
	case <-patience.C:
		return fmt.Errorf("cannot wait for the end of silences any longer than %s; they end by themselves", closing)
	}
}
