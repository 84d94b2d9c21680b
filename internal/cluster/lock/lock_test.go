package lock_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"umm/internal/cluster/lock"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func claim(run string) lock.Claim {
	return lock.Claim{Run: run, By: "alice", Master: "fuel", Reason: `new <kernel> & "more"`, At: at}
}

func keeper(t *testing.T, e lock.Engine) lock.Keeper {
	return lock.Keeper{Dir: filepath.Join(t.TempDir(), "lease"), Engine: e, Every: 5 * time.Millisecond, Patience: time.Minute, Limit: 10 * time.Second}
}

func (c *cluster) keeper(names ...string) lock.Keeper {
	return keeper(c.t, lock.NewCIB(c.hosts(names...)))
}

func acquire(t *testing.T, k lock.Keeper, run string) (context.Context, *lock.Lock) {
	t.Helper()
	ctx, l, err := k.Acquire(t.Context(), claim(run))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Pause)
	return ctx, l
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantHeld checks who a refusal names.
func wantHeld(t *testing.T, err error, by string) lock.HeldError {
	t.Helper()
	var held *lock.HeldError
	if !errors.As(err, &held) || held.Claim.Run != by {
		t.Fatalf("it says %v, want it held by %s", err, by)
	}
	return *held
}

func wantLost(ctx context.Context, t *testing.T, words string) {
	t.Helper()
	select {
	case <-ctx.Done():
	case <-time.After(5 * time.Minute):
		t.Fatal("the loss is not noticed")
	}
	if cause := context.Cause(ctx); !strings.Contains(cause.Error(), "the cluster lock is lost: "+words) {
		t.Errorf("the cause is %v, want it to say %q", cause, words)
	}
}

// wantKept sees the lock verified some more times, and held.
func wantKept(ctx context.Context, t *testing.T, c *cluster) {
	t.Helper()
	n := 0
	c.do(func() { n = len(c.asked) })
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end) && ctx.Err() == nil; {
		more := 0
		c.do(func() { more = len(c.asked) - n })
		if more > 24 {
			break
		}
		<-time.After(time.Millisecond)
	}
	if ctx.Err() != nil {
		t.Fatalf("the cluster lock is lost: %v", context.Cause(ctx))
	}
}

func TestOneRunAtATime(t *testing.T) {
	c := newCluster(t)
	one, other := c.keeper(), c.keeper("n3", "n2")
	ctx, l := acquire(t, one, "r1")
	_, _, err := other.Acquire(t.Context(), claim("r2"))
	if held := wantHeld(t, err, "r1"); held.Claim != claim("r1") || held.Where != "the Pacemaker CIB" || held.Working {
		t.Errorf("it says %+v", held)
	}
	if text := err.Error(); !strings.Contains(text, `another run holds the cluster lock (the Pacemaker CIB): r1, by alice on fuel, since 2026-03-01 12:00:00 UTC (new <kernel> & "more")`) {
		t.Errorf("it says %s", text)
	}
	wantKept(ctx, t, c)
	must(t, l.Release(t.Context()))
	if ctx.Err() == nil {
		t.Error("after its release the context goes on")
	}
	acquire(t, other, "r2")
}

func TestOneProcessAtATime(t *testing.T) {
	for name, engine := range map[string]lock.Engine{"with an engine": lock.NewCIB(newCluster(t).hosts()), "without": nil} {
		t.Run(name, func(t *testing.T) {
			k := keeper(t, engine)
			_, l := acquire(t, k, "r1")
			for _, run := range []string{"r1", "r2"} {
				_, _, err := k.Acquire(t.Context(), claim(run))
				if held := wantHeld(t, err, "r1"); !held.Working || held.Where != "this master" || !strings.Contains(held.Error(), "it is running") {
					t.Errorf("it says %+v", held)
				}
			}
			must(t, l.Detach())
			_, _, err := k.Acquire(t.Context(), claim("r2"))
			if held := wantHeld(t, err, "r1"); held.Working {
				t.Errorf("it says %+v", held)
			}
			_, l = acquire(t, k, "r1")
			must(t, l.Release(t.Context()))
			_, l = acquire(t, k, "r2")
			must(t, l.Release(t.Context()))
		})
	}
}

