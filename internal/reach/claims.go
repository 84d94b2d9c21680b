package reach

import (
	"path"
	"slices"
	"strings"

	"umm/internal/netplan"
)

// Units that bring interfaces up.
const (
	networking     = "networking.service"
	networkd       = "systemd-networkd.service"
	networkManager = "NetworkManager.service"
	network        = "network.service"
)

// claim says that a network manager brings an interface up.
type claim struct {
	manager string // in the operator's words
	unit    string // what must run for that; empty: nothing
	why     string // where that was read
	running bool   // the manager itself says so, now
	sure    bool   // the configuration says so without doubt
}

// claims lists who brings a link up: first who does so now, then who is
// configured to; a manager is listed once.
func (f Facts) claims(l Link) []claim {
	n := f.Network
	now := n.Running[l.Name]
	var all []claim
	add := func(c claim) {
		for i, old := range all {
			if old.manager == c.manager {
				all[i].running = old.running || c.running
				all[i].sure = old.sure || c.sure
				return
			}
		}
		all = append(all, c)
	}
	if c, ok := n.byIfupdown(l, now.Ifupdown != ""); ok {
		add(c)
	}
	if c, ok := n.byNetplan(l); ok && n.NetplanRuns {
		add(c)
	}
	if now.Networkd != "" {
		add(claim{"systemd-networkd", networkd, now.Networkd, true, true})
	}
	if n.nmRuns(l.Name) {
		add(claim{"NetworkManager", networkManager, now.NMState, true, true})
	}
	if c, ok := n.byIfcfg(l, f.Units); ok {
		add(c)
	}
	if c, ok := n.byNetworkd(l); ok && f.Units[networkd].Enabled {
		add(c)
	}
	if c, ok := n.byProfile(l); ok && f.Units[networkManager].Enabled {
		add(c)
	}
	if unit := "wg-quick@" + l.Name + ".service"; f.Units[unit].Enabled {
		add(claim{"wg-quick", unit, unit + " is enabled", false, true})
	}
	if n.KernelIP != "" {
		add(claim{"the kernel's or the initramfs's own network set-up", "", "the kernel argument " + n.KernelIP, false, len(all) == 0})
	}
	slices.SortStableFunc(all, func(a, b claim) int { return rank(a) - rank(b) })
	return all
}

func rank(c claim) int {
	switch {
	case c.running:
		return 0
	case c.sure:
		return 1
	default:
		return 2
	}
}

// byIfupdown: an interface in /etc/network/interfaces is ifupdown's, and
// NetworkManager leaves it alone.
func (n Network) byIfupdown(l Link, up bool) (claim, bool) {
	s, ok := n.ifupdownStanza(l.Name)
	switch {
	case !ok:
		return claim{}, false
	case s.Auto:
		return claim{"ifupdown", networking, s.File + ": auto", up, s.Defined}, true
	case s.Hotplug:
		return claim{"ifupdown on hotplug", "ifup@" + l.Name + ".service", s.File + ": allow-hotplug", up, s.Defined}, true
	default:
		return claim{"ifupdown", networking, s.File + ": iface, with neither auto nor allow-hotplug", up, false}, true
	}
}

func (n Network) byNetplan(l Link) (claim, bool) {
	for id, d := range n.Netplan.Devices {
		if !netplanMatches(id, d, l) {
			continue
		}
		c := claim{manager: "systemd-networkd", unit: networkd, sure: len(n.Netplan.Unclear) == 0}
		if n.Netplan.RendererOf(d) == netplan.NetworkManager {
			c.manager, c.unit = "NetworkManager", networkManager
		}
		c.why = "netplan (" + strings.Join(n.Netplan.Files, ", ") + ")"
		return c, true
	}
	return claim{}, false
}

func netplanMatches(id string, d netplan.Device, l Link) bool {
	if d.SetName != "" && d.SetName == l.Name {
		return true
	}
	if d.Name == "" && d.MAC == "" {
		return id == l.Name
	}
	if d.Name != "" {
		if ok, err := path.Match(d.Name, l.Name); err != nil || !ok {
			return false
		}
	}
	return d.MAC == "" || d.MAC == l.MAC
}

// byIfcfg: NetworkManager reads ifcfg files where it is enabled and the file does
// not forbid it; else the network service does.
func (n Network) byIfcfg(l Link, units map[string]Unit) (claim, bool) {
	c, ok := n.Ifcfg[l.Name]
	if !ok || !c.OnBoot {
		return claim{}, false
	}
	switch {
	case units[networkManager].Enabled && c.NMControlled:
		return claim{"NetworkManager", networkManager, c.File, false, true}, true
	case units[network].Exists:
		return claim{"the network service", network, c.File, false, true}, true
	default:
		return claim{"NetworkManager", networkManager, c.File, false, c.NMControlled}, true
	}
}

func (n Network) byNetworkd(l Link) (claim, bool) {
	for _, file := range n.Networkd {
		if !file.matches(l) {
			continue
		}
		if file.Unmanaged && len(file.Other) == 0 {
			return claim{}, false
		}
		if file.Unmanaged {
			continue
		}
		return claim{"systemd-networkd", networkd, file.Path, false, len(file.Other) == 0}, true
	}
	return claim{}, false
}

func (n Network) byProfile(l Link) (claim, bool) {
	best, found := claim{}, false
	for _, p := range n.Profiles {
		match, sure := p.matches(l)
		if match && p.Auto && !p.External && (!found || sure && !best.sure) {
			best, found = claim{"NetworkManager", networkManager, p.Path, false, sure}, true
		}
	}
	return best, found
}
