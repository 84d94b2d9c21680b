package essential_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	"umm/internal/host/essential"
	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/unitfile"
)

var ubuntu2404 = hosttree.Units(
	"ssh.service", "ssh.socket < sockets.target", "systemd-networkd.service", "systemd-resolved.service < sysinit.target",
	"dbus.service < multi-user.target", "dbus.socket < sockets.target", "systemd-logind.service < multi-user.target",
	"systemd-user-sessions.service < multi-user.target", "rsyslog.service < multi-user.target",
	"getty.target < multi-user.target", "getty@tty1.service < getty.target", "cron.service < multi-user.target",
	"snapd.service < multi-user.target", "snapd.socket < sockets.target", "logrotate.timer < timers.target", "logrotate.service",
	"qemu-guest-agent.service < dev-virtio-ports.device", "remote-fs.target < multi-user.target", "ufw.service < multi-user.target",
	"polkit.service", "systemd-hostnamed.service", "udisks2.service < graphical.target", "multi-user.target", "local-fs.target",
	"systemd-update-done.service < sysinit.target", "apport.path < paths.target", "apport.service",
	"cloud-init.service < cloud-init.target", "cloud-init.target < multi-user.target", "grub-common.service < multi-user.target",
).With(hosttree.Tree{
	"usr/lib/systemd/system-generators/netplan":                     "#!/bin/true",
	"etc/netplan/50-cloud-init.yaml":                                "network:\n  version: 2\n  ethernets:\n    ens3:\n      dhcp4: true\n",
	"usr/lib/systemd/system/dbus-org.freedesktop.hostname1.service": "-> systemd-hostnamed.service",
	"usr/lib/systemd/system/dbus-org.freedesktop.thermald.service":  "-> udisks2.service",
	"usr/lib/systemd/system/default.target":                         "-> multi-user.target",
	"etc/systemd/system/sshd.service":                               "-> /lib/systemd/system/ssh.service",
}).With(hosttree.BusNames("polkit.service", "dbus-org.freedesktop.hostname1.service", "dbus-org.freedesktop.thermald.service", "gone.service"))

var centos7 = hosttree.Units(
	"sshd.service < multi-user.target", "NetworkManager.service < multi-user.target", "firewalld.service < multi-user.target",
	"auditd.service < multi-user.target", "rsyslog.service < multi-user.target", "crond.service < multi-user.target",
	"tuned.service < multi-user.target", "postfix.service < multi-user.target", "kdump.service < multi-user.target",
	"NetworkManager-dispatcher.service", "wpa_supplicant.service", "polkit.service", "getty.target < multi-user.target",
	"dbus.service < multi-user.target", "dbus.socket < sockets.target", "chronyd.service < multi-user.target",
	"lvm2-monitor.service < sysinit.target", "multi-user.target", "local-fs.target",
).With(hosttree.Tree{
	"etc/rc.d/init.d/network":               "#!/bin/bash",
	"etc/rc.d/init.d/netconsole":            "#!/bin/bash",
	"etc/init.d":                            "-> rc.d/init.d",
	"etc/rc3.d":                             "-> rc.d/rc3.d",
	"etc/rc.d/rc3.d/S10network":             "-> ../init.d/network",
	"etc/rc.d/rc3.d/K50netconsole":          "-> ../init.d/netconsole",
	"usr/lib/systemd/system/default.target": "-> multi-user.target",
	"etc/systemd/system/dbus-org.freedesktop.nm-dispatcher.service": "-> /usr/lib/systemd/system/NetworkManager-dispatcher.service",
	"etc/systemd/system/dbus-org.fedoraproject.FirewallD1.service":  "-> /usr/lib/systemd/system/firewalld.service",
}).With(hosttree.BusNames("polkit.service", "wpa_supplicant.service", "dbus-org.freedesktop.nm-dispatcher.service", "dbus-org.fedoraproject.FirewallD1.service", "tuned.service"))

