package initsys_test

import (
	"strings"
	"testing"

	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/initsys"
)

func TestDetect(t *testing.T) {
	upstart := hosttree.Tree{"sbin/initctl": "#!", "etc/init/rc-sysinit.conf": ""}
	for _, c := range []struct {
		name    string
		tree    hosttree.Tree
		want    initsys.Kind
		missing []string
	}{
		{"systemd", hosttree.Tree{"run/systemd/system/": ""}, initsys.Systemd, []string{"initctl"}},
		{"Upstart", upstart, initsys.Upstart, []string{"/run/systemd/system"}},
		{"systemd where Upstart is installed too", upstart.With(hosttree.Tree{"run/systemd/system/": ""}), initsys.Systemd, nil},
		{"a file in the place of systemd's folder", hosttree.Tree{"run/systemd/system": ""}, initsys.Unknown, []string{"/run/systemd/system", "initctl"}},
		{"neither", hosttree.Tree{}, initsys.Unknown, []string{"/run/systemd/system", "initctl"}},
		{"EL 6", hosttree.Tree{"sbin/initctl": "#!", "etc/init/rcS.conf": ""}, initsys.Unknown, []string{"/run/systemd/system", "not Ubuntu's Upstart"}},
	} {
		root := hosttree.Make(t, c.tree)
		if got := initsys.Detect(root); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		missing := strings.Join(initsys.Missing(root), "; ")
		for _, word := range c.missing {
			if !strings.Contains(missing, word) {
				t.Errorf("%s: missing is %q, want it to say %q", c.name, missing, word)
			}
		}
	}
}
