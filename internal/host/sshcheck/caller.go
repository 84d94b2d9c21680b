package sshcheck

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"umm/internal/host/hostfs"
)

// Caller says who typed the command, as well as can be told, through sudo and su:
// "alice from 192.0.2.7", "alice" on a console. The address is one that the caller cannot
// make up: where anybody but root has logged in, or is among the processes above, their
// environments do not count, but what logind and the ssh server know of the connection.
func Caller(src Source) string {
	files := src.Tree.FS()
	pids := ancestorPIDs(files, src.Parent)
	above := ancestors(files, src.Parent)
	name := operatorName(src.Getenv, above)
	client := findSession(src.Getenv, above).Client
	if actsForAnother(src.Getenv) || slices.ContainsFunc(pids, func(pid int) bool { return !isRoots(files, pid) }) {
		client = clientOf(files, pids)
	}
	if client.IsValid() {
		name += " from " + client.String()
	}
	return name
}

// ancestorPIDs are a process and those above it, nearest first, but for PID 1.
func ancestorPIDs(f hostfs.FS, pid int) []int {
	var pids []int
	for pid > 1 && len(pids) < maxAncestors {
		pids = append(pids, pid)
		stat, err := f.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil {
			break
		}
		pid = parentPID(stat)
	}
	return pids
}

// actsForAnother tells whether sudo or the like runs this for anybody but root. They leave
// their own word on that, which he cannot take away; the processes above he can, by setsid.
func actsForAnother(own environ) bool {
	user := own("SUDO_USER") + own("DOAS_USER")
	uid := own("SUDO_UID") + own("PKEXEC_UID")
	return user != "" && user != "root" || uid != "" && uid != "0"
}

// isRoots tells whether root runs a process, and not somebody by a program that is set-user-ID.
func isRoots(f hostfs.FS, pid int) bool {
	data, err := f.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(data)) {
		if ids, is := strings.CutPrefix(line, "Uid:"); is {
			real := strings.Fields(ids)
			return len(real) > 0 && real[0] == "0"
		}
	}
	return false
}

// clientOf is where the login of these processes came from; invalid where it did not come by
// the network, or nobody who can be trusted tells.
func clientOf(f hostfs.FS, pids []int) netip.Addr {
	for _, ask := range []func(hostfs.FS, int) netip.Addr{clientOfSession, clientOfServer} {
		for _, pid := range pids {
			if client := ask(f, pid); client.IsValid() {
				return client
			}
		}
	}
	return netip.Addr{}
}

// clientOfSession asks logind: the control group names the session, and nobody can leave it.
func clientOfSession(f hostfs.FS, pid int) netip.Addr {
	data, _ := f.ReadFile("/proc/" + strconv.Itoa(pid) + "/cgroup")
	for _, part := range strings.FieldsFunc(string(data), func(r rune) bool { return r == '/' || r == '\n' }) {
		id, ok := strings.CutSuffix(strings.TrimPrefix(part, "session-"), ".scope")
		if !ok || id == part {
			id, ok = strings.CutSuffix(part, ".session") // before 205
		}
		if !ok || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			continue
		}
		session, _ := f.ReadFile("/run/systemd/sessions/" + id)
		if client, err := netip.ParseAddr(assignments(string(session))["REMOTE_HOST"]); err == nil {
			return client.Unmap()
		}
	}
	return netip.Addr{}
}

// servers are programs that let people in, by the names that the kernel has for them.
var servers = []string{"sshd", "sshd-session", "dropbear", "tinysshd"}

// clientOfServer is the other end of a connection that root's ssh server has.
func clientOfServer(f hostfs.FS, pid int) netip.Addr {
	dir := "/proc/" + strconv.Itoa(pid)
	comm, _ := f.ReadFile(dir + "/comm")
	if !slices.Contains(servers, strings.TrimSpace(string(comm))) || !isRoots(f, pid) {
		return netip.Addr{}
	}
	names, _ := f.ReadDir(dir + "/fd")
	var sockets []string
	for _, fd := range names {
		link, _ := f.Readlink(dir + "/fd/" + fd.Name)
		if inode, is := strings.CutPrefix(link, "socket:["); is {
			sockets = append(sockets, strings.TrimSuffix(inode, "]"))
		}
	}
	for _, table := range []string{"/net/tcp", "/net/tcp6"} {
		data, _ := f.ReadFile(dir + table)
		for line := range strings.Lines(string(data)) {
			const remote, state, inode, established = 2, 3, 9, "01" // proc(5)
			row := strings.Fields(line)
			if len(row) > inode && row[state] == established && slices.Contains(sockets, row[inode]) {
				if client := kernelAddr(row[remote]); client.IsValid() {
					return client
				}
			}
		}
	}
	return netip.Addr{}
}

// kernelAddr reads ADDRESS:PORT as /proc/net/tcp has it: words of 32 bits, each in the order of
// the machine, which is little-endian wherever umm runs.
func kernelAddr(text string) netip.Addr {
	address, _, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(address)
	if err != nil || len(raw)%4 != 0 {
		return netip.Addr{}
	}
	for word := range slices.Chunk(raw, 4) {
		slices.Reverse(word)
	}
	client, _ := netip.AddrFromSlice(raw)
	return client.Unmap()
}
