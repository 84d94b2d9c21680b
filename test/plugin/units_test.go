package plugin

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// units has those of umm; beside it stand those of umm-cluster.
const units = "../../plugin/systemd"

// known are units that others bring.
const known = " sysinit.target local-fs.target local-fs-pre.target shutdown.target emergency.target network-online.target multi-user.target" +
	" systemd-remount-fs.service systemd-pstore.service systemd-user-sessions.service systemd-logind.service ssh.service sshd.service ssh.socket sshd.socket "

// A name that no unit has is no error to systemd: the order, or the wish, is just
// not there.
func TestUnitsNameUnitsThatExist(t *testing.T) {
	eachSetting(t, func(file, section, key, value string) {
		switch key {
		case "Wants", "Requires", "Conflicts", "Before", "After", "Unit":
			for _, name := range strings.Fields(value) {
				// An instance has its file in that of its template.
				name = strings.Replace(name, "@%i.", "@.", 1)
				if _, err := os.Stat(filepath.Join(units, name)); err != nil && !strings.Contains(known, " "+name+" ") {
					t.Errorf("%s: %s=%s names a unit that is neither ours nor on the list of known ones", file, key, name)
				}
			}
		}
	})
}

// By default systemd ends a service that the kernel has killed one process of for want of
// memory: a command that could have gone on, or have told how it failed, would be interrupted.
func TestTheCommandOutlivesAPartOfIt(t *testing.T) {
	policy := ""
	eachSetting(t, func(file, _, key, value string) {
		if file == "umm-command@.service" && key == "OOMPolicy" {
			policy = value
		}
	})
	if policy != "continue" {
		t.Errorf("OOMPolicy=%s", policy)
	}
}

func eachSetting(t *testing.T, f func(file, section, key, value string)) {
	t.Helper()
	files, err := filepath.Glob(units + "*/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no units: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		settings(string(data), func(section, key, value string) { f(filepath.Base(file), section, key, value) })
	}
}

// settings calls f with each setting of a unit file.
func settings(text string, f func(section, key, value string)) {
	section := ""
	for _, line := range strings.Split(text, "\n") {
		key, value, found := strings.Cut(line, "=")
		switch {
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]")
		case found && !strings.HasPrefix(line, "#"):
			f(section, key, value)
		}
	}
}

// scripts/verify-units is what make check relies on: it accepts the units, and
// nothing that is broken in one of the ways that systemd only warns of.
func TestVerifyUnitsFails(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no systemd-analyze on this machine")
		}
		t.Skip("DID NOT RUN: there is no systemd-analyze on this machine")
	}
	for _, folder := range []string{units, units + "-cluster"} {
		if out, err := exec.Command("../../scripts/verify-units", folder).CombinedOutput(); err != nil {
			t.Errorf("%s: %v:\n%s", folder, err, out)
		}
	}
	for _, c := range []struct{ name, file, old, new, says string }{
		{"unknown directive", "umm-record.service", "TimeoutStartSec=", "TimeoutStart=", "TimeoutStart"},
		{"bad value", "umm-record.service", "Type=oneshot", "Type=onehot", "onehot"},
		{"missing program", "umm-enter@.service", "/lib/umm/umm-boot enter", "/lib/umm/umm-root enter", "umm-root"},
		{"missing dependency", "umm.target", "Wants=sysinit.target", "Requires=sysinitt.target", "sysinitt.target"},
		{"cycle", "umm-record.service", "Before=shutdown.target", "Before=shutdown.target\nAfter=sysinit.target", "cycle"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(units)); err != nil {
				t.Fatal(err)
			}
			if c.file != "" {
				file := filepath.Join(dir, c.file)
				data, err := os.ReadFile(file)
				if err != nil || !strings.Contains(string(data), c.old) {
					t.Fatalf("%s has no %q to break (%v)", c.file, c.old, err)
				}
				write(t, file, strings.Replace(string(data), c.old, c.new, 1), 0o644)
			}
			out, err := exec.Command("../../scripts/verify-units", dir).CombinedOutput()
			if failed := err != nil; failed != (c.file != "") || !strings.Contains(string(out), c.says) {
				t.Errorf("failed: %v; it says:\n%s", failed, out)
			}
		})
	}
}
