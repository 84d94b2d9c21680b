package sshcheck_test

import (
	"strings"
	"testing"

	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/sshcheck"
)

const (
	sshdTest = "/usr/sbin/sshd -t"
	sshdDump = "/usr/sbin/sshd -T -C user=root,host=203.0.113.7,addr=203.0.113.7"
	sshdG    = "/usr/sbin/sshd -G -C user=root,host=203.0.113.7,addr=203.0.113.7"
	noFolder = "Missing privilege separation directory: /run/sshd\n"
)

var sshdProgram = file("usr/sbin/sshd", "#!/bin/false\n")

// says is an sshd whose settings are those, and that finds no fault.
func says(settings string) *script { return answers{{sshdTest, "", 0}, {sshdDump, settings, 0}}.new() }

// sshd has to find an address that it listens on.
func TestListen(t *testing.T) {
	fixed := file("etc/network/interfaces", "auto eth0\n"+static)
	base := []hosttree.Tree{ssh, ifupdown, sshdProgram, eth0, nic("lo", "1"), route("eth0"), fixed}
	with := func(more ...hosttree.Tree) []hosttree.Tree {
		return append(append([]hosttree.Tree{}, base...), more...)
	}
	wg := nic("wg0", "7", "DEVTYPE=wireguard")
	wgQuick := hosttree.Units("wg-quick@wg0.service < multi-user.target")
	vpn := []string{"192.0.2.10/24 eth0", "10.9.0.1/24 wg0"}
	onVPN := "10.9.0.7 1 10.9.0.1 22"
	v6 := []string{"2001:db8::10/64 eth0", "192.0.2.10/24 eth0"}
	socket := func(stream string) hosttree.Tree {
		return hosttree.Tree{"usr/lib/systemd/system/ssh.socket": "[Socket]\nListenStream=" + stream + "\n", "etc/systemd/system/sockets.target.wants/ssh.socket": "-> /usr/lib/systemd/system/ssh.socket",
			"etc/systemd/system/multi-user.target.wants/ssh.service": "-> /dev/null"}
	}
	later := service("vpn.service", "ExecStart=/usr/sbin/ip addr add 10.9.0.1/24 dev vpn0\n", true)
	expect(t, "listen", []host{
		{name: "everywhere", tree: base, addrs: ten, runner: says("listenaddress [::]:22\nlistenaddress 0.0.0.0:22\n"), want: "ok: sshd listens on every address"},
		{name: "as captured", tree: base, addrs: ten, runner: says(read(t, "openssh-9.2/sshd-T")), want: "ok: sshd listens on every address"},
		{name: "nothing is said", tree: base, addrs: ten, runner: says("permitrootlogin no\n"), want: "ok: sshd listens on every address"},
		{name: "one address", tree: base, addrs: ten, runner: says("listenaddress 192.0.2.10:22\n"), want: "ok: sshd listens on 192.0.2.10"},
		{name: "one of IPv6", tree: base, addrs: v6, ssh: "2001:db8::7 1 2001:db8::10 22", runner: answers{{sshdTest, "", 0}, {strings.ReplaceAll(sshdDump, "203.0.113.7", "2001:db8::7"), "listenaddress [2001:db8::10]:22\n", 0}}.new(),
			want: "ok: sshd listens on 2001:db8::10"},
		{name: "on the VPN only", tree: with(wg, wgQuick), addrs: vpn, ssh: onVPN, runner: answers{{sshdTest, "", 0}, {strings.ReplaceAll(sshdDump, "203.0.113.7", "10.9.0.7"), "listenaddress 10.9.0.1:22\n", 0}}.new(),
			want: "fail: sshd listens on 10.9.0.1 only, and wg0 (wireguard) is brought up by wg-quick and wg-quick@wg0.service does not run"},
		{name: "on the VPN, which is kept", tree: with(wg, wgQuick), addrs: vpn, ssh: onVPN, keep: []string{"wg-quick@wg0"}, runner: answers{{sshdTest, "", 0}, {strings.ReplaceAll(sshdDump, "203.0.113.7", "10.9.0.7"), "listenaddress 10.9.0.1:22\n", 0}}.new(),
			want: "ok: sshd listens on 10.9.0.1"},
		{name: "on the VPN too", tree: with(wg, wgQuick), addrs: vpn, runner: says("listenaddress 10.9.0.1:22\nlistenaddress 192.0.2.10:22\n"), want: "ok: sshd listens on 192.0.2.10; 10.9.0.1 may be missing"},
		{name: "the operator comes by what goes", tree: with(wg, wgQuick), addrs: vpn, ssh: onVPN, runner: answers{{sshdTest, "", 0}, {strings.ReplaceAll(sshdDump, "203.0.113.7", "10.9.0.7"), "listenaddress 10.9.0.1:22\nlistenaddress 192.0.2.10:22\n", 0}}.new(),
			want: "warn: in maintenance mode sshd listens on 192.0.2.10, and you connected to 10.9.0.1"},
		{name: "on an address that is not there now", tree: base, addrs: ten, runner: says("listenaddress 10.9.0.1:22\n"), want: "unknown: sshd listens on 10.9.0.1 only, and no interface of this host has 10.9.0.1"},
		{name: "on one that a service makes", tree: with(later), addrs: ten, runner: says("listenaddress 10.9.0.1:22\n"), want: "fail: sshd listens on 10.9.0.1 only, and 10.9.0.1 comes from vpn.service"},
		{name: "on one that a kept service makes", tree: with(later), addrs: ten, keep: []string{"vpn"}, runner: says("listenaddress 10.9.0.1:22\n"), want: "warn: in maintenance mode sshd listens on 10.9.0.1, and you connected to 192.0.2.10"},
		{name: "on a VIP", tree: with(hosttree.Units("keepalived.service < multi-user.target"), file("etc/keepalived/keepalived.conf", "virtual_ipaddress {\n192.0.2.100\n}\n")), addrs: []string{"192.0.2.10/24 eth0", "192.0.2.100/32 eth0"},
			runner: says("listenaddress 192.0.2.100:22\n"), want: "fail: sshd listens on 192.0.2.100 only, and 192.0.2.100 is assigned by keepalived.service"},
		{name: "the socket counts, not sshd's configuration", tree: with(socket("22")), addrs: ten, runner: says("listenaddress 10.9.0.1:22\n"), want: "ok: ssh.socket listens on every address"},
		{name: "the socket beside the service itself", tree: with(socket("22"), file("etc/systemd/system/multi-user.target.wants/ssh.service", "-> /usr/lib/systemd/system/ssh.service")), addrs: ten,
			runner: says("listenaddress 10.9.0.1:22\n"), want: "unknown: sshd listens on 10.9.0.1 only"},
		{name: "the socket's address goes", tree: with(socket("10.9.0.1:22"), wg, wgQuick), addrs: vpn, runner: says("listenaddress 0.0.0.0:22\n"), want: "fail: ssh.socket listens on 10.9.0.1 only, and wg0"},
		{name: "the socket's address stays", tree: with(socket("192.0.2.10:22\nListenStream=/run/x")), addrs: ten, runner: says("listenaddress 0.0.0.0:22\n"), want: "ok: ssh.socket listens on 192.0.2.10"},
		{name: "the socket is made of sshd's configuration", tree: with(socket("22"), file("usr/lib/systemd/system-generators/sshd-socket-generator", "#!/bin/false")), addrs: ten, runner: says("listenaddress 10.9.0.1:22\n"),
			want: "unknown: sshd listens on 10.9.0.1 only"},
		{name: "on loopback only", tree: base, addrs: ten, runner: says("listenaddress 127.0.0.1:22\n"), want: "unknown: sshd listens on 127.0.0.1 only"},
		{name: "not asked", tree: base, addrs: ten, want: "unknown: the addresses that sshd listens on are unknown"},
	})
}