// A run whose process was killed keeps its claim.
func TestClaimOfAKilledProcess(t *testing.T) {
	if dir := os.Getenv("LOCK_TEST_DIR"); dir != "" {
		if _, _, err := (lock.Keeper{Dir: dir}).Acquire(context.Background(), claim("r1")); err != nil {
			t.Fatal(err)
		}
		fmt.Println("held")
		<-time.After(time.Minute)
	}
	k := keeper(t, nil)
	holder := exec.Command(os.Args[0], "-test.run=^TestClaimOfAKilledProcess$")
	holder.Env = append(os.Environ(), "LOCK_TEST_DIR="+k.Dir)
	out, err := holder.StdoutPipe()
	must(t, err)
	must(t, holder.Start())
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "held"; {
	}
	_, _, err = k.Acquire(t.Context(), claim("r2"))
	if held := wantHeld(t, err, "r1"); !held.Working {
		t.Errorf("it says %+v", held)
	}
	if s := k.Holder(t.Context()); !s.Working || s.OnMaster == nil || s.OnMaster.Run != "r1" {
		t.Errorf("it stands %+v", s)
	}
	must(t, holder.Process.Kill())
	_ = holder.Wait()
	_, _, err = k.Acquire(t.Context(), claim("r2"))
	wantHeld(t, err, "r1")
	acquire(t, k, "r1")
}

func TestPause(t *testing.T) {
	c := newCluster(t)
	k := c.keeper()
	ctx, l := acquire(t, k, "r1")
	l.Pause()
	n := 0
	c.do(func() { n = len(c.asked); c.stopped["n1"], c.stopped["n2"], c.stopped["n3"] = true, true, true })
	<-time.After(150 * time.Millisecond)
	if ctx.Err() != nil || len(c.asked) != n {
		t.Errorf("paused, it was asked %d times more (%v)", len(c.asked)-n, context.Cause(ctx))
	}
}

func TestAcquireHere(t *testing.T) {
	c := newCluster(t)
	for n := range c.sets {
		c.stopped[n] = true
	}
	k := c.keeper()
	_, l, err := k.AcquireHere(t.Context(), claim("r1"))
	must(t, err)
	_, _, err = k.AcquireHere(t.Context(), claim("r2"))
	wantHeld(t, err, "r1")
	c.do(func() { clear(c.stopped) })
	must(t, l.Release(t.Context()))
}

func TestReleaseLeavesWhatIsNotOurs(t *testing.T) {
	c := newCluster(t)
	k := c.keeper()
	_, l := acquire(t, k, "r1")
	l.Pause()
	c.do(func() { c.spread("n1", strings.ReplaceAll(c.sets["n1"], `"r1"`, `"r2"`)) })
	must(t, l.Release(t.Context()))
	if !strings.Contains(c.sets["n1"], `"r2"`) {
		t.Error("another's claim is gone")
	}
}

// Where the engine does not answer the claim stays, here too.
func TestReleaseThatCannot(t *testing.T) { synctest.Test(t, releaseThatCannot) }

func releaseThatCannot(t *testing.T) {
	c := newCluster(t)
	k := c.keeper()
	k.Every = time.Second
	_, l := acquire(t, k, "r1")
	l.Pause()
	c.do(func() { c.parts["n1"], c.parts["n2"] = 1, 2 })
	if err := l.Release(t.Context()); err == nil || !strings.Contains(err.Error(), "cannot release the cluster lock in the Pacemaker CIB") {
		t.Errorf("it says %v", err)
	}
	_, _, err := k.Acquire(t.Context(), claim("r2"))
	wantHeld(t, err, "r1")
	c.do(func() { clear(c.parts) })
	_, l = acquire(t, k, "r1")
	must(t, l.Release(t.Context()))
	acquire(t, k, "r2")
}

// After a time in which the engine was down with the hosts it is waited for, however
// the lock was taken: the next run is not blocked, from this master or another.
func TestReleaseOfWhatComesBack(t *testing.T) {
	for name, take := range map[string]func(*testing.T, *cluster, lock.Keeper) *lock.Lock{
		"paused": func(t *testing.T, c *cluster, k lock.Keeper) *lock.Lock {
			_, l := acquire(t, k, "r1")
			l.Pause()
			c.stopAll(true)
			return l
		},
		"taken here, after it was left": func(t *testing.T, c *cluster, k lock.Keeper) *lock.Lock {
			_, l := acquire(t, k, "r1")
			must(t, l.Detach())
			c.stopAll(true)
			_, l, err := k.AcquireHere(t.Context(), claim("r1"))
			must(t, err)
			return l
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t)
			var said warned
			k := c.keeper()
			k.Patience, k.Warn = time.Minute, said.add
			l := take(t, c, k)
			back := time.AfterFunc(50*time.Millisecond, func() { c.stopAll(false) })
			defer back.Stop()
			must(t, l.Release(t.Context()))
			if got := said.all(); len(got) != 1 || !strings.Contains(got[0], "is released as soon as that answers again") {
				t.Errorf("it says %q", got)
			}
			_, l = acquire(t, c.keeper(), "r2")
			must(t, l.Release(t.Context()))
			acquire(t, k, "r3")
		})
	}
}

