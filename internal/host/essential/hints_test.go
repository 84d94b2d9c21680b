package essential_test

import (
	"slices"
	"strings"
	"testing"

	"umm/internal/host/essential"
	"umm/internal/host/hostfs/hosttree"
)

// unit makes a unit file with that text, wanted by a target where one is named.
func unit(name, text, wanter string) hosttree.Tree {
	tree := hosttree.Tree{"usr/lib/systemd/system/" + name: text}
	if wanter != "" {
		tree["etc/systemd/system/"+wanter+".wants/"+name] = "-> /usr/lib/systemd/system/" + name
	}
	return tree
}

var base = hosttree.Units("ssh.service < multi-user.target", "multi-user.target", "graphical.target", "local-fs.target").With(hosttree.Tree{
	"usr/lib/systemd/system/default.target":   "-> graphical.target",
	"usr/lib/systemd/system/graphical.target": "[Unit]\nRequires=multi-user.target\n",
})

// A firewall is known by its name, or by its order.
func TestWalls(t *testing.T) {
	const before = "[Unit]\nWants=network-pre.target\nBefore=network-pre.target shutdown.target\n"
	_, p := plan(t, base.With(
		unit("mywalls.service", before, "sysinit.target"), unit("off.service", before, ""), unit("later.service", "[Unit]\nAfter=network-pre.target\n", "multi-user.target"),
		unit("cloud-init-local.service", before, "cloud-init.target"), unit("netfilter.target", before, "multi-user.target"),
		unit("firehol.service", "[Unit]\n", "multi-user.target"), unit("arno-iptables-firewall.service", "[Unit]\n", "multi-user.target"),
		unit("dropped.service", "[Unit]\n", "multi-user.target"), hosttree.Tree{"etc/systemd/system/dropped.service.d/a.conf": before},
		unit("hidden.service", before, "multi-user.target"), hosttree.Tree{"etc/systemd/system/hidden.service": "-> /dev/null"},
	))
	check(t, "kept", names(p.Start), "arno-iptables-firewall.service", "dropped.service", "firehol.service", "mywalls.service", "ssh.service")
}

// An ssh server that is ordered after the network finds it there.
func TestNetworkOnline(t *testing.T) {
	online := unit("network-online.target", "[Unit]\n", "").With(unit("systemd-networkd-wait-online.service", "[Unit]\n", "network-online.target"))
	after := unit("ssh.service", "[Unit]\nAfter=network.target network-online.target\n", "")
	for _, c := range []struct {
		name string
		tree hosttree.Tree
		keep []string
		want bool
	}{
		{"it does not wait", base.With(online), nil, false},
		{"it waits", base.With(online, after), nil, true},
		{"by a drop-in", base.With(online, hosttree.Tree{"etc/systemd/system/ssh.service.d/a.conf": "[Unit]\nAfter=network-online.target\n"}), nil, true},
		{"what is kept for something else waits", base.With(online, unit("rsyslog.service", "[Unit]\nAfter=network-online.target\n", "multi-user.target")), nil, false},
		{"what the operator keeps waits", base.With(online, unit("vpn.service", "[Unit]\nAfter=network-online.target\n", "")), []string{"vpn"}, true},
		{"there is none", base.With(after), nil, false},
	} {
		tree, p := plan(t, c.tree, c.keep...)
		if slices.Contains(names(p.Start), "network-online.target") != c.want {
			t.Errorf("%s: kept is %v", c.name, names(p.Start))
		}
		if _, waits := essential.Running(tree, p)["systemd-networkd-wait-online.service"]; waits != c.want {
			t.Errorf("%s: what waits for the network runs: %v", c.name, waits)
		}
	}
}

