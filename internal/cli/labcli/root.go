// Package labcli is umm-lab's command line: it reads arguments, calls package lab
// and shows what came of it. It decides nothing about hosts.
package labcli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"umm/internal/version"
)

// The exit codes of umm-lab; exitTable is what every help shows of them.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2

	exitTable = `Exit codes:
  0  done
  1  could not be done
  2  the command line is wrong
  ssh and enter end with the status of the command that they run.
`
	defaultLab = "lab"
)

// app is one run of umm-lab.
type app struct {
	stdout, stderr io.Writer
	labName        string
	// started tells that cobra took the command line: what it refuses before is a
	// usage error too.
	started bool
}

// usageError is what a command itself finds wrong with the command line.
type usageError string

func (e usageError) Error() string { return string(e) }

// Main runs umm-lab and gives its exit code. Interrupt and terminate end waits.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	a := &app{stdout: stdout, stderr: stderr}
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case a.started && !errors.As(err, &usage):
		fmt.Fprintf(stderr, "umm-lab: %v\n", err)
		return exitFailed
	default:
		fmt.Fprintf(stderr, "umm-lab: %v\nTry umm-lab --help.\n", err)
		return exitUsage
	}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "umm-lab",
		Short: "practice hosts: real systemd, booted side by side on this machine",
		Long: `umm-lab makes practice hosts: real systemd, booted by systemd-nspawn in a network
of the lab's own (192.0.2.0/24). Hosts are named n1, n2, ...; labs side by side
do not see each other. It needs root and a Debian or Ubuntu machine.`,
		Example: `  umm-lab setup
  umm-lab up --hosts 2 --suite trixie
  umm-lab ssh n1 'cat >umm.deb && dpkg -i umm.deb' <umm.deb
  umm-lab ssh n1
  umm-lab cut n1
  umm-lab power n1 on
  umm-lab down`,
		Version:           version.Version,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRun:  func(*cobra.Command, []string) { a.started = true },
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		Args:              cobra.NoArgs,
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetUsageTemplate(root.UsageTemplate() + "\n" + exitTable)
	root.PersistentFlags().StringVar(&a.labName, "name", defaultLab, "name of the lab")
	root.AddCommand(a.setup(), a.image(), a.up(), a.list(), a.ssh(), a.enter(), a.console(),
		a.cut(), a.power(), a.reboot(), a.down())
	return root
}