func (c *cluster) stopAll(stopped bool) {
	c.do(func() {
		for n := range c.sets {
			c.stopped[n] = stopped
		}
	})
}

// warned keeps what a keeper warns of.
type warned struct {
	mutex sync.Mutex
	texts []string
}

func (w *warned) add(text string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.texts = append(w.texts, text)
}

func (w *warned) all() []string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.texts
}

// A run that goes on later keeps what is here, whatever becomes of its try.
func TestARefusedResumeKeepsTheClaimHere(t *testing.T) {
	c := newCluster(t)
	k := c.keeper()
	_, l := acquire(t, k, "r1")
	must(t, l.Detach())
	c.do(func() { c.away["n1"], c.away["n2"], c.away["n3"] = true, true, true })
	if _, _, err := k.Acquire(t.Context(), claim("r1")); err == nil {
		t.Fatal("it is taken from hosts that are away")
	}
	_, _, err := k.Acquire(t.Context(), claim("r2"))
	wantHeld(t, err, "r1")
}

func TestBreak(t *testing.T) {
	c := newCluster(t)
	k, other := c.keeper(), c.keeper()
	ctx, l := acquire(t, k, "r1")
	wantHeld(t, other.Break(t.Context(), claim("r0")), "r1")
	wantHeld(t, k.Break(t.Context(), claim("r1")), "r1")
	s := other.Holder(t.Context())
	if s.OnMaster != nil || s.Working || s.OnEngine == nil || *s.OnEngine != claim("r1") {
		t.Fatalf("from another master it stands %+v", s)
	}
	must(t, other.Break(t.Context(), *s.OnEngine))
	wantLost(ctx, t, "the claim was removed")
	must(t, l.Detach())
	wantHeld(t, k.Break(t.Context(), claim("r0")), "r1")
	must(t, k.Break(t.Context(), claim("r1")))
	if s := k.Holder(t.Context()); s != (lock.Holder{}) {
		t.Errorf("broken, it stands %+v", s)
	}
	acquire(t, k, "r2")
}

func TestAClaimHereThatCannotBeRead(t *testing.T) {
	k := keeper(t, nil)
	must(t, os.MkdirAll(k.Dir, 0o700))
	must(t, os.WriteFile(filepath.Join(k.Dir, "claim"), []byte("rubbish"), 0o600))
	if _, _, err := k.Acquire(t.Context(), claim("r1")); err == nil || !strings.Contains(err.Error(), "cannot tell which run holds the cluster lock") {
		t.Errorf("it says %v", err)
	}
	if s := k.Holder(t.Context()); s.MasterErr == nil {
		t.Errorf("it stands %+v", s)
	}
	must(t, k.Break(t.Context(), claim("r1")))
	acquire(t, k, "r1")
}

func TestCheckRun(t *testing.T) {
	for _, good := range []string{"20261123-092114-3f2a", "a", "A.b_c-9"} {
		must(t, lock.CheckRun(good))
	}
	for _, bad := range []string{"", "-a", ".", "a b", "a\"]", "ü", strings.Repeat("a", 65), "a\n"} {
		if lock.CheckRun(bad) == nil {
			t.Errorf("%q is the name of a run", bad)
		}
		if _, _, err := keeper(t, nil).Acquire(t.Context(), claim(bad)); err == nil {
			t.Errorf("%q takes a lock", bad)
		}
	}
}

func TestCannot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	k := lock.Keeper{Dir: filepath.Join(file, "lease")}
	_, _, err := k.Acquire(t.Context(), claim("r1"))
	for _, err := range []error{err, k.Break(t.Context(), claim("r1")), k.Holder(t.Context()).MasterErr} {
		if err == nil || !strings.HasPrefix(err.Error(), "cannot ") {
			t.Errorf("it says %v", err)
		}
	}
	_, _, err = keeper(t, lock.NewCIB(nil)).Acquire(t.Context(), claim("r1"))
	if err == nil || !strings.Contains(err.Error(), "there is no host to ask") {
		t.Errorf("it says %v", err)
	}
}
