//go:build e2e

package vm

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"umm/internal/lab"
	"umm/test/needs"
)

const (
	labPrefix  = "vm-"
	storyLimit = 40 * time.Minute
)

// deb is the package under test.
var deb string

// TestMachines tells the stories side by side: as many at once as there are processors.
func TestMachines(t *testing.T) {
	needs.Root(t)
	if runtime.GOARCH != "amd64" {
		needs.Absent(t, "machines are made on amd64 only")
	}
	deb = os.Getenv("UMM_DEB")
	if deb == "" {
		needs.Absent(t, "UMM_DEB names no package to test")
	}
	var err error
	if deb, err = filepath.Abs(deb); err != nil {
		t.Fatal(err)
	}
	if err := sweep(); err != nil {
		t.Fatal(err)
	}
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			if s.long && os.Getenv("UMM_VM") != "all" {
				t.Skip("DID NOT RUN: it takes long: make test-vm runs it")
			}
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), storyLimit)
			defer cancel()
			m := newMachine(ctx, t, s)
			for _, step := range s.steps {
				began := time.Now()
				if !t.Run(step.name, func(t *testing.T) {
					m.t = t
					step.do(m)
				}) {
					return
				}
				m.t = t
				t.Logf("%s: %v", step.name, time.Since(began).Round(time.Second))
			}
		})
	}
}

// sweep takes down the labs of earlier runs that did not come to their end.
func sweep() error {
	names, err := lab.Names()
	if err != nil {
		return err
	}
	for _, name := range names {
		rest, ours := strings.CutPrefix(name, labPrefix)
		pid, _, _ := strings.Cut(rest, "-")
		if _, err := strconv.Atoi(pid); !ours || err != nil {
			continue
		}
		if _, err := os.Stat(fmt.Sprint("/proc/", pid)); err == nil {
			continue
		}
		if err := lab.Down(context.Background(), name); err != nil {
			return err
		}
	}
	return nil
}
