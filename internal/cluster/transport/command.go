package transport

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"umm/internal/execx"
	"umm/internal/shellquote"
)

// maxLine is what Linux lets one argument of a program be: sshd gives the line to
// the user's shell as one.
const maxLine = 128<<10 - 1

// limitMargin is how much later than the caller's limit the host's own ends.
const limitMargin = 2 * time.Second

// line is what the host's shell is given for a command. The locale is set before
// sudo, which keeps it, so that a sudoers file needs to allow nothing but the
// program itself. limit is when the caller stops waiting, 0 for never; the host
// then ends the command by itself: sshd passes no signal on to what root runs, and
// none before OpenSSH 7.9. Behind sudo that would want another line in sudoers.
func (h *Host) line(c execx.Cmd, limit time.Duration) (string, error) {
	if len(c.Argv) == 0 {
		return "", errors.New("cannot run an empty command")
	}
	if strings.Contains(c.Argv[0], "=") {
		return "", fmt.Errorf("cannot run %s on %s: env would take it for a variable", c.Argv[0], h.name)
	}
	argv := []string{"env", "LC_ALL=C"}
	if h.sudo {
		argv = append(argv, "sudo", "-n", "--")
		if len(c.Env) > 0 {
			argv = append(argv, "env")
		}
	}
	if limit > 0 && !h.sudo {
		seconds := int((limit + limitMargin + time.Second - 1) / time.Second)
		argv = append(argv, "timeout", "-k", "5", strconv.Itoa(seconds))
		if len(c.Env) > 0 {
			argv = append(argv, "env")
		}
	}
	for _, v := range c.Env {
		if name, _, found := strings.Cut(v, "="); !found || name == "" || name[0] == '-' {
			return "", fmt.Errorf("cannot run %s on %s: one of its variables has no name and value", execx.Name(c.Argv), h.name)
		}
	}
	argv = append(append(argv, c.Env...), c.Argv...)
	line := shellquote.Line(argv...)
	switch {
	case strings.ContainsRune(line, 0):
		return "", fmt.Errorf("cannot run %s on %s: no argument may hold a zero byte", execx.Name(c.Argv), h.name)
	case len(line) > maxLine:
		return "", fmt.Errorf("cannot run %s on %s: its arguments come to %d bytes, the limit is %d; give them as input", execx.Name(c.Argv), h.name, len(line), maxLine)
	}
	return line, nil
}

// sudoSays are the beginnings and parts of what sudo prints when it refuses, in the
// C locale, from 1.8 on.
var sudoSays = []string{
	"a password is required",
	"a terminal is required",
	"sorry, you must have a tty",
	"is not in the sudoers file",
	"is not allowed to execute",
	"is not allowed to run sudo",
	"may not run sudo",
	"account validation failure",
	"no valid sudoers sources found",
}

// sudoRefused tells sudo's refusal from a failure of the command itself: sudo
// prints nothing else then, and its status is 1, or 127 where it is not installed.
func (h *Host) sudoRefused(c execx.Cmd, res execx.Result) error {
	if !h.sudo || len(res.Stdout) > 0 || (res.Code != 1 && res.Code != 127) {
		return nil
	}
	says := strings.TrimSpace(string(res.Stderr))
	says = says[strings.LastIndexByte(says, '\n')+1:]
	refused := &SudoRefused{Host: h.name, User: h.conf.User, Command: execx.Name(c.Argv)}
	if res.Code == 127 {
		if strings.HasPrefix(says, "env:") && strings.Contains(says, "sudo") {
			refused.Says = "it is not installed"
			return refused
		}
		return nil
	}
	for _, s := range sudoSays {
		if !strings.Contains(says, s) {
			continue
		}
		refused.Says = strings.TrimPrefix(says, "sudo: ")
		if s == "is not allowed to execute" {
			// Its own words hold the whole command line.
			refused.Says = "it is not allowed to execute this"
		}
		return refused
	}
	return nil
}