// watchdog(8) would reboot the host for what does not run in maintenance mode.
func TestWatchdogIsSpared(t *testing.T) {
	dog := base.With(unit("watchdog.service", "[Unit]\n", "multi-user.target"))
	alive := unit("wd_keepalive.service", "[Unit]\nConflicts=watchdog.service\n", "")
	conf := func(text string) hosttree.Tree { return hosttree.Tree{"etc/watchdog.conf": text} }
	for _, c := range []struct {
		name  string
		tree  hosttree.Tree
		keep  []string
		want  string
		tests string
	}{
		{"nothing is tested", dog.With(alive, conf("#pidfile = /run/a.pid\nwatchdog-device = /dev/watchdog\nmax-load-1 = 24\n")), nil, "watchdog.service", ""},
		{"pidfile", dog.With(alive, conf("pidfile\t= /run/nginx.pid # c\n")), nil, "wd_keepalive.service", "pidfile=/run/nginx.pid"},
		{"file", dog.With(alive, conf("file = /var/log/messages\nchange = 1407\n")), nil, "wd_keepalive.service", "file=/var/log/messages"},
		{"test-binary", dog.With(alive, conf("test-binary=/usr/bin/t\n")), nil, "wd_keepalive.service", "test-binary=/usr/bin/t"},
		{"a script in its folder", dog.With(alive, hosttree.Tree{"etc/watchdog.d/a": "#!/bin/sh", "etc/watchdog.d/README": "x"}), nil, "wd_keepalive.service", "/etc/watchdog.d/a"},
		{"a folder of one's own", dog.With(alive, conf("test-directory = /opt/t\n"), hosttree.Tree{"opt/t/b": "#!/bin/sh", "etc/watchdog.d/a": "#!/bin/sh"}), nil, "wd_keepalive.service", "/opt/t/b"},
		{"there is no wd_keepalive", dog.With(conf("pidfile = /run/a.pid\n")), nil, "watchdog.service", "pidfile=/run/a.pid"},
		{"the operator wants it", dog.With(alive, conf("pidfile = /run/a.pid\n")), []string{"watchdog"}, "watchdog.service", "pidfile=/run/a.pid"},
		{"it is off", base.With(alive, unit("watchdog.service", "[Unit]\n", ""), conf("pidfile = /run/a.pid\n")), nil, "", "pidfile=/run/a.pid"},
	} {
		tree, p := plan(t, c.tree, c.keep...)
		var got []string
		for _, name := range names(p.Start) {
			if strings.HasPrefix(name, "w") {
				got = append(got, name)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: kept is %v, want %s", c.name, got, c.want)
		}
		if tests := strings.Join(essential.WatchdogTests(tree), " "); tests != c.tests {
			t.Errorf("%s: tests %q, want %q", c.name, tests, c.tests)
		}
	}
}

// What pulls in the target of an ordinary boot makes maintenance mode the whole host.
func TestFullBoot(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "[Unit]\nAfter=multi-user.target\n", ""},
		{"requires", "[Unit]\nRequires=multi-user.target\n", "multi-user.target: needed by mine.service"},
		{"wants, in two steps", "[Unit]\nWants=other.service\n", "graphical.target: needed by other.service"},
		{"by an alias", "[Unit]\nBindsTo=runlevel5.target\n", "graphical.target: needed by mine.service"},
		{"the default one", "[Unit]\nWants=default.target\n", "graphical.target: needed by mine.service"},
	} {
		tree, p := plan(t, base.With(unit("mine.service", c.text, ""), unit("other.service", "[Unit]\nUpholds=graphical.target\n", ""),
			hosttree.Tree{"usr/lib/systemd/system/runlevel5.target": "-> graphical.target"}), "mine")
		target, why := essential.FullBoot(tree, essential.Running(tree, p))
		if got := strings.TrimSuffix(target+": "+why, ": "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// In maintenance mode default.target is a name of umm.target: what it wants would run
// (seen on 247, 252 and 257).
func TestDefaultMasks(t *testing.T) {
	tree, p := plan(t, base.With(
		unit("db.service", "[Unit]\n", "default.target"), unit("fail2ban.service", "[Unit]\n", "default.target"), unit("vpn.service", "[Unit]\nWants=helper.service\n", "default.target"),
		unit("helper.service", "[Unit]\n", "default.target"), unit("off.service", "[Unit]\n", "default.target"),
		hosttree.Tree{"etc/systemd/system/off.service": "-> /dev/null", "etc/systemd/system/default.target.wants/gone.service": "-> /nowhere/gone.service"},
	), "vpn")
	check(t, "masked", essential.DefaultMasks(tree, p), "db.service")
	tree, p = plan(t, base)
	check(t, "masked where it wants nothing", essential.DefaultMasks(tree, p))
}

// What fstab mounts early is there, what waits for the network is not.
func TestMountsOfFstab(t *testing.T) {
	tree, p := plan(t, base.With(unit("data.mount", "[Mount]\nWhat=/dev/vdc\nWhere=/data\n", "multi-user.target"),
		unit("remote-fs.target", "[Unit]\n", "multi-user.target"), hosttree.Tree{"etc/fstab": `# c
/dev/vda1 / ext4 defaults 0 1
/dev/vdb1 /home ext4 nofail 0 2
/home/my\040files /srv/files none bind 0 0
nas:/export /mnt/nas nfs4 defaults 0 0
/mnt/nas/keys /etc/keys none bind,_netdev 0 0
/dev/vde1 /later ext4 noauto 0 0
/dev/vdf1 /asked ext4 noauto,x-systemd.automount 0 0
nas:/b /asked-nas nfs x-systemd.automount 0 0
/dev/vdg1 /late xfs x-systemd.wanted-by=multi-user.target 0 0
ceph /ceph fuse.ceph defaults 0 0
share /p9 9p trans=virtio 0 0
UUID=x none swap sw 0 0
`}))
	running := essential.Running(tree, p)
	for name, want := range map[string]bool{
		"-.mount": true, "home.mount": true, "srv-files.mount": true, "mnt-nas.mount": false, "etc-keys.mount": false, "later.mount": false,
		"asked.automount": true, "asked\\x2dnas.automount": false, "late.mount": false, "data.mount": false, "ceph.mount": false, "p9.mount": true,
	} {
		if _, runs := running[name]; runs != want {
			t.Errorf("%s is mounted: %v", name, runs)
		}
	}
	var stopped []string
	for _, s := range essential.Stopped(tree, tree.Enabled(), running) {
		stopped = append(stopped, s.Name)
	}
	check(t, "not mounted", stopped, `asked\x2dnas.automount`, "ceph.mount", "data.mount", "etc-keys.mount", "late.mount", "mnt-nas.mount")
}
