package rollout

import (
	"fmt"
	"slices"
	"testing"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// drains are changes made for a host on each of peers, and one that can be undone on
// any of them.
func drains(host string, peers ...string) []service.Change {
	undo := service.Command{Argv: []string{"undo"}}
	var all []service.Change
	for _, p := range peers {
		all = append(all, service.Change{ID: "lb/" + p, Service: "lb", Target: host, Title: p, On: []string{p}, Undo: undo})
	}
	return append(all, service.Change{ID: "any", Service: "crm", Target: host, Title: "any", On: peers, Undo: undo})
}

func TestGiveUp(t *testing.T) {
	one := []run.Turn{{Host: "n2", Entered: true, Open: drains("n2", "n1", "n3")}}
	all := []run.Turn{{Host: "n1", Entered: true, Open: drains("n1", "n2", "n3")}, {Host: "n2", Entered: true, Open: drains("n2", "n3")}, {Host: "n3", Entered: true}}
	starts := []ColdStart{{Host: "n3", Change: service.Change{Title: "found it"}}}
	for _, c := range []struct {
		name   string
		stays  []run.Turn
		starts []ColdStart
		gone   []string
		want   []string
	}{
		{"nothing", []run.Turn{{Host: "n2", Finished: true}}, nil, nil, nil},
		{"one host", one, nil, nil, []string{"n2: leave any n3 n1"}},
		{"one host, a peer gone", one, nil, []string{"n3"}, []string{"n2: leave any n1", "n2: n3"}},
		{"one host, gone", one, nil, []string{"n2"}, []string{"n2: leave any n3 n1"}},
		{"all", all, starts, nil, []string{"n3: start", "n3: leave", "n2: leave", "n1: leave", "n2: any n3", "n1: any n3 n2"}},
		{"all, one gone", all, nil, []string{"n2"}, []string{"n3: leave", "n1: leave", "n1: any n3", "n1: n2", "n2: leave any n3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, p := range GiveUp(run.State{Hosts: c.stays}, c.starts, c.gone, quick()) {
				text := p.Host + ":"
				for i, st := range p.Steps {
					if st.N != i {
						t.Errorf("step %d of %s says that it is %d", i, p.Host, st.N)
					}
					what := string(st.Kind)
					if st.Kind == run.Restore {
						what = st.Change.Title
					}
					text += " " + what
				}
				got = append(got, text)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %s", fmt.Sprintf("%q", got))
			}
		})
	}
}
