package nodecli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"umm/internal/api"
	"umm/internal/cli/command"
	"umm/internal/cli/show"
	"umm/internal/cli/wiring"
	"umm/internal/host/initsys"
	"umm/internal/host/mode"
	"umm/internal/sanitize"
	"umm/internal/shellquote"
	"umm/internal/version"
)

// lastLines is how many of the command's last lines the status has, lastLineSize how long each
// can be, in bytes.
const (
	lastLines    = 10
	lastLineSize = 200
)

func (a *app) statusCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show which mode this host is in, and why",
		Long: `status shows which mode this host is in. In a pipe it prints exactly one line:

  runlevel N 5   operational; followed by what runlevel(8) prints
  umm            in maintenance mode
  rebooting      a mode was requested and the host is going down
  MM disabled    UMM is not yes in /etc/umm.conf

On a terminal it says the mode in words, how to leave it, why the host is in it, and whether
the host needs a reboot because of what was installed: by /run/reboot-required, the kernel
that the boot menu starts, needrestart or needs-restarting if they are installed, and
REBOOT_NEEDED of umm.conf(5). It does not need root; only root sees the command's words,
and only root can run those programs.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.status(cmd.Context(), format)
		},
	}
	command.OutputFlag(cmd, &format, outputHelp)
	return cmd
}

func (a *app) status(ctx context.Context, format string) error {
	person := show.Terminal(a.stdout)
	var s api.Status
	if format == "json" || person {
		s = a.fullStatus(ctx)
	} else {
		s = a.node.Status(ctx, version.Version)
	}
	if format == "json" {
		return show.JSON(a.stdout, s)
	}
	if person && s.FailedUnits == nil && initsys.Detect(a.node.Root) == initsys.Upstart {
		s.FailedUnits = []string{} // it keeps no list
	}
	if !person {
		_, err := fmt.Fprintln(a.stdout, statusLine(s, a.node.Root))
		return err
	}
	if _, err := fmt.Fprintln(a.stdout, headline(s, a.node.Root)); err != nil {
		return err
	}
	return printStatus(a.stdout, s, time.Now())
}

// fullStatus is the status with what takes longer to find out.
func (a *app) fullStatus(ctx context.Context) api.Status {
	s := a.node.Status(ctx, version.Version)
	if failed, err := a.failedUnits(ctx); err == nil {
		s.FailedUnits = failed
	}
	s.Reboot = a.reboot(ctx, s)
	if c := s.Command; c != nil && c.State != string(mode.CommandPending) {
		// Only root can read it.
		c.LastLines, _ = wiring.CommandLog(a.node.Root).Tail(lastLines)
		for i, line := range c.LastLines {
			c.LastLines[i] = sanitize.Phrase(line, lastLineSize)
		}
	}
	return s
}

// statusLine is the one compatible line: scripts out there look for it.
func statusLine(s api.Status, root string) string {
	switch s.Mode {
	case api.ModeMaintenance:
		return "umm"
	case api.ModeRebooting:
		return "rebooting"
	case api.ModeDisabled:
		return "MM disabled"
	default:
		return "runlevel " + runlevel(root)
	}
}

// headline is the mode for a person, and how to leave it.
func headline(s api.Status, root string) string {
	switch s.Mode {
	case api.ModeMaintenance:
		if s.Switching {
			return "maintenance mode, not complete: umm on --live is under way or was interrupted; umm on --live resumes it, umm off ends it"
		}
		return "maintenance mode; leave it with umm off, or with umm off reboot"
	case api.ModeRebooting:
		return "rebooting"
	case api.ModeDisabled:
		return "operational mode; maintenance mode is disabled, umm enable allows it"
	default:
		return "operational mode (runlevel " + runlevel(root) + ")"
	}
}

// printStatus tells a person the rest.
func printStatus(w io.Writer, s api.Status, now time.Time) error {
	var rows [][]string
	line := func(name, text string) { rows = append(rows, []string{"", name, text}) }
	if t := s.Trigger; t != nil {
		line("why", t.String())
	}
	if s.Since != nil {
		line("since", s.Since.Local().Format(time.DateTime)+" ("+ago(now.Sub(*s.Since))+")")
	}
	if s.Until != nil {
		line("ends", s.Until.Local().Format(time.DateTime)+", automatically")
	}
	if g := s.Guard; g != nil {
		line("cluster run", g.String())
	}
	if c := s.Command; c != nil {
		line("command", commandText(*c))
	}
	line("unclean boots", fmt.Sprintf("%d; maintenance mode at %d", s.Unclean.Count, s.Unclean.Threshold))
	switch {
	case s.FailedUnits == nil:
		line("failed units", "unknown: the init system does not say")
	case len(s.FailedUnits) > 0:
		line("failed units", strings.Join(s.FailedUnits, " "))
	}
	if r := s.Reboot; r != nil {
		line("reboot", rebootText(*r))
	}
	if t := s.Trial; t != nil {
		line("kernel trial", trialText(*t, s.Kernel))
	}
	for _, p := range s.Problems {
		line("problem", p)
	}
	return show.Columns(w, rows)
}

// trialText says how a new kernel on trial stands.
func trialText(t api.Trial, running string) string {
	switch t.State {
	case api.TrialWaiting:
		return fmt.Sprintf("the next boot tries %s; %s stays the default until that boot is healthy", t.Kernel, t.Kept)
	case api.TrialUnclear:
		return fmt.Sprintf("%s runs; whether %s was tried is not known yet", running, t.Kernel)
	case api.TrialRunning:
		return fmt.Sprintf("%s runs, and becomes the default once this boot is healthy", t.Kernel)
	default:
		text := fmt.Sprintf("%s failed: %s; %s runs", t.Kernel, t.Why, running)
		if t.Panic != "" {
			text += "; its last words: " + t.Panic
		}
		return text
	}
}

func commandText(c api.Command) string {
	text := c.State
	if c.ExitCode != nil && *c.ExitCode != 0 {
		text += fmt.Sprintf(", exit status %d", *c.ExitCode)
	}
	if c.Error != "" {
		text += ": " + c.Error
	}
	if c.Started != nil && c.Ended != nil {
		text += ", took " + took(c.Ended.Sub(*c.Started))
	}
	if len(c.Argv) > 0 {
		text += ": " + asTyped(c.Argv)
	}
	return text
}

// took is a duration as precise as a person wants it.
func took(d time.Duration) string {
	if d > time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// asTyped is the command as the operator gave it to umm on.
func asTyped(argv []string) string {
	if len(argv) == 3 && argv[0] == "/bin/sh" && argv[1] == "-c" {
		return argv[2]
	}
	return shellquote.Line(argv...)
}

func ago(d time.Duration) string {
	if d < 0 {
		return "in the future: the clock was set back"
	}
	return d.Round(time.Second).String() + " ago"
}
