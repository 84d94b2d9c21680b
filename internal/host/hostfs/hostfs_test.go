package hostfs_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"umm/internal/host/hostfs"
	"umm/internal/host/hostfs/hosttree"
)

func TestLinksStayInside(t *testing.T) {
	root := hosttree.Make(t, hosttree.Tree{
		"usr/lib/a":     "inside",
		"lib":           "-> usr/lib",
		"abs":           "-> /usr/lib/a",
		"etc/up":        "-> ../../../../usr/lib/a",
		"etc/dirlink":   "-> /lib",
		"chain":         "-> /etc/dirlink/a",
		"loop":          "-> /loop",
		"nowhere":       "-> /not/there",
		"etc/passwd-of": "-> /etc/passwd",
	})
	f := hostfs.New(root)
	for _, name := range []string{"/lib/a", "/abs", "/etc/up", "/etc/dirlink/a", "/chain", "usr/lib/a", "/../usr/lib/a"} {
		data, err := f.ReadFile(name)
		if err != nil || string(data) != "inside" {
			t.Errorf("ReadFile(%s) = %q, %v", name, data, err)
		}
	}
	for _, name := range []string{"/nowhere", "/etc/passwd-of", "/absent/x"} {
		if _, err := f.ReadFile(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("ReadFile(%s): %v, want that it does not exist", name, err)
		}
	}
	if _, err := f.ReadFile("/loop"); !errors.Is(err, syscall.ELOOP) {
		t.Errorf("ReadFile(/loop): %v", err)
	}
	if link, err := f.Readlink("/etc/dirlink"); err != nil || link != "/lib" {
		t.Errorf("Readlink = %q, %v", link, err)
	}
	if !f.Exists("/abs") || f.Exists("/nowhere") {
		t.Error("Exists does not follow links inside the root")
	}
}

func TestReadFileBounds(t *testing.T) {
	big := strings.Repeat("x", hostfs.MaxFile)
	root := hosttree.Make(t, hosttree.Tree{"full": big, "over": big + "x", "dir/": "", "empty": ""})
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := hostfs.New(root)
	if data, err := f.ReadFile("/full"); err != nil || len(data) != hostfs.MaxFile {
		t.Errorf("a file of the largest size: %d bytes, %v", len(data), err)
	}
	if data, err := f.ReadFile("/empty"); err != nil || len(data) != 0 {
		t.Errorf("an empty file: %q, %v", data, err)
	}
	if _, err := f.ReadFile("/over"); !errors.Is(err, hostfs.ErrTooLarge) {
		t.Errorf("a file that is too large: %v", err)
	}
	for _, name := range []string{"/pipe", "/dir"} {
		if _, err := f.ReadFile(name); !errors.Is(err, hostfs.ErrNotRegular) {
			t.Errorf("ReadFile(%s): %v", name, err)
		}
	}
}

func TestReadsProc(t *testing.T) {
	data, err := hostfs.New("/").ReadFile("/proc/self/mountinfo")
	want, err2 := os.ReadFile("/proc/self/mountinfo")
	if err != nil || err2 != nil || string(data) != string(want) {
		t.Errorf("a file that claims to be empty: %d bytes, %v; want %d, %v", len(data), err, len(want), err2)
	}
}

func TestReadDir(t *testing.T) {
	tree := hosttree.Tree{"d/file": "", "d/link": "-> file", "d/sub/": ""}
	for i := range 500 { // more than one system call returns
		tree["d/"+strings.Repeat("n", 1+i%200)+string(rune('a'+i/200))] = ""
	}
	root := hosttree.Make(t, tree)
	got, err := hostfs.New(root).ReadDir("/d")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadDir(filepath.Join(root, "d"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
	slices.SortFunc(got, func(a, b hostfs.Entry) int { return strings.Compare(a.Name, b.Name) })
	for i, w := range want {
		e := hostfs.Entry{Name: w.Name(), IsDir: w.IsDir(), IsLink: w.Type()&fs.ModeSymlink != 0}
		if got[i] != e {
			t.Errorf("entry %d is %+v, want %+v", i, got[i], e)
		}
	}
	if _, err := hostfs.New(root).ReadDir("/d/file"); err == nil {
		t.Error("a file was listed as a folder")
	}
}
