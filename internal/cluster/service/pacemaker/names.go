package pacemaker

import (
	"slices"
	"strings"

	"umm/internal/cluster/service"
)

// match finds the node that each member is: by what the member calls itself
// (own), by its name, by the first label of its name, and if that leaves one
// member and one node, those are each other.
func match(members []string, own map[string]string, nodes []string) map[string]string {
	found := map[string]string{}
	left := slices.Clone(nodes)
	take := func(host, node string) {
		found[host] = node
		left = slices.DeleteFunc(left, func(n string) bool { return n == node })
	}
	for _, same := range []func(host, node string) bool{
		func(host, node string) bool { return own[host] == node },
		strings.EqualFold,
		service.Called,
	} {
		for _, host := range members {
			if found[host] != "" {
				continue
			}
			var hits []string
			for _, n := range left {
				if same(host, n) {
					hits = append(hits, n)
				}
			}
			if len(hits) == 1 {
				take(host, hits[0])
			}
		}
	}
	rest := slices.DeleteFunc(slices.Clone(members), func(h string) bool { return found[h] != "" })
	if len(rest) == 1 && len(left) == 1 && len(members) == len(nodes) {
		take(rest[0], left[0])
	}
	return found
}
