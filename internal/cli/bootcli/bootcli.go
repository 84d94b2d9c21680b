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
	"strconv"
	"syscall"

	"umm/internal/cli/wiring"
	"umm/internal/host/initsys"
	"umm/internal/host/node"
	"umm/internal/host/policyrcd"
)

// step is what one of umm's units or jobs runs.
type step struct {
	name, help string
	run        func(ctx context.Context, n *node.Node) error
	// ofSession is run with the number of a maintenance session behind the name.
	ofSession func(ctx context.Context, n *node.Node, session int) error
}

var steps = []step{
	{name: "begin", help: "record this boot", run: func(ctx context.Context, n *node.Node) error { return n.Begin(ctx) }},
	{name: "end", help: "record that a requested shutdown is under way", run: func(ctx context.Context, n *node.Node) error { return n.End(ctx) }},
	{name: "healthy", help: "count this boot as healthy", run: func(ctx context.Context, n *node.Node) error { return n.Healthy(ctx) }},
	{name: "enter", help: "announce maintenance mode, run its hooks, set its timer", run: func(ctx context.Context, n *node.Node) error { return n.Enter(ctx) }},
	{name: "command", help: "STAY: run the command of `umm on` once", ofSession: runCommand},
	{name: "live", help: "carry out `umm on --live`", run: func(ctx context.Context, n *node.Node) error { return n.FinishLive(ctx) }},
	{name: "emergency", help: "turn a failed boot into maintenance mode", run: func(ctx context.Context, n *node.Node) error { return n.Catch(ctx) }},
	{name: "expire", help: "end maintenance mode after its time", run: func(ctx context.Context, n *node.Node) error { return n.Expire(ctx) }},
	{name: "installed", help: "record the running boot as operational", run: func(ctx context.Context, n *node.Node) error { return n.Installed(ctx) }},
	{name: "config", help: "create /etc/umm.conf if it is missing", run: func(_ context.Context, n *node.Node) error { return putConfig(n.Root) }},
	{name: "gate", help: "exit with 0 if this boot is maintenance mode", run: runGate},
	{name: "hold", help: "enter maintenance mode and hold the boot back", run: func(ctx context.Context, n *node.Node) error { return n.Hold(ctx) }},
	{name: "arrive", help: "like enter, once maintenance mode is reached", run: func(ctx context.Context, n *node.Node) error { return n.Arrive(ctx) }},
	{name: "opened", help: "record that the boot continues", run: func(ctx context.Context, n *node.Node) error { return n.Opened(ctx) }},
	{name: "resume", help: "start what maintenance mode stopped, if it ended without umm off", run: func(ctx context.Context, n *node.Node) error { return n.Finish(ctx) }},
	{name: "watch-disks", help: "enter maintenance mode if a file system does not appear", run: watchDisks},
	{name: "trial", help: "judge a new kernel on trial, and reboot if its boot does not become healthy", run: func(ctx context.Context, n *node.Node) error { return n.Trial(ctx) }},
	{name: "wait-healthy", help: "wait for COUNTER_RESET_TIME, then do as healthy", run: func(ctx context.Context, n *node.Node) error { return n.WaitHealthy(ctx) }},
	{name: "wait-expire", help: "wait for UMM_AFTER seconds, then do as expire", run: waitExpire},
}

// Run is main without the process: it returns the exit code.
func Run(args []string, stdout, stderr io.Writer) int {
	// With any umask of the caller, what everybody may read is readable.
	syscall.Umask(0o022)
	if filepath.Base(args[0]) == generatorName {
		return runGenerator(args[1:])
	}
	if filepath.Base(args[0]) == policyrcd.Name {
		return answer(args[1:], wiring.New("/"), stderr)
	}
	if len(args) > 1 && args[1] == "menu" {
		return menu(args[2:], stdout, stderr)
	}
	if s, ok := stepOf(args[1:]); ok {
		return runStep(s, stdout, stderr)
	}
	fmt.Fprintf(stderr, "umm-boot is run by umm's units and jobs, not by hand; see umm(8). Steps:\n")
	for _, s := range steps {
		fmt.Fprintf(stderr, "  %-12s %s\n", s.name, s.help)
	}
	fmt.Fprint(stderr, menuHelp)
	return int(node.Usage)
}

// stepOf is the step that the arguments name.
func stepOf(args []string) (step, bool) {
	for _, s := range steps {
		switch {
		case len(args) == 1 && s.name == args[0] && s.run != nil:
			return s, true
		case len(args) == 2 && s.name == args[0] && s.ofSession != nil:
			session, err := strconv.Atoi(args[1])
			s.run = func(ctx context.Context, n *node.Node) error { return s.ofSession(ctx, n, session) }
			return s, err == nil
		}
	}
	return step{}, false
}

func runStep(s step, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	kind := initsys.Detect("/")
	n := wiring.NewFor("/", kind)
	n.Tell = func(text string) { fmt.Fprintln(stdout, text) }
	// The number is the priority that the journal gives the line: 4 is a warning.
	say := func(priority, text string) { fmt.Fprintln(stderr, priority+text) }
	if kind != initsys.Systemd {
		// There is no journal, but readers of the kernel's log know the number too.
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

func runCommand(ctx context.Context, n *node.Node, session int) error {
	log := wiring.CommandLog(n.Root)
	log.Copy = os.Stdout
	return n.Command(ctx, session, log)
}
