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
// again, but not both at once. Two that share an address and no key are two.
func (m Machine) is(other Machine) bool {
	if len(m.Keys) == 0 || len(other.Keys) == 0 {
		return m.Address == other.Address
	}
	return slices.ContainsFunc(m.Keys, func(key string) bool { return slices.Contains(other.Keys, key) })
}

// Cluster is what tells a cluster from another one.
type Cluster struct {
	// Machines are its hosts, by their names.
	Machines map[string]Machine
	// IDs are what the hosts' services call their clusters, by service: more than one where
	// hosts do not agree.
	IDs map[string][]string
}

// Elsewhere says why a run is not one of the cluster that is here; empty where it is. One
// host that was installed again makes no other cluster of it, nor does one service. A run of
// before, which does not know its machines, is of any.
func (r Request) Elsewhere(here Cluster) string {
	same, why := 0, ""
	for _, name := range slices.Sorted(maps.Keys(r.Machines)) {
		there := r.Machines[name]
		now, known := here.Machines[name]
		switch {
		case known && there.is(now):
			same++
		case why != "":
		case !known:
			why = "it has host " + name + ", which is not in this cluster"
		default:
			why = fmt.Sprintf("its %s is at %s, and the one here at %s, with other ssh keys", name, there.Address, now.Address)
		}
	}
	if 2*same > len(r.Machines) || len(r.Machines) == 0 {
		return r.otherIDs(here)
	}
	return why
}

// otherIDs says which service has another cluster here than the run knows; empty where one has
// the same, and where none can be compared.
func (r Request) otherIDs(here Cluster) string {
	why := ""
	for _, service := range slices.Sorted(maps.Keys(r.IDs)) {
		there, now := r.IDs[service], here.IDs[service]
		switch {
		case len(there) == 0 || len(now) == 0:
		case slices.ContainsFunc(there, func(id string) bool { return slices.Contains(now, id) }):
			return ""
		case why == "":
			why = fmt.Sprintf("its %s is the cluster %s, and the one here %s", service, there[0], now[0])
		}
	}
	return why
}

// ShareMachine tells whether two clusters have a machine in common, whatever its names.
func ShareMachine(a, b map[string]Machine) bool {
	at := map[string][]Machine{}
	for _, m := range a {
		for _, sign := range m.signs() {
			at[sign] = append(at[sign], m)
		}
	}
	for _, m := range b {
		for _, sign := range m.signs() {
			if slices.ContainsFunc(at[sign], m.is) {
				return true
			}
		}
	}
	return false
}

// signs are what two descriptions of one machine have in common, one of them at least.
func (m Machine) signs() []string { return append([]string{m.Address}, m.Keys...) }
