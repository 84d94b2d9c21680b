package sshcheck_test

import (
	"net/netip"
	"strings"
	"testing"

	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/sshcheck"
)

// service makes a service with that [Service] part, wanted by multi-user.target unless
// it is not enabled.
func service(name, text string, enabled bool) hosttree.Tree {
	tree := hosttree.Tree{"usr/lib/systemd/system/" + name: "[Service]\n" + text}
	if enabled {
		tree["etc/systemd/system/multi-user.target.wants/"+name] = "-> /usr/lib/systemd/system/" + name
	}
	return tree
}

const upByHand = "auto lo\niface lo inet loopback\niface eth0 inet static\n  address 192.0.2.10/24\n"

// What is up now proves nothing: it has to come up by what is kept.
func TestPathUpButNotByItself(t *testing.T) {
	state := file("run/network/ifstate", "lo=lo\neth0=eth0\n")
	base := []hosttree.Tree{ssh, ifupdown, eth0, route("eth0"), state}
	runsIfup := service("mynet.service", "Type=oneshot\nExecStart=/sbin/ifup eth0\n", true)
	with := func(more ...hosttree.Tree) []hosttree.Tree {
		return append(append([]hosttree.Tree{}, base...), more...)
	}
	nmState := file("run/NetworkManager/devices/2", "[device]\nmanaged=true\nconnection-uuid=u-1\n")
	profile := func(more string) hosttree.Tree {
		return file("etc/NetworkManager/system-connections/x.nmconnection", "[connection]\nuuid=u-1\ntype=ethernet\ninterface-name=eth0\n"+more)
	}
	manual := file("etc/network/interfaces", "auto eth0\niface eth0 inet manual\n")
	rc := service("rc-local.service", "ExecStart=/etc/rc.local start\n", false)
	rcText := "#!/bin/sh -e\n# ip addr add 192.0.2.10/24 dev eth0\n/sbin/ip addr add 192.0.2.10/24 dev eth0\n"
	expect(t, "path", []host{
		{name: "iface without auto, up", tree: with(file("etc/network/interfaces", upByHand)), addrs: ten,
			want: "unknown: it is uncertain whether ifupdown brings up eth0"},
		{name: "a service runs ifup", tree: with(file("etc/network/interfaces", upByHand), runsIfup), addrs: ten,
			want: "fail: eth0 is brought up by mynet.service and mynet.service does not run"},
		{name: "a service runs ifup and is kept", tree: with(file("etc/network/interfaces", upByHand), runsIfup), addrs: ten, keep: []string{"mynet"},
			want: "ok: eth0 is brought up by mynet.service (essential)"},
		{name: "a service that would run ifup is off", tree: with(file("etc/network/interfaces", upByHand), service("mynet.service", "ExecStart=/sbin/ifup eth0\n", false)), addrs: ten,
			want: "unknown: it is uncertain whether ifupdown brings up eth0"},
		{name: "NetworkManager, autoconnect=false", tree: []hosttree.Tree{ssh, nm, eth0, route("eth0"), nmState, profile("autoconnect=false\n")}, addrs: ten,
			want: "unknown: eth0 was brought up by NetworkManager, but"},
		{name: "NetworkManager, autoconnect=false, and one that comes up", tree: []hosttree.Tree{ssh, nm, eth0, route("eth0"), nmState, profile("autoconnect=false\n"),
			file("etc/NetworkManager/system-connections/y.nmconnection", "[connection]\nuuid=u-2\ntype=ethernet\ninterface-name=eth0\n")}, addrs: ten, want: "ok: NetworkManager.service, essential"},
		{name: "NetworkManager, for this boot only", tree: []hosttree.Tree{ssh, nm, eth0, route("eth0"), nmState,
			file("run/NetworkManager/system-connections/x.nmconnection", "[connection]\nuuid=u-1\ntype=ethernet\n")}, addrs: ten, want: "unknown: eth0 was brought up by NetworkManager, but"},
		{name: "NetworkManager, ONBOOT=no", tree: []hosttree.Tree{ssh, nm, eth0, route("eth0"), nmState, file("etc/sysconfig/network-scripts/ifcfg-eth0", "UUID=u-1\nONBOOT=no\n")}, addrs: ten,
			want: "unknown: eth0 was brought up by NetworkManager, but"},
		{name: "manual, and the address from nowhere", tree: with(manual), addrs: ten,
			want: "unknown: umm found nothing that gives eth0 the address 192.0.2.10"},
		{name: "manual, and the address from rc.local", tree: with(manual, rc, file("etc/rc.local", rcText)), addrs: ten,
			want: "fail: 192.0.2.10 comes from rc-local.service (/etc/rc.local), and rc-local.service does not run"},
		{name: "manual, and a profile of somebody else that may be for it", tree: with(manual, nm, file("etc/NetworkManager/system-connections/x", "[connection]\ntype=ethernet\n")), addrs: ten,
			want: "unknown: umm found nothing that gives eth0 the address 192.0.2.10"},
		{name: "manual, from rc.local, without a connection", tree: with(manual, rc, file("etc/rc.local", rcText)), addrs: ten, ssh: "-",
			want: "fail: 192.0.2.10 comes from rc-local.service"},
		{name: "manual, from rc.local, beside another", tree: with(file("etc/network/interfaces", "auto eth0\niface eth0 inet static\n  address 192.0.2.11/24\n"), rc, file("etc/rc.local", rcText)),
			addrs: append([]string{"192.0.2.11/24 eth0"}, ten...), ssh: "-", want: "ok: eth0 carries the default route"},
		{name: "manual, and rc.local is kept", tree: with(manual, rc, file("etc/rc.local", rcText)), addrs: ten, keep: []string{"rc-local"}, want: "ok: eth0 is brought up by ifupdown"},
		{name: "manual, and a command of its own", tree: with(file("etc/network/interfaces", "auto eth0\niface eth0 inet manual\n  up ip addr add 192.0.2.10/24 dev $IFACE\n")), addrs: ten, want: "ok: ifupdown"},
		{name: "manual, and an alias", tree: with(file("etc/network/interfaces", "auto eth0 eth0:1\niface eth0 inet manual\niface eth0:1 inet static\n  address 192.0.2.10\n  netmask 255.255.255.0\n")), addrs: ten, want: "ok: ifupdown"},
		{name: "a command of somebody's own", tree: append(with(file("etc/network/interfaces", "auto lo\niface lo inet loopback\n")),
			service("mynet.service", "ExecStart=/bin/sh -c 'ip addr add 192.0.2.10/24 dev eth0; ip link set eth0 up'\n", true)), addrs: ten, want: "fail: eth0 is brought up by mynet.service and"},
		{name: "only a look at it", tree: append(with(file("etc/network/interfaces", "auto lo\n")), service("x.service", "ExecStart=/sbin/ip link show eth0\n", true)), addrs: ten, keep: []string{"x"},
			want: "unknown: it is uncertain whether x.service brings up eth0"},
	})
}

