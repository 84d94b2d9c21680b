package pstore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/host/hostfs/hosttree"
)

// crash is the end of what Linux 6.1 says when it is told to crash.
const crash = `Panic#1 Part1
<6>[   61.3] sysrq: Trigger a crash
<0>[   61.3] Kernel panic - not syncing: sysrq triggered crash
<4>[   61.4] CPU: 0 PID: 512 Comm: sh Not tainted 6.1.0-50-cloud-amd64
`

func TestLastWords(t *testing.T) {
	installed := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		tree hosttree.Tree
		// old names the file that is from before.
		old, want string
	}{
		"nothing":             {tree: hosttree.Tree{"etc/x": ""}},
		"raw":                 {tree: hosttree.Tree{"sys/fs/pstore/dmesg-efi_pstore-170000000001001": crash}, want: "not syncing: sysrq triggered crash"},
		"moved by systemd":    {tree: hosttree.Tree{"var/lib/systemd/pstore/170000000/001/dmesg.txt": crash}, want: "not syncing: sysrq"},
		"of an earlier crash": {tree: hosttree.Tree{"sys/fs/pstore/dmesg-ramoops-0": crash}, old: "sys/fs/pstore/dmesg-ramoops-0"},
		"no dump":             {tree: hosttree.Tree{"sys/fs/pstore/console-ramoops-0": crash}},
		"the first part": {tree: hosttree.Tree{"sys/fs/pstore/dmesg-erst-2": "earlier\n", "sys/fs/pstore/dmesg-erst-1": crash},
			want: "sysrq triggered crash"},
		"the whole": {tree: hosttree.Tree{"var/lib/systemd/pstore/17/dmesg-efi-1": "a part\n", "var/lib/systemd/pstore/17/dmesg.txt": crash},
			want: "sysrq triggered crash"},
		"an oops": {tree: hosttree.Tree{"sys/fs/pstore/dmesg-ramoops-0": "BUG: unable to handle page fault\n"}, want: "BUG: unable"},
	} {
		root := hosttree.Make(t, c.tree)
		for file := range c.tree {
			when := installed.Add(time.Minute)
			if file == c.old {
				when = installed.Add(-time.Minute)
			}
			if err := os.Chtimes(filepath.Join(root, file), when, when); err != nil {
				t.Fatal(err)
			}
		}
		got := LastWords(root, installed)
		if !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: the last words are %q, want %q", name, got, c.want)
		}
	}
}

// What follows the panic's own message says little, and what is long is cut at its beginning.
func TestTail(t *testing.T) {
	got := tail(strings.Repeat("before\n", 30) + crash + strings.Repeat("behind\n", 30))
	if strings.Contains(got, "behind") || !strings.HasSuffix(got, "sysrq triggered crash") || len(got) > most+3*strings.Count(got, " | ") || !strings.HasPrefix(got, "before | ") {
		t.Errorf("the end is %q", got)
	}
}
