//go:build e2e

package night_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"umm/internal/lab"
	"umm/test/needs"
)

const name = "e2e-night"

// setup makes the hosts, and a master that reaches them. UMM_DEB is the package of umm; that of
// umm-cluster is beside it.
func setup(ctx context.Context, t *testing.T) (*lab.Lab, *lab.Host) {
	t.Helper()
	needs.Root(t)
	umm := os.Getenv("UMM_DEB")
	if umm == "" {
		t.Fatal("UMM_DEB does not say which package to test")
	}
	l, err := lab.Up(ctx, lab.Spec{Name: name, Log: os.Stderr, Hosts: []lab.HostSpec{{Name: "n1"}, {Name: "n2"}, {Name: "n3"}, {Name: "master"}}})
	t.Cleanup(func() {
		if err := lab.Down(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	repository := packages(t)
	for _, h := range l.Hosts()[:3] {
		put(t, h, "var/lib/umm.deb", read(t, umm))
		for file, data := range repository {
			put(t, h, "srv/repository/"+file, data)
		}
		put(t, h, "etc/apt/sources.list", "deb [trusted=yes] file:/srv/repository ./\n")
		run(ctx, t, h, "rm -f /etc/apt/sources.list.d/* && dpkg -i /var/lib/umm.deb /srv/repository/old.deb")
	}
	master := l.Host("master")
	put(t, master, "var/lib/umm-cluster.deb", read(t, filepath.Join(filepath.Dir(umm), strings.Replace(filepath.Base(umm), "umm_", "umm-cluster_", 1))))
	run(ctx, t, master, "dpkg -i /var/lib/umm-cluster.deb")
	put(t, master, "etc/umm-cluster.yaml", "hosts: [{name: n1}, {name: n2}, {name: n3}]\nssh: {user: root}\nnotify:\n- {command: [sh, -c, 'cat >>/var/tmp/told']}\n")
	config := read(t, l.SSHConfig())
	for key, file := range map[string]string{"IdentityFile": "id_ed25519", "UserKnownHostsFile": "known_hosts"} {
		path := regexp.MustCompile(`(?m)^\s*` + key + `\s+"?([^"\s]+)`).FindStringSubmatch(config)
		if path == nil {
			t.Fatalf("the lab's ssh configuration has no %s:\n%s", key, config)
		}
		put(t, master, "root/.ssh/"+file, read(t, path[1]))
	}
	run(ctx, t, master, "chmod 600 /root/.ssh/*")
	return l, master
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func put(t *testing.T, h *lab.Host, path, text string) {
	t.Helper()
	path = filepath.Join(h.Root(), path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// packages are a package, a newer one that wants a reboot as a kernel does, and a repository's list
// of that.
func packages(t *testing.T) map[string]string {
	t.Helper()
	const control = "Package: night-demo\nVersion: %s\nArchitecture: all\nMaintainer: umm <umm@umm.example>\nDescription: something to upgrade\n"
	build := func(version string) string {
		dir := t.TempDir()
		for file, text := range map[string]string{"control": fmt.Sprintf(control, version), "postinst": "#!/bin/sh\n[ -z \"$2\" ] || { echo night-demo >/run/reboot-required.pkgs; touch /run/reboot-required; }\n"} {
			if err := os.MkdirAll(filepath.Join(dir, "p/DEBIAN"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "p/DEBIAN", file), []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if out, err := exec.Command("dpkg-deb", "--root-owner-group", "-b", filepath.Join(dir, "p"), filepath.Join(dir, "deb")).CombinedOutput(); err != nil {
			t.Fatalf("dpkg-deb: %v\n%s", err, out)
		}
		return read(t, filepath.Join(dir, "deb"))
	}
	newer := build("2")
	list := fmt.Sprintf(control+"Filename: ./new.deb\nSize: %d\nSHA256: %x\n", "2", len(newer), sha256.Sum256([]byte(newer)))
	return map[string]string{"old.deb": build("1"), "new.deb": newer, "Packages": list}
}