// An address that another service holds goes with it; the operator is told which answers.
func TestPathVIP(t *testing.T) {
	keepalived := []hosttree.Tree{hosttree.Units("keepalived.service < multi-user.target"),
		file("etc/keepalived/keepalived.conf", "# virtual_ipaddress { 192.0.2.10 }\nvrrp_instance A {\n  unicast_peer {\n    192.0.2.7\n  }\n  virtual_ipaddress {\n    192.0.2.100/24 dev eth0 ! c\n  }\n}\n")}
	pacemaker := []hosttree.Tree{hosttree.Units("pacemaker.service < multi-user.target"), file("var/lib/pacemaker/cib/cib.xml", read(t, "pacemaker-2.1.5/cib.xml"))}
	dhcp := file("etc/network/interfaces", "auto eth0\niface eth0 inet dhcp\n")
	fixed := file("etc/network/interfaces", "auto eth0\n"+static)
	byVIP := "203.0.113.7 45156 192.0.2.100 22"
	both := []string{"192.0.2.10/24 eth0", "192.0.2.100/32 eth0"}
	base := []hosttree.Tree{ssh, ifupdown, eth0, route("eth0")}
	with := func(more ...hosttree.Tree) []hosttree.Tree {
		return append(append([]hosttree.Tree{}, base...), more...)
	}
	vip := append(with(keepalived...), dhcp)
	expect(t, "path", []host{
		{name: "keepalived", tree: vip, addrs: both, ssh: byVIP,
			want: "warn: 192.0.2.100 is assigned by keepalived.service (/etc/keepalived/keepalived.conf), and keepalived.service does not run in maintenance mode: in maintenance mode this host answers at 192.0.2.10"},
		{name: "keepalived is kept", tree: vip, addrs: both, ssh: byVIP, keep: []string{"keepalived"}, want: "ok: eth0 is brought up by ifupdown"},
		{name: "not by the VIP", tree: vip, addrs: both, want: "ok: eth0 is brought up by ifupdown"},
		{name: "nothing else is there", tree: vip, addrs: []string{"192.0.2.100/32 eth0"}, ssh: byVIP, want: "fail: 192.0.2.100 is assigned by keepalived.service"},
		{name: "another of the other protocol", tree: vip, addrs: []string{"2001:db8::10/64 eth0", "192.0.2.100/32 eth0"}, ssh: byVIP, want: "fail: 192.0.2.100 is assigned by keepalived.service"},
		{name: "Pacemaker", tree: append(with(pacemaker...), dhcp), addrs: both, ssh: byVIP, want: "warn: 192.0.2.100 is assigned by pacemaker.service (/var/lib/pacemaker/cib/cib.xml), and"},
		{name: "of somebody umm does not know", tree: with(fixed), addrs: both, ssh: byVIP, want: "warn: umm found nothing that gives eth0 the address 192.0.2.100: in maintenance mode this host answers at 192.0.2.10"},
		{name: "netplan", tree: []hosttree.Tree{ssh, hosttree.Units("systemd-networkd.service"), plan, eth0, route("eth0"), file("etc/netplan/a.yaml", "network:\n  ethernets:\n    eth0:\n      addresses: [192.0.2.10/24]\n")},
			addrs: both, ssh: byVIP, want: "warn: umm found nothing that gives eth0 the address 192.0.2.100"},
		{name: "networkd", tree: []hosttree.Tree{ssh, netd, eth0, route("eth0"), file("etc/systemd/network/a.network", "[Match]\nName=eth0\n[Network]\nDHCP=no\n[Address]\nAddress=192.0.2.10/24\n")},
			addrs: both, ssh: byVIP, want: "warn: umm found nothing that gives eth0 the address 192.0.2.100"},
		{name: "networkd, with more beside the file", tree: []hosttree.Tree{ssh, netd, eth0, route("eth0"), file("etc/systemd/network/a.network", "[Match]\nName=eth0\n[Network]\nDHCP=no\n"),
			file("etc/systemd/network/a.network.d/b.conf", "[Network]\nAddress=192.0.2.100/24\n")}, addrs: both, ssh: byVIP, want: "ok: systemd-networkd"},
		{name: "NetworkManager", tree: []hosttree.Tree{ssh, nm, eth0, route("eth0"), file("etc/NetworkManager/system-connections/a", "[connection]\ntype=ethernet\ninterface-name=eth0\n[ipv4]\nmethod=manual\naddress1=192.0.2.10/24,192.0.2.1\n")},
			addrs: both, ssh: byVIP, want: "warn: umm found nothing that gives eth0 the address 192.0.2.100"},
		{name: "ifcfg", tree: []hosttree.Tree{ssh, sysv, eth0, route("eth0"), file("etc/sysconfig/network-scripts/ifcfg-eth0", "ONBOOT=yes\nBOOTPROTO=none\nIPADDR=192.0.2.10\nIPADDR1=192.0.2.11\n")},
			addrs: both, ssh: byVIP, want: "warn: umm found nothing that gives eth0 the address 192.0.2.100"},
		{name: "ifcfg, an alias", tree: []hosttree.Tree{ssh, sysv, eth0, route("eth0"), file("etc/sysconfig/network-scripts/ifcfg-eth0", "ONBOOT=yes\nBOOTPROTO=none\nIPADDR=192.0.2.10\n"),
			file("etc/sysconfig/network-scripts/ifcfg-eth0:1", "DEVICE=eth0:1\nONBOOT=yes\nBOOTPROTO=none\nIPADDR=192.0.2.100\n")}, addrs: both, ssh: byVIP, want: "ok: network.service, essential"},
	})
	h := host{name: "keepalived", tree: vip, addrs: both, ssh: byVIP}
	if f := h.judge(t)["path"]; f.LosesSSH || f.Hint != "connect by ssh to 192.0.2.10" {
		t.Errorf("who came by a VIP is told %+v", f)
	}
}

