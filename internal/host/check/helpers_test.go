package check

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
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

// trusty makes the small host one that Upstart runs.
var trusty = hosttree.Tree{
	"sbin/initctl":                 "#!",
	"etc/umm.conf":                 "UMM=yes\nKEEP_UNITS=\"nova-api gone\"\n",
	"etc/init/umm.conf":            "start on starting rc-sysinit\n",
	"etc/init/rc-sysinit.conf":     "start on filesystem\ntask\n",
	"etc/init/ssh.conf":            "start on runlevel [2345]\n",
	"etc/init/tty1.conf":           "start on stopped rc RUNLEVEL=[2345]\n",
	"etc/init/networking.conf":     "start on local-filesystems\n",
	"etc/init/udev.conf":           "start on virtual-filesystems\n",
	"etc/init/cron.conf":           "start on runlevel [2345]\n",
	"etc/init/nova-api.conf":       "start on runlevel [2345]\n",
	"etc/init.d/rabbitmq-server":   "#!/bin/sh\n",
	"etc/rc2.d/S20rabbitmq-server": "-> ../init.d/rabbitmq-server",
	"etc/rc6.d/K20rabbitmq-server": "-> ../init.d/rabbitmq-server",
	"run/utmp":                     string(append([]byte{1, 0, 0, 0, '2', 'N'}, make([]byte, 1000)...)),
}

// answers is a Runner that knows these questions.
type answers struct {
	t    *testing.T
	says map[string]execx.Result
}

func (a answers) Run(_ context.Context, c execx.Cmd) (execx.Result, error) {
	res, known := a.says[strings.Join(c.Argv, " ")]
	if !known {
		a.t.Errorf("a program is run that nobody knows: %q", c.Argv)
		return execx.Result{}, errors.New("unknown")
	}
	return res, nil
}

// says lets the host's programs answer so, and no others.
func (h *Host) says(t *testing.T, says map[string]execx.Result) {
	h.Run = answers{t: t, says: says}
	h.Upstart.Run = h.Run
}

// try is a host below another root, in operational mode.
func try(t *testing.T, trees ...hosttree.Tree) *Host {
	t.Helper()
	root := hosttree.Make(t, append([]hosttree.Tree{host}, trees...)...)
	n := wiring.New(root)
	n.Run = answers{t: t}
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
