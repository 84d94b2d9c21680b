package rollout

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// drained is a service of which a host that is not out is said to be drained by somebody.
type drained struct{ service.View }

func (drained) Health(out []string) []service.Verdict {
	vs := []service.Verdict{{Service: "db", Name: "quorum", State: service.OK, Reason: "fine"}}
	if !slices.Contains(out, "n1") {
		vs = append(vs, service.Verdict{Service: "db", Name: "drained", Host: "n1", State: service.Wait, Reason: "n1 is being drained, which somebody set"})
	}
	return vs
}

// What a run did itself is told as the run's, and not as somebody's.
func TestDuring(t *testing.T) {
	v := NamedView{Name: "db", View: drained{}}
	st := run.State{Request: run.Request{ID: "r1"}, Hosts: []run.Turn{{Host: "n1", Open: []service.Change{{Service: "db", Target: "n1", Title: "drain n1"}}}}}
	got := Observation{}.ServiceDuring(v, st)
	if len(got) != 2 || got[1].State != service.Wait || got[1].Reason != "run r1 has in force: drain n1" || strings.Contains(summary(got), "somebody") {
		t.Errorf("%+v", got)
	}
	if got := (Observation{}).ServiceDuring(v, run.State{}); len(got) != 2 || !strings.Contains(summary(got), "somebody") {
		t.Errorf("without a run: %+v", got)
	}
}

// check tells a run's own doing as status does, host by host.
func TestWholeDuring(t *testing.T) {
	seen := Observation{Hosts: []HostStatus{{Host: "n1", Status: api.Status{Mode: api.ModeMaintenance}}, {Host: "n2", Err: errors.New("no route")}, {Host: "n3", Status: api.Status{Mode: api.ModeMaintenance}}},
		Views: []NamedView{{Name: "db", View: drained{}}}}
	st := run.State{Request: run.Request{ID: "r1"}, Hosts: []run.Turn{{Host: "n1", Entered: true, Open: []service.Change{{Service: "db", Target: "n1", Title: "drain n1"}}}, {Host: "n2", Entered: true}}}
	got := seen.HealthDuring(st)
	if text := summary(got); strings.Contains(text, "somebody") || len(got) != 5 {
		t.Fatalf("%s: %+v", text, got)
	}
	for i, want := range []struct {
		state  service.State
		reason string
	}{{service.Wait, "n1 is out of service by run r1"}, {service.Wait, "n2 is out of service by run r1"}, {service.Stop, "n3 is in maintenance mode"}, {service.OK, "fine"}, {service.Wait, "run r1 has in force: drain n1"}} {
		if got[i].State != want.state || got[i].Reason != want.reason {
			t.Errorf("%d: %+v, want %+v", i, got[i], want)
		}
	}
	if got := seen.HealthDuring(run.State{}); len(got) != 5 || !strings.Contains(got[4].Reason, "somebody") {
		t.Errorf("without a run: %+v", got)
	}
}
