//go:build e2e

package failures_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
)

// A run is killed again and again, every third time by SIGTERM, and resumed: each time
// one entry of the journal further, or a few.
func TestKilledAndResumed(t *testing.T) {
	ctx, m := begin(t, 20*time.Minute)
	before := bootsOf(t)
	every := 4
	if os.Getenv("UMM_SOAK") != "" {
		every = 1
	}
	p := m.start(ctx, "roll", "--hosts", "n2", "--reason", "a test", "--", "sh", "-c", "date >>/root/rolled; sync")
	kills, news, seen := 0, 0, map[string]bool{}
	// What a resume says itself, and a step that it begins again, is not further.
	further := func(e api.ClusterEvent) bool {
		what := fmt.Sprint(e.Kind, e.Host)
		if e.Step != nil {
			what += fmt.Sprint(e.Step.N)
		}
		if e.Seq == 0 || e.Kind == "resumed" || seen[what] {
			return false
		}
		seen[what] = true
		news++
		return news%every == 0
	}
	for p.until(further) {
		if kills++; kills%3 == 0 {
			p.terminate()
		} else {
			p.kill()
		}
		p = m.start(ctx, "resume", p.run)
	}
	// The last entry is that it ended: then there is nothing to resume.
	if r := p.wait(); r.code != done && !strings.Contains(r.out, "has ended") {
		t.Errorf("the last resume ended with %d", r.code)
	}
	t.Logf("killed %d times", kills)
	if n := do(ctx, t, "n2", "wc -l </root/rolled; rm /root/rolled"); n != "1" {
		t.Errorf("the command ran %s times", n)
	}
	before.same(ctx, t, "n1", "n3")
	m.clean(ctx)
	m.want(ctx, refused, []string{"resume"}, "there is no unfinished run", "umm-cluster history")
}

// A run is killed at an entry, and aborted: the host is back, nothing is left.
func TestKilledAndAborted(t *testing.T) {
	some := []int{19}
	if os.Getenv("UMM_SOAK") != "" {
		some = nil
		for n := 1; n <= 36; n++ {
			some = append(some, n)
		}
	}
	for _, n := range some {
		t.Run(fmt.Sprint("entry ", n), func(t *testing.T) {
			ctx, m := begin(t, 10*time.Minute)
			before := bootsOf(t)
			p := m.start(ctx, "roll", "--hosts", "n2", "--reason", "a test", "--", "true")
			p.await(fmt.Sprint("entry ", n), func(e api.ClusterEvent) bool { return e.Seq >= n })
			p.kill()
			m.want(ctx, done, []string{"abort", p.run})
			before.same(ctx, t, "n1", "n3")
			m.clean(ctx)
		})
	}
}

// A run is killed while its host is on its way into maintenance mode, and aborted: an
// umm on that was asked for does not come about behind the abort's back.
func TestKilledOnTheWay(t *testing.T) {
	soak(t)
	for _, after := range []time.Duration{50 * time.Millisecond, 150 * time.Millisecond, 300 * time.Millisecond, 600 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			ctx, m := begin(t, 10*time.Minute)
			before := bootsOf(t)
			p := m.start(ctx, "roll", "--hosts", "n2", "--reason", "a test")
			p.await("umm on", begun("enter"))
			pause(ctx, after)
			p.kill()
			m.want(ctx, done, []string{"abort", p.run})
			m.clean(ctx)
			pause(ctx, 5*time.Second)
			before.same(ctx, t, "n1", "n3")
			m.clean(ctx)
		})
	}
}

// An abort is killed too.
func TestAbortKilled(t *testing.T) {
	soak(t)
	ctx, m := begin(t, 10*time.Minute)
	p := m.start(ctx, "roll", "--hosts", "n2", "--reason", "a test")
	p.await("maintenance mode", finished("enter"))
	p.kill()
	p = m.start(ctx, "abort", p.run)
	p.await("umm off", begun("leave"))
	p.kill()
	m.want(ctx, done, []string{"abort", p.run}, "aborted")
	m.clean(ctx)
}
