package check

import (
	"path/filepath"
	"testing"

	"umm/internal/cli/wiring"
	"umm/internal/execx"
	"umm/internal/host/generator"
	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/initsys"
	"umm/internal/host/mode"
	"umm/internal/host/record"
)

const bootID = "11111111222233334444555555555555"

// host is a small Debian-like host with umm.
var host = hosttree.Units("ssh.service < multi-user.target", "umm.target", "multi-user.target", "local-fs.target").With(hosttree.Tree{
	"etc/umm.conf":                      "UMM=yes\n",
	"etc/machine-id":                    "0123456789abcdef0123456789abcdef\n",
	"etc/systemd/system/default.target": "-> /lib/systemd/system/multi-user.target",
	"proc/sys/kernel/random/boot_id":    "11111111-2222-3333-4444-555555555555\n",
	"proc/cmdline":                      "ro quiet\n",
})

// says lets the host's programs answer so, and no others.
func (h *Host) says(t *testing.T, says map[string]execx.Result) {
	h.Run = hosttree.Programs{T: t, Says: says}
	h.Upstart.Run = h.Run
}

// try is a host below another root, in operational mode.
func try(t *testing.T, trees ...hosttree.Tree) *Host {
	t.Helper()
	root := hosttree.Make(t, append([]hosttree.Tree{host}, trees...)...)
	n := wiring.New(root)
	n.Run = hosttree.Programs{T: t}
	store := n.Store.(record.Store)
	if err := store.Save(mode.Record{Boot: mode.Boot{ID: bootID, Mode: mode.Operational, State: mode.Running}}); err != nil {
		t.Fatal(err)
	}
	return &Host{
		Root: root, Init: initsys.Detect(root), Upstart: wiring.Upstart(n), Run: n.Run, Menu: wiring.Menu(root), Store: store, Lock: n.RunState.Lock,
		Policy: n.Policy, ConfPath: filepath.Join(root, "etc/umm.conf"), KeepsOut: n.Facts().KeepsOut,
		Next: func() generator.Boot { return wiring.NextBoot(n) },
	}
}
