package sshcheck_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"umm/internal/host/essential"
	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/sshcheck"
	"umm/internal/host/unitfile"
)

// nic makes an interface in sysfs; each extra is a name in its folder.
func nic(name, index string, extras ...string) hosttree.Tree {
	dir := "sys/class/net/" + name + "/"
	tree := hosttree.Tree{dir + "ifindex": index + "\n", dir + "address": "52:54:00:00:00:0" + index + "\n", dir + "uevent": "INTERFACE=" + name + "\n"}
	for _, e := range extras {
		switch {
		case strings.HasPrefix(e, "DEVTYPE="):
			tree[dir+"uevent"] = e + "\n" + tree[dir+"uevent"]
		case strings.HasSuffix(e, "/"):
			tree[dir+e] = ""
		case strings.HasPrefix(e, "master="):
			tree[dir+"master"] = "-> ../" + strings.TrimPrefix(e, "master=")
		default:
			tree[dir+e] = "-> ../../somewhere"
		}
	}
	return tree
}

// addrs makes addresses out of "192.0.2.10/24 eth0".
func addrs(lines ...string) func() ([]sshcheck.Address, error) {
	return func() ([]sshcheck.Address, error) {
		var all []sshcheck.Address
		for _, l := range lines {
			prefix, link, _ := strings.Cut(l, " ")
			all = append(all, sshcheck.Address{Link: link, Prefix: netip.MustParsePrefix(prefix)})
		}
		return all, nil
	}
}

const (
	v4Header = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
	// sshHere is a connection from another network to 192.0.2.10.
	sshHere = "203.0.113.7 45156 192.0.2.10 22"
)

// route makes a default route and that to 192.0.2.0/24.
func route(link string) hosttree.Tree {
	return hosttree.Tree{"proc/net/route": v4Header +
		link + "\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n" +
		link + "\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"}
}

// host is one shape of host, with what is expected of it.
type host struct {
	name   string
	tree   []hosttree.Tree
	addrs  []string // default: 192.0.2.10/24 on the link of the route
	ssh    string   // SSH_CONNECTION; "-" for none, empty for sshHere
	keep   []string
	as     string // who works; empty: root
	runner *script
	// answers is by which interface the kernel answers, by its index; nil: not asked.
	answers *int
	want    string // verdict and a part of the reason of the finding asked for
}

func (h host) judge(t *testing.T) map[string]sshcheck.Finding {
	t.Helper()
	tree := unitfile.Open(hosttree.Make(t, h.tree...))
	p := essential.Plan(tree, tree.Enabled(), h.keep)
	running := essential.Running(tree, p)
	ssh := h.ssh
	if ssh == "" {
		ssh = sshHere
	}
	src := sshcheck.Source{Tree: tree, Addresses: addrs(h.addrs...), Getenv: func(key string) string {
		switch {
		case key == "SSH_CONNECTION" && ssh != "-":
			return ssh
		case key == "LOGNAME" && h.as != "":
			return h.as
		case key == "LOGNAME":
			return "root"
		}
		return ""
	}}
	if h.answers != nil {
		src.Answers = answered(*h.answers)
	}
	if h.runner != nil {
		h.runner.t = t
		src.Runner = h.runner
		defer h.runner.done()
	}
	facts := sshcheck.Gather(context.Background(), src)
	found := map[string]sshcheck.Finding{}
	for _, f := range sshcheck.Judge(facts, func(unit string) bool { _, ok := running[tree.Canonical(unit)]; return ok }) {
		if f.Reason == "" || f.Verdict == "" || strings.HasSuffix(f.Reason, ".") {
			t.Errorf("%s: %+v: not a sentence", h.name, f)
		}
		if f.Verdict == sshcheck.Fail && f.Hint == "" {
			t.Errorf("%s: %+v: says nothing to do", h.name, f)
		}
		found[f.Name] = f
	}
	return found
}

// expect compares the finding of one name on each host.
func expect(t *testing.T, finding string, hosts []host) {
	t.Helper()
	for _, h := range hosts {
		f := h.judge(t)[finding]
		verdict, part, _ := strings.Cut(h.want, ": ")
		if string(f.Verdict) != verdict || !strings.Contains(f.Reason, part) {
			t.Errorf("%s:\n got %s: %s (%s; %s)\nwant %s", h.name, f.Verdict, f.Reason, f.Evidence, f.Hint, h.want)
		}
	}
}

