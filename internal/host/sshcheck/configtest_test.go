package sshcheck_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/sshcheck"
)

// scratchOf replaces the folder of its own that netplan is given by a word, and wants
// netplan's files in it.
func (s *script) scratchOf(argv []string) []string {
	prefix := filepath.Join(os.TempDir(), "umm-netplan-")
	for i, word := range argv {
		if !strings.HasPrefix(word, prefix) {
			continue
		}
		if found, err := filepath.Glob(word + "/etc/netplan/*.yaml"); err != nil || len(found) == 0 {
			s.t.Errorf("netplan is given a folder without its files: %v", err)
		}
		argv = append(append(argv[:i:i], "SCRATCH"), argv[i+1:]...)
	}
	return argv
}

// The network's own programs say whether what is on disk would come up again.
func TestNetworkConfig(t *testing.T) {
	const (
		ifquery  = "/usr/sbin/ifquery --list"
		generate = "/usr/sbin/netplan generate --root-dir SCRATCH"
		nmConfig = "/usr/sbin/NetworkManager --print-config"
	)
	program := func(name string) hosttree.Tree { return file("usr/sbin/"+name, "#!/bin/false\n") }
	interfaces := file("etc/network/interfaces", "auto eth0\niface eth0 inet sttic\n  address 192.0.2.10/24\n")
	yaml := file("etc/netplan/a.yaml", "network:\n  ethernets:\n    eth0:\n\t  dhcp4: true\n")
	profile := file("etc/NetworkManager/system-connections/a", "[connection]\ntype=ethernet\ninterface-name=eth0\n")
	byIfupdown := []hosttree.Tree{ssh, ifupdown, eth0, route("eth0"), interfaces, program("ifquery")}
	byNetplan := []hosttree.Tree{ssh, hosttree.Units("systemd-networkd.service"), plan, eth0, route("eth0"), yaml, program("netplan")}
	byNM := []hosttree.Tree{ssh, nm, eth0, route("eth0"), profile, program("NetworkManager")}
	says := func(command, name string) *script { return answers{{command, read(t, name), 1}}.new() }
	hosts := []host{
		{name: "ifupdown", tree: byIfupdown, addrs: ten, runner: says(ifquery, "ifupdown-0.8/ifquery.bad"), want: "fail: ifquery --list reports an error in the configuration on disk"},
		{name: "ifupdown, whole", tree: byIfupdown, addrs: ten, runner: answers{{ifquery, "lo\neth0\n", 0}}.new(), want: "ok: ifquery --list reports no error"},
		{name: "ifupdown of another interface", tree: append(byNM, file("etc/network/interfaces", "auto eth1\niface eth1 inet sttic\n"), program("ifquery")), addrs: ten,
			runner: answers{{ifquery, read(t, "ifupdown-0.8/ifquery.bad"), 1}, {nmConfig, "", 0}}.new(), want: "warn: ifquery --list reports an error"},
		{name: "ifupdown that only knows the interface", tree: append(byNM, file("etc/network/interfaces", "auto lo\niface eth0 inet sttic\n"), program("ifquery")), addrs: ten,
			runner: answers{{ifquery, read(t, "ifupdown-0.8/ifquery.bad"), 1}, {nmConfig, "", 0}}.new(), want: "warn: ifquery --list reports an error"},
		{name: "netplan", tree: byNetplan, addrs: ten, runner: says(generate, "netplan-0.106/generate.bad"), want: "fail: netplan generate reports an error in the configuration on disk"},
		{name: "netplan, whole", tree: byNetplan, addrs: ten, runner: answers{{generate, "", 0}}.new(), want: "ok: netplan generate reports no error"},
		{name: "NetworkManager", tree: byNM, addrs: ten, runner: says(nmConfig, "networkmanager-1.42/print-config.bad"), want: "fail: NetworkManager --print-config reports an error"},
		{name: "an ifquery of another make", tree: byIfupdown, addrs: ten, runner: answers{{ifquery, "ifquery: error: '-a' option or interface list are required\n", 1}}.new(), want: "ok: no program to check the network"},
		{name: "a netplan that does not know the question", tree: byNetplan, addrs: ten, runner: answers{{generate, "netplan: error: unrecognized arguments: --root-dir\n", 2}}.new(), want: "ok: no program to check the network"},
		{name: "none of them is there", tree: []hosttree.Tree{ssh, ifupdown, eth0, route("eth0"), interfaces}, addrs: ten, runner: answers{}.new(), want: "ok: no program to check the network"},
		{name: "not root", tree: byIfupdown, addrs: ten, want: "ok: no program to check the network"},
	}
	expect(t, "network-config", hosts)
	h := hosts[0]
	h.runner = says(ifquery, "ifupdown-0.8/ifquery.bad")
	if f := h.judge(t)["network-config"]; !f.LosesSSH || !strings.Contains(f.Evidence, "interfaces:3: unknown or no method") || f.Hint == "" {
		t.Errorf("a fault in what carries the operator: %+v", f)
	}
	h = hosts[2]
	h.runner = answers{{ifquery, read(t, "ifupdown-0.8/ifquery.bad"), 1}, {nmConfig, "", 0}}.new()
	if f := h.judge(t)["network-config"]; f.LosesSSH {
		t.Errorf("a fault in what carries nobody: %+v", f)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "umm-netplan-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	// Without netplan itself, its files are at least not taken for clear.
	expect(t, "path", []host{{name: "a tab", tree: []hosttree.Tree{ssh, hosttree.Units("systemd-networkd.service"), plan, eth0, route("eth0"), yaml}, addrs: ten, want: "unknown: it is uncertain"}})
}

// A host in maintenance mode is never less protected than it is.
func TestFirewallsThatAreNotKnown(t *testing.T) {
	before := hosttree.Tree{
		"usr/lib/systemd/system/walls.service":                       "[Unit]\nBefore=network-pre.target\nWants=network-pre.target\n[Service]\nExecStart=/opt/walls\n",
		"etc/systemd/system/sysinit.target.wants/walls.service":      "-> /usr/lib/systemd/system/walls.service",
		"usr/lib/systemd/system/walls-off.service":                   "[Unit]\nBefore=network-pre.target\n",
		"etc/systemd/system/multi-user.target.wants/cloud-x.service": "-> /usr/lib/systemd/system/cloud-x.service",
		"usr/lib/systemd/system/cloud-x.service":                     "[Unit]\nBefore=network-pre.target\n",
	}
	rc := service("rc-local.service", "ExecStart=/etc/rc.local start\n", false)
	rules := file("etc/rc.local", "#!/bin/sh\n# iptables -F\n/sbin/iptables-restore < /etc/rules\n")
	expect(t, "firewall", []host{
		{name: "firehol", tree: []hosttree.Tree{ssh, hosttree.Units("firehol.service < multi-user.target")}, want: "ok: firehol.service is essential"},
		{name: "arno-iptables-firewall", tree: []hosttree.Tree{ssh, hosttree.Units("arno-iptables-firewall.service < multi-user.target")}, want: "ok: arno-iptables-firewall.service is essential"},
		{name: "by its order", tree: []hosttree.Tree{ssh, before}, want: "ok: walls.service is essential"},
		{name: "rc.local", tree: []hosttree.Tree{ssh, rc, rules}, want: "warn: rc-local.service runs iptables-restore (/etc/rc.local) and is not essential"},
		{name: "rc.local is kept", tree: []hosttree.Tree{ssh, rc, rules}, keep: []string{"rc-local"}, want: "ok: no firewall service is enabled here"},
		{name: "a comment is no rule", tree: []hosttree.Tree{ssh, rc, file("etc/rc.local", "#!/bin/sh\n# iptables -F\n")}, want: "ok: no firewall service"},
		{name: "rc.local that cannot be run", tree: []hosttree.Tree{ssh, rc, file("etc/rc.local", "iptables-restore < /etc/rules\n")}, want: "ok: no firewall service"},
	})
}

// watchdog(8) reboots a host for what does not run.
func TestWatchdog(t *testing.T) {
	dog := hosttree.Units("watchdog.service < multi-user.target")
	conf := file("etc/watchdog.conf", "pidfile = /run/nginx.pid\ntest-binary = /usr/local/bin/test-db\n")
	expect(t, "watchdog", []host{
		{name: "none", tree: []hosttree.Tree{ssh}, want: "ok: no watchdog service tests other services"},
		{name: "one that tests nothing", tree: []hosttree.Tree{ssh, dog, file("etc/watchdog.conf", "#pidfile = /run/nginx.pid\n")}, want: "ok: no watchdog service tests other services"},
		{name: "one that tests", tree: []hosttree.Tree{ssh, dog, conf}, want: "warn: watchdog.service runs in maintenance mode and reboots the host if one of its tests fails: pidfile=/run/nginx.pid, test-binary=/usr/local/bin/test-db"},
		{name: "wd_keepalive takes its place", tree: []hosttree.Tree{ssh, dog, conf, hosttree.Units("wd_keepalive.service")}, want: "ok: wd_keepalive.service runs instead of watchdog.service"},
		{name: "it is off", tree: []hosttree.Tree{ssh, hosttree.Units("watchdog.service"), conf}, want: "ok: no watchdog service tests other services"},
	})
	h := host{name: "one that tests", tree: []hosttree.Tree{ssh, dog, conf}}
	if f := h.judge(t)["watchdog"]; f.LosesSSH || f.Verdict != sshcheck.Warn || f.Hint == "" {
		t.Errorf("%+v", f)
	}
}
