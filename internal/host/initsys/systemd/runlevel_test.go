package systemd

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"umm/internal/host/hostfs/hosttree"
)

// The bytes are those of booted hosts: systemd 257 of Debian writes none.
func TestRunlevelOfRealHosts(t *testing.T) {
	for _, version := range []string{"247", "252"} {
		data, err := os.ReadFile(filepath.Join("testdata", "systemd-"+version, "utmp"))
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOARCH == "amd64" {
			root := hosttree.Make(t, hosttree.Tree{"run/utmp": string(data), "etc/systemd/system/default.target": "-> /lib/systemd/system/multi-user.target"})
			if got := Runlevel(root); got != "N 5" {
				t.Errorf("the host of systemd %s has the run level %q", version, got)
			}
		}
	}
}

// Without utmp (EL 10, systemd 257 of Debian) the default target tells.
func TestRunlevelByTheDefaultTarget(t *testing.T) {
	for _, c := range []struct {
		tree hosttree.Tree
		want string
	}{
		{hosttree.Tree{}, "N 3"},
		{hosttree.Tree{"etc/systemd/system/default.target": "-> /usr/lib/systemd/system/multi-user.target"}, "N 3"},
		{hosttree.Tree{"etc/systemd/system/default.target": "-> /usr/lib/systemd/system/graphical.target"}, "N 5"},
		{hosttree.Tree{"etc/systemd/system/default.target": "-> /lib/systemd/system/runlevel5.target"}, "N 5"},
		{hosttree.Tree{"usr/lib/systemd/system/default.target": "-> graphical.target"}, "N 5"},
		{hosttree.Tree{"lib/systemd/system/default.target": "-> graphical.target"}, "N 5"},
		{hosttree.Tree{"etc/systemd/system/default.target": "-> multi-user.target", "usr/lib/systemd/system/default.target": "-> graphical.target"}, "N 3"},
		{hosttree.Tree{"run/utmp": "", "usr/lib/systemd/system/default.target": "-> graphical.target"}, "N 5"},
	} {
		if got := Runlevel(hosttree.Make(t, c.tree)); got != c.want {
			t.Errorf("%v: %q, want %q", c.tree, got, c.want)
		}
	}
}
