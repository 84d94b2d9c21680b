package service

import (
	"slices"
	"strings"
)

// Teller is the first member that can tell how the service stands: a peer of the hosts in out
// before one of them.
func Teller(members, out []string, tells func(host string) bool) (host string, ok bool) {
	for _, away := range []bool{false, true} {
		for _, host := range members {
			if slices.Contains(out, host) == away && tells(host) {
				return host, true
			}
		}
	}
	return "", false
}

// PeersFirst are the members that can make a change for a host, with the host itself behind its
// peers.
func PeersFirst(members []string, host string, able func(host string) bool) []string {
	peers := slices.DeleteFunc(slices.Clone(members), func(m string) bool { return m == host || !able(m) })
	if able(host) {
		return append(peers, host)
	}
	return peers
}

// Complaints are why members do not tell, by what is wrong with each of them.
func Complaints(members []string, wrong func(host string) error) string {
	var all []string
	for _, host := range members {
		if err := wrong(host); err != nil {
			all = append(all, host+": "+err.Error())
		}
	}
	return strings.Join(all, "; ")
}