// Others that run the network, and are kept.
func TestPathDaemons(t *testing.T) {
	dhcpcd := hosttree.Units("dhcpcd.service < multi-user.target")
	connman := hosttree.Units("connman.service < multi-user.target")
	iwd := hosttree.Units("iwd.service < multi-user.target")
	wlan0 := nic("wlan0", "2", "device", "phy80211")
	onWlan := []string{"192.0.2.10/24 wlan0"}
	expect(t, "path", []host{
		{name: "dhcpcd", tree: []hosttree.Tree{ssh, dhcpcd, eth0, route("eth0")}, addrs: ten, want: "ok: eth0 is brought up by dhcpcd (dhcpcd.service, essential)"},
		{name: "dhcpcd, told to leave it alone", tree: []hosttree.Tree{ssh, dhcpcd, eth0, route("eth0"), file("etc/dhcpcd.conf", "hostname\ndenyinterfaces eth* # c\n")}, addrs: ten, want: "unknown: umm found nothing"},
		{name: "dhcpcd, for others", tree: []hosttree.Tree{ssh, dhcpcd, eth0, route("eth0"), file("etc/dhcpcd.conf", "allowinterfaces eth1\n")}, addrs: ten, want: "unknown: umm found nothing"},
		{name: "dhcpcd for one interface", tree: []hosttree.Tree{ssh, hosttree.Units("dhcpcd@eth0.service < multi-user.target"), eth0, route("eth0")}, addrs: ten, want: "ok: dhcpcd (dhcpcd@eth0.service, essential)"},
		{name: "dhcpcd is off", tree: []hosttree.Tree{ssh, hosttree.Units("dhcpcd.service"), eth0, route("eth0")}, addrs: ten, want: "unknown: umm found nothing"},
		{name: "dhcpcd beside what is configured", tree: []hosttree.Tree{ssh, dhcpcd, hosttree.Units("networking.service"), eth0, route("eth0"), file("etc/network/interfaces", "auto eth0\n"+static)}, addrs: ten,
			want: "fail: eth0 is brought up by ifupdown and networking.service is not enabled"},
		{name: "ConnMan", tree: []hosttree.Tree{ssh, connman, eth0, route("eth0")}, addrs: ten, want: "ok: eth0 is brought up by ConnMan (connman.service, essential)"},
		{name: "ConnMan, told to leave it alone", tree: []hosttree.Tree{ssh, connman, eth0, route("eth0"), file("etc/connman/main.conf", "[General]\nNetworkInterfaceBlacklist=vmnet, eth\n")}, addrs: ten, want: "unknown: umm found nothing"},
		{name: "iwd", tree: []hosttree.Tree{ssh, iwd, wlan0, route("wlan0"), file("etc/iwd/main.conf", "[General]\nEnableNetworkConfiguration=true\n")}, addrs: onWlan, want: "ok: wlan0 is brought up by iwd (iwd.service, essential)"},
		{name: "iwd for somebody else's addresses", tree: []hosttree.Tree{ssh, iwd, wlan0, route("wlan0")}, addrs: onWlan, want: "unknown: umm found nothing"},
		{name: "iwd has no part in cables", tree: []hosttree.Tree{ssh, iwd, eth0, route("eth0"), file("etc/iwd/main.conf", "[General]\nEnableNetworkConfiguration=true\n")}, addrs: ten, want: "unknown: umm found nothing"},
		{name: "the kernel, for another interface", tree: []hosttree.Tree{ssh, eth0, route("eth0"), file("proc/cmdline", "ip=192.0.2.10::192.0.2.1:255.255.255.0:h:eth9:none\n")}, addrs: ten, want: "unknown: umm found nothing"},
		{name: "the kernel, for this one", tree: []hosttree.Tree{ssh, eth0, route("eth0"), file("proc/cmdline", "ip=192.0.2.10::192.0.2.1:255.255.255.0:h:eth0:none\n")}, addrs: ten, want: "ok: the kernel's or the initramfs's own"},
		{name: "dracut, for another interface", tree: []hosttree.Tree{ssh, eth0, route("eth0"), file("proc/cmdline", "ip=eth9:dhcp ip=eth8:dhcp\n")}, addrs: ten, want: "unknown: umm found nothing"},
		{name: "dracut, for this one", tree: []hosttree.Tree{ssh, eth0, route("eth0"), file("proc/cmdline", "ip=eth9:dhcp ip=eth0:dhcp\n")}, addrs: ten, want: "ok: the kernel's or the initramfs's own"},
		{name: "the kernel is told not to", tree: []hosttree.Tree{ssh, eth0, route("eth0"), file("proc/cmdline", "ip=off ip=eth0:off\n")}, addrs: ten, want: "unknown: umm found nothing"},
	})
}

