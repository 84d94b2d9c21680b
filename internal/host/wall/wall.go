// Package wall tells people who are logged in, on the terminals that they sit at. It
// finds those by itself: newer hosts have no utmp, and there wall(1) asks logind, which
// does not know the terminal of a login by ssh.
package wall

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"umm/internal/sanitize"
)

// loginPrograms are the parents of login shells.
var loginPrograms = []string{"sshd", "sshd-session", "dropbear", "login", "in.telnetd"}

// Send shows what on the terminal of each login, as /proc has them, and tells whether
// there was any. It is a courtesy and never fails.
func Send(proc, what string) bool {
	terminals := logins(proc)
	host, _ := os.Hostname()
	message := fmt.Sprintf("\a\r\nBroadcast message from umm on %s:\r\n\r\n%s\r\n\r\n", host, sanitize.Line(what))
	for _, line := range terminals {
		write(filepath.Join("/dev", line), message)
	}
	return len(terminals) > 0
}

// process is what Send needs to know of one.
type process struct {
	comm                 string
	pid, parent, session int
	terminal             int // device number, 0 where it has none
}

// logins are the terminals of login shells, below /dev, each once.
func logins(proc string) []string {
	if proc == "" {
		return nil
	}
	files, _ := filepath.Glob(filepath.Join(proc, "[0-9]*/stat"))
	all := map[int]process{}
	for _, file := range files {
		if stat, err := os.ReadFile(file); err == nil {
			if p, ok := parseStat(string(stat)); ok {
				all[p.pid] = p
			}
		}
	}
	var lines []string
	for _, p := range all {
		line := terminalName(p.terminal)
		if p.pid == p.session && line != "" && slices.Contains(loginPrograms, all[p.parent].comm) {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// parseStat reads proc(5), /proc/PID/stat: a program's name may hold anything.
func parseStat(stat string) (process, bool) {
	open, end := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return process{}, false
	}
	p := process{comm: stat[open+1 : end]}
	fields := append(strings.Fields(stat[:open]), strings.Fields(stat[end+1:])...)
	for i, number := range map[int]*int{0: &p.pid, 2: &p.parent, 4: &p.session, 5: &p.terminal} {
		if len(fields) <= i {
			return process{}, false
		}
		n, err := strconv.Atoi(fields[i])
		if err != nil {
			return process{}, false
		}
		*number = n
	}
	return p, true
}

// terminalName names a terminal by its device number, as of Linux' list of devices;
// "" for one that nobody sits at.
func terminalName(device int) string {
	major, minor := device>>8&0xfff, device&0xff|device>>12&0xfff00
	switch {
	case major >= 136 && major < 144:
		return "pts/" + strconv.Itoa((major-136)<<20|minor)
	case major == 4 && minor > 0 && minor < 64:
		return "tty" + strconv.Itoa(minor)
	case major == 4 && minor >= 64:
		return "ttyS" + strconv.Itoa(minor-64)
	default:
		return ""
	}
}

// write shows text on a terminal, if it is one and takes it at once.
func write(path, text string) {
	f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		_, _ = syscall.Write(int(f.Fd()), []byte(text))
	}
}
