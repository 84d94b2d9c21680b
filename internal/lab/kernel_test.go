package lab

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const hybrid = `24 30 0:21 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
25 24 0:22 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
34 24 0:31 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
35 24 0:32 / /sys/fs/cgroup/unified rw shared:3 - cgroup2 cgroup2 rw
40 30 0:50 / /run/umm-lab/a/n1/disk rw - ext4 /dev/loop0 rw
41 30 0:51 / /run/umm-lab/a/n1/root rw - overlay umm-lab rw
42 30 0:51 / /run/umm-lab/ab/n1/root rw - overlay umm-lab rw
broken line
`

func TestHierarchies(t *testing.T) {
	unified, also := hierarchies(hybrid)
	if unified != "/sys/fs/cgroup/unified" || !slices.Equal(also, []string{"/sys/fs/cgroup/systemd"}) {
		t.Errorf("hybrid: %q %q", unified, also)
	}
	unified, also = hierarchies("35 24 0:32 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n")
	if unified != "/sys/fs/cgroup" || also != nil {
		t.Errorf("unified: %q %q", unified, also)
	}
}

func TestMountsBelow(t *testing.T) {
	want := []string{"/run/umm-lab/a/n1/disk", "/run/umm-lab/a/n1/root"}
	if got := mountsBelow(hybrid, "/run/umm-lab/a"); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestGroupFiles(t *testing.T) {
	group := t.TempDir()
	write(t, filepath.Join(group, "cgroup.events"), "populated 1\nfrozen 0\n")
	write(t, filepath.Join(group, "cgroup.procs"), "")
	write(t, filepath.Join(group, "host/payload/cgroup.procs"), "12\n0\n13\n")
	if !populated(group) || populated(filepath.Join(group, "host")) {
		t.Error("populated is wrong")
	}
	if got := members(group); !slices.Equal(got, []int{12, 13}) {
		t.Errorf("members are %v", got)
	}
	if _, ok := initOf(t.TempDir()); ok {
		t.Error("an empty group has a PID 1")
	}
}

func TestComplaint(t *testing.T) {
	log := "I: running apt-get update...\nW: careful\nE: Unable to locate package x\nI: main() received signal PIPE\nE: apt-get failed\n"
	if got := complaint([]byte(log)).Error(); got != "Unable to locate package x" {
		t.Errorf("got %q", got)
	}
	if got := complaint([]byte("one\nsh: flock: not found\n\n")).Error(); got != "sh: flock: not found" {
		t.Errorf("got %q", got)
	}
}

func TestPollEnds(t *testing.T) {
	never := func(context.Context) (bool, error) { return false, nil }
	err := poll(t.Context(), 5*time.Millisecond, time.Millisecond, "see it", never)
	if err == nil || !strings.Contains(err.Error(), "cannot see it: not within 5ms") {
		t.Errorf("by its limit: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := poll(ctx, time.Minute, time.Millisecond, "see it", never); !errors.Is(err, context.Canceled) {
		t.Errorf("by its context: %v", err)
	}
	broken := errors.New("broken")
	if err := poll(t.Context(), time.Minute, time.Millisecond, "see it", func(context.Context) (bool, error) { return false, broken }); !errors.Is(err, broken) {
		t.Errorf("by an error: %v", err)
	}
}

func TestSettings(t *testing.T) {
	if err := checkWords("kernel argument", []string{"umm", "systemd.unit=a.target"}); err != nil {
		t.Error(err)
	}
	for _, w := range []string{"", "a b", "a\nb", "\t"} {
		if checkWords("kernel argument", []string{w}) == nil {
			t.Errorf("%q is taken", w)
		}
	}
}

func TestReplaceFileSetsMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	write(t, path, "old")
	if err := replaceFile(path, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v, %v", info.Mode(), err)
	}
}