// A VPN's routes go with the VPN; what the kernel says of its rules counts.
func TestPathBehindAVPN(t *testing.T) {
	tun0 := nic("tun0", "9", "tun_flags")
	base := []hosttree.Tree{ssh, ifupdown, eth0, tun0, nic("lo", "1"), file("etc/network/interfaces", "auto eth0\n"+static)}
	with := func(routes string) []hosttree.Tree {
		return append(append([]hosttree.Tree{}, base...), hosttree.Tree{"proc/net/route": v4Header + routes})
	}
	const (
		halves = "tun0\t00000000\t0100080A\t0003\t0\t0\t0\t00000080\t0\t0\t0\ntun0\t00000080\t0100080A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n"
		byEth0 = "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
		byTun0 = "tun0\t00000000\t0100080A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
		local  = "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
	)
	addrs := []string{"127.0.0.1/8 lo", "10.8.0.2/24 tun0", "192.0.2.10/24 eth0"}
	eth, tun := 2, 9
	expect(t, "path", []host{
		{name: "redirect-gateway def1", tree: with(halves + byEth0 + local), addrs: addrs, want: "ok: eth0 carries your ssh connection (192.0.2.10); eth0 is brought up by ifupdown"},
		{name: "policy routing", tree: with(byTun0 + local), addrs: addrs, answers: &eth, want: "ok: eth0 carries your ssh connection (192.0.2.10); eth0 is brought up by ifupdown"},
		{name: "the default route is the VPN's", tree: with(byTun0 + local), addrs: addrs, answers: &tun, want: "ok: eth0 carries your ssh connection"},
		{name: "no connection, the default route is the VPN's", tree: with(byTun0 + local), addrs: addrs, ssh: "-", want: "ok: eth0 carries the default route"},
		{name: "no connection, two default routes", tree: with(byTun0 + byEth0 + local), addrs: addrs, ssh: "-", want: "ok: eth0 carries the default route"},
		{name: "by the VPN itself", tree: with(byTun0 + local), addrs: addrs, ssh: "10.8.0.1 1 10.8.0.2 22", want: "unknown: tun0 (tun) is made by an unknown program"},
		{name: "rules lead elsewhere", tree: append(with(byEth0+local), nic("eth1", "3", "device")), addrs: addrs, answers: new(int), want: "ok: eth0 carries"},
	})
	three := 3
	expect(t, "path", []host{
		{name: "rules lead to an interface that nothing brings up", tree: append(with(byEth0+local), nic("eth1", "3", "device")), addrs: addrs, answers: &three, want: "unknown: replies leave by eth1, but umm found nothing"},
	})
}

