package sshcheck_test

import (
	"slices"
	"testing"

	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/sshcheck"
)

func TestSSH(t *testing.T) {
	masked := func(unit string) hosttree.Tree { return file("etc/systemd/system/"+unit, "-> /dev/null") }
	expect(t, "ssh", []host{
		{name: "Debian", tree: []hosttree.Tree{hosttree.Units("ssh.service < multi-user.target")}, want: "ok: ssh.service is enabled and essential"},
		{name: "EL", tree: []hosttree.Tree{hosttree.Units("sshd.service < multi-user.target", "sshd.socket")}, want: "ok: sshd.service is enabled and essential"},
		{name: "Ubuntu 24.04", tree: []hosttree.Tree{hosttree.Units("ssh.service", "ssh.socket < sockets.target")}, want: "ok: is enabled and essential"},
		{name: "Ubuntu 24.04, service masked", tree: []hosttree.Tree{hosttree.Units("ssh.service", "ssh.socket < sockets.target"), masked("ssh.service")}, want: "fail: ssh.socket listens, but ssh.service is masked"},
		{name: "dropbear", tree: []hosttree.Tree{hosttree.Units("dropbear.service < multi-user.target")}, want: "ok: dropbear.service"},
		{name: "disabled", tree: []hosttree.Tree{hosttree.Units("ssh.service")}, want: "fail: no ssh server is enabled: ssh.service would not start at boot"},
		{name: "disabled, but asked for", tree: []hosttree.Tree{hosttree.Units("ssh.service")}, keep: []string{"ssh"}, want: "ok: ssh.service is enabled and essential"},
		{name: "masked", tree: []hosttree.Tree{hosttree.Units("ssh.service < multi-user.target"), masked("ssh.service")}, want: "fail: ssh.service is masked"},
		{name: "none", want: "fail: no known ssh server is installed"},
	})
}

// TestNothingKept holds that no finding takes what is not kept for good.
func TestNothingKept(t *testing.T) {
	unit := sshcheck.Unit{Exists: true, Enabled: true}
	facts := sshcheck.Facts{Units: map[string]sshcheck.Unit{
		"ssh.service": unit, "ssh.socket": unit, "networking.service": unit, "nftables.service": unit, "sssd.service": unit, "systemd-user-sessions.service": unit,
	}}
	facts.Firewalls = []string{"nftables.service"}
	facts.Login = sshcheck.Login{Sources: []string{"files", "sss"}, Operator: sshcheck.Operator{Name: "root", Local: true, Home: "/home/root"}}
	facts.MountPoints = map[string]sshcheck.MountPoint{"/home/root": {Point: "/home", Type: "nfs"}}
	facts.SSHD.Settings = map[string][]string{
		"permitrootlogin": {"no"}, "listenaddress": {"192.0.2.1:22"}, "authorizedkeyscommand": {"/usr/bin/sss_ssh_authorizedkeys"}, "passwordauthentication": {"no"},
	}
	asked := []string{"network-config", "watchdog"} // of no unit
	for _, f := range sshcheck.Judge(facts, func(string) bool { return false }) {
		if f.Verdict == sshcheck.OK && !slices.Contains(asked, f.Name) {
			t.Errorf("%+v", f)
		}
	}
}

func TestSSHDConfig(t *testing.T) {
	const test, dump = "/usr/sbin/sshd -t", "/usr/sbin/sshd -T -C user=root,host=203.0.113.7,addr=203.0.113.7"
	sshd := []hosttree.Tree{ssh, file("usr/sbin/sshd", "#!/bin/false\n")}
	settings := read(t, "openssh-9.2/sshd-T")
	expect(t, "sshd-config", []host{
		{name: "good", tree: sshd, runner: answers{{test, "", 0}, {dump, settings, 0}}.new(), want: "ok: sshd -t reports no error"},
		{name: "broken", tree: sshd, runner: answers{{test, read(t, "openssh-9.2/sshd-t.bad"), 255}, {dump, "", 255}}.new(), want: "fail: sshd -t reports an error"},
		{name: "never started", tree: sshd, runner: answers{{test, "Missing privilege separation directory: /run/sshd\n", 255}, {dump, "", 255}}.new(), want: "ok: sshd -t read its configuration and keys"},
		{name: "no sshd", tree: []hosttree.Tree{ssh}, runner: answers{}.new(), want: "unknown: no /usr/sbin/sshd to test"},
		{name: "not root", tree: sshd, want: "unknown: sshd's configuration was not tested"},
	})
}

