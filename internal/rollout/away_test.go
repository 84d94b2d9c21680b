package rollout

import (
	"slices"
	"testing"

	"umm/internal/run"
	"umm/internal/service"
)

// A host that is back has to be well before what was changed for it is undone, also
// where all hosts were out.
func TestAway(t *testing.T) {
	open := []service.Change{{ID: "db/n1", Service: "db"}}
	s := run.State{Hosts: []run.Stay{{Host: "n1", Open: open}, {Host: "n2", Open: open, Entered: true}, {Host: "n3", Entered: true}, {Host: "n4"}}}
	if got := away(s); !slices.Equal(got, []string{"n2", "n3"}) {
		t.Errorf("away are %v", got)
	}
	if got := outHosts(s); !slices.Equal(got, []string{"n1", "n2", "n3"}) {
		t.Errorf("out are %v", got)
	}
}