// Who claims an interface: first who runs it now, then who surely would, then the rest.
func TestPathOrderOfClaims(t *testing.T) {
	hotplug := file("etc/network/interfaces", "allow-hotplug eth0\n"+static)
	running := file("run/network/ifstate", "eth0=eth0\n")
	dnet := file("etc/systemd/network/a.network", "[Match]\nName=eth0\n[Network]\nDHCP=yes\n")
	typed := file("etc/systemd/network/a.network", "[Match]\nType=ether\n[Network]\nDHCP=yes\n")
	off := hosttree.Units("networking.service", "ifup@.service")
	auto := file("etc/network/interfaces", "auto eth0\n"+static)
	maskedIfup := file("etc/systemd/system/ifup@eth0.service", "-> /dev/null")
	expect(t, "path", []host{
		{name: "one runs it, and would not", tree: []hosttree.Tree{ssh, netd, off, eth0, route("eth0"), dnet, auto, running}, addrs: ten, want: "fail: eth0 is brought up by ifupdown and networking.service is not enabled"},
		{name: "the other runs it", tree: []hosttree.Tree{ssh, netd, off, eth0, route("eth0"), dnet, auto, file("run/systemd/netif/links/2", "ADMIN_STATE=configured\nNETWORK_FILE=/etc/systemd/network/a.network\n")}, addrs: ten,
			want: "ok: eth0 is brought up by systemd-networkd (systemd-networkd.service, essential)"},
		{name: "the other runs it, by netplan", tree: []hosttree.Tree{ssh, hosttree.Units("systemd-networkd.service"), plan, off, eth0, route("eth0"), auto, file("etc/netplan/a.yaml", "network:\n  ethernets:\n    eth0:\n      dhcp4: true\n"),
			file("run/systemd/netif/links/2", "ADMIN_STATE=configured\nNETWORK_FILE=/run/systemd/network/10-netplan-eth0.network\n")}, addrs: ten,
			want: "ok: eth0 is brought up by systemd-networkd (systemd-networkd.service, essential)"},
		{name: "both run it, and one would not", tree: []hosttree.Tree{ssh, netd, off, eth0, route("eth0"), dnet, auto, running, file("run/systemd/netif/links/2", "ADMIN_STATE=configured\nNETWORK_FILE=/etc/systemd/network/a.network\n")}, addrs: ten,
			want: "fail: networking.service is not enabled"},
		{name: "both run it, and the second would not", tree: []hosttree.Tree{ssh, ifupdown, hosttree.Units("systemd-networkd.service"), eth0, route("eth0"), dnet, auto, running,
			file("run/systemd/netif/links/2", "ADMIN_STATE=configured\nNETWORK_FILE=/etc/systemd/network/a.network\n")}, addrs: ten, want: "fail: eth0 is brought up by systemd-networkd and systemd-networkd.service is not enabled"},
		{name: "neither runs it: the sure one", tree: []hosttree.Tree{ssh, netd, ifupdown, eth0, route("eth0"), typed, auto}, addrs: ten, want: "ok: eth0 is brought up by ifupdown (networking.service, essential)"},
		{name: "neither runs it: the sure one, whichever is named first", tree: []hosttree.Tree{ssh, netd, off, eth0, route("eth0"), dnet, file("etc/network/interfaces", upByHand)}, addrs: ten,
			want: "ok: eth0 is brought up by systemd-networkd (systemd-networkd.service, essential)"},
		{name: "hotplug runs it", tree: []hosttree.Tree{ssh, netd, ifupdown, eth0, route("eth0"), dnet, hotplug, running}, addrs: ten, want: "ok: eth0 is brought up by ifupdown on hotplug (udev starts ifup@eth0.service)"},
		{name: "hotplug, masked", tree: []hosttree.Tree{ssh, ifupdown, eth0, route("eth0"), hotplug, running, maskedIfup}, addrs: ten, want: "fail: ifup@eth0.service is masked"},
	})
}