// A folder that only the service makes keeps nobody from asking sshd.
func TestSSHDWithoutItsFolder(t *testing.T) {
	base := []hosttree.Tree{ssh, sshdProgram, file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n")}
	conf := func(text string) []hosttree.Tree {
		return append(append([]hosttree.Tree{}, base...), file("etc/ssh/sshd_config", text))
	}
	newer := func() *script {
		return answers{{sshdTest, noFolder, 255}, {sshdDump, noFolder, 255}, {sshdG, "permitrootlogin yes\n", 0}}.new()
	}
	older := func() *script {
		return answers{{sshdTest, noFolder, 255}, {sshdDump, noFolder, 255}, {sshdG, "unknown option -- G\n", 1}}.new()
	}
	expect(t, "login", []host{
		{name: "OpenSSH 9.3 and later", tree: base, runner: newer(), want: "ok: root may log in by ssh (permitrootlogin yes)"},
		{name: "older, nothing is said", tree: conf("# PermitRootLogin no\nPort 22\n"), runner: older(), want: "ok: root may log in by ssh (permitrootlogin prohibit-password)"},
		{name: "older, no", tree: conf("permitrootlogin=no\nPermitRootLogin yes\n"), runner: older(), want: "unknown: sshd refuses root"},
		{name: "older, in what it includes", tree: append(conf("Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\n"), file("etc/ssh/sshd_config.d/a.conf", "PermitRootLogin no\n")), runner: older(), want: "unknown: sshd refuses root"},
		{name: "older, for some", tree: conf("Match User alice\n  PermitRootLogin no\n"), runner: older(), want: "ok: root may log in by ssh"},
		{name: "it does not tell", tree: conf("PermitRootLogin no\n"), runner: answers{{sshdTest, "", 0}, {sshdDump, "-T: what?\n", 1}}.new(), want: "unknown: sshd refuses root"},
		{name: "older, nothing to read", tree: base, runner: older(), want: "unknown: no local user but root"},
	})
	expect(t, "listen", []host{
		{name: "older", tree: append(conf("ListenAddress 127.0.0.1\nListenAddress=[::1]:22\n"), nic("lo", "1")), runner: older(), want: "unknown: sshd listens on 127.0.0.1, ::1 only"},
	})
}

// Who is kept out is not who else may come in.
func TestLoginOfOthers(t *testing.T) {
	dumpOf := strings.Replace(sshdDump, "user=root", "user=ann", 1)
	tree := []hosttree.Tree{ssh, sshdProgram, file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n")}
	ann := file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/bash\n")
	asked := func(root string) *script {
		return answers{{sshdTest, "", 0}, {sshdDump, "permitrootlogin " + root + "\n", 0}, {dumpOf, "permitrootlogin no\n", 0}}.new()
	}
	h := host{name: "nologin", tree: append(append([]hosttree.Tree{}, tree...), ann, file("etc/nologin", "")), as: "ann", runner: asked("yes")}
	if f := h.judge(t)["login"]; f.Verdict != sshcheck.Fail || !f.LosesSSH {
		t.Errorf("/etc/nologin keeps her out, whatever root may do: %+v", f)
	}
	h = host{name: "from elsewhere", tree: tree, as: "ann", runner: asked("no")}
	if f := h.judge(t)["login"]; f.Verdict != sshcheck.Unknown || f.LosesSSH {
		t.Errorf("an account that is not of this host: %+v", f)
	}
	h = host{name: "from elsewhere, and root", tree: tree, as: "ann", runner: asked("yes")}
	if f := h.judge(t)["login"]; f.Verdict != sshcheck.OK || !strings.Contains(f.Reason, "root may log in") {
		t.Errorf("root may: %+v", f)
	}
	h = host{name: "from elsewhere", tree: tree, as: "ann", runner: asked("no")}
	if f := h.judge(t)["accounts"]; f.Verdict != sshcheck.Unknown || !f.LosesSSH {
		t.Errorf("nobody knows her: %+v", f)
	}
	h = host{name: "hers", tree: append(append([]hosttree.Tree{}, tree...), ann), as: "ann", runner: asked("no")}
	if f := h.judge(t)["accounts"]; f.Verdict != sshcheck.OK || f.LosesSSH {
		t.Errorf("she is of this host: %+v", f)
	}
}

// Servers other than OpenSSH's are servers too.
func TestOtherServers(t *testing.T) {
	dropbear := hosttree.Units("dropbear.service < multi-user.target", "getty.target")
	runs := func(args string) hosttree.Tree {
		return service("dropbear.service", "ExecStart=/usr/sbin/dropbear -EF "+args+" $DROPBEAR_EXTRA_ARGS\n", true)
	}
	tiny := hosttree.Tree{
		"usr/lib/systemd/system/tinysshd.socket":                  "[Socket]\nListenStream=22\nAccept=yes\n",
		"usr/lib/systemd/system/tinysshd@.service":                "[Service]\nExecStart=-/usr/sbin/tinysshd -l -v /etc/tinyssh/sshkeydir\n",
		"etc/systemd/system/sockets.target.wants/tinysshd.socket": "-> /usr/lib/systemd/system/tinysshd.socket",
	}
	tinyOff := tiny.Without("etc/systemd/system/sockets.target.wants/tinysshd.socket")
	mine := service("door.service", "ExecStart=/opt/ssh/sbin/sshd -D -f /opt/ssh/sshd_config\n", true)
	expect(t, "ssh", []host{
		{name: "dropbear", tree: []hosttree.Tree{dropbear, runs("")}, want: "ok: dropbear.service is enabled and essential"},
		{name: "dropbear, by KEEP_UNITS", tree: []hosttree.Tree{service("dropbear.service", "ExecStart=/usr/sbin/dropbear\n", false)}, keep: []string{"dropbear"}, want: "ok: dropbear.service"},
		{name: "tinysshd", tree: []hosttree.Tree{tiny}, want: "ok: tinysshd.socket is enabled and essential"},
		{name: "tinysshd, by KEEP_UNITS", tree: []hosttree.Tree{tinyOff}, keep: []string{"tinysshd.socket"}, want: "ok: tinysshd.socket"},
		{name: "tinysshd is off", tree: []hosttree.Tree{tinyOff}, want: "fail: no ssh server is enabled: tinysshd.socket would not start at boot"},
		{name: "of one's own", tree: []hosttree.Tree{mine}, want: "fail: door.service does not run in maintenance mode"},
		{name: "of one's own, by KEEP_UNITS", tree: []hosttree.Tree{mine}, keep: []string{"door"}, want: "ok: door.service is enabled and essential"},
		{name: "not a server", tree: []hosttree.Tree{service("x.service", "ExecStart=/usr/bin/podman run sshd\n", true)}, want: "fail: no known ssh server is installed"},
	})
	expect(t, "sshd-config", []host{
		{name: "dropbear", tree: []hosttree.Tree{dropbear, runs("")}, runner: answers{}.new(), want: "ok: the ssh server is dropbear"},
		{name: "tinysshd", tree: []hosttree.Tree{tiny}, runner: answers{}.new(), want: "ok: the ssh server is tinysshd"},
		{name: "sshd of one's own", tree: []hosttree.Tree{mine}, keep: []string{"door"}, runner: answers{}.new(), want: "unknown: no /usr/sbin/sshd to test"},
	})
	expect(t, "login", []host{
		{name: "dropbear", tree: []hosttree.Tree{dropbear, runs("")}, want: "ok: root may log in by ssh"},
		{name: "dropbear -w", tree: []hosttree.Tree{dropbear, runs("-w")}, want: "unknown: sshd refuses root"},
		{name: "dropbear -w by its defaults", tree: []hosttree.Tree{dropbear, runs(""), file("etc/default/dropbear", "DROPBEAR_EXTRA_ARGS=\"-s -w\"\n")}, want: "unknown: sshd refuses root"},
		{name: "tinysshd", tree: []hosttree.Tree{tiny}, want: "ok: root may log in by ssh"},
	})
	for _, finding := range []string{"listen", "keys"} {
		expect(t, finding, []host{{name: finding, tree: []hosttree.Tree{dropbear, runs("")}, want: "ok: dropbear"}})
	}
}

// What the operator logs in with has to be there.
func TestKeys(t *testing.T) {
	base := []hosttree.Tree{ssh, sshdProgram, file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n"), file("proc/self/mountinfo", "22 1 254:0 / / rw - ext4 /dev/vda1 rw\n")}
	with := func(more ...hosttree.Tree) []hosttree.Tree {
		return append(append([]hosttree.Tree{}, base...), more...)
	}
	sssd := hosttree.Units("sssd.service < multi-user.target")
	off := hosttree.Units("sssd.service")
	const sss = "authorizedkeyscommand /usr/bin/sss_ssh_authorizedkeys %u\n"
	expect(t, "keys", []host{
		{name: "none", tree: base, runner: says("authorizedkeyscommand none\n"), want: "ok: sshd runs no program for keys"},
		{name: "sssd", tree: with(sssd), runner: says(sss), want: "ok: sshd runs /usr/bin/sss_ssh_authorizedkeys for keys, which asks sssd.service, which is essential"},
		{name: "sssd is not kept", tree: with(off), runner: says(sss + "passwordauthentication no\n"), want: "fail: sshd runs /usr/bin/sss_ssh_authorizedkeys for your keys, and sssd.service is not enabled"},
		{name: "sssd is not kept, but for passwords", tree: with(off), runner: says(sss + "permitrootlogin yes\npasswordauthentication yes\n"), want: "warn: only passwords get in"},
		{name: "root has no password there", tree: with(off), runner: says(sss + "permitrootlogin without-password\npasswordauthentication yes\n"), want: "fail: sssd.service is not enabled"},
		{name: "sssd is not kept, and a key is there", tree: with(off, file("root/.ssh/authorized_keys", "ssh-ed25519 A\n")), runner: says(sss + "passwordauthentication no\n"), want: "ok: finds some in /root/.ssh/authorized_keys too"},
		{name: "a program that is not known", tree: base, runner: says("authorizedkeyscommand /opt/keys %u\n"), want: "warn: sshd runs /opt/keys for keys, and what that needs is unknown"},
		{name: "a program that is not known, and a key", tree: with(file("root/.ssh/authorized_keys", "ssh-ed25519 A\n")), runner: says("authorizedkeyscommand /opt/keys %u\n"), want: "ok: finds some in"},
		{name: "not asked", tree: base, want: "unknown: whether sshd runs a program for keys is unknown"},
	})
}

// A Match of sshd_config may speak of the operator.
func TestKeysOfTheOperator(t *testing.T) {
	dumpOf := func(user string) string { return strings.Replace(sshdDump, "user=root", "user="+user, 1) }
	tree := []hosttree.Tree{ssh, sshdProgram, file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/bash\n"),
		file("proc/self/mountinfo", "22 1 254:0 / / rw - ext4 /dev/vda1 rw\n33 22 0:42 / /nfs rw - nfs4 nas:/ rw\n")}
	asked := func() *script {
		return answers{{sshdTest, "", 0}, {dumpOf("root"), "permitrootlogin no\nauthorizedkeysfile .ssh/authorized_keys\n", 0}, {dumpOf("ann"), "permitrootlogin yes\nauthorizedkeysfile /nfs/keys/%u\n", 0}}.new()
	}
	expect(t, "home", []host{{name: "hers", tree: tree, as: "ann", runner: asked(), want: "fail: /nfs/keys/ann, where sshd expects your keys, is on nfs4"}})
	h := host{name: "root's", tree: tree, as: "ann", runner: asked()}
	if f := h.judge(t)["login"]; f.Verdict != sshcheck.OK || f.Reason != "ann may log in" {
		t.Errorf("what counts for root is taken for hers: %+v", f)
	}
	h = host{name: "not a name", tree: tree, as: "a,b=c", runner: says("permitrootlogin yes\n")}
	h.judge(t)
}

// What maintenance mode mounts counts, not what a file system is called.
func TestHomeByWhatIsMounted(t *testing.T) {
	const root = "22 1 254:0 / / rw - ext4 /dev/vda1 rw\n"
	passwd := file("etc/passwd", "root:x:0:0:root:/home/root:/bin/bash\n")
	on := func(fsType string, more ...hosttree.Tree) []hosttree.Tree {
		return append([]hosttree.Tree{ssh, sshdProgram, passwd, file("proc/self/mountinfo", root+"31 22 0:41 / /home rw - "+fsType+" x rw\n33 22 0:42 / /nfs rw - nfs4 nas:/ rw\n")}, more...)
	}
	fstab := func(line string) hosttree.Tree { return file("etc/fstab", line+"\n") }
	late := hosttree.Tree{"etc/systemd/system/home.mount": "[Mount]\nWhat=/dev/vdb\nWhere=/home\n", "etc/systemd/system/multi-user.target.wants/home.mount": "-> ../home.mount"}
	early := hosttree.Tree{"etc/systemd/system/home.mount": "[Mount]\nWhat=/dev/vdb\nWhere=/home\n", "etc/systemd/system/local-fs.target.requires/home.mount": "-> ../home.mount"}
	gpt := hosttree.Tree{"run/systemd/generator.late/local-fs.target.wants/home.mount": "-> ../home.mount", "run/systemd/generator.late/home.mount": "[Unit]\nDocumentation=man:systemd-gpt-auto-generator(8)\n"}
	gone := hosttree.Tree{"run/systemd/generator/local-fs.target.requires/home.mount": "-> ../home.mount", "run/systemd/generator/home.mount": "[Unit]\nSourcePath=/etc/fstab\n"}
	keysIn := func(files string) *script { return says("authorizedkeysfile " + files + "\n") }
	expect(t, "home", []host{
		{name: "fstab", tree: on("ext4", fstab("/dev/vdb /home ext4 defaults 0 2")), want: "ok: on a local file system"},
		{name: "a unit of multi-user.target", tree: on("ext4", late), want: "fail: the home of root is on ext4, which maintenance mode does not mount"},
		{name: "a unit of multi-user.target, kept", tree: on("ext4", late), keep: []string{"home.mount"}, want: "ok: on a local file system"},
		{name: "a unit of local-fs.target", tree: on("ext4", early), want: "ok: on a local file system"},
		{name: "a bind mount of the network", tree: on("ext4", fstab("/data/home /home none bind,_netdev 0 0")), want: "fail: the home of root is on ext4, which maintenance mode does not mount"},
		{name: "a bind mount", tree: on("ext4", fstab("/data/home /home none bind 0 0")), want: "ok: on a local file system"},
		{name: "noauto", tree: on("ext4", fstab("/dev/vdb /home ext4 noauto 0 2")), want: "fail: which maintenance mode does not mount"},
		{name: "an automount", tree: on("ext4", fstab("/dev/vdb /home ext4 noauto,x-systemd.automount 0 2")), want: "ok: on a local file system"},
		{name: "an automount of NFS", tree: on("nfs4", fstab("nas:/home /home nfs4 x-systemd.automount 0 0")), want: "fail: the home of root is on nfs4"},
		{name: "9p that is mounted early", tree: on("9p", fstab("home /home 9p trans=virtio 0 0")), want: "ok: on a local file system"},
		{name: "ceph-fuse", tree: on("fuse.ceph-fuse"), want: "fail: the home of root is on fuse.ceph-fuse"},
		{name: "made by nobody that is known", tree: on("ext4"), want: "unknown: the home of root is on ext4, and umm found nothing that mounts /home"},
		{name: "by its partition's type", tree: on("ext4", gpt), want: "ok: on a local file system"},
		{name: "a line that has gone from fstab", tree: on("ext4", gone), want: "unknown: umm found nothing that mounts /home"},
		{name: "in a container", tree: on("ext4", file("run/systemd/container", "lxc\n")), want: "ok: on a local file system"},
		{name: "zfs", tree: on("zfs", hosttree.Units("zfs-mount.service < zfs.target", "zfs.target < multi-user.target")), want: "ok: on a local file system"},
		{name: "zfs, mounted by hand", tree: on("zfs", hosttree.Units("zfs-mount.service")), want: "fail: zfs-mount.service is not enabled"},
		{name: "keys on NFS only", tree: on("ext4", fstab("/dev/vdb /home ext4 defaults 0 2")), runner: keysIn("/nfs/keys/%u"), want: "fail: /nfs/keys/root, where sshd expects your keys, is on nfs4, which maintenance mode does not mount"},
		{name: "keys by a link to NFS", tree: on("ext4", fstab("/dev/vdb /home ext4 defaults 0 2"), file("etc/keys", "-> /nfs/keys")), runner: keysIn("/etc/keys"), want: "fail: /etc/keys, where sshd expects your keys, is on nfs4"},
		{name: "a home by a link to NFS", tree: []hosttree.Tree{ssh, sshdProgram, passwd, file("proc/self/mountinfo", root+"33 22 0:42 / /nfs rw - nfs4 nas:/ rw\n"), file("home", "-> nfs/home")}, want: "fail: the home of root is on nfs4"},
		{name: "a home by a link to a disk that is mounted late", tree: []hosttree.Tree{ssh, sshdProgram, passwd, file("proc/self/mountinfo", root+"33 22 8:17 / /data rw - xfs /dev/vdb rw\n"),
			file("etc/fstab", "/dev/vdb /data xfs noauto 0 2\n"), file("home", "-> /data/home"), file("data/home/root/", "")}, want: "fail: the home of root is on xfs, which maintenance mode does not mount"},
		{name: "links in a circle", tree: []hosttree.Tree{ssh, sshdProgram, passwd, file("proc/self/mountinfo", root), file("home", "-> /home")}, want: "ok: on a local file system"},
		{name: "keys on NFS too, and none at home", tree: on("ext4", fstab("/dev/vdb /home ext4 defaults 0 2")), runner: keysIn("/nfs/keys/%u .ssh/authorized_keys"), want: "fail: /nfs/keys/root"},
		{name: "keys on NFS too", tree: on("ext4", fstab("/dev/vdb /home ext4 defaults 0 2"), file("home/root/.ssh/authorized_keys", "ssh-ed25519 A\n")), runner: keysIn("/nfs/keys/%u .ssh/authorized_keys"), want: "ok: on a local file system"},
		{name: "the home goes, keys in /etc are not there", tree: on("nfs4", fstab("nas:/ /home nfs4 defaults 0 0")), runner: keysIn(".ssh/authorized_keys /etc/ssh/keys/%u"), want: "fail: the home of root is on nfs4"},
		{name: "the home goes, keys in /etc are there", tree: on("nfs4", fstab("nas:/ /home nfs4 defaults 0 0"), file("etc/ssh/keys/root", "ssh-ed25519 A\n")), runner: keysIn(".ssh/authorized_keys /etc/ssh/keys/%u"), want: "ok: sshd reads keys elsewhere"},
	})
	for _, fsType := range []string{"nfs", "9p", "overlay"} {
		h := host{name: "the root file system is " + fsType, tree: []hosttree.Tree{ssh, passwd, file("proc/self/mountinfo", "22 1 0:20 / / rw - "+fsType+" x rw\n")}}
		if f := h.judge(t)["home"]; f.Verdict != sshcheck.OK {
			t.Errorf("%s: %+v", h.name, f)
		}
	}
}

// Accounts of this host itself are in more files than one.
func TestAccountsInOtherFiles(t *testing.T) {
	extra := hosttree.Tree{
		"etc/nsswitch.conf": "passwd: files extrausers systemd\n", "etc/passwd": "daemon:x:1:1::/:/usr/sbin/nologin\n",
		"var/lib/extrausers/passwd": "root:x:0:0:root:/root:/bin/bash\nann:x:1001:1001::/home/ann:/bin/bash\n",
	}
	expect(t, "accounts", []host{
		{name: "libnss-extrausers", tree: []hosttree.Tree{ssh, extra}, want: "ok: accounts are local"},
		{name: "a file that nothing reads", tree: []hosttree.Tree{ssh, extra, file("etc/nsswitch.conf", "passwd: files\n")}, want: "unknown: your account root is not in /etc/passwd"},
		{name: "nss-altfiles", tree: []hosttree.Tree{ssh, file("etc/nsswitch.conf", "passwd: files altfiles\n"), file("usr/lib/passwd", "root:x:0:0:root:/root:/bin/bash\n")}, want: "ok: accounts are local"},
	})
	expect(t, "login", []host{{name: "libnss-extrausers", tree: []hosttree.Tree{ssh, extra}, want: "ok: local users have a login shell: ann"}})
}
