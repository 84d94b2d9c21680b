// Package policyrcd speaks the protocol by which Debian's package scripts ask whether they
// may start a service (invoke-rc.d(8), deb-systemd-invoke(1p); the policy layer is described
// in /usr/share/doc/init-system-helpers/README.policy-rc.d.gz), and puts umm's answer in
// place. It decides nothing.
package policyrcd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Name is the program that package scripts ask.
const Name = "policy-rc.d"

const (
	helper  = "usr/sbin/" + Name
	program = "/lib/umm/umm-boot"
)

// askers are those that ask: where none is, nobody does.
var askers = []string{"usr/sbin/invoke-rc.d", "usr/bin/deb-systemd-invoke"}

// The answers, as exit statuses.
const (
	Allowed   = 0
	Forbidden = 101
	Syntax    = 103
)

// Question is whether an action may be done to a service.
type Question struct {
	// Service is a unit, a job or an init script; a unit's suffix may be missing.
	Service string
	// Starts tells whether any of the actions would start what does not run.
	Starts bool
}

// starting are the actions that do; (start) is one out of the run level.
var starting = []string{"start", "restart", "force-reload"}

// Parse reads the arguments: [--quiet] SERVICE ACTIONS [RUNLEVEL]. It is an error where
// there is no such question, as for --list.
func Parse(args []string) (Question, error) {
	words := slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return arg == "--quiet" })
	if len(words) < 2 || strings.HasPrefix(words[0], "-") {
		return Question{}, errors.New("usage: " + Name + " [--quiet] SERVICE ACTIONS [RUNLEVEL]")
	}
	q := Question{Service: words[0]}
	for _, action := range strings.Fields(words[1]) {
		q.Starts = q.Starts || slices.Contains(starting, strings.Trim(action, "()"))
	}
	return q, nil
}

// Host is the host below Root.
type Host struct{ Root string }

// Hold lets umm answer. It is an error where somebody else does already.
func (h Host) Hold() error {
	if !h.asks() {
		return nil
	}
	path := filepath.Join(h.Root, helper)
	err := os.Symlink(program, path)
	if err == nil || h.ours() {
		return nil
	}
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("cannot keep packages from starting services: there is another /%s", helper)
	}
	return fmt.Errorf("cannot keep packages from starting services: %w", err)
}

// Release takes umm's answer away, and leaves alone what is somebody else's.
func (h Host) Release() error {
	if !h.ours() {
		return nil
	}
	if err := os.Remove(filepath.Join(h.Root, helper)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot let packages start services again: %w", err)
	}
	return nil
}

// Taken tells whether somebody else answers.
func (h Host) Taken() bool {
	_, err := os.Lstat(filepath.Join(h.Root, helper))
	return err == nil && !h.ours() && h.asks()
}

// ReadOnly tells whether umm's answer cannot be put in place, since the file system with it
// is read-only.
func (h Host) ReadOnly() bool {
	const write = 2
	return h.asks() && errors.Is(syscall.Access(filepath.Join(h.Root, filepath.Dir(helper)), write), syscall.EROFS)
}

func (h Host) ours() bool {
	target, err := os.Readlink(filepath.Join(h.Root, helper))
	return err == nil && target == program
}

func (h Host) asks() bool {
	return slices.ContainsFunc(askers, func(name string) bool {
		_, err := os.Stat(filepath.Join(h.Root, name))
		return err == nil
	})
}
