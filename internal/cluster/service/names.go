package service

import (
	"fmt"
	"strings"
)

// Label is the first label of a host's name, in small letters: services name hosts with and
// without their domain.
func Label(host string) string {
	first, _, _ := strings.Cut(strings.ToLower(host), ".")
	return first
}

// Few names a few, and counts the rest.
func Few(names []string) string {
	const few = 4
	if len(names) > few+1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
	}
	return strings.Join(names, ", ")
}
