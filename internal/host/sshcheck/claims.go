package sshcheck

import (
	"slices"
	"strings"

	"umm/internal/host/netplan"
)

// Units that bring interfaces up.
const (
	networking     = "networking.service"
	networkd       = "systemd-networkd.service"
	networkManager = "NetworkManager.service"
	network        = "network.service"
	dhcpcd         = "dhcpcd.service"
	connman        = "connman.service"
	iwd            = "iwd.service"
)

// claim says that a network manager brings an interface up.
type claim struct {
	manager string // in the operator's words
	unit    string // what must run for that; empty: nothing
	why     string // where that was read
	running bool   // the manager itself says so, now
	// sure: what is on disk says without doubt that it does so at each boot. That it has
	// done so this time, by whatever hand, proves nothing.
	sure       bool
	addressing Addressing
}

// claims lists who brings a link up: first who does so now, then who is
// configured to; a manager is listed once.
func (j judge) claims(l Link) []claim {
	n := j.Network
	var all []claim
	add := func(c claim, ok bool) {
		if !ok {
			return
		}
		for i, old := range all {
			if old.manager != c.manager {
				continue
			}
			if c.sure && !old.sure {
				all[i].addressing = c.addressing
			}
			all[i].running = old.running || c.running
			all[i].sure = old.sure || c.sure
			return
		}
		all = append(all, c)
	}
	on := func(unit string) bool { return j.Units[unit].Enabled || j.runs(unit) }
	add(n.byIfupdown(l, n.Running[l.Name].Ifupdown != ""))
	netplanned, ok := n.byNetplan(l)
	add(netplanned, ok && n.NetplanRuns)
	add(n.networkdRuns(l))
	add(n.nmRuns(l))
	add(n.byIfcfg(l, j.Units))
	configured, ok := n.byNetworkd(l)
	add(configured, ok && j.Units[networkd].Enabled)
	profile, ok := n.byProfile(l)
	add(profile, ok && j.Units[networkManager].Enabled)
	wg := "wg-quick@" + l.Name + ".service"
	add(claim{manager: "wg-quick", unit: wg, why: wg + " is enabled", sure: true}, on(wg))
	for _, m := range j.makersOf(l.Name) {
		add(claim{manager: m.Unit, unit: m.Unit, why: m.File, sure: m.Sure}, true)
	}
	for _, c := range n.byDaemons(l, on) {
		// They leave alone what others are configured for.
		c.sure = c.sure && len(all) == 0
		add(c, true)
	}
	if ip, ok := n.byKernel(l); ok {
		add(claim{manager: "the kernel's or the initramfs's own network setup", why: "the kernel argument " + ip.Arg, sure: len(all) == 0}, true)
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
// NetworkManager leaves it alone. Without auto or allow-hotplug somebody else has run
// ifup, if it is up.
func (n Network) byIfupdown(l Link, up bool) (claim, bool) {
	s, ok := n.ifupdownStanza(l.Name)
	c := claim{manager: "ifupdown", unit: networking, addressing: s.Addressing}
	switch {
	case !ok:
		return claim{}, false
	case s.Auto:
		c.why, c.running, c.sure = s.File+": auto", up, s.Defined
	case s.Hotplug:
		c.manager, c.unit = "ifupdown on hotplug", "ifup@"+l.Name+".service"
		c.why, c.running, c.sure = s.File+": allow-hotplug", up, s.Defined
	default:
		c.why = s.File + ": iface, with neither auto nor allow-hotplug"
	}
	return c, true
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
		c.addressing = Addressing{Known: c.sure, Dynamic: d.DHCP}
		for _, a := range d.Addresses {
			c.addressing.add(a)
		}
		return c, true
	}
	return claim{}, false
}

// byIfcfg: NetworkManager reads ifcfg files where it is enabled and the file does
// not forbid it; else the network service does.
func (n Network) byIfcfg(l Link, units map[string]Unit) (claim, bool) {
	c, ok := n.Ifcfg[l.Name]
	if !ok || !c.OnBoot {
		return claim{}, false
	}
	addressing := c.Addressing
	for name, alias := range n.Ifcfg { // ifcfg-eth0:1
		if strings.HasPrefix(name, l.Name+"-range") {
			addressing.Known = false
		}
		if strings.HasPrefix(name, l.Name+":") && alias.OnBoot {
			addressing = addressing.join(alias.Addressing)
		}
	}
	switch {
	case units[networkManager].Enabled && c.NMControlled:
		return claim{"NetworkManager", networkManager, c.File, false, true, addressing}, true
	case units[network].Exists:
		return claim{"the network service", network, c.File, false, true, addressing}, true
	default:
		return claim{"NetworkManager", networkManager, c.File, false, c.NMControlled, addressing}, true
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
		return claim{"systemd-networkd", networkd, file.Path, false, len(file.Other) == 0, file.Addressing}, true
	}
	return claim{}, false
}

// networkdRuns: systemd-networkd itself says by which file it has set a link up; that
// counts where the file is on disk.
func (n Network) networkdRuns(l Link) (claim, bool) {
	now := n.Running[l.Name].Networkd
	c := claim{manager: "systemd-networkd", unit: networkd, why: now, running: true}
	for _, file := range n.Networkd {
		if file.Path == now && !strings.HasPrefix(now, "/run/") {
			c.sure, c.addressing = !file.Unmanaged, file.Addressing
		}
	}
	return c, now != ""
}

func (n Network) byProfile(l Link) (claim, bool) {
	best, found := claim{}, false
	for _, p := range n.Profiles {
		match, sure := p.matches(l)
		if match && p.Auto && !p.External && (!found || sure && !best.sure) {
			best, found = claim{"NetworkManager", networkManager, p.Path, false, sure, p.Addressing}, true
		}
	}
	return best, found
}

// nmRuns tells whether NetworkManager runs a link by a connection of its own. It
// notes a UUID also for what it only watches. That counts where the connection is on
// disk, and comes up by itself.
func (n Network) nmRuns(l Link) (claim, bool) {
	now := n.Running[l.Name]
	c := claim{manager: "NetworkManager", unit: networkManager, why: now.NMState, running: true}
	if now.NMUUID == "" {
		return claim{}, false
	}
	for _, p := range n.Profiles {
		if p.UUID == now.NMUUID {
			if !p.Auto {
				c.why = p.Path + ": autoconnect=false"
			}
			c.sure, c.addressing = p.Auto && !strings.HasPrefix(p.Path, "/run/"), p.Addressing
			return c, !p.External
		}
	}
	file, ok := n.Ifcfg[l.Name]
	if !file.OnBoot {
		c.why = file.File + ": ONBOOT=no"
	}
	c.sure, c.addressing = file.OnBoot, file.Addressing
	return c, ok && file.NMControlled && (file.UUID == now.NMUUID || file.UUID == "")
}
