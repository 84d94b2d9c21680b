package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// begin starts a new run.
func begin(w *world, j *memory, r run.Request, l Limits) (Outcome, error) {
	e := w.engine(j, l)
	if err := e.Begin(w.t.Context(), r); err != nil {
		return Stopped, err
	}
	return e.Go(w.t.Context())
}

// resume goes on with a run, however often it takes.
func resume(w *world, j *memory, l Limits) (Outcome, error) {
	e := w.engine(j, l)
	if err := e.Resume(w.t.Context(), "test"); err != nil {
		return Stopped, err
	}
	return e.Go(w.t.Context())
}

func abort(w *world, j *memory, l Limits) (Outcome, error) {
	e := w.engine(j, l)
	if err := e.Abort(w.t.Context(), "test", nil); err != nil {
		return Stopped, err
	}
	return e.Go(w.t.Context())
}

// clean checks that nothing of a run is left on the hosts.
func (w *world) clean(what string) {
	w.t.Helper()
	for _, h := range w.hosts {
		if h.mode != api.ModeOperational || h.standby || h.guard != "" {
			w.t.Errorf("%s: %s is left: mode %s, standby %v, guard %q", what, h.name, h.mode, h.standby, h.guard)
		}
	}
	if w.most > 1 {
		w.t.Errorf("%s: %d hosts were out at once", what, w.most)
	}
}

func (w *world) once(what string) {
	w.t.Helper()
	for _, n := range w.names {
		if w.on[n] != 1 {
			w.t.Errorf("%s: %s went into maintenance mode %d times", what, n, w.on[n])
		}
	}
}

func TestRoll(t *testing.T) {
	w := newWorld(t, "n1", "n2", "n3")
	w.late["n1"] = []string{"holds the virtual IP"}
	j := &memory{}
	outcome, err := begin(w, j, request(run.Roll, w.names...), quick())
	if outcome != Ended || err != nil {
		t.Fatalf("%s, %v", outcome, err)
	}
	w.clean("roll")
	w.once("roll")
	s, err := run.Fold(j.entries)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, stay := range s.Hosts {
		order = append(order, stay.Host)
	}
	if fmt.Sprint(order) != "[n2 n3 n1]" {
		t.Errorf("order %v", order)
	}
}

// What plan prints is what roll does.
func TestPlanIsWhatRollDoes(t *testing.T) {
	w := newWorld(t, "n1", "n2", "n3")
	w.late["n2"] = []string{"is the coordinator"}
	r := request(run.Roll, w.names...)
	plan := Plan(r, w.cluster().Observe(t.Context(), quick()), quick())
	j := &memory{}
	if outcome, err := begin(w, j, r, quick()); outcome != Ended {
		t.Fatal(err)
	}
	s, _ := run.Fold(j.entries)
	for i, stay := range plan {
		if got := s.Hosts[i]; got.Host != stay.Host || fmt.Sprint(titles(got.Steps)) != fmt.Sprint(titles(stay.Steps)) {
			t.Errorf("planned %s %q, done %s %q", stay.Host, titles(stay.Steps), got.Host, titles(got.Steps))
		}
	}
}

func titles(steps []run.Step) []string {
	var all []string
	for _, s := range steps {
		all = append(all, s.Title)
	}
	return all
}

// Killed at every entry, before and after it was durable; then resumed, or given
// up.
func TestKilledAnywhere(t *testing.T) {
	for _, verb := range []run.Verb{run.Roll, run.On} {
		for _, durable := range []bool{false, true} {
			for at := 1; ; at++ {
				if !killedAt(t, verb, at, durable, resume) {
					break
				}
				killedAt(t, verb, at, durable, abort)
			}
		}
	}
}

