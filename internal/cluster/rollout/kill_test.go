package rollout

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"umm/internal/api"
	"umm/internal/cluster/run"
)

// killed is a run that was killed, and what became of it.
type killed struct {
	world *world
	// before is the run as it was killed, after as it ended; outcome says how.
	before, after run.State
	outcome       Outcome
	// resumed: it was not aborted.
	resumed bool
}

// Killed at every entry, before and after that is durable; then resumed, or aborted.
func TestKilledAnywhere(t *testing.T) {
	for name, c := range map[string]struct {
		setup func(*testing.T) (*world, run.Request)
		check func(t *testing.T, k killed)
	}{
		"roll": {
			func(t *testing.T) (*world, run.Request) {
				w := newWorld(t, "n1", "n2", "n3")
				return w, request(run.Roll, w.names...)
			},
			func(t *testing.T, k killed) {
				if k.resumed {
					k.world.once("resumed")
				}
			},
		},
		"on": {
			func(t *testing.T) (*world, run.Request) {
				return newWorld(t, "n1", "n2", "n3"), request(run.On, "n1")
			},
			func(t *testing.T, k killed) {
				if h := k.world.hosts["n1"]; k.resumed && (k.outcome != Paused || k.world.on["n1"] != 1 || h.mode != api.ModeMaintenance) {
					t.Errorf("%s; n1 is %s after %d umm on", k.outcome, h.mode, k.world.on["n1"])
				}
			},
		},
		// What failed stays recorded, and nothing is left on the hosts.
		"roll that goes on after a failure": {goingOn, func(t *testing.T, k killed) {
			want := []string{"n1", "n3"}
			if !k.resumed {
				want = k.before.CommandFailed()
			} else {
				k.world.once("resumed")
			}
			if !slices.Equal(k.after.CommandFailed(), want) {
				t.Errorf("it failed on %v, want %v", k.after.CommandFailed(), want)
			}
		}},
		// What has to be rebooted is, but where the run is aborted.
		"roll with a host to reboot": {func(t *testing.T) (*world, run.Request) { return patching(t, run.LeaveAuto) }, func(t *testing.T, k killed) {
			if k.resumed {
				k.world.once("resumed")
				if got := k.world.boots(); got != "n1:1 n2:2 n3:1" {
					t.Errorf("booted were %s", got)
				}
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, durable := range []bool{false, true} {
				at := 1
				for killAt(t, at, durable, true, c.setup, c.check) {
					killAt(t, at, durable, false, c.setup, c.check)
					at++
				}
				if at < 16 {
					t.Errorf("only %d entries", at)
				}
			}
		})
	}
}

// killAt kills a run at one entry, and goes on with it. It is false where there is no such entry.
func killAt(t *testing.T, at int, durable, resumed bool, setup func(*testing.T) (*world, run.Request), check func(*testing.T, killed)) (there bool) {
	t.Helper()
	t.Run(fmt.Sprintf("entry %d, durable %v, resumed %v", at, durable, resumed), func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w, r := setup(t)
			j := &memory{killAt: at, durable: durable}
			_, err := begin(w, j, r, quick())
			if there = errors.Is(err, errKilled); !there {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			before, _ := run.Fold(j.entries)
			if len(j.entries) == 0 || before.Phase == run.EndedPhase {
				w.clean("killed")
				return
			}
			then := map[bool]func(*world, *memory, Limits) (Outcome, error){true: resume, false: abort}[resumed]
			outcome, err := then(w, j, quick())
			if err != nil {
				t.Fatal(outcome, err)
			}
			if outcome == Ended {
				w.clean("ended")
			} else if r.Verb == run.Roll || !resumed {
				t.Errorf("it is %s", outcome)
			}
			for n, times := range w.on {
				if times > 1 {
					t.Errorf("%s went into maintenance mode %d times", n, times)
				}
			}
			after, err := run.Fold(j.entries)
			if err != nil {
				t.Fatal(err)
			}
			check(t, killed{w, before, after, outcome, resumed})
		})
	})
	return there
}
