//go:build e2e

package e2e

import (
	"fmt"
	"strings"
)

// networkScenarios: whoever owns the network and ssh, the operator gets back in.
// Practice hosts come with ifupdown and ssh.service; that is every other scenario.
var networkScenarios = []scenario{
	{name: "systemd-networkd, with the address on a bridge", systemd: func(h *systemdHost) {
		h.write("/etc/systemd/network/10-bridge.netdev", "[NetDev]\nName=br-mgmt\nKind=bridge\n[Bridge]\nForwardDelaySec=0\n", 0o644)
		h.write("/etc/systemd/network/20-port.network", "[Match]\nName=host0\n[Network]\nBridge=br-mgmt\n", 0o644)
		h.write("/etc/systemd/network/30-bridge.network", "[Match]\nName=br-mgmt\n[Network]\nAddress="+h.Addr().String()+"/24\nIPv6AcceptRA=no\nLinkLocalAddressing=no\n", 0o644)
		h.write("/etc/network/interfaces", "auto lo\niface lo inet loopback\n", 0o644)
		h.sh("systemctl disable -q networking && systemctl enable -q systemd-networkd")
		// In maintenance mode default.target is a name of umm.target.
		h.serviceOf("by-default", "[Service]\nExecStart=/bin/sleep 100000\n[Install]\nWantedBy=default.target\n")
		h.sh("systemctl enable -q by-default")
		h.restarts()
		h.contains("the address", h.sh("ip -4 -o addr show dev br-mgmt"), h.Addr().String())
		h.throughMM("systemd-networkd.service")
	}, notUpstart: "Ubuntu 14.04 has no networkd"},
	// With one sshd for each connection, as in bullseye, Debian's units lose logins
	// that come at the same time.
	{name: "ssh by its socket", suite: "trixie", systemd: func(h *systemdHost) {
		h.sh("systemctl disable -q ssh.service && systemctl enable -q ssh.socket")
		h.restarts()
		h.throughMM("ssh.socket")
	}, notUpstart: "Upstart has no sockets that start services"},
	{name: "a firewall stays", once: true, systemd: func(h *systemdHost) {
		// By its order alone; and ssh waits for the network, which somebody else asks for.
		h.write("/etc/systemd/system/ssh.service.d/waits.conf", "[Unit]\nAfter=network-online.target\n", 0o644)
		h.write("/etc/systemd/system/walls.service", "[Unit]\nBefore=network-pre.target\nWants=network-pre.target\nDefaultDependencies=no\nAfter=local-fs.target\n"+
			"[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/touch /run/walls-up\nExecStop=/bin/rm /run/walls-up\n[Install]\nWantedBy=sysinit.target\n", 0o644)
		h.sh("systemctl daemon-reload && systemctl enable -q --now walls")
		h.throughMM("walls.service")
		h.on()
		h.ok("test", "-e", "/run/walls-up")
		h.ok("systemctl", "is-active", "network-online.target")
	}, upstart: func(h *upstartHost) {
		h.serviceOf("ufw", "start on (starting network-interface or starting networking)\nstop on runlevel [!023456]\n"+
			"pre-start exec touch /run/walls-up\npost-stop exec rm /run/walls-up\n")
		h.on()
		h.ok("test", "-e", "/run/walls-up")
		h.off()
		h.live()
		h.ok("test", "-e", "/run/walls-up")
	}},
	{name: "whoever came by an address that goes is told which one stays", once: true, systemd: func(h *systemdHost) {
		h.serviceOf("vip", "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/sbin/ip addr add 192.0.2.99/24 dev host0\nExecStop=/sbin/ip addr del 192.0.2.99/24 dev host0\n")
		h.ok("systemctl", "start", "vip")
		by := "ssh -F " + h.lab.SSHConfig() + " -o HostName=192.0.2.99 -o HostKeyAlias=n1 n1 umm "
		h.contains("umm check", h.outside(by+"check").out, "warn  path", "the address 192.0.2.99: in maintenance mode this host answers at "+h.Addr().String())
		h.contains("umm on", h.outside(by+"on --live 2>&1").out, h.Addr().String())
		h.stopped("vip.service")
		h.is(inMM)
		h.off()
	}, notUpstart: "what umm check asks is the same there, but for who keeps the address"},
	{name: "on is refused where the network's owner would not run", once: true, systemd: func(h *systemdHost) {
		// Brought up by a service of somebody's own, which umm cannot know.
		h.write("/etc/network/interfaces", "auto lo\niface lo inet loopback\n", 0o644)
		h.serviceOf("mynet", "[Unit]\nBefore=network.target\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'ip addr add "+
			h.Addr().String()+"/24 dev host0; ip link set host0 up'\n[Install]\nWantedBy=multi-user.target\n")
		h.sh("systemctl enable -q mynet")
		h.restarts()
		r := h.try("umm", "on")
		if r.code != 3 {
			h.t.Fatalf("umm on ended with %d: %s", r.code, r.err)
		}
		h.contains("why", r.err, "host0", "lose-ssh")
		h.is(h.operational)
		h.contains("what to do", h.try("umm", "check").out, "add mynet.service to KEEP_UNITS")
		h.configure("UMM=yes", "KEEP_UNITS=mynet")
		// Broken on disk, and up still: it is not what carries this connection.
		h.write("/etc/network/interfaces", "auto lo\niface lo inet loopback\niface host0 inet sttic\n", 0o644)
		h.contains("ifquery's word", h.ok("umm", "check"), "warn", "ifquery --list reports an error")
		h.write("/etc/network/interfaces", "auto lo host0\niface lo inet loopback\niface host0 inet sttic\n", 0o644)
		h.fails(3, "network-config", "umm", "on")
		h.write("/etc/network/interfaces", "auto lo\niface lo inet loopback\n", 0o644)
		h.on()
		h.off()
	}, notUpstart: "of the owners only ifupdown is asked about there, and it is no job that could be missing"},
}

// throughMM takes the host through both kinds of maintenance mode and wants unit
// kept in each.
func (h *systemdHost) throughMM(unit string) {
	h.t.Helper()
	h.ok("umm", "check")
	h.contains("umm units", fmt.Sprint(h.units().Essential), unit)
	for _, live := range []bool{false, true} {
		if live {
			h.live()
		} else {
			h.on()
		}
		h.onlyKept()
		h.runs(unit)
		if strings.HasSuffix(unit, ".socket") {
			h.closed(80)
		}
		h.cuts()
		h.is(inMM)
		h.off()
		h.runs("nginx")
	}
}