// killedAt tells whether there was an entry to be killed at.
func killedAt(t *testing.T, verb run.Verb, at int, durable bool, then func(*world, *memory, Limits) (Outcome, error)) bool {
	t.Helper()
	w := newWorld(t, "n1", "n2", "n3")
	j := &memory{killAt: at, durable: durable}
	hosts := w.names
	if verb == run.On {
		hosts = hosts[:1]
	}
	_, err := begin(w, j, request(verb, hosts...), quick())
	what := fmt.Sprintf("%s killed at entry %d (durable %v)", verb, at, durable)
	if !errors.Is(err, errKilled) {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		return false
	}
	if len(j.entries) == 0 {
		w.clean(what + ", before anything")
		return true
	}
	if s, _ := run.Fold(j.entries); s.Phase == run.EndedPhase {
		return true
	}
	outcome, err := then(w, j, quick())
	if err != nil {
		t.Errorf("%s: %s, %v", what, outcome, err)
	}
	if outcome == Paused && verb == run.On {
		w.once1(what, "n1")
		return true
	}
	w.clean(what)
	if outcome != Ended {
		t.Errorf("%s: %s", what, outcome)
	}
	for n, times := range w.on {
		if times > 1 {
			t.Errorf("%s: %s went into maintenance mode %d times", what, n, times)
		}
	}
	return true
}

func (w *world) once1(what, host string) {
	w.t.Helper()
	if w.on[host] != 1 || w.hosts[host].mode != api.ModeMaintenance {
		w.t.Errorf("%s: %s is %s after %d umm on", what, host, w.hosts[host].mode, w.on[host])
	}
}

func TestRefusedFromTheStart(t *testing.T) {
	stop := service.Verdict{Service: "db", Name: "serves", Host: "n3", State: service.Stop, Reason: "n3 is a donor", Risk: "donor"}
	for name, c := range map[string]struct {
		spoil func(*world)
		want  string
	}{
		"a host in maintenance mode": {func(w *world) { w.hosts["n2"].mode = api.ModeMaintenance }, "n2 is in maintenance mode"},
		"a host that does not tell":  {func(w *world) { w.hosts["n2"].dead = true }, "cannot get the status of n2"},
		"trouble":                    {func(w *world) { w.trouble["n3"] = stop }, "n3 is a donor"},
		"one that is disabled":       {func(w *world) { w.hosts["n3"].disabled = true }, "maintenance mode is disabled on n3"},
		"somebody's standby":         {func(w *world) { w.hosts["n1"].standby = true }, "n1 operational true"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "n1", "n2", "n3")
			c.spoil(w)
			j := &memory{}
			_, err := begin(w, j, request(run.Roll, w.names...), quick())
			var refused *Refused
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
			if len(j.entries) > 0 || len(w.on) > 0 {
				t.Errorf("something was done: %d entries, %v", len(j.entries), w.on)
			}
			if name == "somebody's standby" && !w.hosts["n1"].standby {
				t.Error("it was cleared")
			}
		})
	}
}

// An accepted risk is accepted for what was wrong before, and for nothing new.
func TestAcceptedRisk(t *testing.T) {
	w := newWorld(t, "n1", "n2", "n3")
	w.trouble["n3"] = service.Verdict{Service: "db", Name: "slow", Host: "n3", State: service.Stop, Reason: "n3 is slow", Risk: "slow"}
	r := request(run.Roll, "n1")
	r.Risks = []run.Risk{{Name: "slow", Reason: "known"}}
	if outcome, err := begin(w, &memory{}, r, quick()); outcome != Ended {
		t.Errorf("%s, %v", outcome, err)
	}
	bad := Unaccepted([]service.Verdict{{Service: "db", Name: "slow", Host: "n2", State: service.Stop, Risk: "slow"}}, r,
		[]service.Verdict{w.trouble["n3"]})
	if len(bad) != 1 {
		t.Error("what is new was accepted")
	}
}

func TestStops(t *testing.T) {
	fast := quick()
	fast.Enter, fast.Leave, fast.Settle = 100*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond
	for name, c := range map[string]struct {
		spoil     func(*world)
		want      string
		untouched []string
		hint      string
	}{
		"the command fails": {func(w *world) { w.command = func(string) bool { return false } },
			"the command failed with status 3", []string{"n2", "n3"}, "umm-cluster continue"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "n1", "n2", "n3")
			c.spoil(w)
			j := &memory{}
			outcome, err := begin(w, j, request(run.Roll, w.names...), fast)
			var stop *Stop
			if outcome != Stopped || !errors.As(err, &stop) || !strings.Contains(err.Error(), c.want) || !strings.Contains(stop.Hint, c.hint) {
				t.Fatalf("%s, %v, %+v", outcome, err, stop)
			}
			for _, n := range c.untouched {
				if h := w.hosts[n]; h.mode != api.ModeOperational || h.standby || w.on[n] > 0 {
					t.Errorf("%s was touched", n)
				}
			}
			if outcome, err := abort(w, j, fast); outcome != Ended {
				t.Fatalf("abort: %s, %v", outcome, err)
			}
			w.clean("after abort")
		})
	}
}

