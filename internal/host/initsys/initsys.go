// Package initsys tells which init system runs a host. What umm says to each is in the
// packages below it.
package initsys

import (
	"os"
	"path/filepath"
)

// Kind is an init system that umm knows.
type Kind int

// The init systems.
const (
	Unknown Kind = iota
	Systemd
	Upstart
)

// String is its name.
func (k Kind) String() string {
	switch k {
	case Systemd:
		return "systemd"
	case Upstart:
		return "Upstart"
	default:
		return "unknown"
	}
}

// What tells the init systems apart: systemd makes its folder when it is PID 1, and
// says so in sd_booted(3); Upstart brings a control program, and Ubuntu a job for it that
// leads to the run level, which EL 6 has in another way.
const (
	systemdRuns    = "run/systemd/system"
	upstartControl = "sbin/initctl"
	upstartJob     = "etc/init/rc-sysinit.conf"
)

// Detect tells which init system runs the host below root. It runs no program: umm
// status is asked all the time, and by users who may not talk to Upstart.
func Detect(root string) Kind {
	if isDir(filepath.Join(root, systemdRuns)) {
		return Systemd
	}
	if exists(root, upstartControl) && exists(root, upstartJob) {
		return Upstart
	}
	return Unknown
}

// Missing says what Detect looked for below root and did not find.
func Missing(root string) []string {
	var missing []string
	if !isDir(filepath.Join(root, systemdRuns)) {
		missing = append(missing, "no /"+systemdRuns+", so PID 1 is not systemd")
	}
	if !exists(root, upstartControl) {
		missing = append(missing, "no /"+upstartControl+", so it is not Upstart")
	} else if !exists(root, upstartJob) {
		missing = append(missing, "no /"+upstartJob+", so this is not Ubuntu's Upstart")
	}
	return missing
}

func exists(root, path string) bool {
	_, err := os.Stat(filepath.Join(root, path))
	return err == nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