var (
	ssh      = hosttree.Units("ssh.service < multi-user.target", "systemd-user-sessions.service < multi-user.target", "getty.target < multi-user.target", "local-fs.target")
	eth0     = nic("eth0", "2", "device")
	ifupdown = hosttree.Units("networking.service < multi-user.target", "ifup@.service")
	netd     = hosttree.Units("systemd-networkd.service < multi-user.target")
	nm       = hosttree.Units("NetworkManager.service < multi-user.target")
	sysv     = hosttree.Tree{
		"etc/rc.d/init.d/network": "#!/bin/bash", "etc/rc.d/rc3.d/S10network": "-> ../init.d/network", "etc/init.d": "-> rc.d/init.d",
	}
	plan = hosttree.Tree{"usr/lib/systemd/system-generators/netplan": "#!/bin/true"}
	ten  = []string{"192.0.2.10/24 eth0"}
)

func file(path, content string) hosttree.Tree { return hosttree.Tree{path: content} }

const static = "iface eth0 inet static\n  address 192.0.2.10/24\n"

func TestPathDebianFamily(t *testing.T) {
	link := read(t, "systemd-252/link-configured")
	setUpBy := func(path string) hosttree.Tree {
		return file("run/systemd/netif/links/2", strings.Replace(link, "/usr/lib/systemd/network/80-container-host0.network", path, 1))
	}
	mine := strings.Replace(read(t, "networkmanager-1.42/static.nmconnection"), "203.0.113.1/24", "192.0.2.10/24", 1)
	cloudInit := "network:\n  version: 2\n  ethernets:\n    eth0:\n      dhcp4: true\n"
	expect(t, "path", []host{
		{name: "Debian 11, auto", tree: []hosttree.Tree{ssh, ifupdown, eth0, route("eth0"), file("etc/network/interfaces", "auto lo eth0\n"+static)}, addrs: ten,
			want: "ok: eth0 carries your ssh connection (192.0.2.10); eth0 is brought up by ifupdown (networking.service, essential)"},
		{name: "Debian 12, allow-hotplug", tree: []hosttree.Tree{ssh, ifupdown, eth0, route("eth0"), file("etc/network/interfaces", "allow-hotplug eth0\n"+static)}, addrs: ten,
			want: "ok: ifupdown on hotplug (udev starts ifup@eth0.service)"},
		{name: "networking is disabled", tree: []hosttree.Tree{ssh, hosttree.Units("networking.service"), eth0, route("eth0"), file("etc/network/interfaces", "auto eth0\n"+static)}, addrs: ten,
			want: "fail: eth0 is brought up by ifupdown and networking.service is not enabled"},
		{name: "by hand only", tree: []hosttree.Tree{ssh, ifupdown, eth0, route("eth0"), file("etc/network/interfaces", static)}, addrs: ten,
			want: "unknown: it is uncertain whether ifupdown brings up eth0"},
		{name: "Ubuntu 16.04, cloud image", tree: []hosttree.Tree{ssh, ifupdown, eth0, route("eth0"),
			file("etc/network/interfaces", "source-directory /etc/network/interfaces.d\n"), file("etc/network/interfaces.d/50-cloud-init.cfg", "auto eth0\niface eth0 inet dhcp\n"),
			file("etc/network/interfaces.d/50-cloud-init", "auto eth0\niface eth0 inet dhcp\n")}, addrs: ten,
			want: "ok: networking.service, essential"},
		{name: "Ubuntu 18.04 to 24.04, netplan", tree: []hosttree.Tree{ssh, hosttree.Units("systemd-networkd.service"), plan, eth0, route("eth0"), file("etc/netplan/50-cloud-init.yaml", cloudInit)}, addrs: ten,
			want: "ok: eth0 is brought up by systemd-networkd (systemd-networkd.service, essential)"},
		{name: "netplan for NetworkManager", tree: []hosttree.Tree{ssh, nm, plan, eth0, route("eth0"), file("etc/netplan/01.yaml", cloudInit+"  renderer: NetworkManager\n")}, addrs: ten,
			want: "ok: eth0 is brought up by NetworkManager (NetworkManager.service, essential)"},
		{name: "netplan without networkd", tree: []hosttree.Tree{ssh, plan, eth0, route("eth0"), file("etc/netplan/50-cloud-init.yaml", cloudInit)}, addrs: ten,
			want: "fail: systemd-networkd.service does not exist"},
		{name: "netplan that is not clear", tree: []hosttree.Tree{ssh, hosttree.Units("systemd-networkd.service"), plan, eth0, route("eth0"), file("etc/netplan/a.yaml", cloudInit+"    eth1: *base\n")}, addrs: ten,
			want: "unknown: it is uncertain whether systemd-networkd brings up eth0"},
		{name: "networkd masked", tree: []hosttree.Tree{ssh, netd.With(file("etc/systemd/system/systemd-networkd.service", "-> /dev/null")), eth0, route("eth0"), plan, file("etc/netplan/a.yaml", cloudInit)}, addrs: ten,
			want: "fail: systemd-networkd.service is masked"},
		{name: "Debian 13, networkd", tree: []hosttree.Tree{ssh, netd, eth0, route("eth0"), file("etc/systemd/network/20-wired.network", "[Match]\nName=en* eth*\n[Network]\nDHCP=yes\n")}, addrs: ten,
			want: "ok: systemd-networkd (systemd-networkd.service, essential)"},
		{name: "networkd by type", tree: []hosttree.Tree{ssh, netd, eth0, route("eth0"), file("etc/systemd/network/20-wired.network", "[Match]\nType=ether\n[Network]\nDHCP=yes\n")}, addrs: ten,
			want: "unknown: systemd-networkd brings up eth0"},
		{name: "networkd by type, and it says so", tree: []hosttree.Tree{ssh, netd, eth0, route("eth0"), file("etc/systemd/network/20-wired.network", "[Match]\nType=ether\n[Network]\nDHCP=yes\n"),
			setUpBy("/etc/systemd/network/20-wired.network")}, addrs: ten,
			want: "ok: systemd-networkd (systemd-networkd.service, essential)"},
		{name: "networkd says so, by a file that is gone", tree: []hosttree.Tree{ssh, netd, eth0, route("eth0"), setUpBy("/etc/systemd/network/20-wired.network")}, addrs: ten,
			want: "unknown: eth0 was brought up by systemd-networkd, but it is uncertain whether it is at boot"},
		{name: "Ubuntu desktop", tree: []hosttree.Tree{ssh, nm, plan, eth0, route("eth0"), file("usr/lib/netplan/00-network-manager-all.yaml", "network:\n  renderer: NetworkManager\n"),
			captured(t, "run/NetworkManager/devices/2", "networkmanager-1.42/device-managed"), file("etc/NetworkManager/system-connections/x", mine)}, addrs: ten,
			want: "ok: NetworkManager (NetworkManager.service, essential)"},
	})
}

