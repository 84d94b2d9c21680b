package bootcli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"umm/internal/cli/wiring"
	"umm/internal/host/mode"
	"umm/internal/host/node"
)

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// remake puts something else in a file's place.
func remake(t *testing.T, file string, put func() error) {
	t.Helper()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := put(); err != nil {
		t.Fatal(err)
	}
}

func mkfifo(file string) error { return syscall.Mkfifo(file, 0o600) }

func TestRunWithoutAStep(t *testing.T) {
	for _, args := range [][]string{{"umm-boot"}, {"umm-boot", "on"}, {"umm-boot", "begin", "again"}, {"umm-boot", "--help"}} {
		var stdout, stderr bytes.Buffer
		if code := Run(args, &stdout, &stderr); code != int(node.Usage) {
			t.Errorf("%q ended with %d", args, code)
		}
		for _, s := range steps {
			if !strings.Contains(stderr.String(), "  "+s.name+" ") || !strings.Contains(stderr.String(), s.help) {
				t.Errorf("%q does not tell of %s: %s", args, s.name, stderr.String())
			}
		}
	}
	if code := Run([]string{"/usr/lib/systemd/system-generators/umm-generator"}, os.Stdout, os.Stderr); code != int(node.Usage) {
		t.Errorf("the generator without folders ended with %d", code)
	}
}

// Each step that a unit runs is there.
func TestUnitsRunStepsThatAreThere(t *testing.T) {
	files, err := filepath.Glob("../../../plugin/systemd/*.service")
	if err != nil || len(files) < 5 {
		t.Fatalf("the units are %q (%v)", files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(data), "\n") {
			_, name, runs := strings.Cut(line, "/lib/umm/umm-boot ")
			if !runs || !strings.HasPrefix(line, "Exec") {
				continue
			}
			known := false
			for _, s := range steps {
				known = known || s.run != nil && s.name == name || s.ofSession != nil && s.name+" %i" == name
			}
			if !known {
				t.Errorf("%s runs the step %q", filepath.Base(file), name)
			}
		}
	}
}

// The real parts together, below another root: a boot is recorded, and known again.
func TestBeginOnRealFiles(t *testing.T) {
	root := with(t, asked())
	n := wiring.New(root)
	if err := n.Begin(context.Background()); err != nil {
		t.Fatal(err)
	}
	d, r, problem := wiring.New(root).Decide()
	if d.Mode != mode.Maintenance || d.Fresh || r.Boot.ID != bootID || r.Pending != nil || problem != nil {
		t.Errorf("decided is %+v, the record %+v (%v)", d, r, problem)
	}
	if err := n.Begin(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(root, "run")); err != nil {
		t.Fatal(err)
	}
	if again, _, _ := wiring.New(root).Decide(); again.Mode != mode.Maintenance || again.Fresh {
		t.Errorf("without /run decided is %+v", again)
	}
}
