//go:build e2e

package upstart

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"umm/test/needs"
)

// row is one sentence about umm, with how it is proven on both init systems.
type row struct {
	// systemd is the scenario of test/e2e that proves it on booted hosts with
	// systemd, by its file and name.
	section, systemd string
	// upstart proves it here. Where it is nil, why says why there is nothing to
	// prove.
	upstart func(h *host)
	why     string
}

// sections are the files of test/e2e, those first whose hosts wait longest.
var sections = [][]row{emergencyRows, brokenRows, countRows, packageRows, offRows, asideRows, commandRows, onRows, mmRows, hookRows, statusRows}

func TestScenarios(t *testing.T) {
	if absent != "" {
		needs.Absent(t, absent)
	}
	onHost := func(name string, run func(*host)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(newHost(t))
		})
	}
	for name, run := range onlyHere {
		onHost("gate/"+name, run)
	}
	for _, rows := range sections {
		for _, r := range rows {
			if r.upstart != nil {
				onHost(r.section+"/"+r.systemd, r.upstart)
			}
		}
	}
}

// Every scenario of test/e2e has a row: what holds on systemd holds on Upstart, or
// it is said why that says nothing there.
func TestBothColumns(t *testing.T) {
	known := map[string]bool{}
	files, err := filepath.Glob("../e2e/*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("there is no test/e2e: %v", err)
	}
	name := regexp.MustCompile(`(?m)^\t\{name: "([^"]*)"`)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		section := filepath.Base(file)
		section = section[:len(section)-len("_test.go")]
		for _, m := range name.FindAllStringSubmatch(string(data), -1) {
			known[section+"/"+m[1]] = true
		}
	}
	var rows []string
	for _, part := range sections {
		for _, r := range part {
			at := r.section + "/" + r.systemd
			switch {
			case slices.Contains(rows, at):
				t.Errorf("%s has two rows", at)
			case !known[at]:
				t.Errorf("there is no scenario %s in test/e2e", at)
			case (r.upstart == nil) == (r.why == ""):
				t.Errorf("%s: proven here, or why not: one of them", at)
			}
			rows = append(rows, at)
		}
	}
	for at := range known {
		if !slices.Contains(rows, at) {
			t.Errorf("%s has no row", at)
		}
	}
}