func TestPathEL(t *testing.T) {
	ifcfg := func(text string) hosttree.Tree { return file("etc/sysconfig/network-scripts/ifcfg-eth0", text) }
	keyfile := file("etc/NetworkManager/system-connections/eth0.nmconnection", "[connection]\nid=eth0\nuuid=u-1\ntype=ethernet\ninterface-name=eth0\n")
	expect(t, "path", []host{
		{name: "CentOS 7, network service", tree: []hosttree.Tree{ssh, sysv, eth0, route("eth0"), ifcfg("DEVICE=eth0\nONBOOT=yes\nBOOTPROTO=static\nIPADDR=192.0.2.10\n")}, addrs: ten,
			want: "ok: eth0 is brought up by the network service (network.service, essential)"},
		{name: "CentOS 7, both, NetworkManager has it", tree: []hosttree.Tree{ssh, sysv, nm, eth0, route("eth0"), ifcfg("TYPE=Ethernet\nONBOOT=\"yes\"\n")}, addrs: ten,
			want: "ok: eth0 is brought up by NetworkManager (NetworkManager.service, essential)"},
		{name: "CentOS 7, both, NM_CONTROLLED=no", tree: []hosttree.Tree{ssh, sysv, nm, eth0, route("eth0"), ifcfg("ONBOOT=yes\nNM_CONTROLLED=no\n")}, addrs: ten,
			want: "ok: the network service (network.service, essential)"},
		{name: "CentOS 7, network service off", tree: []hosttree.Tree{ssh, sysv.Without("etc/rc.d/rc3.d/S10network"), eth0, route("eth0"), ifcfg("ONBOOT=yes\n")}, addrs: ten,
			want: "fail: network.service is not enabled"},
		{name: "EL 8, ifcfg without the network service", tree: []hosttree.Tree{ssh, nm, eth0, route("eth0"), ifcfg("ONBOOT=yes\n")}, addrs: ten,
			want: "ok: NetworkManager.service, essential"},
		{name: "ONBOOT=no", tree: []hosttree.Tree{ssh, nm, eth0, route("eth0"), ifcfg("ONBOOT=no\n")}, addrs: ten,
			want: "unknown: umm found nothing that brings up eth0"},
		{name: "EL 9, keyfile", tree: []hosttree.Tree{ssh, nm, eth0, route("eth0"), keyfile}, addrs: ten,
			want: "ok: NetworkManager (NetworkManager.service, essential)"},
		{name: "EL 9, a profile for any card", tree: []hosttree.Tree{ssh, nm, eth0, route("eth0"), file("etc/NetworkManager/system-connections/x", "[connection]\ntype=ethernet\n")}, addrs: ten,
			want: "unknown: it is uncertain whether NetworkManager brings up eth0"},
		{name: "EL 9, the profile is running", tree: []hosttree.Tree{ssh, nm, eth0, route("eth0"), file("etc/NetworkManager/system-connections/x", "[connection]\nuuid=u-1\ntype=ethernet\n"),
			file("run/NetworkManager/devices/2", "[device]\nmanaged=true\nconnection-uuid=u-1\n")}, addrs: ten,
			want: "ok: NetworkManager (NetworkManager.service, essential)"},
		{name: "NetworkManager only watches", tree: []hosttree.Tree{ssh, nm, eth0, route("eth0"), captured(t, "run/NetworkManager/system-connections/br0.nmconnection", "networkmanager-1.42/external.nmconnection"),
			captured(t, "run/NetworkManager/devices/2", "networkmanager-1.42/device-external")}, addrs: ten,
			want: "unknown: umm found nothing that brings up eth0"},
		{name: "NetworkManager disabled", tree: []hosttree.Tree{ssh, hosttree.Units("NetworkManager.service"), eth0, route("eth0"), file("run/NetworkManager/devices/2", "[device]\nmanaged=true\nconnection-uuid=u-1\n"), keyfile}, addrs: ten,
			want: "fail: NetworkManager.service is not enabled"},
		{name: "the kernel did it", tree: []hosttree.Tree{ssh, eth0, route("eth0"), file("proc/cmdline", "root=/dev/nfs ip=dhcp ro\n")}, addrs: ten,
			want: "ok: the kernel's or the initramfs's own network setup"},
		{name: "in a container the kernel arguments are another's", tree: []hosttree.Tree{ssh, eth0, route("eth0"), file("proc/cmdline", "ip=dhcp\n"), file("proc/1/cmdline", "/sbin/init\x00"), file("run/systemd/container", "lxc\n")}, addrs: ten,
			want: "unknown: umm found nothing"},
	})
}