// A configuration that nothing reads at boot, or that is not whole, brings up nothing.
func TestPathOfConfigurationThatDoesNotCount(t *testing.T) {
	yaml := file("etc/netplan/a.yaml", "network:\n  ethernets:\n    eth0:\n      dhcp4: true\n")
	dnet := file("etc/systemd/network/a.network", "[Match]\nName=eth0\n[Network]\nDHCP=yes\n")
	profile := file("etc/NetworkManager/system-connections/a", "[connection]\ntype=ethernet\ninterface-name=eth0\n")
	byHand := file("etc/network/interfaces", upByHand)
	const nothing = "unknown: umm found nothing that brings up eth0"
	expect(t, "path", []host{
		{name: "auto without iface", tree: []hosttree.Tree{ssh, ifupdown, eth0, route("eth0"), file("etc/network/interfaces", "auto eth0\n"), file("run/network/ifstate", "eth0=eth0\n")}, addrs: ten,
			want: "unknown: eth0 was brought up by ifupdown, but it is uncertain"},
		{name: "netplan's files without netplan", tree: []hosttree.Tree{ssh, hosttree.Units("systemd-networkd.service"), eth0, route("eth0"), yaml}, addrs: ten, want: nothing},
		{name: "networkd's file, and networkd is off", tree: []hosttree.Tree{ssh, hosttree.Units("systemd-networkd.service"), eth0, route("eth0"), dnet}, addrs: ten, want: nothing},
		{name: "NetworkManager's profile, and it is off", tree: []hosttree.Tree{ssh, hosttree.Units("NetworkManager.service"), eth0, route("eth0"), profile}, addrs: ten, want: nothing},
		{name: "dhcpcd beside ifupdown", tree: []hosttree.Tree{ssh, ifupdown, hosttree.Units("dhcpcd.service < multi-user.target"), eth0, route("eth0"), byHand}, addrs: ten, want: "unknown: it is uncertain whether ifupdown"},
		{name: "the kernel beside ifupdown", tree: []hosttree.Tree{ssh, ifupdown, eth0, route("eth0"), byHand, file("proc/cmdline", "ip=dhcp\n")}, addrs: ten, want: "unknown: it is uncertain whether ifupdown"},
		{name: "networkd is told to leave it alone", tree: []hosttree.Tree{ssh, netd, eth0, route("eth0"), dnet, file("etc/systemd/network/0.network", "[Match]\nName=eth0\n[Link]\nUnmanaged=yes\n")}, addrs: ten, want: nothing},
		{name: "networkd is told to leave some alone", tree: []hosttree.Tree{ssh, netd, eth0, route("eth0"), dnet, file("etc/systemd/network/0.network", "[Match]\nType=wlan\n[Link]\nUnmanaged=yes\n")}, addrs: ten, want: "ok: systemd-networkd"},
		{name: "of two profiles the sure one", tree: []hosttree.Tree{ssh, nm, eth0, route("eth0"), file("etc/NetworkManager/system-connections/0", "[connection]\ntype=ethernet\n"), profile}, addrs: ten, want: "ok: NetworkManager"},
		{name: "a profile that does not come up by itself", tree: []hosttree.Tree{ssh, nm, eth0, route("eth0"), file("etc/NetworkManager/system-connections/0", "[connection]\ntype=ethernet\ninterface-name=eth0\nautoconnect=false\n")}, addrs: ten, want: nothing},
		{name: "a profile that only watches", tree: []hosttree.Tree{ssh, nm, eth0, route("eth0"), file("run/NetworkManager/system-connections/0", "[connection]\ntype=ethernet\ninterface-name=eth0\n[.nmmeta]\nexternal=true\n")}, addrs: ten, want: nothing},
		{name: "an ifcfg file of another connection", tree: []hosttree.Tree{ssh, nm, eth0, route("eth0"), file("etc/sysconfig/network-scripts/ifcfg-eth0", "UUID=u-2\nONBOOT=no\n"), file("run/NetworkManager/devices/2", "[device]\nmanaged=true\nconnection-uuid=u-1\n")},
			addrs: ten, want: nothing},
		{name: "an ifcfg file that is not for NetworkManager", tree: []hosttree.Tree{ssh, nm, eth0, route("eth0"), file("etc/sysconfig/network-scripts/ifcfg-eth0", "UUID=u-1\nONBOOT=no\nNM_CONTROLLED=no\n"), file("run/NetworkManager/devices/2", "[device]\nmanaged=true\nconnection-uuid=u-1\n")},
			addrs: ten, want: nothing},
		{name: "an address of the surer of two", tree: []hosttree.Tree{ssh, nm, eth0, route("eth0"), file("run/NetworkManager/devices/2", "[device]\nmanaged=true\nconnection-uuid=u-1\n"),
			file("etc/NetworkManager/system-connections/0", "[connection]\nuuid=u-1\ntype=ethernet\ninterface-name=eth0\nautoconnect=false\n[ipv4]\nmethod=manual\naddress1=192.0.2.10/24\n"),
			file("etc/NetworkManager/system-connections/1", "[connection]\nuuid=u-2\ntype=ethernet\ninterface-name=eth0\n[ipv4]\nmethod=manual\naddress1=192.0.2.11/24\n")}, addrs: ten, want: "unknown: umm found nothing that gives eth0 the address 192.0.2.10"},
		{name: "a range of addresses", tree: []hosttree.Tree{ssh, sysv, eth0, route("eth0"), file("etc/sysconfig/network-scripts/ifcfg-eth0", "ONBOOT=yes\nBOOTPROTO=none\nIPADDR=192.0.2.1\n"),
			file("etc/sysconfig/network-scripts/ifcfg-eth0-range0", "IPADDR_START=192.0.2.5\nIPADDR_END=192.0.2.20\n")}, addrs: ten, want: "ok: the network service"},
	})
}

