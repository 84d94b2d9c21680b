package nodecli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"umm/internal/api"
	"umm/internal/cli/show"
	"umm/internal/host/initsys"
	"umm/internal/sanitize"
	"umm/internal/shellquote"
	"umm/internal/version"
)

func (a *app) statusCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Tell which mode this host is in, and why",
		Long: `status tells which mode this host is in. Into a pipe it prints exactly one line:

  runlevel N 5   operational; what runlevel(8) prints stands behind the word
  umm            in maintenance mode
  rebooting      a mode was asked for and the host is going down
  MM disabled    UMM is not yes in /etc/umm.conf

On a terminal that line is followed by what a person wants to know, also whether the
host has to be rebooted for what was installed on it: by /run/reboot-required, by the
kernel that the boot menu starts, by needrestart or needs-restarting where they are
there, and by REBOOT_NEEDED of umm.conf(5). It needs no root; only the command's words
are shown to root alone, and only root can ask those programs.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkFormat(format); err != nil {
				return err
			}
			return a.status(cmd.Context(), format)
		},
	}
	outputFlag(cmd, &format)
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
		s.FailedUnits = []string{} // it keeps no list: nothing is wrong that could be told
	}
	if _, err := fmt.Fprintln(a.stdout, statusLine(s, a.node.Root)); err != nil || !person {
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

// printStatus tells a person the rest.
func printStatus(w io.Writer, s api.Status, now time.Time) error {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-14s %s\n", name, sanitize.Line(fmt.Sprintf(format, args...)))
	}
	if t := s.Trigger; t != nil {
		line("why", "%s", why(*t))
	}
	if s.Since != nil {
		line("since", "%s (%s)", s.Since.Local().Format(time.DateTime), ago(now.Sub(*s.Since)))
	}
	if s.Until != nil {
		line("ends", "%s, by itself", s.Until.Local().Format(time.DateTime))
	}
	if g := s.Guard; g != nil {
		line("cluster run", "%s", g)
	}
	if c := s.Command; c != nil {
		line("command", "%s", commandText(*c))
	}
	line("unclean boots", "%d; maintenance mode at %d", s.Unclean.Count, s.Unclean.Threshold)
	switch {
	case s.FailedUnits == nil:
		line("failed units", "unknown: the init system does not tell")
	case len(s.FailedUnits) > 0:
		line("failed units", "%s", strings.Join(s.FailedUnits, " "))
	}
	if r := s.Reboot; r != nil {
		line("reboot", "%s", rebootText(*r))
	}
	for _, p := range s.Problems {
		line("problem", "%s", p)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func why(t api.Trigger) string {
	text := t.Detail
	if text == "" {
		text = t.Kind
	}
	if t.By != "" {
		text += ", by " + t.By
	}
	if t.Reason != "" {
		text += " (" + t.Reason + ")"
	}
	return text
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
		return "the clock says: not yet"
	}
	return d.Round(time.Second).String() + " ago"
}
