package silence

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"umm/internal/cluster/run"
)

// monitor is a monitoring system that forgets silences when their time is over.
type monitor struct {
	mu    sync.Mutex
	until map[string]time.Time
	fails error
	calls int
}

func (m *monitor) Name() string { return "monitor" }

func (m *monitor) Silence(_ context.Context, host, run, reason string, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if run != "r1" || reason != "new kernel" {
		return fmt.Errorf("%s is silenced by the run %q for %q", host, run, reason)
	}
	if m.fails == nil {
		m.until[host] = until
	}
	return m.fails
}

func (m *monitor) End(_ context.Context, host, _ string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if m.fails == nil {
		delete(m.until, host)
	}
	return m.fails
}

// quiet are the hosts that are silenced now.
func (m *monitor) quiet() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	left := maps.Clone(m.until)
	maps.DeleteFunc(left, func(_ string, until time.Time) bool { return !time.Now().Before(until) })
	return strings.Join(sorted(left), " ")
}

func sorted(m map[string]time.Time) []string {
	var names []string
	for _, name := range []string{"n1", "n2", "n3"} {
		if _, ok := m[name]; ok {
			names = append(names, name)
		}
	}
	return names
}

// world is a keeper in a bubble of time.
type world struct {
	*testing.T
	*monitor
	k     *Keeper
	warns []string
}

func keep(t *testing.T, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, monitor: &monitor{until: map[string]time.Time{}}}
		w.begin()
		f(w)
		if err := w.k.Close(); err != nil {
			t.Error(err)
		}
	})
}

// begin is what a program that drives the run does.
func (w *world) begin(past ...run.Entry) {
	w.k = NewKeeper([]Target{w.monitor}, func(text string) { w.warns = append(w.warns, text) })
	w.k.Recall(past)
	w.emit(run.Entry{Kind: run.Requested, Request: &run.Request{ID: "r1", Reason: "new kernel"}})
}

func (w *world) emit(entries ...run.Entry) {
	for _, e := range entries {
		w.k.Emit(e)
	}
	synctest.Wait()
}

func (w *world) want(when, hosts string) {
	w.Helper()
	if got := w.quiet(); got != hosts {
		w.Errorf("%s %q is silenced, want %q", when, got, hosts)
	}
}

func chosen(host string) run.Entry   { return run.Entry{Kind: run.Chosen, Host: host} }
func finished(host string) run.Entry { return run.Entry{Kind: run.Finished, Host: host} }

func TestHostsAreSilencedOneAfterAnother(t *testing.T) {
	keep(t, func(w *world) {
		w.want("at first", "")
		w.emit(chosen("n1"), run.Entry{Kind: run.Begun, Host: "n1"})
		w.want("chosen", "n1")
		time.Sleep(2 * time.Hour)
		w.want("two hours later", "n1")
		w.emit(finished("n1"), chosen("n2"))
		w.want("the next", "n2")
		w.emit(finished("n2"), run.Entry{Kind: run.Ended})
		w.want("in the end", "")
		if len(w.warns) > 0 {
			t.Errorf("it warns of %q", w.warns)
		}
	})
}

func TestASilenceOutlivesTheMasterByMinutes(t *testing.T) {
	keep(t, func(w *world) {
		w.emit(chosen("n1"))
		w.k.cancel() // the master dies
		time.Sleep(length - renewal)
		w.want("a while after", "n1")
		time.Sleep(2 * renewal)
		w.want("minutes after", "")
	})
}

// A run that stops for a failure needs somebody: alerts come through.
func TestAStoppedRunLetsAlertsThrough(t *testing.T) {
	keep(t, func(w *world) {
		w.emit(chosen("n1"))
		w.emit(run.Entry{Kind: run.Stopped})
		if err := w.k.Close(); err != nil {
			t.Error(err)
		}
		w.want("stopped", "n1")
		time.Sleep(length)
		w.want("minutes after", "")
	})
}

func TestAPausedRunStaysQuiet(t *testing.T) {
	keep(t, func(w *world) {
		past := []run.Entry{{Kind: run.Requested, Request: &run.Request{ID: "r1", Reason: "new kernel"}}, chosen("n1"), {Kind: run.Paused}}
		w.emit(past[1:]...)
		if err := w.k.Close(); err != nil {
			t.Error(err)
		}
		time.Sleep(11 * time.Hour)
		w.want("at night", "n1")
		w.begin(past...)
		w.emit(run.Entry{Kind: run.Continued}, finished("n1"))
		w.want("continued, and back", "")
	})
}

func TestWhatFailsIsToldOnce(t *testing.T) {
	keep(t, func(w *world) {
		w.fails = errors.New("connection refused")
		w.emit(chosen("n1"))
		time.Sleep(10 * time.Minute)
		if len(w.warns) != 1 || !strings.Contains(w.warns[0], "cannot silence n1 in monitor: connection refused") {
			t.Errorf("it warns of %q", w.warns)
		}
		w.mu.Lock()
		w.fails = nil
		w.mu.Unlock()
		time.Sleep(2 * renewal)
		w.want("when it is there again", "n1")
	})
}

// A monitoring system that hangs holds up nobody, and not the end for ever.
func TestAHungMonitor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var warns []string
		k := NewKeeper([]Target{hung{}}, func(text string) { warns = append(warns, text) })
		began := time.Now()
		k.Emit(run.Entry{Kind: run.Requested, Request: &run.Request{ID: "r1"}})
		k.Emit(chosen("n1"))
		if waited := time.Since(began); waited > 0 {
			t.Errorf("it held the run up for %s", waited)
		}
		if err := k.Close(); err != nil && !strings.Contains(err.Error(), "any longer") {
			t.Error(err)
		}
		if waited := time.Since(began); waited > closing {
			t.Errorf("the end waited %s", waited)
		}
		synctest.Wait()
		if len(warns) == 0 || !strings.Contains(warns[0], "it took longer than 10s") {
			t.Errorf("it warns of %q", warns)
		}
	})
}

type hung struct{}

func (hung) Name() string { return "hung" }
func (hung) Silence(ctx context.Context, _, _, _ string, _ time.Time) error {
	<-ctx.Done()
	return ctx.Err()
}
func (hung) End(ctx context.Context, _, _ string) error { <-ctx.Done(); return ctx.Err() }
