//go:build e2e

package packages

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"umm/test/needs"
)

const pluginHome = "var/www/nailgun/plugins/umm-1.0"

// fuelPlugin builds the Fuel plugin of the packages in dist/, under a umask and a
// clock that should not matter, and returns the rpm and the staging folder.
func fuelPlugin(t *testing.T, umask, zone string) (rpm, staging string) {
	t.Helper()
	needRoot(t)
	packages, err := filepath.Abs(filepath.Join(root, "dist"))
	if err != nil {
		t.Fatal(err)
	}
	if found, _ := filepath.Glob(packages + "/umm_*_amd64.deb"); len(found) != 1 {
		needs.Absent(t, "there are no packages for amd64 in dist/: make packages first")
	}
	dir := t.TempDir()
	cmd := exec.Command("sh", "-c", "umask "+umask+"; scripts/plugin "+packages+" "+dir+"/dist "+dir+"/staging")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "TZ="+zone, "SOURCE_DATE_EPOCH=1700000000")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("scripts/plugin: %v\n%s", err, out)
	}
	return dir + "/dist/umm-1.0-1.0.0-1.noarch.rpm", dir + "/staging"
}

func TestFuelPluginIsReproducible(t *testing.T) {
	one, _ := fuelPlugin(t, "022", "UTC")
	two, _ := fuelPlugin(t, "077", "Asia/Tokyo")
	a, errA := os.ReadFile(one)
	b, errB := os.ReadFile(two)
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Errorf("twice the same packages give different plugins of %d and %d bytes (%v, %v)", len(a), len(b), errA, errB)
	}
}

// The layout is that of the plugin builder.
func TestFuelPluginHoldsItsRepositories(t *testing.T) {
	rpm, staging := fuelPlugin(t, "022", "UTC")
	out := run(t, "rpm", "-qp", "--qf", `%{NAME} %{VERSION} %{RELEASE} %{ARCH} %{PAYLOADCOMPRESSOR} [%{FILENAMES} %{FILEUSERNAME}:%{FILEGROUPNAME}\n]`, rpm)
	if !strings.HasPrefix(out, "umm-1.0 1.0.0 1 noarch gzip ") {
		t.Errorf("the rpm is %.60s", out)
	}
	for _, name := range []string{"metadata.yaml", "tasks.yaml", "deployment_tasks.yaml", "environment_config.yaml", "LICENSE", "README.md", "checksums.sha1",
		"deployment_scripts/install.sh", "master/umm-cluster", "master/umm-cluster.yaml", "repositories/ubuntu/Packages.gz", "repositories/ubuntu/Release",
		"repositories/centos/repodata/repomd.xml", "repositories/centos/repodata/primary.xml.gz"} {
		if !strings.Contains(out, "/"+pluginHome+"/"+name+" root:root\n") {
			t.Errorf("the rpm has no %s", name)
		}
	}
	debs := regexp.MustCompile(`ubuntu/(umm_\S+_amd64\.deb) `).FindAllStringSubmatch(out, -1)
	rpms := regexp.MustCompile(`centos/Packages/(umm-\S+\.x86_64\.rpm) `).FindAllStringSubmatch(out, -1)
	if len(debs) != 1 || len(rpms) != 1 {
		t.Fatalf("the repositories hold %v and %v", debs, rpms)
	}
	deb, err := os.ReadFile(filepath.Join(staging, "repositories/ubuntu", debs[0][1]))
	if err != nil {
		t.Fatal(err)
	}
	index := unzipped(t, filepath.Join(staging, "repositories/ubuntu/Packages.gz"))
	for _, line := range []string{"Package: umm\n", "Filename: ./" + debs[0][1] + "\n", fmt.Sprintf("SHA256: %x\n", sha256.Sum256(deb)), "Conflicts: fuel-umm\n"} {
		if !strings.Contains(index, line) {
			t.Errorf("Packages has no %q:\n%s", line, index)
		}
	}
	release, err := os.ReadFile(filepath.Join(staging, "repositories/ubuntu/Release"))
	if err != nil || !strings.HasPrefix(string(release), "Label: umm\nVersion: 1.0\n") || !strings.Contains(string(release), fmt.Sprintf(" %x %d Packages\n", sha256.Sum256([]byte(index)), len(index))) {
		t.Errorf("Release is\n%s (%v)", release, err)
	}
	if primary := unzipped(t, filepath.Join(staging, "repositories/centos/repodata/primary.xml.gz")); !strings.Contains(primary, `<location href="Packages/`+rpms[0][1]+`"/>`) {
		t.Errorf("primary.xml is\n%s", primary)
	}
	wantSums(t, staging)
}

