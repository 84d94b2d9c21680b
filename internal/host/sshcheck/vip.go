package sshcheck

import (
	"net/netip"
	"regexp"
	"strings"

	"umm/internal/host/hostfs"
)

// VIP is an address that a service puts on one host of several.
type VIP struct {
	Addr netip.Addr
	Unit string
	File string // where that was read
}

// readVIPs reads the addresses that keepalived and Pacemaker are configured to hold.
func readVIPs(f hostfs.FS) []VIP {
	var all []VIP
	take := func(words []string, unit, file string) {
		for _, w := range words {
			w, _, _ = strings.Cut(w, "/")
			if addr, err := netip.ParseAddr(w); err == nil {
				all = append(all, VIP{addr.Unmap(), unit, file})
			}
		}
	}
	for _, pattern := range []string{"/etc/keepalived/*.conf", "/etc/keepalived/*/*.conf"} {
		for _, file := range glob(f, pattern) {
			data, _ := f.ReadFile(file)
			take(virtualAddresses(string(data)), "keepalived.service", file)
		}
	}
	for _, file := range []string{"/var/lib/pacemaker/cib/cib.xml", "/var/lib/heartbeat/crm/cib.xml"} {
		data, _ := f.ReadFile(file)
		take(resourceAddresses(string(data)), "pacemaker.service", file)
	}
	return all
}

// virtualAddresses are the words within the blocks virtual_ipaddress and
// virtual_ipaddress_excluded of keepalived.conf(5).
func virtualAddresses(text string) []string {
	var words []string
	inside := false
	for l := range strings.Lines(text) {
		if i := strings.IndexAny(l, "#!"); i >= 0 {
			l = l[:i]
		}
		for _, w := range strings.Fields(strings.NewReplacer("{", " { ", "}", " } ").Replace(l)) {
			switch {
			case strings.HasPrefix(w, "virtual_ipaddress"):
				inside = true
			case w == "}":
				inside = false
			case inside && w != "{":
				words = append(words, w)
			}
		}
	}
	return words
}

var (
	nvpair      = regexp.MustCompile(`<nvpair\b[^>]*>`)
	nvpairIP    = regexp.MustCompile(`\bname="ip"`)
	nvpairValue = regexp.MustCompile(`\bvalue="([^"]*)"`)
)

// resourceAddresses are the values of ip in Pacemaker's CIB, as IPaddr2 and IPaddr have it.
func resourceAddresses(text string) []string {
	var words []string
	for _, pair := range nvpair.FindAllString(text, -1) {
		if value := nvpairValue.FindStringSubmatch(pair); value != nil && nvpairIP.MatchString(pair) {
			words = append(words, value[1])
		}
	}
	return words
}
