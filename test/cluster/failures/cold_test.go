//go:build e2e

package failures_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"umm/internal/api"
	"umm/test/cluster/site"
)

// down is how all hosts are taken out.
var down = []string{"down", "--accept-risk=service-stop", "--reason", "a test"}

// writing starts clients, for a run in which nothing that was acknowledged may be
// lost.
func writing(ctx context.Context, t *testing.T) (stop func()) {
	t.Helper()
	w, err := shared.StartWriters(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	var r site.Records
	end := func() { once.Do(func() { r = w.Stop() }) }
	t.Cleanup(end) // they would be in the way of the next ones
	return func() {
		t.Helper()
		if err := shared.WaitWhole(ctx); err != nil {
			t.Error(err)
		}
		end()
		for _, c := range []site.Record{r.SQL, r.AMQP} {
			t.Log(c)
		}
		if err := w.Verify(ctx, r); err != nil {
			t.Error(err)
		}
	}
}

// All hosts go and come back; umm-cluster is killed on both ways.
func TestDownAndUp(t *testing.T) {
	ctx, m := begin(t, 15*time.Minute)
	m.want(ctx, refused, []string{"down"}, "--accept-risk=service-stop")
	stop := writing(ctx, t)
	p := m.start(ctx, down...)
	entered := 0
	p.await("two hosts in maintenance mode", func(e api.ClusterEvent) bool {
		if finished("enter")(e) {
			entered++
		}
		return entered == 2
	})
	p.kill()
	m.want(ctx, held, []string{"resume"}, "umm-cluster up "+p.run)
	m.want(ctx, gated, []string{"status"}, "maintenance")
	p = m.start(ctx, "up")
	p.await("a host that leaves", finished("leave"))
	p.kill()
	m.want(ctx, done, []string{"up"})
	stop()
	m.clean(ctx)
}

// A run that takes all out is given up in the middle, with the quorum gone.
func TestDownAborted(t *testing.T) {
	soak(t)
	ctx, m := begin(t, 15*time.Minute)
	stop := writing(ctx, t)
	m.want(ctx, held, down)
	m.want(ctx, done, []string{"abort"})
	stop()
	m.clean(ctx)
}

// All hosts lose power at once.
func TestBlackout(t *testing.T) {
	ctx, m := begin(t, 15*time.Minute)
	stop := writing(ctx, t)
	blackout(ctx, t)
	m.want(ctx, gated, []string{"status"})
	m.want(ctx, done, []string{"up"})
	stop()
	m.clean(ctx)
}

func blackout(ctx context.Context, t *testing.T) {
	t.Helper()
	all(t, func(name string) error { return host(name).Cut(ctx) })
	all(t, func(name string) error {
		if err := host(name).Power(ctx); err != nil {
			return err
		}
		return host(name).WaitSSH(ctx)
	})
}

// all does something on all hosts at once.
func all(t *testing.T, do func(name string) error) {
	t.Helper()
	var work sync.WaitGroup
	for _, h := range shared.Lab.Hosts() {
		work.Go(func() {
			if err := do(h.Name()); err != nil {
				t.Errorf("%s: %v", h.Name(), err)
			}
		})
	}
	work.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// All hosts are found in maintenance mode, by nobody's run.
func TestUpWithoutJournal(t *testing.T) {
	soak(t)
	ctx, m := begin(t, 15*time.Minute)
	stop := writing(ctx, t)
	for _, h := range shared.Lab.Hosts() {
		enter(ctx, t, h.Name())
	}
	m.want(ctx, done, []string{"up"})
	stop()
	m.clean(ctx)
	m.want(ctx, refused, []string{"up"}, "nothing is in maintenance mode")
}

// enter takes a host into maintenance mode by hand.
func enter(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	old, err := host(name).BootID()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = host(name).Shell(ctx, "umm on --reason 'by hand'")
	if _, err := host(name).WaitBoot(ctx, old); err != nil {
		t.Fatal(err)
	}
}

// All are out, and the master with the journal is lost: another one brings them
// back.
func TestUpByAnotherMaster(t *testing.T) {
	soak(t)
	ctx, m := begin(t, 15*time.Minute)
	stop := writing(ctx, t)
	m.want(ctx, held, down)
	other := newMaster(t, "")
	other.want(ctx, refused, []string{"up"}, "another run has the cluster", "umm-cluster unlock --accept-risk=break-lock")
	unlock := []string{"unlock", "--accept-risk=break-lock", "--reason", "the master burnt down"}
	other.want(ctx, done, unlock, "lock broken", "run unlock again")
	other.want(ctx, done, []string{"up"})
	other.want(ctx, done, unlock, "lock broken")
	stop()
	other.clean(ctx)
}