func TestPathStacked(t *testing.T) {
	eth1 := nic("eth1", "3", "device")
	ovs := hosttree.Units("openvswitch-switch.service < multi-user.target", "ovs-vswitchd.service", "ovsdb-server.service")
	fuel := []hosttree.Tree{ssh, ifupdown, nic("ovs-system", "5"), nic("br-mgmt", "4"), nic("eth0", "2", "device", "master=ovs-system"), route("br-mgmt"),
		file("etc/network/interfaces", "source /etc/network/interfaces.d/*\n"),
		file("etc/network/interfaces.d/ifcfg-br-mgmt", "auto br-mgmt\nallow-ovs br-mgmt\niface br-mgmt inet static\n  ovs_type OVSBridge\n  ovs_ports eth0\n  address 192.0.2.10/24\n"),
		file("etc/network/interfaces.d/ifcfg-eth0", "allow-br-mgmt eth0\niface eth0 inet manual\n  ovs_type OVSPort\nauto eth0\n"),
		file("etc/openvswitch/conf.db", `OVSDB JSON 10 abc`+"\n"+`{"Interface":{"x":{"name":"br-mgmt","type":"internal"}}}`)}
	onMgmt := []string{"192.0.2.10/24 br-mgmt"}
	expect(t, "path", []host{
		{name: "Fuel, Open vSwitch", tree: append(fuel, ovs), addrs: onMgmt,
			want: "ok: br-mgmt carries your ssh connection (192.0.2.10); br-mgmt (openvswitch) is brought up by ifupdown (networking.service, essential), eth0 is brought up by ifupdown"},
		{name: "Open vSwitch says so itself", tree: append(fuel, ovs), addrs: onMgmt, runner: answers{{"ovs-vsctl --timeout=4 --format=json -- --columns=name,type list Interface", read(t, "openvswitch-3.1/list-interface.json"), 0}}.new(),
			want: "ok: br-mgmt (openvswitch) is brought up by ifupdown"},
		{name: "Open vSwitch disabled", tree: append(fuel, hosttree.Units("openvswitch-switch.service")), addrs: onMgmt,
			want: "fail: br-mgmt (openvswitch) needs Open vSwitch and no service of it is enabled"},
		{name: "a bridge's port without auto", tree: []hosttree.Tree{ssh, ifupdown, nic("eno1", "2", "device"), nic("br0", "5", "bridge/", "DEVTYPE=bridge", "lower_eno1"), route("br0"), file("run/network/ifstate", "br0=br0\neno1=eno1\n"),
			file("etc/network/interfaces", "auto br0\niface br0 inet static\n  address 192.0.2.10/24\n  bridge_ports eno1\niface eno1 inet manual\n")}, addrs: []string{"192.0.2.10/24 br0"},
			want: "ok: br0 carries your ssh connection (192.0.2.10); br0 (bridge) is brought up by ifupdown (networking.service, essential)"},
		{name: "a bridge without auto", tree: []hosttree.Tree{ssh, ifupdown, nic("eno1", "2", "device"), nic("br0", "5", "bridge/", "DEVTYPE=bridge", "lower_eno1"), route("br0"),
			file("etc/network/interfaces", "auto eno1\niface br0 inet static\n  address 192.0.2.10/24\n  bridge_ports eno1\niface eno1 inet manual\n")}, addrs: []string{"192.0.2.10/24 br0"},
			want: "unknown: it is uncertain whether ifupdown brings up br0"},
		{name: "Open vSwitch masked", tree: append(fuel, ovs, file("etc/systemd/system/openvswitch-switch.service", "-> /dev/null")), addrs: onMgmt,
			want: "fail: br-mgmt (openvswitch) needs Open vSwitch and openvswitch-switch.service is masked"},
		{name: "EL, bond of two with a VLAN on it", tree: []hosttree.Tree{ssh, nm, nic("eth0", "2", "device"), eth1, nic("bond0", "4", "bonding/", "lower_eth0", "lower_eth1", "DEVTYPE=bond"), nic("bond0.101", "5", "DEVTYPE=vlan", "lower_bond0"), route("bond0.101"),
			file("etc/NetworkManager/system-connections/a", "[connection]\ntype=bond\ninterface-name=bond0\n"), file("etc/NetworkManager/system-connections/b", "[connection]\ntype=vlan\ninterface-name=bond0.101\n")},
			addrs: []string{"192.0.2.10/24 bond0.101"},
			want:  "ok: bond0.101 (vlan) is brought up by NetworkManager (NetworkManager.service, essential), bond0 (bond) is brought up by NetworkManager"},
		{name: "a bridge of one manager on a bond of another that is off", tree: []hosttree.Tree{ssh, netd, hosttree.Units("networking.service"), nic("eth0", "2", "device"), nic("bond0", "4", "bonding/", "lower_eth0"), nic("br0", "5", "bridge/", "DEVTYPE=bridge", "lower_bond0"), route("br0"),
			file("etc/systemd/network/1.network", "[Match]\nName=br0\n[Network]\nAddress=192.0.2.10/24\n"), file("etc/network/interfaces", "auto bond0\niface bond0 inet manual\n")},
			addrs: []string{"192.0.2.10/24 br0"},
			want:  "fail: bond0 (bond) is brought up by ifupdown and networking.service is not enabled"},
		{name: "team", tree: []hosttree.Tree{ssh, nm, eth0, nic("team0", "4", "lower_eth0"), file("run/teamd/team0.pid", "12\n"), route("team0"), file("etc/sysconfig/network-scripts/ifcfg-team0", "ONBOOT=yes\nDEVICETYPE=Team\n")}, addrs: []string{"192.0.2.10/24 team0"},
			want: "ok: team0 (team) is brought up by NetworkManager"},
		{name: "WireGuard by wg-quick, not kept", tree: []hosttree.Tree{ssh, hosttree.Units("wg-quick@wg0.service < multi-user.target"), nic("wg0", "4", "DEVTYPE=wireguard"), route("wg0")}, addrs: []string{"192.0.2.10/24 wg0"},
			want: "fail: wg0 (wireguard) is brought up by wg-quick and wg-quick@wg0.service does not run"},
		{name: "WireGuard by wg-quick, kept", tree: []hosttree.Tree{ssh, hosttree.Units("wg-quick@wg0.service < multi-user.target"), nic("wg0", "4", "DEVTYPE=wireguard"), route("wg0")}, addrs: []string{"192.0.2.10/24 wg0"}, keep: []string{"wg-quick@wg0"},
			want: "ok: wg-quick (wg-quick@wg0.service, essential)"},
		{name: "tailscale, not kept", tree: []hosttree.Tree{ssh, hosttree.Units("tailscaled.service < multi-user.target"), nic("tailscale0", "4", "tun_flags"), route("tailscale0")}, addrs: []string{"192.0.2.10/24 tailscale0"},
			want: "fail: tailscaled.service does not run"},
		{name: "some VPN", tree: []hosttree.Tree{ssh, nic("tun0", "4", "tun_flags"), route("tun0")}, addrs: []string{"192.0.2.10/24 tun0"},
			want: "unknown: tun0 (tun) is made by an unknown program"},
	})
}

