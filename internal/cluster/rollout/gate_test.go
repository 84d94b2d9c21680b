package rollout

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// moving is a view that says whether what a host did is done elsewhere.
type moving struct {
	simView
	there bool
}

func (moving) Health([]string) []service.Verdict { return nil }
func (moving) Leave(string) []service.Verdict    { return nil }
func (v moving) Settled(service.Change, bool) service.Verdict {
	if v.there {
		return service.Verdict{Service: "db", Name: "settled", State: service.OK, Reason: "it is elsewhere"}
	}
	return service.Verdict{Service: "db", Name: "settled", State: service.Wait, Reason: "it runs nowhere yet"}
}

// Between the drain and the reboot it is seen that what the host did is done elsewhere.
func TestCarriedBeforeReboot(t *testing.T) {
	for _, tt := range []struct {
		name    string
		there   bool
		carries []string
		target  string
		want    int
	}{
		{"it is", true, []string{"vip"}, "n1", 0},
		{"it is not", false, []string{"vip"}, "n1", 1},
		{"there was nothing", false, nil, "n1", 0},
		{"another host's", false, []string{"vip"}, "n2", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			seen := Observation{Hosts: []HostStatus{{Host: "n1", Status: api.Status{Enabled: true, Mode: api.ModeOperational}}},
				Views: []NamedView{{"db", moving{there: tt.there}}}}
			s := run.State{Request: request(run.Roll, "n1"), Hosts: []run.Turn{{Host: "n1",
				Open: []service.Change{{ID: "db/n1", Service: "db", Target: tt.target, Carries: tt.carries}}}}}
			if bad, _ := gateVerdicts(seen, s, "n1"); len(bad) != tt.want {
				t.Errorf("%+v", bad)
			}
		})
	}
}

// Where all hosts go there is nobody to do it.
func TestCarriedDown(t *testing.T) {
	for verb, want := range map[run.Verb]int{run.Roll: 1, run.On: 1, run.Down: 0} {
		exit := service.Exit{Changes: []service.Change{{ID: "db/n1", Carries: []string{"vip"}}}}
		i := slices.IndexFunc(Steps("n1", request(verb, "n1"), exit, DefaultLimits()), func(st run.Step) bool { return st.Kind == run.Drain })
		if st := Steps("n1", request(verb, "n1"), exit, DefaultLimits())[i]; len(st.Change.Carries) != want {
			t.Errorf("%s: %q", verb, st.Change.Carries)
		}
	}
}

// frugal asks two things at each round, and one of a change.
type frugal struct{ local }

func (frugal) Asks(string, []string) []service.Ask {
	return []service.Ask{{ID: "state", Argv: []string{"state"}}, {ID: "dear", Argv: []string{"dear"}}}
}

func (f frugal) AsksAbout(_ service.Change, host string, members []string) []service.Ask {
	return f.local.Asks(host, members)
}

func TestAboutAsksLess(t *testing.T) {
	h := &heard{}
	c := Cluster{Services: []service.Service{frugal{local{"one"}}}, Members: map[string][]string{"one": {"a", "b"}},
		Runner: func(host string) execx.Runner { return hearing{h, host} }}
	c.Observe(t.Context(), DefaultLimits())
	if len(h.hosts) != 4 {
		t.Errorf("a round asks %v", h.hosts)
	}
	h.hosts = nil
	c.About(service.Change{Service: "one"}).Observe(t.Context(), DefaultLimits())
	slices.Sort(h.hosts)
	if !slices.Equal(h.hosts, []string{"a", "b"}) {
		t.Errorf("of a change %v were asked", h.hosts)
	}
}

// An alert that fires keeps a run from beginning and a host from leaving, and what is known before
// and accepted keeps none. While something is in force alerts do not count.
func TestAlertsAreAGate(t *testing.T) {
	w := newWorld(t, "n1", "n2", "n3")
	fires := service.Verdict{Service: "alerts", Name: "HighLoad", State: service.Wait, Reason: "alert HighLoad fires", Risk: "alerts-firing"}
	var now []service.Verdict
	outAt := map[bool]bool{}
	engine := func(j *memory) *Engine {
		e := w.engine(j, quick())
		e.Cluster.Alerts = func(context.Context) []service.Verdict {
			w.lock.Lock()
			defer w.lock.Unlock()
			if w.hosts["n1"].drained { // as it would be, while the host is out
				outAt[true] = true
				return []service.Verdict{{Service: "alerts", Name: "HostDown", State: service.Wait, Reason: "alert HostDown fires", Risk: "alerts-firing"}}
			}
			outAt[false] = true
			return now
		}
		return e
	}
	now = []service.Verdict{fires}
	var refused *Refused
	if err := engine(&memory{}).Begin(t.Context(), request(run.Roll, "n1")); !errors.As(err, &refused) || !strings.Contains(err.Error(), "HighLoad") {
		t.Errorf("it begins: %v", err)
	}
	for name, risks := range map[string][]run.Risk{"none fires": nil, "it is accepted": {{Name: "alerts-firing", Reason: "it is known"}}} {
		if now = nil; risks != nil {
			now = []service.Verdict{fires}
		}
		r := request(run.Roll, "n1")
		r.Risks = risks
		e := engine(&memory{})
		if err := e.Begin(t.Context(), r); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if outcome, err := e.Go(t.Context()); outcome != Ended {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(outAt) != 2 {
		t.Error("it was not asked at both times")
	}
	// One that comes up between two hosts is waited for, and stops the run at last.
	now = nil
	e := engine(&memory{})
	e.Limits.Gate = 20 * time.Millisecond
	if err := e.Begin(t.Context(), request(run.Roll, "n2")); err != nil {
		t.Fatal(err)
	}
	w.lock.Lock()
	now = []service.Verdict{fires}
	w.lock.Unlock()
	var stop *Stop
	if _, err := e.Go(t.Context()); !errors.As(err, &stop) || !strings.Contains(err.Error(), "HighLoad") {
		t.Errorf("it goes on: %v", err)
	}
}
