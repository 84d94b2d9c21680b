package rollout

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

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
	w.hasty = true
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
		if h.dead {
			continue
		}
		if h.mode != api.ModeOperational || h.standby || h.drained || h.guard != "" {
			w.t.Errorf("%s: %s is left: mode %s, standby %v, drained %v, guard %q", what, h.name, h.mode, h.standby, h.drained, h.guard)
		}
	}
	if w.most > 1 {
		w.t.Errorf("%s: %d hosts were out at once", what, w.most)
	}
	if len(w.wrong) > 0 {
		w.t.Errorf("%s: %q", what, w.wrong)
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
		"somebody's standby":         {func(w *world) { w.hosts["n1"].standby = true }, "n1 is in standby"},
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
		w.hasty = true
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
