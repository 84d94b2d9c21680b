package systemd

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"umm/internal/hostfs/hosttree"
)

// entry is a record of utmp; level is its run level and the one before.
func entry(size, kind int, before, now byte) []byte {
	e := make([]byte, size)
	binary.LittleEndian.PutUint16(e, uint16(kind))
	binary.LittleEndian.PutUint32(e[4:], uint32(now)|uint32(before)<<8)
	return e
}

// The bytes are those of booted hosts: systemd 257 of Debian writes none.
func TestRunlevelOfRealHosts(t *testing.T) {
	for _, version := range []string{"247", "252"} {
		data, err := os.ReadFile(filepath.Join("testdata", "systemd-"+version, "utmp"))
		if err != nil {
			t.Fatal(err)
		}
		if got := recordedLevel(data, utmpSize("amd64")); got != "N 5" {
			t.Errorf("systemd %s wrote the run level %q", version, got)
		}
		if runtime.GOARCH == "amd64" {
			root := hosttree.Make(t, hosttree.Tree{"run/utmp": string(data), "etc/systemd/system/default.target": "-> /lib/systemd/system/multi-user.target"})
			if got := Runlevel(root); got != "N 5" {
				t.Errorf("the host of systemd %s has the run level %q", version, got)
			}
		}
	}
}

func TestRecordedLevel(t *testing.T) {
	const boot, user, level = 2, 7, 1
	for _, size := range []int{utmpSize("amd64"), utmpSize("arm64")} {
		join := func(entries ...[]byte) (all []byte) {
			for _, e := range entries {
				all = append(all, e...)
			}
			return all
		}
		for _, c := range []struct {
			name string
			utmp []byte
			want string
		}{
			{"nothing", nil, ""},
			{"no run level", join(entry(size, boot, 0, 0), entry(size, user, 0, 'x')), ""},
			{"behind others", join(entry(size, boot, 0, 0), entry(size, level, 'N', '5'), entry(size, user, 0, 0)), "N 5"},
			{"none before", entry(size, level, 0, '3'), "N 3"},
			{"changed", entry(size, level, '5', '3'), "5 3"},
			{"single user", entry(size, level, 'S', 'S'), "S S"},
			{"rubbish", entry(size, level, '\n', 7), ""},
			{"rubbish before it", entry(size, level, '\x1b', '5'), "N 5"},
			{"torn", entry(size, level, 'N', '5')[:size-1], ""},
		} {
			if got := recordedLevel(c.utmp, size); got != c.want {
				t.Errorf("%s, in records of %d bytes: %q, want %q", c.name, size, got, c.want)
			}
		}
	}
	if utmpSize("amd64") != 384 || utmpSize("arm64") != 400 {
		t.Error("the size of utmp's records is wrong")
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
