//go:build e2e

package e2e

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

	"umm/internal/lab"
	"umm/test/upstart/machine"
)

const (
	debEnv  = "UMM_DEB"
	soakEnv = "UMM_SOAK"
	// hostsAtOnce is how many scenarios run side by side: they wait more than
	// they compute.
	hostsAtOnce = 4
	labPrefix   = "e2e-"
	// upstartPrefix begins the names of the folders that hosts with Upstart are kept in;
	// the process that they are of comes after it.
	upstartPrefix = "umm-upstart-"
)

var (
	// deb is the package under test.
	deb string
	// upstartInit is the program that hosts with Upstart are made with.
	upstartInit string
	// upstartTemplate is the disk of one on which umm was installed, and which was then
	// switched off.
	upstartTemplate func() (string, error)
)

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := prepare()
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		if errors.Is(err, errNotRoot) && os.Getenv("CI") != "true" {
			fmt.Fprintln(os.Stderr, "e2e: nothing was tested")
			os.Exit(0)
		}
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

var errNotRoot = errors.New("practice hosts need root: run these tests as root")

// prepare makes the folder that hosts with Upstart are kept in.
func prepare() (dir string, err error) {
	if os.Geteuid() != 0 {
		return "", errNotRoot
	}
	if deb, err = findDeb(); err != nil {
		return "", err
	}
	fmt.Fprintln(os.Stderr, "e2e: testing", deb)
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "test.parallel" })
	if !set {
		if err := flag.Set("test.parallel", strconv.Itoa(hostsAtOnce)); err != nil {
			return "", err
		}
	}
	if err := sweep(); err != nil {
		return "", err
	}
	if dir, err = os.MkdirTemp("", fmt.Sprintf("%s%d-", upstartPrefix, os.Getpid())); err != nil {
		return "", err
	}
	upstartInit = filepath.Join(dir, "init")
	upstartTemplate = sync.OnceValues(func() (string, error) { return makeUpstartTemplate(filepath.Join(dir, "template")) })
	build := exec.Command("go", "build", "-o", upstartInit, "umm/test/upstart/init")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("cannot build PID 1 of hosts with Upstart: %w: %s", err, out), os.RemoveAll(dir))
	}
	return dir, nil
}

func makeUpstartTemplate(dir string) (string, error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	m, err := machine.New(dir, upstartInit)
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
	if path := os.Getenv(debEnv); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("cannot read the package that %s names: %w", debEnv, err)
		}
		return filepath.Abs(path)
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
		return "", fmt.Errorf("there is no package to test: run make packages, or name one in %s", debEnv)
	}
	return filepath.Abs(newest)
}

// sweep takes down the labs of earlier runs that did not come to their end, and removes
// the folders of theirs; hosts with Upstart ended with them.
func sweep() error {
	names, err := lab.Names()
	if err != nil {
		return err
	}
	for _, name := range names {
		if rest, ours := strings.CutPrefix(name, labPrefix); ours && leftOver(rest) {
			if err := lab.Down(context.Background(), name); err != nil {
				return err
			}
		}
	}
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), upstartPrefix+"*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		if leftOver(strings.TrimPrefix(filepath.Base(dir), upstartPrefix)) {
			if err := os.RemoveAll(dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// leftOver tells whether what is called PID-REST is of a process that has ended.
func leftOver(name string) bool {
	pid, _, found := strings.Cut(name, "-")
	if _, err := strconv.Atoi(pid); err != nil || !found {
		return false
	}
	_, err := os.Stat("/proc/" + pid)
	return err != nil
}
