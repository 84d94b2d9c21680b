// Package nodecli is the command line of umm: one command a file, each its flags and one
// call of node, check or services.
package nodecli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"umm/internal/cli/command"
	"umm/internal/cli/completion"
	"umm/internal/cli/show"
	"umm/internal/cli/wiring"
	"umm/internal/host/config"
	"umm/internal/host/node"
)

// confPath is where the configuration of the node is.
const confPath = "/etc/umm.conf"

// exitCodes stands in every command's help and in the man page.
const exitCodes = `Exit codes:
  0  done
  1  refused in this state: nothing was changed
  2  wrong usage
  3  refused by a check or a hook: nothing was changed
  4  it could not be done; the message says what state the host is in
  5  postponed by a hook: nothing was changed; try again later`

// app is what the commands share.
type app struct {
	node   *node.Node
	config config.File
	stdout io.Writer
	stderr io.Writer
	log    *logrus.Logger
	// euid is who calls.
	euid int
}

// Run is main without the process: it returns the exit code.
func Run(args []string, stdout, stderr io.Writer) int {
	// With any umask of the caller, what everybody may read is readable.
	syscall.Umask(0o022)
	a := newApp(stdout, stderr)
	if len(args) == 1 && args[0] == "status" {
		// Scripts ask for it all the time: no tree of commands is built for it, and no
		// signals are waited for.
		if err := a.status(context.Background(), "text"); err != nil {
			return a.complain(err)
		}
		return int(node.Done)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return a.run(ctx, args)
}

func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	root.SetOut(completion.Out(args, a.stdout))
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return int(node.Done)
	}
	return a.complain(err)
}

func newApp(stdout, stderr io.Writer) *app {
	a := &app{config: wiring.Config("/"), stdout: stdout, stderr: stderr, log: logrus.New(), euid: os.Geteuid()}
	a.log.SetOutput(stderr)
	a.log.SetFormatter(show.Complaints{Program: "umm"})
	a.node = wiring.New("/")
	a.node.Checks = a.checks
	a.node.Tell = func(text string) { fmt.Fprintln(stdout, text) }
	a.node.Warn = func(text string) { a.log.Warn(text) }
	return a
}

// complain prints what went wrong and what to do, and returns the exit code.
func (a *app) complain(err error) int {
	a.log.Error(err)
	var coded *node.Error
	if errors.As(err, &coded) {
		if coded.Hint != "" {
			a.log.Error("hint: " + coded.Hint)
		}
		return int(coded.Code)
	}
	return int(node.CannotDo)
}

func usage(format string, args ...any) error {
	return &node.Error{Code: node.Usage, Err: fmt.Errorf(format, args...), Hint: "umm COMMAND --help"}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "umm",
		Short: "Take this host into maintenance mode and back",
		Long: `umm takes this host into maintenance mode (MM), in which only the network, ssh and other
essential services run, and back into operational mode.

The host also enters MM by itself if it keeps rebooting unexpectedly, or if its local file
systems fail to mount. The kernel argument umm requests MM at boot.`,
	}
	commands := []*cobra.Command{
		a.statusCommand(), a.onCommand(), a.offCommand(), a.enableCommand(), a.disableCommand(),
		a.checkCommand(), a.unitsCommand(), a.outputCommand(), a.historyCommand(), a.metricsCommand(), command.Version("umm"), a.guardCommand(),
	}
	for _, c := range commands {
		if c.ValidArgsFunction == nil && c.Name() != "on" && c.Name() != "metrics" {
			c.ValidArgsFunction = completion.NoFiles
		}
	}
	command.Program{Root: root, Commands: commands, ExitCodes: exitCodes, Usage: usage}.Tree()
	completion.Prepare(root, map[string][]string{"output": {"text", "json"}, "accept-risk": risks})
	return root
}

// asRoot refuses what only root can do, before anything is tried.
func (a *app) asRoot(cmd *cobra.Command, _ []string) error {
	if a.euid == 0 {
		return nil
	}
	return &node.Error{Code: node.CannotDo, Err: fmt.Errorf("umm %s needs root", cmd.Name()), Hint: "sudo umm " + cmd.Name()}
}

// unhurried keeps a command that changes the host going when the terminal it was
// typed in goes away, which may well be its own doing.
func unhurried() { signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE) }

// outputHelp is the help of -o.
const outputHelp = "output format: text or json"
