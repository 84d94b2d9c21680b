// Package clustercli is the command line of umm-cluster: one command a file, and
// the wiring of the parts behind them.
package clustercli

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime/debug"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"umm/internal/cli/command"
	"umm/internal/cli/completion"
	"umm/internal/cli/show"
	"umm/internal/cluster/config"
	"umm/internal/cluster/exit"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/site"
)

// confPath is where the configuration is, unless --config says otherwise.
const confPath = config.Path

// exitCodes stands in every command's help and in the man page.
const exitCodes = `Exit codes:
  0  done
  1  refused in this state: nothing was changed
  2  wrong usage, or an invalid configuration
  3  a health check failed or its result is unknown
  4  it could not be done, or the run stopped; the message says what state it is in
  5  paused: umm-cluster continue goes on
  6  all hosts are done, and the command failed on some of them
     (policy.on_command_failure)`

// The exit codes, and the errors that have one.
const (
	Done          = exit.Done
	Refused       = exit.Refused
	Usage         = exit.Usage
	Gated         = exit.Gated
	CannotDo      = exit.CannotDo
	Held          = exit.Held
	CommandFailed = exit.CommandFailed
)

// Code is an exit code of umm-cluster.
type Code = exit.Code

// Error is an error with its exit code.
type Error = exit.Error

// app is what the commands share.
type app struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	log    *logrus.Logger
	getenv func(string) string
	// euid is who calls.
	euid int
	// yes: the operator wants to be asked nothing.
	yes bool
	// conf is what --config says.
	conf string
}

// GarbagePercent is Go's GOGC for umm-cluster. Memory is there on a master, and a status of 200
// hosts takes an eighth less time than with Go's own 100; a roll of 1,000 stays within 100 MB.
const GarbagePercent = 300

// Run is main without the process: it returns the exit code.
func Run(args []string, stdout, stderr io.Writer) int {
	debug.SetGCPercent(GarbagePercent)
	ctx, stop := interruptible()
	defer stop()
	return newApp(stdout, stderr).run(ctx, args)
}

func newApp(stdout, stderr io.Writer) *app {
	a := &app{stdin: os.Stdin, stdout: stdout, stderr: stderr, log: logrus.New(), getenv: os.Getenv, euid: os.Geteuid()}
	a.log.SetOutput(stderr)
	a.log.SetFormatter(show.Complaints{Program: "umm-cluster"})
	return a
}

func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	root.SetOut(completion.Out(args, a.stdout))
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return int(Done)
	}
	return a.complain(err)
}

// complain prints what went wrong and what to do, unless the picture of a run on the same terminal
// has said so, and returns the exit code.
func (a *app) complain(err error) int {
	if errors.Is(err, site.ErrHeld) {
		return int(Held)
	}
	var stop *rollout.Stop
	told := errors.As(err, &stop) && stop.Told && show.Terminal(a.stdout) && show.Terminal(a.stderr)
	if !told {
		a.log.Error(err)
	}
	var coded *Error
	if errors.As(err, &coded) {
		if coded.Hint != "" && !told {
			a.log.Error("hint: " + coded.Hint)
		}
		return int(coded.Code)
	}
	return int(CannotDo)
}

func usage(format string, args ...any) error { return exit.Usagef(format, args...) }

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "umm-cluster",
		Short: "Take the hosts of a cluster through maintenance mode, one after another",
		Long: `umm-cluster takes the hosts of a high-availability cluster into maintenance mode and back
over ssh, one host at a time, with umm on each of them. It checks the cluster's services
before, while and after a host is away, drains the host first, and stops before the cluster
could lose quorum, data or service.`,
	}
	root.PersistentFlags().StringVar(&a.conf, "config", confPath, "configuration `FILE`")
	command.Program{Root: root, Commands: a.commands(), ExitCodes: exitCodes, Usage: usage}.Tree()
	completion.Prepare(root, map[string][]string{"output": {"text", "json"}})
	return root
}

// commands are all commands.
func (a *app) commands() []*cobra.Command {
	return []*cobra.Command{
		a.statusCommand(), a.checkCommand(), a.planCommand(), a.rollCommand(), a.onCommand(), a.offCommand(),
		a.downCommand(), a.upCommand(), a.resumeCommand(), a.continueCommand(), a.abortCommand(),
		a.followCommand(), a.historyCommand(), a.showCommand(), a.metricsCommand(), a.unlockCommand(), a.trustCommand(), a.configCommand(), a.notifyCommand(), command.Version("umm-cluster"),
	}
}

// outputHelp is the help of -o.
const outputHelp = "output format: text or json"
