package nodecli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"umm/internal/cli/show"
	"umm/internal/cli/wiring"
	"umm/internal/execx"
	"umm/internal/host/config"
	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/mode"
	"umm/internal/host/node"
	"umm/internal/host/record"
)

// TestMain lets times be shown in one time zone, wherever the tests run.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

// host is a small Debian-like host with umm.
var host = hosttree.Units("ssh.service < multi-user.target", "cron.service < multi-user.target", "polkit.service",
	"umm.target", "multi-user.target", "local-fs.target").With(hosttree.BusNames("polkit.service"), hosttree.Tree{
	"etc/umm.conf":                         "UMM=yes\n",
	"etc/machine-id":                       "0123456789abcdef0123456789abcdef\n",
	"etc/systemd/system/default.target":    "-> /lib/systemd/system/multi-user.target",
	"proc/sys/kernel/random/boot_id":       "11111111-2222-3333-4444-555555555555\n",
	"proc/cmdline":                         "ro quiet\n",
	"usr/lib/systemd/system/remote.target": "",
})

const bootID = "11111111222233334444555555555555"

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// tried is umm below another root, whose host cannot be changed.
type tried struct {
	*app
	t              *testing.T
	root           string
	stdout, stderr *bytes.Buffer
	going          bool
	// says is what other programs answer than those that are always there.
	says map[string]execx.Result
}

// idle is a host on which umm has nothing under way; no other job can be had of it.
type idle struct{ node.Jobs }

func (idle) Settled(context.Context) error { return nil }

func try(t *testing.T, r mode.Record, trees ...hosttree.Tree) *tried {
	t.Helper()
	root := hosttree.Make(t, append([]hosttree.Tree{host}, trees...)...)
	x := &tried{t: t, root: root, stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}
	x.app = &app{config: config.File{Path: filepath.Join(root, "etc/umm.conf")}, stdout: x.stdout, stderr: x.stderr, log: logrus.New()}
	x.log.SetOutput(x.stderr)
	x.log.SetFormatter(show.Complaints{Program: "umm"})
	n := wiring.New(root)
	n.Policy = x.config.Policy
	n.Power, n.Run = x, x
	n.Switch, n.Jobs, n.Timer, n.Disks, n.Exec, n.Runtime = nil, idle{}, nil, nil, nil, nil
	x.node = n
	if err := (record.Store{Dir: filepath.Join(root, "etc/umm"), Machine: "0123456789abcdef0123456789abcdef"}).Save(r); err != nil {
		t.Fatal(err)
	}
	return x
}

// umm runs a command line.
func (x *tried) umm(args ...string) int {
	x.stdout.Reset()
	x.stderr.Reset()
	return x.run(context.Background(), args)
}

// Reboot and its like never happen here.
func (x *tried) Reboot(context.Context) error {
	x.t.Error("the host is rebooted")
	return errors.New("no")
}
func (x *tried) Kexecs(context.Context) bool             { return false }
func (x *tried) GoingDown(context.Context) (bool, error) { return x.going, nil }
func (x *tried) Wall(context.Context, string)            { x.t.Error("people are told") }

// Run knows one question, and those of says.
func (x *tried) Run(_ context.Context, c execx.Cmd) (execx.Result, error) {
	if res, known := x.says[strings.Join(c.Argv, " ")]; known {
		return res, nil
	}
	if len(c.Argv) < 2 || c.Argv[0] != "systemctl" || c.Argv[1] != "list-units" {
		x.t.Errorf("a program is run that nobody knows: %q", c.Argv)
	}
	return execx.Result{Stdout: []byte("bad.service loaded failed failed Bad\n")}, nil
}

// inMaintenance is the record of a host in MM.
func inMaintenance() mode.Record {
	f := mode.Facts{BootID: bootID}
	r := mode.Enter(mode.Record{}, f, mode.Session{
		Trigger: mode.Trigger{Kind: mode.ByOperator, Detail: "umm on", At: at, By: "alice from 192.0.2.7"},
		Reason:  "new disk", For: 2 * time.Hour,
		Command: &mode.Command{Argv: []string{"/bin/sh", "-c", "fsck /dev/sdb1"}, State: mode.CommandPending},
	}, at)
	r, _, _ = mode.StartCommand(r, f, 1, at.Add(time.Second))
	return mode.EndCommand(r, f, 1, mode.Command{State: mode.CommandFailed, ExitCode: 4}, at.Add(61*time.Second))
}

func operational() mode.Record {
	return mode.Record{Boot: mode.Boot{ID: bootID, Mode: mode.Operational, State: mode.Running}}
}
