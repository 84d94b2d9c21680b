package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"umm/internal/cli/wiring"
	"umm/internal/host/config"
	"umm/internal/host/config/policy"
	"umm/internal/host/hostfs"
)

// conf is a configuration file with that content.
func conf(t testing.TB, content string) config.File {
	t.Helper()
	n := config.File{Path: filepath.Join(t.TempDir(), "umm.conf")}
	write(t, n.Path, content)
	return n
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func content(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var samples = []string{
	"", "\n", "UMM=yes", "UMM=yes\r\nREBOOT_COUNT=3\r\n", "umm=yes\nUmm=yes\n", "UMM=no\nUMM=yes # x\n",
	"REBOOT_COUNT=010\nCOUNTER_RESET_TIME=$HOME\n", "KEEP_UNITS=\"a  b ../c\"\n", "export UMM=yes\nUMM='yes\n", "UMM=yes\x00\n",
	"a.b=c\n[section]\nkey: value\n", "REBOOT_COUNT=99999999999999999999\n", "\xff\xfe\nUMM=yes\n", "lines=x\nLINES=y\nUMM=yes\n",
}

// The file means what policy.Parse says of its bytes.
func TestPolicyIsThatOfTheFile(t *testing.T) {
	for _, text := range samples {
		sameAsParsed(t, text)
	}
}

func FuzzPolicyIsThatOfTheFile(f *testing.F) {
	for _, text := range samples {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { sameAsParsed(t, text) })
}

func sameAsParsed(t *testing.T, text string) {
	t.Helper()
	n := conf(t, text)
	p, problems := n.Policy()
	want, told := policy.Parse(n.Path, []byte(text))
	if !reflect.DeepEqual(p, want) || !reflect.DeepEqual(problems, told) {
		t.Errorf("the file %q means %+v %v, its text %+v %v", text, p, problems, want, told)
	}
}

func TestPolicyOfNoFile(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "umm.conf"), t.TempDir()} {
		p, problems := config.File{Path: path}.Policy()
		if !reflect.DeepEqual(p, policy.Default()) || len(problems) != 1 || !strings.Contains(problems[0].String(), "maintenance mode is disabled") {
			t.Errorf("without a file: %+v, %v", p, problems)
		}
	}
}

// What the boot path cannot read, or would wait for, is not valid for the commands
// either, and none of them waits for it.
func TestPolicyOfWhatCannotBeRead(t *testing.T) {
	for name, put := range map[string]func(root, path string) error{
		"larger than the boot path reads": func(_, path string) error {
			return os.WriteFile(path, []byte("UMM=yes\n"+strings.Repeat("#", hostfs.MaxFile)), 0o644)
		},
		"a pipe":     func(_, path string) error { return syscall.Mkfifo(path, 0o644) },
		"a device":   func(_, path string) error { return os.Symlink("/dev/zero", path) },
		"a loop":     func(_, path string) error { return os.Symlink(path, path) },
		"nothing":    func(_, _ string) error { return nil },
		"a folder":   func(_, path string) error { return os.Mkdir(path, 0o755) },
		"a terminal": func(_, path string) error { return os.Symlink("/dev/ptmx", path) },
		"a large hole": func(_, path string) error {
			return errors.Join(os.WriteFile(path, nil, 0o644), os.Truncate(path, 1<<40))
		},
	} {
		root := t.TempDir()
		path := filepath.Join(root, "etc/umm.conf")
		if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o755), put(root, path)); err != nil {
			t.Fatal(err)
		}
		p, problems := config.File{Path: path}.Policy()
		boot, told := wiring.New(root).Policy()
		if p.Enabled || len(problems) != 1 || !strings.Contains(problems[0].String(), "maintenance mode is disabled") {
			t.Errorf("%s: %+v, %v", name, p, problems)
		}
		if !reflect.DeepEqual(p, boot) || !reflect.DeepEqual(problems, told) {
			t.Errorf("%s is %+v %v for the commands, and %+v %v at boot", name, p, problems, boot, told)
		}
		if err := (config.File{Path: path}).SetEnabled(true); err == nil && name != "nothing" {
			t.Errorf("%s: it was changed", name)
		}
	}
}

