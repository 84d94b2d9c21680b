package rollout

import (
	"errors"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// No host is chosen by a sight in which something cannot be read: what is not seen
// of a service would not be drained there.
func TestNextObservesAgain(t *testing.T) {
	verdict := service.Verdict{Service: "db", Name: "serves", Host: "n2", State: service.Unknown, Reason: "n2 does not tell", Risk: "silent"}
	baseline := []service.Verdict{verdict}
	risks := []run.Risk{{Name: "silent", Reason: "known"}}
	for name, c := range map[string]struct {
		verb     run.Verb
		state    service.State
		risks    []run.Risk
		baseline []service.Verdict
		want     ActionKind
	}{
		"unknown":                        {run.Roll, service.Unknown, nil, nil, Observe},
		"unknown, for one host":          {run.On, service.Unknown, nil, nil, Observe},
		"bad, which is for the gate":     {run.Roll, service.Stop, nil, nil, ChooseHost},
		"accepted, and so at the start":  {run.Roll, service.Unknown, risks, baseline, ChooseHost},
		"accepted, but not so before":    {run.Roll, service.Unknown, risks, []service.Verdict{}, Observe},
		"all are taken down all at once": {run.Down, service.Unknown, nil, nil, ChooseHost},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "n1", "n2", "n3")
			said := verdict
			said.State = c.state
			w.trouble["n2"] = said
			seen := w.cluster().Observe(t.Context(), quick())
			r := request(c.verb, w.names...)
			r.Risks = c.risks
			m := Next(run.State{Request: r, Phase: run.Active, Baseline: c.baseline}, &seen, quick())
			if m.Kind != c.want || c.want == Observe && !strings.Contains(m.Why, "n2 does not tell") {
				t.Errorf("%+v", m)
			}
			if plan := Plan(r, seen, quick()); len(plan) != 3 {
				t.Errorf("the plan has %d hosts", len(plan))
			}
		})
	}
}

// muteWhen makes the service on a host mute when n hosts are through.
func muteWhen(w *world, e *Engine, host string, n, asks int) {
	finished := 0
	e.Emit = func(entry run.Entry) {
		if entry.Kind == run.Finished {
			finished++
		}
		if finished == n && (entry.Kind == run.Finished || n == 0 && entry.Kind == run.Baseline) {
			w.lock.Lock()
			w.mute[host] = asks
			w.lock.Unlock()
		}
	}
}

// A member that cannot be read at the moment of the choice, or of the gate after it, is
// checked again, and every host is drained.
func TestUnreadableForAMoment(t *testing.T) {
	for n := range 3 {
		w := newWorld(t, "n1", "n2", "n3")
		j := &memory{}
		e := w.engine(j, quick())
		muteWhen(w, e, "n3", n, 3)
		if err := e.Begin(t.Context(), request(run.Roll, w.names...)); err != nil {
			t.Fatal(err)
		}
		if outcome, err := e.Go(t.Context()); outcome != Ended {
			t.Fatalf("%s, %v", outcome, err)
		}
		w.clean("roll")
		w.once("roll")
		for _, stay := range e.State().Hosts {
			if stay.Steps[1].Kind != run.Drain {
				t.Errorf("%s went undrained: %q", stay.Host, titles(stay.Steps))
			}
		}
	}
}

// One that stays so stops the run before a host is touched, and resume goes on.
func TestUnreadableForGood(t *testing.T) {
	w := newWorld(t, "n1", "n2", "n3")
	j := &memory{}
	e := w.engine(j, quick())
	muteWhen(w, e, "n3", 0, 1<<30)
	if err := e.Begin(t.Context(), request(run.Roll, w.names...)); err != nil {
		t.Fatal(err)
	}
	outcome, err := e.Go(t.Context())
	var stop *Stop
	if outcome != Stopped || !errors.As(err, &stop) || !strings.Contains(err.Error(), "cannot choose the next host: db: n3: it took too long") ||
		!strings.Contains(stop.Hint, "nothing is out of service; umm-cluster resume") {
		t.Fatalf("%s, %v, %+v", outcome, err, stop)
	}
	if st := e.State(); len(st.Hosts) > 0 || len(w.on) > 0 {
		t.Errorf("%v were taken, %v", outOfService(st), w.on)
	}
	w.lock.Lock()
	w.mute["n3"] = 0
	w.lock.Unlock()
	if outcome, err = resume(w, j, quick()); outcome != Ended {
		t.Fatalf("%s, %v", outcome, err)
	}
	w.clean("resumed")
	w.once("resumed")
}

// The first look is tried again like all others.
func TestUnreadableAtFirst(t *testing.T) {
	for asks, refused := range map[int]bool{0: false, 2: false, 1 << 30: true} {
		w := newWorld(t, "n1", "n2", "n3")
		w.mute["n3"] = asks
		err := w.engine(&memory{}, quick()).Begin(t.Context(), request(run.Roll, w.names...))
		var r *Refused
		if errors.As(err, &r) != refused || !refused && err != nil {
			t.Errorf("mute for %d asks: %v", asks, err)
		}
	}
}

// What cannot be read is checked again also where one check takes as long as the wait.
func TestPatienceBeginsAfterTheCheck(t *testing.T) {
	var p patience
	end := time.Now()
	for _, tt := range []struct {
		after time.Duration
		over  bool
	}{{0, false}, {10 * time.Second, false}, {11 * time.Second, true}} {
		if got := p.over(end.Add(tt.after), 10*time.Second); got != tt.over {
			t.Errorf("after %s: %v", tt.after, got)
		}
	}
}

// A service has as long to be back as the cluster to be healthy, but in a run that is
// aborted.
func TestRestoreHasTheTimeOfSettle(t *testing.T) {
	c := service.Change{ID: "lb", Undo: service.Command{Argv: []string{"undo"}}, Wait: service.Waiting{Limit: 30 * time.Second}}
	l := quick()
	for _, st := range Steps("n1", request(run.Roll, "n1"), service.Exit{Changes: []service.Change{c}}, l) {
		if want := map[run.StepKind]time.Duration{run.Drain: c.Wait.Limit, run.Restore: l.Settle}[st.Kind]; want != 0 && st.Limit != want {
			t.Errorf("%s has %s, want %s", st.Kind, st.Limit, want)
		}
	}
	for _, turn := range GiveUp(run.State{Hosts: []run.Turn{{Host: "n1", Open: []service.Change{c}}}}, nil, nil, l) {
		if st := turn.Steps[0]; st.Limit != c.Wait.Limit {
			t.Errorf("given up, %s has %s", st.Kind, st.Limit)
		}
	}
}
