package rollout

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

func TestEntering(t *testing.T) {
	at := func(mode, boot, of string) HostStatus {
		h := HostStatus{Host: "n1", Status: api.Status{Mode: mode, BootID: boot}}
		if of != "" {
			h.Status.Trigger = &api.Trigger{Run: of}
		}
		return h
	}
	for name, c := range map[string]struct {
		host  HostStatus
		asked bool
		want  Status
	}{
		"there, by this run":           {at(api.ModeMaintenance, "b2", "r1"), true, Done},
		"there, without a reboot":      {at(api.ModeMaintenance, "b1", "r1"), true, Failed},
		"there, by another run":        {at(api.ModeMaintenance, "b2", "r2"), true, Failed},
		"there, by a person":           {at(api.ModeMaintenance, "b2", ""), true, Failed},
		"not asked yet":                {at(api.ModeOperational, "b1", ""), false, Due},
		"asked, and still up":          {at(api.ModeOperational, "b1", ""), true, Waiting},
		"rebooted into the other mode": {at(api.ModeOperational, "b2", ""), true, Lost},
		"going down":                   {at(api.ModeRebooting, "b1", "r1"), true, Waiting},
		"disabled":                     {at(api.ModeDisabled, "b1", ""), false, Failed},
		"a mode of a later version":    {at("frozen", "b1", ""), false, Failed},
		"no answer":                    {HostStatus{Host: "n1", Err: errDead}, true, Unreachable},
	} {
		if got := judgeEnter(c.host, "r1", "b1", false, c.asked); got.Status != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestEnteringLive(t *testing.T) {
	at := func(mode, boot, of string, switching bool) HostStatus {
		return HostStatus{Host: "n1", Status: api.Status{Mode: mode, BootID: boot, Switching: switching, Trigger: &api.Trigger{Run: of}}}
	}
	for name, c := range map[string]struct {
		host  HostStatus
		asked bool
		want  Status
	}{
		"there": {at(api.ModeMaintenance, "b1", "r1", false), true, Done},
		"there, after a reboot that nobody asked for": {at(api.ModeMaintenance, "b2", "r1", false), true, Done},
		"on its way":                   {at(api.ModeMaintenance, "b1", "r1", true), true, Waiting},
		"on its way, or interrupted":   {at(api.ModeMaintenance, "b1", "r1", true), false, Due},
		"there, by another run":        {at(api.ModeMaintenance, "b1", "r2", false), true, Failed},
		"not asked yet":                {at(api.ModeOperational, "b1", "", false), false, Due},
		"asked, and not begun":         {at(api.ModeOperational, "b1", "", false), true, Waiting},
		"rebooted into the other mode": {at(api.ModeOperational, "b2", "", false), true, Lost},
	} {
		if got := judgeEnter(c.host, "r1", "b1", true, c.asked); got.Status != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A cluster that is healthy once does not count: it has to stay so.
func TestSettlesBySamples(t *testing.T) {
	w := newWorld(t, "n1", "n2", "n3")
	l := quick()
	l.Samples = 4
	var seen []string
	e := w.engine(&memory{}, l)
	e.Emit = func(entry run.Entry) {
		if entry.Kind != run.Waiting || entry.Step.Kind != run.Settle {
			return
		}
		seen = append(seen, entry.Text)
		w.lock.Lock()
		defer w.lock.Unlock()
		if len(seen) == 2 {
			w.trouble["n2"] = service.Verdict{Service: "db", Name: "serves", Host: "n2", State: service.Wait, Reason: "n2 resyncs"}
		} else {
			delete(w.trouble, "n2")
		}
	}
	r := request(run.Roll, "n1")
	if err := e.Begin(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if outcome, err := e.Go(t.Context()); outcome != Ended {
		t.Fatal(err)
	}
	want := []string{"healthy, check 1 of 4", "healthy, check 2 of 4", "db: n2 resyncs", "healthy, check 1 of 4", "healthy, check 2 of 4", "healthy, check 3 of 4"}
	if !slices.Equal(seen, want) {
		t.Errorf("seen %q", seen)
	}
}

// A run that is given up takes its mark off a host before it looks at it: an umm on
// that is still on its way there is refused from then on.
func TestAbortUnmarksFirst(t *testing.T) {
	w := newWorld(t, "n1", "n2", "n3")
	j := &memory{}
	if outcome, err := begin(w, j, request(run.On, "n1"), quick()); outcome != Paused {
		t.Fatal(err)
	}
	e := w.engine(j, quick())
	e.Emit = func(entry run.Entry) {
		if entry.Kind == run.Waiting && entry.Text == "umm off requested" {
			w.lock.Lock()
			defer w.lock.Unlock()
			if w.hosts["n1"].guard != "" {
				t.Error("n1 still has the mark of the run")
			}
		}
	}
	w.hasty = true
	if err := e.Abort(t.Context(), "test", nil); err != nil {
		t.Fatal(err)
	}
	if outcome, err := e.Go(t.Context()); outcome != Ended {
		t.Fatal(err)
	}
	w.clean("aborted")
}

// resume is not offered where it cannot go on.
func TestHintWhereARunCannotGoOn(t *testing.T) {
	e := &Engine{state: run.State{Request: request(run.Roll, "n1")}}
	for name, c := range map[string]struct {
		kind run.StepKind
		r    Result
		word string
	}{
		"a refusal that can be mended": {run.Enter, Result{Status: Failed, Text: "no"}, "resume"},
		"nothing to go on with":        {run.Enter, Result{Status: Lost, Text: "no"}, "roll again"},
		"a command that failed":        {run.Command, Result{Status: Failed, Text: "no"}, "by hand"},
		"a command that was not seen":  {run.Command, Result{Status: Interrupted, Err: context.DeadlineExceeded}, "resume"},
	} {
		var stop *Stop
		if err := e.stop(run.Step{Host: "n1", Kind: c.kind}, c.r); !errors.As(err, &stop) || !strings.Contains(stop.Hint, c.word) {
			t.Errorf("%s: the hint of %v", name, err)
		}
	}
}
