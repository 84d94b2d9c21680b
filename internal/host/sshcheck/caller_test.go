package sshcheck

import (
	"fmt"
	"testing"

	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/unitfile"
)

// process is one in /proc; the environment is what its owner says.
func process(pid, parent, uid int, comm, environ, cgroup string) hosttree.Tree {
	dir := fmt.Sprintf("proc/%d/", pid)
	return hosttree.Tree{dir + "stat": fmt.Sprintf("%d (%s) S %d 1 1\n", pid, comm, parent), dir + "comm": comm + "\n",
		dir + "status": fmt.Sprintf("Name:\t%s\nUid:\t%d\t0\t0\t0\n", comm, uid), dir + "environ": environ, dir + "cgroup": cgroup}
}

// Whoever may run umm by sudo does not say from where: what logind or the ssh server knows
// counts. A login of root's own is believed.
func TestCaller(t *testing.T) {
	const forged = "USER=alice\x00LOGNAME=alice\x00SSH_CONNECTION=198.51.100.66 1 192.0.2.11 22\x00"
	const tcp = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" +
		"   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7000 1\n" +
		"   1: 0B0200C0:0016 070200C0:C350 01 00000000:00000000 00:00000000 00000000     0        0 7001 1\n"
	const tcp6 = "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" +
		"   0: B80D0120000000000000000001000000:0016 B80D0120000000000000000007000000:C350 01 00000000:00000000 00:00000000 00000000     0        0 7002 1\n"
	sudo := process(400, 300, 0, "sudo", forged, "0::/user.slice/user-1000.slice/session-5.scope\n")
	shell := process(300, 200, 1000, "bash", forged, "0::/user.slice/user-1000.slice/session-5.scope\n")
	server := func(comm string, uid int, socket string) hosttree.Tree {
		tree := process(200, 1, uid, comm, "", "0::/system.slice/ssh.service\n")
		tree["proc/200/fd/3"] = "-> socket:[" + socket + "]"
		tree["proc/200/net/tcp"], tree["proc/200/net/tcp6"] = tcp, tcp6
		return tree
	}
	for name, c := range map[string]struct {
		env   map[string]string
		trees []hosttree.Tree
		want  string
	}{
		"root's own login": {map[string]string{"USER": "root"}, []hosttree.Tree{process(400, 200, 0, "bash", "USER=root\x00SSH_CONNECTION=192.0.2.7 1 192.0.2.11 22\x00", ""),
			process(200, 1, 0, "sshd", "", "")}, "root from 192.0.2.7"},
		"logind knows": {map[string]string{"SUDO_USER": "alice", "SSH_CONNECTION": "198.51.100.66 1 192.0.2.11 22"},
			[]hosttree.Tree{sudo, shell, {"run/systemd/sessions/5": "UID=1000\nREMOTE=1\nREMOTE_HOST=2001:db8::9\n"}}, "alice from 2001:db8::9"},
		"logind of 204": {map[string]string{"SUDO_USER": "alice"},
			[]hosttree.Tree{process(400, 1, 1000, "bash", forged, "3:name=systemd:/user/1000.user/c2.session\n"), {"run/systemd/sessions/c2": "REMOTE_HOST=192.0.2.8\n"}}, "alice from 192.0.2.8"},
		"on the console": {map[string]string{"SUDO_USER": "alice", "SSH_CONNECTION": "198.51.100.66 1 192.0.2.11 22"},
			[]hosttree.Tree{sudo, shell, {"run/systemd/sessions/5": "UID=1000\nREMOTE=0\n"}}, "alice"},
		"the server knows":               {map[string]string{"SUDO_USER": "alice"}, []hosttree.Tree{sudo, shell, server("sshd", 0, "7001")}, "alice from 192.0.2.7"},
		"by IPv6":                        {map[string]string{"SUDO_USER": "alice"}, []hosttree.Tree{sudo, shell, server("sshd-session", 0, "7002")}, "alice from 2001:db8::7"},
		"a server that only listens":     {map[string]string{"SUDO_USER": "alice"}, []hosttree.Tree{sudo, shell, server("sshd", 0, "7000")}, "alice"},
		"one that calls itself a server": {map[string]string{"SUDO_USER": "alice"}, []hosttree.Tree{sudo, shell, server("sshd", 1000, "7001")}, "alice"},
		"another program of root's":      {map[string]string{"SUDO_USER": "alice"}, []hosttree.Tree{sudo, shell, server("socat", 0, "7001")}, "alice"},
		"nobody tells":                   {map[string]string{"SUDO_USER": "alice", "SSH_CONNECTION": "198.51.100.66 1 192.0.2.11 22"}, []hosttree.Tree{sudo}, "alice"},
		"above sudo is nobody": {map[string]string{"SUDO_USER": "alice", "SUDO_UID": "1000"},
			[]hosttree.Tree{process(400, 1, 0, "sudo", forged, "0::/system.slice/x.service\n")}, "alice"},
		"root's own sudo": {map[string]string{"SUDO_USER": "root", "SUDO_UID": "0"},
			[]hosttree.Tree{process(400, 1, 0, "sudo", "SSH_CONNECTION=192.0.2.7 1 192.0.2.11 22\x00", "")}, "root from 192.0.2.7"},
		"a session that is none": {map[string]string{"SUDO_USER": "alice"},
			[]hosttree.Tree{process(400, 1, 1000, "bash", forged, "0::/session-../../etc.scope\n")}, "alice"},
	} {
		t.Run(name, func(t *testing.T) {
			src := Source{Tree: unitfile.Open(hosttree.Make(t, c.trees...)), Getenv: func(key string) string { return c.env[key] }, Parent: 400}
			if got := Caller(src); got != c.want {
				t.Errorf("it is %q, want %q", got, c.want)
			}
		})
	}
}