func TestSetEnabledChangesItsLineOnly(t *testing.T) {
	for _, c := range []struct{ name, was, want string }{
		{"the line is there", "# a\nUMM=no\n\nREBOOT_COUNT=2 # b\n", "# a\nUMM=yes\n\nREBOOT_COUNT=2 # b\n"},
		{"it says so already", "UMM=yes\nA=b\n", "UMM=yes\nA=b\n"},
		{"with a comment", "UMM=no # for now\n", "UMM=yes\n"},
		{"blanks before it", "  UMM=no\n", "UMM=yes\n"},
		{"it is broken", "UMM='no\n", "UMM=yes\n"},
		{"several", "UMM=no\nA=b\nUMM=maybe\n", "UMM=yes\nA=b\nUMM=yes\n"},
		{"commented out", "#UMM=no\n", "#UMM=no\nUMM=yes\n"},
		{"missing", "REBOOT_COUNT=2\n", "REBOOT_COUNT=2\nUMM=yes\n"},
		{"missing, and no end of line", "REBOOT_COUNT=2", "REBOOT_COUNT=2\nUMM=yes\n"},
		{"an empty file", "", "UMM=yes\n"},
		{"an empty line", "\n", "\nUMM=yes\n"},
		{"a key like it", "UMMM=no\nXUMM=no\n", "UMMM=no\nXUMM=no\nUMM=yes\n"},
		{"lines of DOS and bytes of anything", "A=\xff\x00\r\nUMM=no\r\nB= c\r\n", "A=\xff\x00\r\nUMM=yes\nB= c\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := conf(t, c.was)
			for range 2 {
				if err := n.SetEnabled(true); err != nil {
					t.Fatal(err)
				}
				if got := content(t, n.Path); got != c.want {
					t.Fatalf("the file is %q, want %q", got, c.want)
				}
			}
			if p, _ := n.Policy(); !p.Enabled {
				t.Error("it is not enabled")
			}
			if err := n.SetEnabled(false); err != nil {
				t.Fatal(err)
			}
			if got, want := content(t, n.Path), strings.ReplaceAll(c.want, "UMM=yes", "UMM=no"); got != want {
				t.Errorf("disabled, the file is %q, want %q", got, want)
			}
		})
	}
}

func TestSetEnabledMakesTheFile(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	n := config.File{Path: filepath.Join(t.TempDir(), "umm.conf")}
	if err := n.SetEnabled(true); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(n.Path)
	if err != nil || info.Mode().Perm() != 0o644 || content(t, n.Path) != "UMM=yes\n" {
		t.Errorf("the new file is %q with the rights %v (%v)", content(t, n.Path), info.Mode(), err)
	}
}

func TestSetEnabledKeepsOwnerRightsAndLink(t *testing.T) {
	n := conf(t, "UMM=no\n")
	real := filepath.Join(filepath.Dir(n.Path), "real.conf")
	if err := errors.Join(os.Rename(n.Path, real), os.Symlink("real.conf", n.Path), os.Chmod(real, 0o664)); err != nil {
		t.Fatal(err)
	}
	owner := os.Getuid()
	if owner == 0 {
		owner = 12345
		if err := os.Chown(real, owner, owner); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.SetEnabled(true); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(n.Path); err != nil || target != "real.conf" {
		t.Errorf("the link leads to %q (%v)", target, err)
	}
	info, err := os.Stat(real)
	if err != nil {
		t.Fatal(err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(st.Uid) != owner || info.Mode().Perm() != 0o664 || content(t, real) != "UMM=yes\n" {
		t.Errorf("the file is %q, owner %d, rights %v", content(t, real), st.Uid, info.Mode())
	}
	if entries, err := os.ReadDir(filepath.Dir(real)); err != nil || len(entries) != 2 {
		t.Errorf("the folder holds %v (%v)", entries, err)
	}
}

func TestSetEnabledFails(t *testing.T) {
	dir := t.TempDir()
	if err := (config.File{Path: dir}).SetEnabled(true); err == nil || !strings.HasPrefix(err.Error(), "cannot change "+dir) {
		t.Errorf("of a folder it says %v", err)
	}
	if err := (config.File{Path: filepath.Join(dir, "none", "umm.conf")}).SetEnabled(true); err == nil {
		t.Error("it succeeded in a folder that is not there")
	}
}
