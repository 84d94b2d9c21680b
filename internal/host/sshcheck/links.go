package sshcheck

import (
	"encoding/hex"
	"math/bits"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"umm/internal/host/hostfs"
)

const sysNet = "/sys/class/net/"

// readLinks reads every network interface from sysfs. isOVS tells whether Open
// vSwitch knows an interface as its own.
func readLinks(f hostfs.FS, isOVS func(name string) bool) map[string]Link {
	links := map[string]Link{}
	entries, _ := f.ReadDir(sysNet)
	var onOVS []string // what stands below Open vSwitch's interfaces
	for _, e := range entries {
		if !f.Exists(sysNet + e.Name + "/ifindex") {
			continue // bonding_masters
		}
		links[e.Name] = readLink(f, e.Name, isOVS)
		if master, err := f.Readlink(sysNet + e.Name + "/master"); err == nil && strings.HasSuffix(master, "/ovs-system") {
			onOVS = append(onOVS, e.Name)
		}
	}
	slices.Sort(onOVS)
	for name, l := range links {
		if l.Kind == OVS {
			l.Lower = onOVS
			links[name] = l
		}
	}
	return links
}

func readLink(f hostfs.FS, name string, isOVS func(string) bool) Link {
	dir := sysNet + name + "/"
	l := Link{Name: name, MAC: strings.ToLower(line(f, dir+"address"))}
	l.Index, _ = strconv.Atoi(line(f, dir+"ifindex"))
	entries, _ := f.ReadDir(dir)
	has := func(file string) bool {
		return slices.ContainsFunc(entries, func(e hostfs.Entry) bool { return e.Name == file })
	}
	for _, e := range entries {
		if lower, ok := strings.CutPrefix(e.Name, "lower_"); ok {
			l.Lower = append(l.Lower, lower)
		}
	}
	slices.Sort(l.Lower)
	l.Wireless = has("phy80211") || has("wireless")
	switch devtype := devType(f, dir); {
	case name == "lo":
		l.Kind = Loopback
	case has("bridge"):
		l.Kind = Bridge
	case has("bonding"):
		l.Kind = Bond
	case devtype == "vlan":
		l.Kind = VLAN
	case devtype == "wireguard":
		l.Kind = WireGuard
	case f.Exists("/run/teamd/" + name + ".pid"):
		l.Kind = Team
	case !has("device") && devtype == "" && isOVS(name):
		l.Kind = OVS
	case has("tun_flags"):
		l.Kind = Tunnel
	}
	return l
}

func devType(f hostfs.FS, dir string) string {
	data, _ := f.ReadFile(dir + "uevent")
	return assignments(string(data))["DEVTYPE"]
}

// line is the first line of a file, empty if it cannot be read.
func line(f hostfs.FS, name string) string {
	data, _ := f.ReadFile(name)
	first, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimSpace(first)
}

// kernelAddresses asks the kernel for this host's addresses.
func kernelAddresses() ([]Address, error) {
	links, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var all []Address
	for _, l := range links {
		addrs, err := l.Addrs()
		if err != nil {
			return nil, err
		}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				all = append(all, Address{Link: l.Name, Prefix: p})
			}
		}
	}
	return all, nil
}

// Flags of a route, as <linux/route.h> has them.
const (
	routeUp     = 0x1
	routeReject = 0x200
)

// readRoutes reads the main routing tables of both protocols.
func readRoutes(f hostfs.FS) []Route {
	var routes []Route
	v4, _ := f.ReadFile("/proc/net/route")
	for l := range strings.Lines(string(v4)) {
		if r, ok := parseRoute4(strings.Fields(l)); ok {
			routes = append(routes, r)
		}
	}
	v6, _ := f.ReadFile("/proc/net/ipv6_route")
	for l := range strings.Lines(string(v6)) {
		if r, ok := parseRoute6(strings.Fields(l)); ok {
			routes = append(routes, r)
		}
	}
	return routes
}

