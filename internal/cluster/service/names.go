package service

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// Label is the first label of a host's name, in small letters: services name hosts with and
// without their domain.
func Label(host string) string {
	first, _, _ := strings.Cut(strings.ToLower(host), ".")
	return first
}

// Called tells whether a name that a service uses is that of a host, with its domain or without.
func Called(host, name string) bool {
	if strings.EqualFold(host, name) {
		return true
	}
	isAddress := func(name string) bool { _, err := netip.ParseAddr(name); return err == nil }
	return Label(host) != "" && Label(host) == Label(name) && !isAddress(host) && !isAddress(name)
}

// NoUUID is printed in place of a missing UUID.
const NoUUID = "00000000-0000-0000-0000-000000000000"

var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// IsUUID tells whether a text is a UUID, in small letters.
func IsUUID(text string) bool { return uuid.MatchString(text) }

// Few names a few, and counts the rest.
func Few(names []string) string {
	const few = 4
	if len(names) > few+1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
	}
	return strings.Join(names, ", ")
}
