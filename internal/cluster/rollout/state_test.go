package rollout

import (
	"slices"
	"testing"

	"umm/internal/api"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// A host that is back has to be well before what was changed for it is undone, also
// where all hosts were out.
func TestAway(t *testing.T) {
	open := []service.Change{{ID: "db/n1", Service: "db"}}
	s := run.State{Hosts: []run.Turn{{Host: "n1", Open: open}, {Host: "n2", Open: open, Entered: true}, {Host: "n3", Entered: true}, {Host: "n4"}}}
	if got := inMaintenance(s); !slices.Equal(got, []string{"n2", "n3"}) {
		t.Errorf("away are %v", got)
	}
	if got := outOfService(s); !slices.Equal(got, []string{"n1", "n2", "n3"}) {
		t.Errorf("out are %v", got)
	}
}

// stuck is a view that says of some hosts why they cannot leave.
type stuck struct {
	simView
	bad map[string]service.Verdict
}

func (l stuck) Leave(host string) []service.Verdict {
	if v, ok := l.bad[host]; ok {
		return []service.Verdict{v}
	}
	return nil
}

func TestNoneCanGo(t *testing.T) {
	alone := service.Verdict{Service: "mq", Name: "copies", State: service.Stop, Reason: "the only copy is here", Risk: "only-copy"}
	late := alone
	late.State = service.Wait
	for _, c := range []struct {
		name string
		bad  map[string]service.Verdict
		r    run.Request
		want int
	}{
		{"all can", nil, request(run.Roll, "n1", "n2"), 0},
		{"one can", map[string]service.Verdict{"n1": alone}, request(run.Roll, "n1", "n2"), 0},
		{"one may soon", map[string]service.Verdict{"n1": alone, "n2": late}, request(run.Roll, "n1", "n2"), 0},
		{"none can", map[string]service.Verdict{"n1": alone, "n2": alone}, request(run.Roll, "n1", "n2"), 2},
		{"one that cannot", map[string]service.Verdict{"n1": alone}, request(run.On, "n1"), 1},
		{"down", map[string]service.Verdict{"n1": alone, "n2": alone}, request(run.Down, "n1", "n2"), 0},
	} {
		seen := Observation{Hosts: []HostStatus{{Host: "n1", Status: api.Status{Enabled: true}}, {Host: "n2", Status: api.Status{Enabled: true}}},
			Views: []NamedView{{"mq", stuck{bad: c.bad}}}}
		if got := seen.allBlocked(c.r); len(got) != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
		c.r.Risks = []run.Risk{{Name: "only-copy", Reason: "it is empty"}}
		if got := seen.allBlocked(c.r); len(got) > 0 {
			t.Errorf("%s, accepted: %v", c.name, got)
		}
	}
}