func unzipped(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// wantSums holds checksums.sha1 against every file.
func wantSums(t *testing.T, staging string) {
	t.Helper()
	sums, err := os.ReadFile(filepath.Join(staging, "checksums.sha1"))
	if err != nil {
		t.Fatal(err)
	}
	want := ""
	err = filepath.WalkDir(staging, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "checksums.sha1" {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(staging, path)
		want += fmt.Sprintf("%x %s\n", sha1.Sum(data), name)
		return err
	})
	if err != nil || string(sums) != want {
		t.Errorf("checksums.sha1 is\n%s, want\n%s (%v)", sums, want, err)
	}
}

// A master is a CentOS; what the plugin puts there goes with it.
func TestFuelPluginOnAMaster(t *testing.T) {
	tr := masterTree(t)
	plugin, _ := fuelPlugin(t, "022", "UTC")
	run(t, tr.rpm("-i", plugin)...)
	if to, err := os.Readlink(tr.path("usr/bin/umm-cluster")); err != nil || to != "/"+pluginHome+"/master/umm-cluster" {
		t.Errorf("/usr/bin/umm-cluster leads to %q (%v)", to, err)
	}
	if out := run(t, "chroot", tr.dir, "/usr/bin/umm-cluster", "config"); !strings.Contains(out, "nailgun") || !strings.Contains(out, "/etc/umm-cluster.yaml:") {
		t.Errorf("umm-cluster config says\n%s", out)
	}
	tr.write("var/lib/umm-cluster/runs/x", "")
	tr.write("etc/umm-cluster.yaml", tr.read("etc/umm-cluster.yaml")+"# mine\n")
	run(t, tr.rpm("-U", "--force", plugin)...)
	if !strings.Contains(tr.read("etc/umm-cluster.yaml"), "# mine") || !tr.has("usr/bin/umm-cluster") {
		t.Error("an update changed what the operator wrote, or took umm-cluster away")
	}
	run(t, tr.rpm("-e", "umm-1.0")...)
	if left := tr.leftovers(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// An umm-cluster of the master's own stays, with its configuration and its journals.
func TestFuelPluginBesideAnotherUmmCluster(t *testing.T) {
	tr := masterTree(t)
	plugin, _ := fuelPlugin(t, "022", "UTC")
	tr.script("usr/bin/umm-cluster", "#!/bin/sh\n")
	tr.write("etc/umm-cluster.yaml", "hosts: [{name: n1}]\n")
	tr.write("var/lib/umm-cluster/runs/x", "")
	before := tr.leftovers()
	if out := run(t, tr.rpm("-i", plugin)...); !strings.Contains(out, "/usr/bin/umm-cluster is there already and stays") {
		t.Errorf("the installation says\n%s", out)
	}
	run(t, tr.rpm("-e", "umm-1.0")...)
	if after := tr.leftovers(); strings.Join(after, " ") != strings.Join(before, " ") || tr.read("etc/umm-cluster.yaml") != "hosts: [{name: n1}]\n" {
		t.Errorf("there is %v, and was %v", after, before)
	}
}

func masterTree(t *testing.T) *tree {
	t.Helper()
	tr := elTree(t)
	for _, program := range []string{"chmod", "ln", "readlink", "dirname"} {
		tr.copyProgram(program)
	}
	return tr
}
