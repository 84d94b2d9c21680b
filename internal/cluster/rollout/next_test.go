package rollout

import (
	"slices"
	"testing"

	"umm/internal/cluster/service"
)

// leaving is a service of which only how its hosts leave is known.
type leaving map[string]service.Exit

func (leaving) Health([]string) []service.Verdict { return nil }
func (leaving) Leave(string) []service.Verdict    { return nil }
func (l leaving) Exit(host string) service.Exit   { return l[host] }
func (leaving) Settled(service.Change, bool) service.Verdict {
	return service.Verdict{}
}

// What clients use moves once: its host goes after all others, the coordinator too.
func TestChooseOrder(t *testing.T) {
	exits := leaving{
		"n1": {Late: []string{"holds the virtual IP vip"}, Moves: 1},
		"n2": {Late: []string{"is the coordinator", "leads etcd"}},
	}
	seen := Observation{Views: []NamedView{{Name: "s", View: exits}}}
	var order []string
	for left := []string{"n1", "n2", "n3"}; len(left) > 0; {
		host := rank(left, seen)[0].host
		order = append(order, host)
		left = slices.DeleteFunc(left, func(h string) bool { return h == host })
	}
	if want := []string{"n3", "n2", "n1"}; !slices.Equal(order, want) {
		t.Errorf("the order is %v, want %v", order, want)
	}
}