// answered is what the kernel says to those who ask by which interface it answers.
func answered(index int) func(client, server netip.Addr) (int, error) {
	return func(netip.Addr, netip.Addr) (int, error) { return index, nil }
}

// No finding that fails is without its risk, but where nobody is locked out.
func TestPathRefuses(t *testing.T) {
	for _, h := range []host{
		{name: "nothing brings it up", tree: []hosttree.Tree{ssh, eth0, route("eth0")}, addrs: ten},
		{name: "its owner is off", tree: []hosttree.Tree{ssh, hosttree.Units("networking.service"), eth0, route("eth0"), file("etc/network/interfaces", "auto eth0\n"+static)}, addrs: ten},
		{name: "a tunnel", tree: []hosttree.Tree{ssh, nic("lo", "1")}, addrs: []string{"127.0.0.1/8 lo"}, ssh: "127.0.0.1 1 127.0.0.1 22"},
		{name: "an address that is gone", tree: []hosttree.Tree{ssh, eth0, route("eth0")}, addrs: []string{"192.0.2.99/24 eth0"}},
		{name: "an interface that is gone", tree: []hosttree.Tree{ssh}, addrs: ten},
	} {
		if f := h.judge(t)["path"]; f.Verdict == sshcheck.OK || f.Verdict == sshcheck.Warn || !f.LosesSSH || !strings.Contains(f.Hint+f.Reason, " ") || f.Hint == "" {
			t.Errorf("%s: %+v", h.name, f)
		}
	}
	h := host{name: "nothing to judge by", tree: []hosttree.Tree{ssh}, ssh: "-"}
	if f := h.judge(t)["path"]; f.Verdict != sshcheck.Unknown || f.LosesSSH {
		t.Errorf("without a connection and a default route: %+v", f)
	}
}
