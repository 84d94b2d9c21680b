// Package lint proves that the rules which hold the architecture do fire: the
// linter's configuration against a module that breaks each of them, and the
// packages that the boot path is linked from.
package lint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "testdata/module"
)

var (
	wantComment = regexp.MustCompile(`// want (.*)$`)
	quoted      = regexp.MustCompile(`"([^"]+)"`)
)

// TestRulesFire lints testdata/module: each line with a `// want "text"` comment
// has to be complained about in such words, and no other line at all.
func TestRulesFire(t *testing.T) {
	wanted := wants(t)
	for _, issue := range lint(t) {
		at := fmt.Sprintf("%s:%d", issue.Pos.Filename, issue.Pos.Line)
		found := false
		for i, text := range wanted[at] {
			if strings.Contains(issue.Text, text) {
				wanted[at] = append(wanted[at][:i], wanted[at][i+1:]...)
				found = true
				break
			}
		}
		if !found {
			t.Errorf("%s: complained without being asked: %s (%s)", at, issue.Text, issue.FromLinter)
		}
	}
	for at, texts := range wanted {
		for _, text := range texts {
			t.Errorf("%s: no complaint with %q", at, text)
		}
	}
}

// wants reads what has to be complained about, by file:line.
func wants(t *testing.T) map[string][]string {
	t.Helper()
	wanted := map[string][]string{}
	err := filepath.WalkDir(module, func(path string, d os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(module, path)
		for i, line := range strings.Split(string(data), "\n") {
			if m := wantComment.FindStringSubmatch(line); m != nil {
				at := fmt.Sprintf("%s:%d", name, i+1)
				for _, q := range quoted.FindAllStringSubmatch(m[1], -1) {
					wanted[at] = append(wanted[at], q[1])
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(wanted) < 20 {
		t.Fatalf("only %d lines in %s want a complaint", len(wanted), module)
	}
	return wanted
}

type issue struct {
	FromLinter string
	Text       string
	Pos        struct {
		Filename string
		Line     int
	}
}

// lint runs golangci-lint with the repository's configuration in the module.
func lint(t *testing.T) []issue {
	t.Helper()
	config, err := filepath.Abs(root + "/.golangci.yml")
	if err != nil {
		t.Fatal(err)
	}
	path := exec.Command("go", "tool", "-modfile=tools/go.mod", "-n", "golangci-lint")
	path.Dir = root
	linter, err := path.Output()
	if err != nil {
		t.Fatalf("cannot build golangci-lint: %v", err)
	}
	cmd := exec.Command(strings.TrimSpace(string(linter)), "run", "-c", config, "--path-mode=abs",
		"--show-stats=false", "--output.json.path=stdout", "--output.text.path=/dev/null")
	cmd.Dir = module
	// Parallel runs of the linter, as in make check, wait for each other otherwise.
	cmd.Args = append(cmd.Args, "--allow-parallel-runners")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var report struct{ Issues []issue }
	if jsonErr := json.Unmarshal(out, &report); jsonErr != nil {
		t.Fatalf("golangci-lint: %v, %v\n%s%s", err, jsonErr, out, stderr.String())
	}
	here, err := filepath.Abs(module)
	if err != nil {
		t.Fatal(err)
	}
	for i := range report.Issues {
		p := &report.Issues[i].Pos
		p.Filename = strings.TrimPrefix(p.Filename, here+"/")
	}
	return report.Issues
}

// TestBootPathIsStandardLibraryOnly: what runs at each boot stays small, and no
// library of ours can break it.
func TestBootPathIsStandardLibraryOnly(t *testing.T) {
	for _, pkg := range linked(t, "{{if not .Standard}}{{.ImportPath}}{{end}}", "./cmd/umm-boot") {
		if !strings.HasPrefix(pkg, "umm/") {
			t.Errorf("cmd/umm-boot is linked from %s", pkg)
		}
	}
}

// TestUmmServesNothing: net/http and TLS would be a quarter of umm, and of the time
// that it starts in.
func TestUmmServesNothing(t *testing.T) {
	for _, pkg := range linked(t, "{{.ImportPath}}", "./cmd/umm") {
		if pkg == "net/http" || pkg == "crypto/tls" {
			t.Errorf("cmd/umm is linked from %s; go mod why tells for what", pkg)
		}
	}
}

// TestUmmReadsItsFileWithoutViper: /etc/umm.conf has a strict codec of its own; viper and
// what it brings would be a megabyte of umm.
func TestUmmReadsItsFileWithoutViper(t *testing.T) {
	for _, pkg := range linked(t, "{{.ImportPath}}", "./cmd/umm") {
		if strings.HasPrefix(pkg, "github.com/spf13/viper") {
			t.Errorf("cmd/umm is linked from %s: only umm-cluster's configuration is read by viper", pkg)
		}
	}
}

// TestTwoHouses: neither program carries anything of the other's half, on whatever way.
func TestTwoHouses(t *testing.T) {
	for program, not := range map[string]string{
		"./cmd/umm": "umm/internal/cluster", "./cmd/umm-boot": "umm/internal/cluster", "./cmd/umm-cluster": "umm/internal/host",
	} {
		for _, pkg := range linked(t, "{{.ImportPath}}", program) {
			if strings.HasPrefix(pkg, not) {
				t.Errorf("%s is linked from %s", program, pkg)
			}
		}
	}
}

// linked lists the packages that a program is made of.
func linked(t *testing.T, format, program string) []string {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-f", format, program)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}
