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
// says so in sd_booted(3); Upstart brings a control program and reads /etc/init, and
// where systemd does not run both are there for it alone.
const (
	systemdRuns    = "run/systemd/system"
	upstartControl = "sbin/initctl"
	upstartJobs    = "etc/init"
)

// Detect tells which init system runs the host below root. It runs no program: umm
// status is asked all the time, and by users who may not talk to Upstart.
func Detect(root string) Kind {
	if isDir(filepath.Join(root, systemdRuns)) {
		return Systemd
	}
	if _, err := os.Stat(filepath.Join(root, upstartControl)); err == nil && isDir(filepath.Join(root, upstartJobs)) {
		return Upstart
	}
	return Unknown
}

// Missing says what Detect looked for below root and did not find.
func Missing(root string) []string {
	var missing []string
	if !isDir(filepath.Join(root, systemdRuns)) {
		missing = append(missing, "there is no /"+systemdRuns+", so systemd is not PID 1")
	}
	if _, err := os.Stat(filepath.Join(root, upstartControl)); err != nil {
		missing = append(missing, "there is no /"+upstartControl+", so Upstart is not either")
	} else if !isDir(filepath.Join(root, upstartJobs)) {
		missing = append(missing, "there is no folder /"+upstartJobs+" with jobs for Upstart")
	}
	return missing
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
