package sshcheck

import (
	"bytes"
	"cmp"
	"net/netip"
	"strconv"
	"strings"

	"umm/internal/host/hostfs"
)

// maxAncestors is how far up the process tree Gather looks.
const maxAncestors = 64

// environ is the environment of a process.
type environ func(key string) string

// ancestors returns the environments of a process and of those above it, nearest
// first. What may not be read, as for an ordinary user, is left out.
func ancestors(f hostfs.FS, pid int) []environ {
	var all []environ
	for _, pid := range ancestorPIDs(f, pid) {
		if data, err := f.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ"); err == nil {
			all = append(all, parseEnviron(data))
		}
	}
	return all
}

// parentPID reads /proc/PID/stat, where the second field is a name in brackets
// that may hold anything.
func parentPID(stat []byte) int {
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 2 {
		return 0
	}
	pid, _ := strconv.Atoi(fields[1])
	return pid
}

func parseEnviron(data []byte) environ {
	vars := map[string]string{}
	for kv := range strings.SplitSeq(string(data), "\x00") {
		if key, value, ok := strings.Cut(kv, "="); ok {
			vars[key] = value
		}
	}
	return func(key string) string { return vars[key] }
}

// findSession looks for the ssh connection in the environment of this process,
// and then in those above it: sudo and su drop it.
func findSession(own environ, above []environ) Session {
	if s, ok := parseConnection(own("SSH_CONNECTION")); ok {
		s.Source = "SSH_CONNECTION"
		return s
	}
	for _, env := range above {
		if s, ok := parseConnection(env("SSH_CONNECTION")); ok {
			s.Source = "SSH_CONNECTION of a parent process"
			return s
		}
	}
	return Session{}
}

// parseConnection reads "client port server port".
func parseConnection(s string) (Session, bool) {
	f := strings.Fields(s)
	if len(f) != 4 {
		return Session{}, false
	}
	client, err1 := netip.ParseAddr(f[0])
	server, err2 := netip.ParseAddr(f[2])
	return Session{Client: client.Unmap(), Server: server.Unmap()}, err1 == nil && err2 == nil
}

// operatorName is who logged in: whom sudo names, else the user of the outermost
// process of the ssh connection, else that of this one.
func operatorName(own environ, above []environ) string {
	if name := own("SUDO_USER"); name != "" {
		return name
	}
	name := ""
	for _, env := range above {
		if env("SUDO_USER") != "" {
			return env("SUDO_USER")
		}
		if env("SSH_CONNECTION") != "" && userOf(env) != "" {
			name = userOf(env)
		}
	}
	return cmp.Or(name, userOf(own), "root") // cron and services run without these variables
}

func userOf(env environ) string { return cmp.Or(env("LOGNAME"), env("USER")) }