func TestLogin(t *testing.T) {
	const test, dump = "/usr/sbin/sshd -t", "/usr/sbin/sshd -T -C user=root,host=203.0.113.7,addr=203.0.113.7"
	sshd := []hosttree.Tree{ssh, file("usr/sbin/sshd", "#!/bin/false\n")}
	users := file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nbin:x:1:1::/:/usr/sbin/nologin\nalice:x:1000:1000:,,,:/home/alice:/bin/bash\nnobody:x:65534:65534::/:/bin/sh\nsvc:x:1001:1001::/:/bin/false\nbad line\n")
	asked := func(settings string) *script { return answers{{test, "", 0}, {dump, settings, 0}}.new() }
	expect(t, "login", []host{
		{name: "root may", tree: sshd, runner: asked(read(t, "openssh-9.2/sshd-T")), want: "ok: root may log in by ssh (permitrootlogin without-password)"},
		{name: "somebody may", tree: append(sshd, users), runner: asked("permitrootlogin no\n"), want: "ok: local users have a login shell: alice"},
		{name: "nobody may", tree: sshd, runner: asked("permitrootlogin no\n"), want: "unknown: sshd refuses root"},
		{name: "not asked", tree: sshd, want: "unknown: whether sshd accepts root is unknown"},
		{name: "nologin", tree: append(sshd, users, file("etc/nologin", "")), want: "fail: /etc/nologin allows root only"},
		{name: "no user sessions", tree: append(sshd, users, file("etc/systemd/system/systemd-user-sessions.service", "-> /dev/null")), want: "fail: systemd-user-sessions.service is masked, so /run/nologin"},
	})
	h := host{tree: append(sshd, users), runner: asked("permitrootlogin no\n")}
	if f := h.judge(t)["login"]; f.Reason != "local users have a login shell: alice" {
		t.Errorf("who may log in: %s", f.Reason)
	}
	h = host{tree: append(sshd, file("etc/nologin", "")), runner: asked("permitrootlogin yes\n")}
	if f := h.judge(t)["login"]; f.Verdict != sshcheck.Fail || f.LosesSSH {
		t.Errorf("root is not kept out by /etc/nologin: %+v", f)
	}
}

func TestAccounts(t *testing.T) {
	sss := file("etc/nsswitch.conf", "# c\npasswd:   files sss [NOTFOUND=return] systemd # x\nshadow: files\n")
	root := file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n")
	expect(t, "accounts", []host{
		{name: "local", tree: []hosttree.Tree{ssh, root}, want: "ok: accounts are local"},
		{name: "sssd", tree: []hosttree.Tree{ssh, sss, hosttree.Units("sssd.service < multi-user.target")}, want: "ok: sssd.service too, which is essential"},
		{name: "sssd is installed only", tree: []hosttree.Tree{ssh, sss, root, hosttree.Units("sssd.service")}, want: "ok: accounts are local"},
		{name: "nslcd", tree: []hosttree.Tree{ssh, file("etc/nsswitch.conf", "passwd: files ldap\n"), hosttree.Units("nslcd.service < multi-user.target")}, want: "ok: nslcd.service"},
		{name: "sssd is masked", tree: []hosttree.Tree{ssh, sss, hosttree.Units("sssd.service < multi-user.target"), file("etc/systemd/system/sssd.service", "-> /dev/null")}, want: "fail: accounts come from sss, and sssd.service is masked"},
		{name: "mine comes from nowhere", tree: []hosttree.Tree{ssh, sss}, want: "unknown: your account root is not in /etc/passwd"},
	})
	h := host{tree: []hosttree.Tree{ssh, sss}}
	if f := h.judge(t)["accounts"]; f.Evidence != "/etc/nsswitch.conf: passwd: files sss systemd" {
		t.Errorf("the evidence is %s", f.Evidence)
	}
}

func TestHome(t *testing.T) {
	const test, dump = "/usr/sbin/sshd -t", "/usr/sbin/sshd -T -C user=root,host=203.0.113.7,addr=203.0.113.7"
	passwd := func(home string) hosttree.Tree { return file("etc/passwd", "root:x:0:0:root:"+home+":/bin/bash\n") }
	mounts := file("proc/self/mountinfo", "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"+
		"30 22 0:40 / /home rw - autofs systemd-1 rw,fd=5\n31 22 0:41 / /home rw,relatime shared:5 - nfs4 server:/home rw,vers=4.2\n"+
		"32 22 254:2 / /srv/a\\040b rw - cifs //server/x rw\n33 22 254:3 / /homes rw - xfs /dev/vdb rw\nbad\n")
	fstab := file("etc/fstab", "server:/home /home nfs4 defaults 0 0\n/dev/vdb /homes xfs defaults 0 2\n")
	expect(t, "home", []host{
		{name: "local", tree: []hosttree.Tree{ssh, passwd("/root"), mounts}, want: "ok: the home of root is on a local file system"},
		{name: "beside", tree: []hosttree.Tree{ssh, passwd("/homes/root"), mounts, fstab}, want: "ok: local file system"},
		{name: "nfs", tree: []hosttree.Tree{ssh, passwd("/home/root"), mounts}, want: "fail: the home of root is on nfs4"},
		{name: "nfs, kept", tree: []hosttree.Tree{ssh, passwd("/home/root"), mounts, fstab}, keep: []string{"home.mount"}, want: "ok: home.mount is essential"},
		{name: "odd name", tree: []hosttree.Tree{ssh, passwd("/srv/a b"), mounts}, want: "fail: the home of root is on cifs"},
		{name: "keys elsewhere", tree: []hosttree.Tree{ssh, passwd("/home/root"), mounts, file("usr/sbin/sshd", "#!/bin/false")},
			runner: answers{{test, "", 0}, {dump, "authorizedkeysfile /etc/ssh/keys/%u\n", 0}}.new(), want: "ok: sshd reads keys elsewhere"},
		{name: "no such user", tree: []hosttree.Tree{ssh, mounts}, want: "unknown: the home of root is unknown"},
		{name: "mounts not known", tree: []hosttree.Tree{ssh, passwd("/root")}, want: "unknown: the file system of the home"},
	})
	h := host{tree: []hosttree.Tree{ssh, passwd("/srv/a b"), mounts}}
	if f := h.judge(t)["home"]; f.Hint != `log in as root, or add srv-a\x20b.mount to KEEP_UNITS in /etc/umm.conf` {
		t.Errorf("hint: %s", f.Hint)
	}
}