// parseRoute4 reads a line of /proc/net/route:
// Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT.
func parseRoute4(f []string) (Route, bool) {
	if len(f) < 8 {
		return Route{}, false
	}
	dest, err1 := strconv.ParseUint(f[1], 16, 32)
	mask, err2 := strconv.ParseUint(f[7], 16, 32)
	flags, err3 := strconv.ParseUint(f[3], 16, 32)
	metric, err4 := strconv.ParseUint(f[6], 10, 32)
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil || flags&routeUp == 0 || flags&routeReject != 0 {
		return Route{}, false
	}
	// The kernel prints them as it holds them, first octet last on what umm runs on.
	addr := netip.AddrFrom4([4]byte{byte(dest), byte(dest >> 8), byte(dest >> 16), byte(dest >> 24)})
	return Route{Prefix: netip.PrefixFrom(addr, bits.OnesCount64(mask)).Masked(), Link: f[0], Metric: uint32(metric)}, true
}

// parseRoute6 reads a line of /proc/net/ipv6_route:
// destination length source length next-hop metric refcnt use flags device.
func parseRoute6(f []string) (Route, bool) {
	if len(f) < 10 {
		return Route{}, false
	}
	raw, err := hex.DecodeString(f[0])
	if err != nil || len(raw) != 16 {
		return Route{}, false
	}
	bits, err1 := strconv.ParseUint(f[1], 16, 8)
	metric, err2 := strconv.ParseUint(f[5], 16, 32)
	flags, err3 := strconv.ParseUint(f[8], 16, 32)
	if err1 != nil || err2 != nil || err3 != nil || bits > 128 || flags&routeUp == 0 || flags&routeReject != 0 || f[9] == "lo" {
		return Route{}, false
	}
	return Route{Prefix: netip.PrefixFrom(netip.AddrFrom16([16]byte(raw)), int(bits)), Link: f[9], Metric: uint32(metric)}, true
}

// linkOf is the interface that holds an address.
func (f Facts) linkOf(addr netip.Addr) (string, bool) {
	if _, ok := f.Links[addr.Zone()]; ok {
		return addr.Zone(), true
	}
	for _, a := range f.Addresses {
		if a.Prefix.Addr().Unmap() == addr.WithZone("") {
			return a.Link, true
		}
	}
	return "", false
}

// routeTo is the interface that packets for addr leave by; routes over interfaces that are
// without do not count.
func (f Facts) routeTo(addr netip.Addr, without func(link string) bool) (string, bool) {
	addr = addr.WithZone("")
	return f.bestRoute(without, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// bestRoute is the interface of the best route to one of these networks: the most special of them,
// then that of the least metric.
func (f Facts) bestRoute(without func(link string) bool, to func(netip.Prefix) bool) (string, bool) {
	best, found := Route{}, false
	for _, r := range f.Routes {
		if !to(r.Prefix) || without != nil && without(r.Link) {
			continue
		}
		longer := r.Prefix.Bits() > best.Prefix.Bits()
		same := r.Prefix.Bits() == best.Prefix.Bits()
		if !found || longer || same && r.Metric < best.Metric {
			best, found = r, true
		}
	}
	return best.Link, found
}

// defaultLink is the interface of the default route, IPv4 before IPv6: one that is
// without counts where there is no other, nor one with an address.
func (f Facts) defaultLink(without func(link string) bool) (string, bool) {
	if link, ok := f.bestDefault(without); ok {
		return link, true
	}
	link, ok := f.bestDefault(nil)
	if !ok || without == nil {
		return link, ok
	}
	for _, a := range f.Addresses { // the tunnel stands on something
		if l := f.Links[a.Link]; l.Kind != Loopback && a.Prefix.Addr().IsGlobalUnicast() && !without(a.Link) && f.routed(a.Link) {
			return a.Link, true
		}
	}
	return link, ok
}

// routed tells whether any route leads out by a link.
func (f Facts) routed(link string) bool {
	return slices.ContainsFunc(f.Routes, func(r Route) bool { return r.Link == link })
}

func (f Facts) bestDefault(without func(link string) bool) (string, bool) {
	for _, any := range []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()} {
		if link, ok := f.bestRoute(without, func(p netip.Prefix) bool { return p == netip.PrefixFrom(any, 0) }); ok {
			return link, true
		}
	}
	return "", false
}
