package bootcli

import (
	"os"
	"path/filepath"
	"testing"

	"umm/internal/host/hostfs/hosttree"
)

func TestPutConfig(t *testing.T) {
	const none = "there is none"
	const shipped = "# what this is\nUMM=yes\n"
	for name, c := range map[string]struct {
		is   string
		want string
	}{
		"none":           {none, shipped},
		"torn":           {"# what this is\nUM", shipped},
		"empty":          {"", shipped},
		"as shipped":     {shipped, shipped},
		"the operator's": {"UMM=no\n", "UMM=no\n"},
		"longer":         {shipped + "REBOOT_COUNT=7\n", shipped + "REBOOT_COUNT=7\n"},
	} {
		tree := hosttree.Tree{"usr/share/umm/umm.conf": shipped, "etc/x": ""}
		if c.is != none {
			tree["etc/umm.conf"] = c.is
		}
		root := hosttree.Make(t, tree)
		if err := putConfig(root); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, err := os.ReadFile(filepath.Join(root, "etc/umm.conf")); err != nil || string(got) != c.want {
			t.Errorf("%s: it became %q (%v)", name, got, err)
		}
	}
	if err := putConfig(t.TempDir()); err == nil {
		t.Error("none is shipped")
	}
}
