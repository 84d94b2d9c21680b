package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"umm/test/upstart/machine"
)

// sshd lets root in, by a socket beside the host's disk: each login is a session of
// its own; -t and -T find nothing wrong. /run/nologin and /etc/nologin keep nobody out who is root.
func sshd(args []string) int {
	if slices.Contains(args, "-t") || slices.Contains(args, "-T") {
		fmt.Print("port 22\naddressfamily any\nlistenaddress [::]:22\nlistenaddress 0.0.0.0:22\nusepam yes\npermitrootlogin yes\npubkeyauthentication yes\n")
		return 0
	}
	path := filepath.Join(machine.Folder, "ssh")
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return say(args, err.Error())
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return say(args, err.Error())
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			return say(args, err.Error())
		}
		go login(conn)
	}
}

func login(conn net.Conn) {
	defer conn.Close()
	var l machine.Login
	if err := json.NewDecoder(conn).Decode(&l); err != nil || len(l.Argv) == 0 {
		return
	}
	var o machine.Outcome
	cmd := exec.Command(l.Argv[0], l.Argv[1:]...)
	cmd.Dir = "/root"
	cmd.Env = append([]string{"HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/bash",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"SSH_CONNECTION=192.0.2.1 50000 192.0.2.11 22", "SSH_CLIENT=192.0.2.1 50000 22"}, l.Env...)
	if l.Stdin != "" {
		cmd.Stdin = strings.NewReader(l.Stdin)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	// As with sshd, a login ends with its command.
	var err error
	o.Out, o.Err, err = machine.Output(cmd)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() < 0:
		o.Code = 128
	case errors.As(err, &exit):
		o.Code = exit.ExitCode()
	case err != nil:
		o.Code = 127
		o.Err += err.Error()
	}
	json.NewEncoder(conn).Encode(o) //nolint:errcheck // the other side may be gone
}
