//go:build e2e

package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"umm/internal/lab"
)

const (
	debEnv  = "UMM_DEB"
	soakEnv = "UMM_SOAK"
	// hostsAtOnce is how many scenarios run side by side: they wait more than
	// they compute.
	hostsAtOnce = 4
	labPrefix   = "e2e-"
)

// deb is the package under test.
var deb string

func TestMain(m *testing.M) {
	flag.Parse()
	if err := prepare(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		if errors.Is(err, errNotRoot) && os.Getenv("CI") != "true" {
			fmt.Fprintln(os.Stderr, "e2e: nothing was tested")
			os.Exit(0)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

var errNotRoot = errors.New("practice hosts need root: run these tests as root")

func prepare() error {
	if os.Geteuid() != 0 {
		return errNotRoot
	}
	var err error
	if deb, err = findDeb(); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "e2e: testing", deb)
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "test.parallel" })
	if !set {
		if err := flag.Set("test.parallel", strconv.Itoa(hostsAtOnce)); err != nil {
			return err
		}
	}
	return sweep()
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

// sweep takes down the labs of earlier runs that did not come to their end.
func sweep() error {
	names, err := lab.Names()
	if err != nil {
		return err
	}
	for _, name := range names {
		rest, ours := strings.CutPrefix(name, labPrefix)
		pid, _, found := strings.Cut(rest, "-")
		if _, err := strconv.Atoi(pid); !ours || !found || err != nil {
			continue
		}
		if _, err := os.Stat("/proc/" + pid); err == nil {
			continue
		}
		if err := lab.Down(context.Background(), name); err != nil {
			return err
		}
	}
	return nil
}
