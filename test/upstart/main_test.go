//go:build e2e

// Package upstart holds umm's end-to-end tests on hosts that run Upstart. The
// scenarios of test/e2e are their specification; the table in scenario_test.go says
// which of those proves what on systemd, and what proves it here.
//
// There is no package of Upstart in Debian. A host here is what test/upstart/machine
// makes: namespaces of its own, in which test/upstart/init is PID 1. Run them as
// root, after `make packages`:
//
//	go test -tags e2e ./test/upstart
//
// UMM_DEB names the package to test; without it, it is the newest in dist/.
//
// UMM_UPSTART names a folder with the programs of a real Upstart (init, initctl,
// telinit, runlevel, shutdown and reboot), which the hosts then run instead. Every
// scenario here, and those of the hosts without umm, have passed so on 1.12.1 itself,
// the version of Ubuntu 14.04, with its libraries of a later date. What stays stood in
// for in both are mountall, ifupdown, sshd, the consoles, and the kernel's part.
package upstart

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"umm/test/upstart/machine"
)

var (
	// deb is the package under test, program what hosts are made with.
	deb, program string
	// absent is why nothing can be run here.
	absent string
	// template is the disk of a host on which umm was installed, and which was then
	// switched off.
	template func() (string, error)
)

// hostsAtOnce is how many scenarios run side by side: they wait more than they
// compute.
const hostsAtOnce = 8

func TestMain(m *testing.M) {
	flag.Parse()
	sweep()
	dir, err := os.MkdirTemp("", fmt.Sprintf("%s%d-", prefix, os.Getpid()))
	if err == nil {
		err = prepare(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "upstart:", err)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, "upstart:", err)
		code = 1
	}
	os.Exit(code)
}

// prefix begins the names of the folders that hosts are kept in; the process that they
// are of comes after it.
const prefix = "umm-upstart-"

// sweep removes what runs that were killed have left. Their hosts ended with them.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	for _, dir := range dirs {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), prefix), "-")
		if _, err := os.Stat("/proc/" + pid); pid == "" || err == nil {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, "upstart:", err)
		}
	}
}

func prepare(dir string) error {
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "test.parallel" })
	if !set {
		if err := flag.Set("test.parallel", strconv.Itoa(hostsAtOnce)); err != nil {
			return err
		}
	}
	if os.Geteuid() != 0 {
		absent = "hosts need root"
		return nil
	}
	var err error
	if deb, err = findDeb(); err != nil {
		return err
	}
	template = sync.OnceValues(func() (string, error) { return makeTemplate(filepath.Join(dir, "template")) })
	program = filepath.Join(dir, "init")
	build := exec.Command("go", "build", "-o", program, "umm/test/upstart/init")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("cannot build PID 1: %w: %s", err, out)
	}
	return nil
}

func makeTemplate(dir string) (string, error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	m, err := machine.New(dir, program)
	if err != nil {
		return "", err
	}
	data, err := os.ReadFile(deb)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(m.Root(), "root/umm.deb"), data, 0o644); err != nil {
		return "", err
	}
	defer m.Cut() //nolint:errcheck // it is off, or the error is another
	if err := m.Power(); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	const inRunLevel = "until initctl list 2>/dev/null | grep -q '^tty1 start/running'; do sleep 0.05; done; "
	for _, line := range []string{inRunLevel + "dpkg --force-depends -i /root/umm.deb && rm /root/umm.deb", "poweroff"} {
		o, err := m.Inside(ctx, "/bin/sh", "-c", line)
		for errors.Is(err, machine.ErrDown) && ctx.Err() == nil {
			o, err = m.Inside(ctx, "/bin/sh", "-c", line)
		}
		if err != nil || o.Code != 0 && line != "poweroff" {
			return "", fmt.Errorf("cannot install umm: %v: %+v", err, o)
		}
	}
	return dir, m.WaitOff(ctx)
}

// findDeb finds the package under test: UMM_DEB, or the newest of this machine's
// architecture in dist/.
func findDeb() (string, error) {
	if path := os.Getenv("UMM_DEB"); path != "" {
		return path, nil
	}
	paths, err := filepath.Glob("../../dist/umm_*_" + runtime.GOARCH + ".deb")
	if err != nil {
		return "", err
	}
	newest, at := "", time.Time{}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.ModTime().After(at) {
			newest, at = path, info.ModTime()
		}
	}
	if newest == "" {
		return "", errors.New("there is no package to test: run make packages, or name one in UMM_DEB")
	}
	return newest, nil
}
