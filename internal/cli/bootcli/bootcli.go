// Package bootcli is the command line of umm-boot, the program of the boot path:
// the generator, and what umm's units, or its jobs on Upstart, run. It is apart from
// umm so that nothing at boot depends on more than the standard library.
package bootcli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"umm/internal/initsys"
	"umm/internal/node"
	"umm/internal/output"
)

// step is what one of umm's units or jobs runs.
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
	{"gate", "tell by exit status 0 that this boot is maintenance mode", runGate},
	{"hold", "bring maintenance mode about and hold the boot back", func(ctx context.Context, n *node.Node) error { return n.Hold(ctx) }},
	{"arrive", "as enter, where maintenance mode is reached", func(ctx context.Context, n *node.Node) error { return n.Arrive(ctx) }},
	{"opened", "note that the boot is held back no more", func(ctx context.Context, n *node.Node) error { return n.Opened(ctx) }},
	{"resume", "start what maintenance mode had stopped, where it ended without umm off", func(ctx context.Context, n *node.Node) error { return n.Finish(ctx) }},
	{"watch-disks", "enter maintenance mode where a file system does not come", watchDisks},
	{"wait-healthy", "wait for COUNTER_RESET_TIME, then as healthy", func(ctx context.Context, n *node.Node) error { return n.WaitHealthy(ctx) }},
	{"wait-expire", "wait for UMM_AFTER seconds, then as expire", waitExpire},
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
	fmt.Fprintf(stderr, "umm-boot is run by umm's units and jobs, not by hand; see umm(8). Its steps:\n")
	for _, s := range steps {
		fmt.Fprintf(stderr, "  %-12s %s\n", s.name, s.help)
	}
	fmt.Fprint(stderr, menuHelp)
	return int(node.Usage)
}

func runStep(s step, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	kind := initsys.Detect("/")
	n := NewFor("/", kind)
	n.Tell = func(text string) { fmt.Fprintln(stdout, text) }
	// The number is the priority that the journal gives the line: 4 is a warning.
	say := func(priority, text string) { fmt.Fprintln(stderr, priority+text) }
	if kind != initsys.Systemd {
		// There is no journal, but whoever reads the kernel's log knows the number too.
		say = func(priority, text string) {
			fmt.Fprintln(stderr, text)
			kmsg(priority + "umm: " + text)
		}
		boundStep(s.name, stderr)
	}
	n.Warn = func(text string) { say("<4>", text) }
	err := s.run(ctx, n)
	if err == nil {
		return int(node.Done)
	}
	var goOn bootGoesOn
	if errors.As(err, &goOn) {
		return int(node.Refused)
	}
	say("<3>", fmt.Sprintf("%s: %v", s.name, err))
	var coded *node.Error
	if errors.As(err, &coded) {
		return int(coded.Code)
	}
	return int(node.CannotDo)
}

func runCommand(ctx context.Context, n *node.Node) error {
	return n.Command(ctx, output.Dir{Path: "/var/lib/umm/output", Now: time.Now, Copy: os.Stdout})
}