func TestPathOfTheConnection(t *testing.T) {
	base := []hosttree.Tree{ssh, ifupdown, eth0, nic("eth1", "3", "device"), nic("lo", "1"),
		file("etc/network/interfaces", "auto eth0\n"+static)}
	both := append(base, hosttree.Tree{"proc/net/route": v4Header +
		"eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n" +
		"eth1\t007100CB\t00000000\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"})
	v6 := []string{"2001:db8::10/64 eth0", "fe80::1/64 eth0"}
	expect(t, "path", []host{
		{name: "no connection, default route", tree: append(base, route("eth0")), addrs: ten, ssh: "-", want: "ok: eth0 carries the default route"},
		{name: "neither", tree: base, addrs: ten, ssh: "-", want: "unknown: neither an ssh connection nor a default route"},
		{name: "not an address", tree: base, addrs: ten, ssh: "a b c d", want: "unknown: neither an ssh connection nor a default route"},
		{name: "an address that is gone", tree: append(base, route("eth0")), addrs: []string{"192.0.2.99/24 eth0"}, want: "unknown: 192.0.2.10, which no interface of this host has"},
		{name: "a tunnel", tree: append(base, route("eth0")), addrs: append([]string{"127.0.0.1/8 lo"}, ten...), ssh: "127.0.0.1 1 127.0.0.1 22", want: "unknown: through a tunnel"},
		{name: "IPv6", tree: append(base, route("eth0")), addrs: v6, ssh: "2001:db8::7 1 2001:db8::10 22", want: "ok: eth0 carries your ssh connection (2001:db8::10)"},
		{name: "link-local", tree: append(base, route("eth0")), addrs: v6, ssh: "fe80::7%eth0 1 fe80::1%eth0 22", want: "ok: eth0 carries your ssh connection (fe80::1)"},
		{name: "IPv4 in IPv6", tree: append(base, route("eth0")), addrs: ten, ssh: "::ffff:203.0.113.7 1 ::ffff:192.0.2.10 22", want: "ok: eth0 carries your ssh connection (192.0.2.10)"},
		{name: "replies leave by an interface that nothing brings up", tree: both, addrs: ten, want: "unknown: replies leave by eth1, but umm found nothing that brings up eth1"},
	})
}

func TestConsoleAndFirewall(t *testing.T) {
	nft := hosttree.Units("nftables.service < sysinit.target")
	ufw := hosttree.Units("ufw.service < multi-user.target")
	expect(t, "firewall", []host{
		{name: "none", tree: []hosttree.Tree{ssh}, want: "ok: no firewall service"},
		{name: "nftables", tree: []hosttree.Tree{ssh, nft, ufw}, want: "ok: nftables.service, ufw.service is essential"},
		{name: "installed only", tree: []hosttree.Tree{ssh, hosttree.Units("firewalld.service")}, want: "ok: no firewall service"},
	})
	expect(t, "console", []host{
		{name: "virtual and serial", tree: []hosttree.Tree{ssh, file("sys/class/tty/console/active", "tty0 ttyS0\n")}, want: "ok: login on tty1, tty2, ttyS0"},
		{name: "container", tree: []hosttree.Tree{ssh, file("run/systemd/container", "systemd-nspawn\n")}, want: "ok: container's console"},
		{name: "none", tree: []hosttree.Tree{ssh}, want: "unknown: no console"},
		{name: "no getty", tree: []hosttree.Tree{hosttree.Units("local-fs.target")}, want: "unknown: getty.target does not run"},
	})
}
