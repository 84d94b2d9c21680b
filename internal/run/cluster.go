package run

import (
	"fmt"
	"maps"
	"slices"
)

// Machine is what tells a host from another one of the same name.
type Machine struct {
	// Address is where it is reached.
	Address string `json:"address"`
	// Keys are the fingerprints of the ssh keys that are recorded for it.
	Keys []string `json:"keys,omitempty"`
}

// is tells whether two descriptions are of one machine: it may move, and its keys may be made
// anew, but not both at once. Two that share an address and no key are two.
func (m Machine) is(other Machine) bool {
	if len(m.Keys) == 0 || len(other.Keys) == 0 {
		return m.Address == other.Address
	}
	return slices.ContainsFunc(m.Keys, func(key string) bool { return slices.Contains(other.Keys, key) })
}

// Elsewhere says why a run is not one of the cluster whose hosts are here; empty where it is. One
// host that was installed anew makes no other cluster of it. A run of before, which does not
// know its machines, is of any.
func (r Request) Elsewhere(here map[string]Machine) string {
	same, why := 0, ""
	for _, name := range slices.Sorted(maps.Keys(r.Machines)) {
		there := r.Machines[name]
		now, known := here[name]
		switch {
		case known && there.is(now):
			same++
		case why != "":
		case !known:
			why = "it has the host " + name + ", which is none of the hosts here"
		default:
			why = fmt.Sprintf("its %s is at %s, and the one here at %s, with other ssh keys", name, there.Address, now.Address)
		}
	}
	if 2*same > len(r.Machines) {
		return ""
	}
	return why
}
