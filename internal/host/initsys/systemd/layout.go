// Package systemd implements for systemd what umm needs of an init system: it lays out the
// generator's links for a boot, and starts, stops and asks units by systemctl.
package systemd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// umm's own units; their files come with the package.
const (
	Target           = "umm.target"
	recordService    = "umm-record.service"
	healthyTimer     = "umm-healthy.timer"
	enterService     = "umm-enter@.service"
	commandService   = "umm-command@.service"
	emergencyService = "umm-emergency.service"
	trialService     = "umm-trial.service"
	liveService      = "umm-live.service"
	expireUnit       = "umm-expire"
)

// Boot is what the generator needs to know about this boot.
type Boot struct {
	// KeepsOut: nothing is laid out at all.
	KeepsOut bool
	// Enabled is UMM=yes.
	Enabled     bool
	Maintenance bool
	// Unit is the target that the kernel arguments boot in the place of the default
	// one, empty where they name none.
	Unit string
	// Session numbers the maintenance session: each has units of its own.
	Session int
	// CommandDue: there is a command to run in it.
	CommandDue     bool
	CatchEmergency bool
	HealthyAfter   time.Duration
	// KernelTrial: a new kernel is on trial, or has failed one.
	KernelTrial bool
	// Keep are the units of maintenance mode, Mask those that a bus call must not
	// start there.
	Keep, Mask []string
	// LeaveRunning are units that MM does not start, but that a live switch must not stop
	// where they run: what a socket or a device started and disks may depend on.
	LeaveRunning []string
}

// Layout is what the generator writes: links and files below its folders, by
// relative path.
type Layout struct {
	// Early wins over /etc, Normal stands below it.
	Early, Normal map[string]string
	// Files are whole files in Normal.
	Files map[string]string
}

// masked are never started in maintenance mode by the boot itself: the emergency
// shell, which would end it, and what brings up units that are not essential.
// sockets.target counts only where services require basic.target, up to systemd
// 229.
var masked = []string{"emergency.target", "timers.target", "paths.target", "sockets.target"}

// consoles are logins that are there in maintenance mode whatever is enabled.
var consoles = []string{"getty.target", "getty@tty1.service", "getty@tty2.service"}

// Plan lays out a boot. unitDir is where umm's own units are.
//
// What MM keeps is linked at every boot, so that `umm on --live` works at any
// time; only where this boot is MM does the default target lead there.
func Plan(b Boot, unitDir string) Layout {
	l := Layout{Early: map[string]string{}, Normal: map[string]string{}, Files: map[string]string{}}
	if b.KeepsOut {
		return l
	}
	want := func(owner, unit string) { l.Normal[owner+".wants/"+unit] = filepath.Join(unitDir, unit) }
	want("sysinit.target", recordService)
	if b.KernelTrial {
		want("sysinit.target", trialService)
	}
	if !b.Enabled && !b.Maintenance {
		return l
	}
	for _, unit := range append(append([]string{}, consoles...), b.Keep...) {
		want(Target, unit)
	}
	ofSession := func(template string) {
		name, suffix, _ := strings.Cut(template, "@")
		l.Normal[fmt.Sprintf("%s.wants/%s@%d%s", Target, name, b.Session, suffix)] = filepath.Join(unitDir, template)
	}
	ofSession(enterService)
	if b.CommandDue {
		ofSession(commandService)
	}
	// Logins that a live switch finds stay too: the operator may sit in one.
	for _, unit := range append([]string{"user@.service"}, b.LeaveRunning...) {
		l.Files[unit+".d/50-umm.conf"] = "[Unit]\nIgnoreOnIsolate=yes\n"
	}
	l.Files[healthyTimer+".d/50-umm.conf"] = fmt.Sprintf("[Timer]\nOnActiveSec=\nOnActiveSec=%d\n", int(b.HealthyAfter.Seconds()))
	want("timers.target", healthyTimer)
	if b.Unit != "" {
		// To umm off, what this host boots into is the default.
		l.Early["default.target"] = filepath.Join(unitDir, b.Unit)
	}
	if !b.Maintenance {
		if b.CatchEmergency {
			want("emergency.target", emergencyService)
		}
		return l
	}
	l.Early["default.target"] = filepath.Join(unitDir, Target)
	for _, unit := range append(append([]string{}, masked...), b.Mask...) {
		l.Early[unit] = os.DevNull
	}
	if b.Unit != "" {
		// The argument overrules default.target. An alias of it would want all that it
		// wants; where it is masked, every systemd falls back to rescue.target.
		l.Early[b.Unit] = os.DevNull
		l.Early["rescue.target"] = filepath.Join(unitDir, Target)
	}
	return l
}

// Write puts a layout into the generator's folders, as systemd.generator(7)
// names them. What leads the boot to maintenance mode comes last and whole, or
// not at all: half of it would be a boot without services and without ssh.
func (l Layout) Write(normal, early string) error {
	var errs []error
	made := folders{}
	for path, target := range l.Normal {
		errs = append(errs, made.link(filepath.Join(normal, path), target))
	}
	for path, text := range l.Files {
		errs = append(errs, made.file(filepath.Join(normal, path), text))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for path, target := range l.Early {
		if err := made.link(filepath.Join(early, path), target); err != nil {
			for done := range l.Early {
				err = errors.Join(err, unlink(filepath.Join(early, done)))
			}
			return err
		}
	}
	return nil
}

func unlink(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// folders are those that are there, so that each is made once.
type folders map[string]bool

func (f folders) make(dir string) error {
	if f[dir] {
		return nil
	}
	f[dir] = true
	err := os.Mkdir(dir, 0o755)
	if err == nil || errors.Is(err, os.ErrExist) {
		return nil
	}
	return os.MkdirAll(dir, 0o755)
}

func (f folders) link(path, target string) error {
	if err := f.make(filepath.Dir(path)); err != nil {
		return err
	}
	err := os.Symlink(target, path)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	return err
}

func (f folders) file(path, text string) error {
	if err := f.make(filepath.Dir(path)); err != nil {
		return err
	}
	return writeFile(path, text)
}

// writeFile is os.WriteFile with a third of its system calls: there are several such
// files at every boot.
func writeFile(path, text string) error {
	fd, err := syscall.Open(path, syscall.O_WRONLY|syscall.O_CREAT|syscall.O_TRUNC|syscall.O_CLOEXEC, 0o644)
	if err == nil {
		var n int
		n, err = syscall.Write(fd, []byte(text))
		if err == nil && n < len(text) {
			err = syscall.ENOSPC
		}
		err = errors.Join(err, syscall.Close(fd))
	}
	if err != nil {
		return &os.PathError{Op: "write", Path: path, Err: err}
	}
	return nil
}

// UnitDir is where the package put umm's units, below root.
func UnitDir(root string) (string, error) {
	dirs := []string{"/lib/systemd/system", "/usr/lib/systemd/system"}
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(root, dir, Target)); err == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("%s is not in %s: the package umm is not installed correctly", Target, strings.Join(dirs, " or "))
}