// A host that never comes back stops the run; when it answers again, resume goes
// on.
func TestHostIsGone(t *testing.T) {
	w := newWorld(t, "n1", "n2", "n3")
	l := quick()
	l.Enter = 50 * time.Millisecond
	j := &memory{}
	w.hosts["n1"].busy = 0
	e := w.engine(j, l)
	// What is waited for is shown before it is waited for.
	e.Cluster.Await = func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
	e.Emit = func(entry run.Entry) {
		if entry.Kind == run.Waiting && entry.Text == "umm on requested" {
			w.lock.Lock()
			w.hosts["n1"].dead = true
			w.lock.Unlock()
		}
	}
	if err := e.Begin(t.Context(), request(run.Roll, w.names...)); err != nil {
		t.Fatal(err)
	}
	outcome, err := e.Go(t.Context())
	if outcome != Stopped || !strings.Contains(err.Error(), "n1 does not answer") {
		t.Fatalf("%s, %v", outcome, err)
	}
	w.hosts["n1"].dead = false
	if outcome, err = resume(w, j, quick()); outcome != Ended {
		t.Fatalf("%s, %v", outcome, err)
	}
	w.clean("resumed")
	w.once("resumed")
}

func TestHolds(t *testing.T) {
	for name, o := range map[string]run.Options{"canary": {Canary: true}, "pause": {PauseAfter: 1}, "hold": {Hold: true}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "n1", "n2", "n3")
			r := request(run.Roll, w.names...)
			r.Options = o
			j := &memory{}
			outcome, err := begin(w, j, r, quick())
			holds := 0
			for outcome == Paused {
				holds++
				e := w.engine(j, quick())
				if err = e.Continue(t.Context(), "test"); err == nil {
					outcome, err = e.Go(t.Context())
				}
			}
			if outcome != Ended || holds != map[string]int{"canary": 1, "pause": 2, "hold": 3}[name] {
				t.Errorf("%s after %d holds, %v", outcome, holds, err)
			}
			w.clean(name)
			w.once(name)
		})
	}
}

// All hosts down, and up again, last in, first out; killed on the way up at every
// entry.
func TestDownAndUp(t *testing.T) {
	for at := 0; ; at++ {
		w := newWorld(t, "n1", "n2", "n3")
		j := &memory{}
		r := request(run.Down, w.names...)
		r.Risks = []run.Risk{{Name: RiskServiceStop, Reason: "site work"}}
		outcome, err := begin(w, j, r, quick())
		if outcome != Paused {
			t.Fatalf("%s, %v", outcome, err)
		}
		for _, h := range w.hosts {
			if h.mode != api.ModeMaintenance {
				t.Errorf("%s is %s", h.name, h.mode)
			}
		}
		if at > 0 {
			j.killAt = len(j.entries) + at
		}
		e := w.engine(j, quick())
		if err = e.Return(t.Context(), "test", nil, nil); err == nil {
			outcome, err = e.Go(t.Context())
		}
		if errors.Is(err, errKilled) {
			if s, _ := run.Fold(j.entries); s.Direction == run.Forward {
				continue
			}
			outcome, err = resume(w, j, quick())
		} else if at > 0 {
			return
		}
		if outcome != Ended {
			t.Fatalf("killed at %d: %s, %v", at, outcome, err)
		}
		w.most = 0
		w.clean("up")
		s, _ := run.Fold(j.entries)
		var back []string
		for _, stay := range s.Hosts[3:] {
			if stay.Steps[0].Kind == run.Leave {
				back = append(back, stay.Host)
			}
		}
		if !slices.Equal(back, []string{"n3", "n2", "n1"}) {
			t.Errorf("they came back as %v", back)
		}
	}
}
