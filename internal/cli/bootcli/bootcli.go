// Package bootcli is the command line of umm-boot, the program of the boot path:
// the generator, and what umm's units run. It is apart from umm so that nothing
// at boot depends on more than the standard library.
package bootcli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"umm/internal/config/policy"
	"umm/internal/execx"
	"umm/internal/history"
	"umm/internal/hostfs"
	"umm/internal/initsys/systemd"
	"umm/internal/mode"
	"umm/internal/node"
	"umm/internal/output"
	"umm/internal/record"
	"umm/internal/volatile"
)

// step is what one of umm's units runs.
type step struct {
	name, help string
	run        func(ctx context.Context, n *node.Node) error
}

var steps = []step{
	{"begin", "record this boot", func(ctx context.Context, n *node.Node) error { return n.Begin(ctx) }},
	{"end", "record that a requested shutdown is under way", func(ctx context.Context, n *node.Node) error { return n.End(ctx) }},
	{"healthy", "count this boot as healthy", func(ctx context.Context, n *node.Node) error { return n.Healthy(ctx) }},
	{"enter", "arm and announce maintenance mode", func(ctx context.Context, n *node.Node) error { return n.Enter(ctx) }},
	{"command", "run the command of `umm on` once", runCommand},
	{"live", "carry out `umm on --live`", func(ctx context.Context, n *node.Node) error { return n.FinishLive(ctx) }},
	{"emergency", "turn a failed boot into maintenance mode", func(ctx context.Context, n *node.Node) error { return n.Catch(ctx) }},
	{"expire", "end maintenance mode after its time", func(ctx context.Context, n *node.Node) error { return n.Expire(ctx) }},
	{"installed", "note the running boot as operational", func(ctx context.Context, n *node.Node) error { return n.Installed(ctx) }},
}

// Run is main without the process: it returns the exit code.
func Run(args []string, stdout, stderr io.Writer) int {
	// Whoever starts this, what everybody may read is readable.
	syscall.Umask(0o022)
	if filepath.Base(args[0]) == generatorName {
		return generator(args[1:])
	}
	if len(args) > 1 && args[1] == "menu" {
		return menu(args[2:], stdout, stderr)
	}
	if len(args) == 2 {
		for _, s := range steps {
			if s.name == args[1] {
				return runStep(s, stdout, stderr)
			}
		}
	}
	fmt.Fprintf(stderr, "umm-boot is run by umm's units, not by hand; see umm(8). Its steps:\n")
	for _, s := range steps {
		fmt.Fprintf(stderr, "  %-10s %s\n", s.name, s.help)
	}
	fmt.Fprint(stderr, menuHelp)
	return int(node.Usage)
}

func runStep(s step, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	n := New("/")
	n.Tell = func(text string) { fmt.Fprintln(stdout, text) }
	// The number is the priority that the journal gives the line: 4 is a warning.
	n.Warn = func(text string) { fmt.Fprintln(stderr, "<4>"+text) }
	err := s.run(ctx, n)
	if err == nil {
		return int(node.Done)
	}
	fmt.Fprintf(stderr, "<3>%s: %v\n", s.name, err)
	var coded *node.Error
	if errors.As(err, &coded) {
		return int(coded.Code)
	}
	return int(node.CannotDo)
}

func runCommand(ctx context.Context, n *node.Node) error {
	return n.Command(ctx, output.Dir{Path: "/var/lib/umm/output", Now: time.Now, Copy: os.Stdout})
}

// New wires the parts together for the host below root.
func New(root string) *node.Node {
	manager := systemd.Manager{Run: execx.Local{}, Proc: filepath.Join(root, "proc")}
	files := hostfs.FS{} // quicker than os
	machine, _ := files.ReadFile(filepath.Join(root, "etc/machine-id"))
	conf := filepath.Join(root, "etc/umm.conf")
	run := volatile.Dir{Path: filepath.Join(root, "run/umm")}
	return &node.Node{
		Root:     root,
		ReadFile: files.ReadFile,
		Store:    record.Store{Dir: filepath.Join(root, "etc/umm"), Machine: strings.TrimSpace(string(machine))},
		Volatile: run,
		Guards:   run,
		History:  history.File{Path: filepath.Join(root, "var/lib/umm/history")},
		Power:    manager,
		Switch:   manager,
		Jobs:     manager,
		Timer:    manager,
		Disks:    systemd.Disks{Manager: manager},
		Run:      execx.Local{},
		Exec:     execx.Local{},
		Policy: func() (mode.Policy, []policy.Problem) {
			data, err := files.ReadFile(conf)
			if err != nil {
				return policy.Unreadable(conf, err)
			}
			return policy.Parse(conf, data)
		},
		Now:  time.Now,
		Tell: func(string) {},
		Warn: func(string) {},
	}
}
