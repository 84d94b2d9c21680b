package policyrcd_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"umm/internal/host/policyrcd"
	"umm/test/needs"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		args   []string
		want   policyrcd.Question
		refuse bool
	}{
		{args: []string{"nginx", "start"}, want: policyrcd.Question{Service: "nginx", Starts: true}},
		{args: []string{"--quiet", "nginx", "(start)", "2"}, want: policyrcd.Question{Service: "nginx", Starts: true}},
		{args: []string{"nginx.service", "restart"}, want: policyrcd.Question{Service: "nginx.service", Starts: true}},
		{args: []string{"nginx", "stop start"}, want: policyrcd.Question{Service: "nginx", Starts: true}},
		{args: []string{"nginx", "force-reload", "unknown"}, want: policyrcd.Question{Service: "nginx", Starts: true}},
		{args: []string{"nginx", "stop"}, want: policyrcd.Question{Service: "nginx"}},
		{args: []string{"nginx", "reload"}, want: policyrcd.Question{Service: "nginx"}},
		{args: []string{"nginx", "try-restart"}, want: policyrcd.Question{Service: "nginx"}},
		{args: []string{"--list", "nginx"}, refuse: true},
		{args: []string{"nginx"}, refuse: true},
		{refuse: true},
	} {
		got, err := policyrcd.Parse(c.args)
		if got != c.want || (err != nil) != c.refuse {
			t.Errorf("%q: %+v, %v", c.args, got, err)
		}
	}
}

func host(t *testing.T, files ...string) policyrcd.Host {
	t.Helper()
	root := t.TempDir()
	for _, f := range append(files, "usr/sbin/x") {
		path := filepath.Join(root, f)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return policyrcd.Host{Root: root}
}

func answers(h policyrcd.Host) bool {
	_, err := os.Lstat(filepath.Join(h.Root, "usr/sbin/policy-rc.d"))
	return err == nil
}

func TestHoldAndRelease(t *testing.T) {
	for _, asker := range []string{"usr/sbin/invoke-rc.d", "usr/bin/deb-systemd-invoke"} {
		h := host(t, asker)
		for range 2 { // it may be said again
			if err := h.Hold(); err != nil || !answers(h) || h.Taken() {
				t.Errorf("%v, taken: %v", err, h.Taken())
			}
		}
		for range 2 {
			if err := h.Release(); err != nil || answers(h) {
				t.Error(err)
			}
		}
	}
	// Nobody asks.
	h := host(t)
	if err := h.Hold(); err != nil || answers(h) {
		t.Error(err)
	}
	// Somebody else answers, and goes on doing so.
	h = host(t, "usr/sbin/invoke-rc.d", "usr/sbin/policy-rc.d")
	if err := h.Hold(); err == nil || !h.Taken() {
		t.Error("somebody else's answer is not noticed")
	}
	if err := h.Release(); err != nil || !answers(h) {
		t.Errorf("somebody else's answer is taken away: %v", err)
	}
}

// On a thread of its own, whose mounts nobody else sees and which ends with it.
func TestReadOnly(t *testing.T) {
	needs.Root(t)
	h := host(t, "usr/sbin/invoke-rc.d")
	if h.ReadOnly() {
		t.Error("what can be written to is read-only")
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread()
		if err := errors.Join(
			syscall.Unshare(syscall.CLONE_FS|syscall.CLONE_NEWNS),
			syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""),
			syscall.Mount(h.Root, h.Root, "", syscall.MS_BIND, ""),
			syscall.Mount("", h.Root, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, "")); err != nil {
			t.Error(err)
			return
		}
		if !h.ReadOnly() {
			t.Error("a read-only file system is not noticed")
		}
		if err := h.Hold(); err == nil {
			t.Error("on a read-only file system umm's answer is in place")
		}
		if (policyrcd.Host{Root: filepath.Join(h.Root, "usr")}).ReadOnly() {
			t.Error("it matters where no package script asks")
		}
	}()
	<-ended
}