func plan(t *testing.T, tree hosttree.Tree, keep ...string) (*unitfile.Tree, essential.Result) {
	u := unitfile.Open(hosttree.Make(t, tree))
	return u, essential.Plan(u, u.Enabled(), keep)
}

func names(units []essential.Unit) []string {
	var s []string
	for _, u := range units {
		s = append(s, u.Name)
	}
	return s
}

func check(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

func TestPlan(t *testing.T) {
	tree, p := plan(t, ubuntu2404)
	check(t, "Ubuntu 24.04", names(p.Start), "dbus.service", "dbus.socket", "getty.target", "getty@tty2.service", "grub-common.service", "rsyslog.service",
		"ssh.socket", "systemd-logind.service", "systemd-networkd.service", "systemd-resolved.service", "systemd-user-sessions.service", "ufw.service")
	check(t, "on demand", names(p.OnDemand), "qemu-guest-agent.service", "systemd-hostnamed.service")
	check(t, "masked on the bus", essential.BusMasks(tree, p), "dbus-org.freedesktop.thermald.service", "polkit.service")

	tree, p = plan(t, centos7)
	check(t, "CentOS 7", names(p.Start), "NetworkManager.service", "auditd.service", "chronyd.service", "dbus.service", "dbus.socket",
		"firewalld.service", "getty.target", "kdump.service", "lvm2-monitor.service", "network.service", "rsyslog.service", "sshd.service")
	check(t, "on demand", names(p.OnDemand), "NetworkManager-dispatcher.service")
	check(t, "masked on the bus", essential.BusMasks(tree, p), "polkit.service", "tuned.service")
}

func TestNetplanEnablesNetworkd(t *testing.T) {
	const networkd = "systemd-networkd.service"
	for _, c := range []struct {
		name string
		tree hosttree.Tree
		want bool
	}{
		{"netplan for networkd", ubuntu2404, true},
		{"netplan for NetworkManager", ubuntu2404.With(hosttree.Tree{"etc/netplan/50-cloud-init.yaml": "network:\n  renderer: NetworkManager\n"}), false},
		{"files without netplan", ubuntu2404.Without("usr/lib/systemd/system-generators/netplan"), false},
		{"masked", ubuntu2404.With(hosttree.Tree{"etc/systemd/system/" + networkd: "-> /dev/null"}), false},
	} {
		if _, p := plan(t, c.tree); slices.Contains(names(p.Start), networkd) != c.want {
			t.Errorf("%s: networkd is kept: %v", c.name, !c.want)
		}
	}
}

func TestKeepUnits(t *testing.T) {
	tree := ubuntu2404.With(hosttree.Tree{
		"etc/systemd/system/dead.service": "-> /dev/null",
		"etc/fstab":                       "server:/home /home nfs defaults 0 0\n",
	})
	base := func() []string { _, p := plan(t, tree); return names(p.Start) }()
	for _, c := range []struct {
		word    string
		adds    string
		problem string
	}{
		{"cron", "cron.service", ""},
		{"snap*", "snapd.service snapd.socket", ""},
		{"cr?n.*", "cron.service", ""},
		{"apport", "apport.service", ""},
		{"ssh*", "", ""}, // nothing new, but it does match
		{"ssh.socket", "", ""},
		{"sshd", "ssh.service", ""},
		{"home.mount", "home.mount", ""},
		{"getty@tty5.service", "getty@tty5.service", ""},
		{"quadlet", "quadlet.service", "no such unit on this host"},
		{"nothing*", "", "no enabled unit on this host matches it"},
		{"dead", "", "the unit is masked"},
		{"getty@", "", "it is a template: name an instance"},
		{"../../etc/passwd", "", "it is not a unit name"},
		{"a;b", "", "it is not a unit name"},
		{"a[", "", "no enabled unit on this host matches it"},
	} {
		_, p := plan(t, tree, c.word)
		added := slices.DeleteFunc(p.Start, func(u essential.Unit) bool { return slices.Contains(base, u.Name) })
		if got := strings.Join(names(added), " "); got != c.adds {
			t.Errorf("%s adds %q, want %q", c.word, got, c.adds)
		}
		for _, u := range added {
			if u.Source != essential.SourceKeepUnits {
				t.Errorf("%s: %+v", c.word, u)
			}
		}
		got := ""
		for _, pr := range p.Problems {
			got += pr.Text
		}
		if got != c.problem {
			t.Errorf("%s: problem %q, want %q", c.word, got, c.problem)
		}
	}
}

func TestStopped(t *testing.T) {
	tree, p := plan(t, ubuntu2404, "logrotate")
	running := essential.Running(tree, p)
	for name, why := range map[string]string{
		"ssh.service": "started on demand by ssh.socket", "getty@tty1.service": "needed by getty.target",
		"systemd-update-done.service": "early boot", "systemd-resolved.service": "the network", "logrotate.service": "the operator",
	} {
		if running[name] != why {
			t.Errorf("%s runs for %q, want %q", name, running[name], why)
		}
	}
	var got []string
	for _, s := range essential.Stopped(tree, tree.Enabled(), running) {
		got = append(got, s.Name+": "+s.Why)
	}
	check(t, "stopped", got,
		"apport.path: a change of files would start its service", "apport.service: not essential",
		"cloud-init.service: not essential", "cron.service: not essential",
		"logrotate.timer: timers do not run in maintenance mode", "snapd.service: not essential",
		"snapd.socket: a connection would start its service", "udisks2.service: not essential")
}

func TestRunningFollowsUnitFiles(t *testing.T) {
	tree, p := plan(t, hosttree.Units("openvswitch.service < multi-user.target", "sshd.service < multi-user.target").With(hosttree.Tree{
		"usr/lib/systemd/system/openvswitch.service":    "[Unit]\nRequires=ovsdb-server.service\nWants=masked.service gone.service\n",
		"usr/lib/systemd/system/ovsdb-server.service":   "[Unit]\nBindsTo=helper@%p.service ovs-delete@a.service\n[Service]\nSockets=ovs.socket\n",
		"usr/lib/systemd/system/ovs-delete@.service":    "[Unit]\nWants=end@%i.target\n",
		"usr/lib/systemd/system/end@.target":            "[Unit]\n",
		"usr/lib/systemd/system/ovs.socket":             "[Socket]\nAccept=yes\n",
		"usr/lib/systemd/system/ovs.service":            "[Unit]\n",
		"etc/systemd/system/masked.service":             "-> /dev/null",
		"usr/lib/systemd/system/polkit.service":         "[Unit]\n",
		"etc/systemd/system/sshd.service.d/polkit.conf": "[Unit]\nRequires=polkit.service\n",
	}, hosttree.BusNames("polkit.service", "ovs.service")))
	running := essential.Running(tree, p)
	var got []string
	for name := range running {
		got = append(got, name)
	}
	slices.Sort(got)
	check(t, "running", got, "end@a.target", "openvswitch.service", "ovs-delete@a.service", "ovs.socket", "ovsdb-server.service", "polkit.service", "sshd.service", "sysinit.target")
	check(t, "masked on the bus", essential.BusMasks(tree, p), "ovs.service")
}

func TestList(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range essential.List {
		if e.Why == "" || seen[e.Pattern] {
			t.Errorf("%s has no reason, or stands there twice", e.Pattern)
		}
		seen[e.Pattern] = true
		if _, err := path.Match(e.Pattern, ""); err != nil {
			t.Errorf("%s: %v", e.Pattern, err)
		}
		if !strings.ContainsAny(e.Pattern, "*?[") && !unitfile.ValidName(e.Pattern) {
			t.Errorf("%s is not a unit name", e.Pattern)
		}
		for _, never := range []string{"remote-fs.target", "cloud-init.service", "polkit.service", "mariadb.socket", "cron.service", "multi-user.target", "timers.target", "nfs-client.target"} {
			if unitfile.Match([]string{e.Pattern}, never) {
				t.Errorf("%s keeps %s", e.Pattern, never)
			}
		}
	}
}
