package execx

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Path is where programs are looked for. A caller's own PATH often lacks the folders of
// system programs: that of root's crontab, of puppet, of su.
const Path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Environ is the environment of the programs that umm runs: chosen, and the same for every
// caller. Nothing of the caller's is in it, where a variable as UPSTART_SESSION would let
// initctl speak to somebody's session instead of to the host's init.
func Environ() []string {
	return []string{"PATH=" + Path, "HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/sh",
		"LC_ALL=C", "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0"}
}

// Unattended are the variables by which package managers do not ask: nobody is there to
// answer.
func Unattended() []string {
	return []string{
		"DEBIAN_FRONTEND=noninteractive", "DPKG_FORCE=confdef,confold", "UCF_FORCE_CONFFOLD=1",
		"APT_LISTCHANGES_FRONTEND=none", "APT_LISTBUGS_FRONTEND=none",
		// It would restart what runs with libraries that were replaced: the command itself, too.
		"NEEDRESTART_MODE=l",
	}
}

// Inherited is the environment of programs that are the caller's own, or that need what only
// the caller knows, as a proxy: the caller's, in the C locale, with the folders of system
// programs behind those of its PATH.
func Inherited() []string {
	return inherited(os.Environ())
}

func inherited(env []string) []string {
	folders := filepath.SplitList(lookup(env, "PATH"))
	for _, folder := range filepath.SplitList(Path) {
		if !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	return append(slices.Clone(env), "PATH="+strings.Join(folders, ":"), "LC_ALL=C", "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0")
}

// lookup is the value of a variable: the last word counts, as with programs that Go starts.
func lookup(env []string, key string) string {
	for _, kv := range slices.Backward(env) {
		if value, found := strings.CutPrefix(kv, key+"="); found {
			return value
		}
	}
	return ""
}

// service are the words that an init system gives to a service, and which are not for the
// programs that this one runs.
var service = []string{"UPSTART_", "STAY=", "NOTIFY_SOCKET=", "LISTEN_", "WATCHDOG_", "INVOCATION_ID=", "JOURNAL_STREAM=", "MAINPID=", "MEMORY_PRESSURE_", "SYSTEMD_EXEC_PID="}

// handedOn is the environment of what runs for the operator: the init system's own, with its
// locale and its proxies, without what is this service's alone.
func handedOn(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		return slices.ContainsFunc(service, func(word string) bool { return strings.HasPrefix(kv, word) })
	})
}
