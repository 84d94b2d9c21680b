package systemd

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/host/hostfs/hosttree"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// text is a layout as the golden files have it.
func (l Layout) text() string {
	var lines []string
	for path, target := range l.Early {
		lines = append(lines, "early  "+path+" -> "+target)
	}
	for path, target := range l.Normal {
		lines = append(lines, "normal "+path+" -> "+target)
	}
	for path, content := range l.Files {
		lines = append(lines, "normal "+path+": "+fmt.Sprintf("%q", content))
	}
	slices.Sort(lines)
	return strings.Join(append(lines, ""), "\n")
}

var boots = map[string]Boot{
	"aside":    {KeepsOut: true, Enabled: true, Maintenance: true, Keep: []string{"ssh.service"}},
	"disabled": {HealthyAfter: time.Minute, Keep: []string{"ssh.service"}, CatchEmergency: true, CommandDue: true},
	"operational": {Enabled: true, Session: 3, KernelTrial: true, CatchEmergency: true, HealthyAfter: 10 * time.Minute, Keep: []string{"ssh.service", "networking.service"},
		LeaveRunning: []string{"multipathd.service"}},
	"disabled-trial":                 {HealthyAfter: time.Minute, KernelTrial: true},
	"operational-emergency-uncaught": {Enabled: true, HealthyAfter: 0, Keep: []string{"ssh.service"}},
	"maintenance": {Enabled: true, Maintenance: true, CatchEmergency: true, HealthyAfter: 10 * time.Minute, Keep: []string{"ssh.service", "networking.service"},
		Mask: []string{"polkit.service"}},
	"maintenance-command":          {Enabled: true, Maintenance: true, CommandDue: true, Session: 7, HealthyAfter: 90 * time.Second, Keep: []string{"ssh.service"}},
	"operational-by-argument":      {Enabled: true, Unit: "multi-user.target", HealthyAfter: time.Minute, Keep: []string{"ssh.service"}},
	"maintenance-by-argument":      {Enabled: true, Maintenance: true, Unit: "multi-user.target", HealthyAfter: time.Minute, Keep: []string{"ssh.service"}},
	"maintenance-disabled-by-hand": {Maintenance: true, HealthyAfter: 10 * time.Minute, Keep: []string{"ssh.service"}},
}

func TestPlan(t *testing.T) {
	for name, b := range boots {
		got := Plan(b, "/lib/systemd/system").text()
		golden := filepath.Join("testdata", "layout", name+".golden")
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || got != string(want) {
			t.Errorf("a boot that is %s has the layout\n%s\nwant\n%s%v", name, got, want, err)
		}
	}
}

// written reads back what stands in a folder, in the words of text.
func written(t *testing.T, label, dir string) []string {
	t.Helper()
	var lines []string
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if info.Mode()&os.ModeSymlink != 0 {
			target, err := os.Readlink(path)
			lines = append(lines, label+name+" -> "+target)
			return err
		}
		content, err := os.ReadFile(path)
		lines = append(lines, label+name+": "+fmt.Sprintf("%q", content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// Written twice, as by a reload into folders that were not cleared, it is there once.
func TestWriteIsIdempotent(t *testing.T) {
	for name, b := range boots {
		normal, early := t.TempDir(), t.TempDir()
		l := Plan(b, "/lib/systemd/system")
		for range 2 {
			if err := l.Write(normal, early); err != nil {
				t.Fatal(err)
			}
			lines := append(written(t, "normal ", normal), written(t, "early  ", early)...)
			slices.Sort(lines)
			if got := strings.Join(append(lines, ""), "\n"); got != l.text() {
				t.Errorf("a boot that is %s: written is\n%s\nwant\n%s", name, got, l.text())
			}
		}
	}
}

// Half of maintenance mode would be a boot without services and without ssh.
func TestWriteAllOrNothingOfMaintenance(t *testing.T) {
	l := Plan(boots["maintenance"], "/lib/systemd/system")
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	early := t.TempDir()
	if err := l.Write(blocked, early); err == nil {
		t.Error("what could not be written is no error")
	}
	if left := written(t, "", early); len(left) > 0 {
		t.Errorf("without its units the boot is led by %q", left)
	}
	l.Early["folder/"+strings.Repeat("x", 300)] = os.DevNull
	if err := l.Write(t.TempDir(), early); err == nil {
		t.Error("what could not be written is no error")
	}
	if left := written(t, "", early); len(left) > 0 {
		t.Errorf("half of the masks are there: %q", left)
	}
}

func TestUnitDir(t *testing.T) {
	for want, tree := range map[string]hosttree.Tree{
		"/lib/systemd/system":     {"lib/systemd/system/umm.target": ""},
		"/usr/lib/systemd/system": {"usr/lib/systemd/system/umm.target": "", "lib/": ""},
	} {
		if got, err := UnitDir(hosttree.Make(t, tree)); got != want || err != nil {
			t.Errorf("the units are in %q (%v), want %q", got, err, want)
		}
	}
	merged := hosttree.Tree{"lib": "-> usr/lib", "usr/lib/systemd/system/umm.target": ""}
	if got, err := UnitDir(hosttree.Make(t, merged)); got != "/lib/systemd/system" || err != nil {
		t.Errorf("on a merged /usr the units are in %q (%v)", got, err)
	}
	if _, err := UnitDir(t.TempDir()); err == nil || !strings.Contains(err.Error(), "umm is not installed correctly") {
		t.Errorf("where there are none: %v", err)
	}
}
