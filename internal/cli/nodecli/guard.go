package nodecli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"umm/internal/api"
	"umm/internal/cli/command"
	"umm/internal/cli/show"
	"umm/internal/sanitize"
)

// guardHelp stands in the help of umm guard, and in the man page.
const guardHelp = `During a run of umm-cluster each host of the cluster has the run's ID in /run/umm/guard:
the guard. umm on typed by hand is refused there, since a second host out of service may
be one too many; --accept-risk=cluster-run overrides that. umm off typed by hand works as
always. umm status shows the guard.

umm-cluster sets and clears it with these commands; you rarely need them yourself:

  umm guard [-o text|json]  show which run has this host
  umm guard set RUN         set the guard, until it is cleared or the host reboots;
                            refused while another run has this host; --by, --master,
                            --reason and --since are shown to people
  umm guard clear RUN       clear it; refused while another run has this host
  umm on --run RUN          refused unless RUN has this host
  umm off --run RUN         refused while another run has this host

umm guard clear also removes the guard of a run that will not come back.`

func (a *app) guardCommand() *cobra.Command {
	var g api.Guard
	var since, format string
	cmd := &cobra.Command{
		Use:    "guard [set|clear RUN]",
		Long:   guardHelp,
		Hidden: true,
		Args:   cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.guard(format)
			}
			return a.changeGuard(cmd, args, &g, since)
		},
	}
	f := cmd.Flags()
	f.StringVar(&g.By, "by", "", "`WHO` asked for the run")
	f.StringVar(&g.Master, "master", "", "the `HOST` that umm-cluster runs on")
	f.StringVar(&g.Reason, "reason", "", "`TEXT` of the run's reason")
	f.StringVar(&since, "since", "", "the `TIME` when the run began (default now)")
	command.OutputFlag(cmd, &format, outputHelp)
	return cmd
}

func (a *app) guard(format string) error {
	g, err := a.node.Guards.Guard()
	if err != nil {
		return err
	}
	if format == "json" {
		return show.JSON(a.stdout, api.Guarded{Version: api.GuardVersion, Guard: g})
	}
	text := "no run of umm-cluster has this host"
	if g != nil {
		text = sanitize.Line(g.String())
	}
	_, err = fmt.Fprintln(a.stdout, text)
	return err
}

func (a *app) changeGuard(cmd *cobra.Command, args []string, g *api.Guard, since string) error {
	if len(args) != 2 || args[0] != "set" && args[0] != "clear" {
		return usage("use umm guard, umm guard set RUN or umm guard clear RUN")
	}
	if err := a.asRoot(cmd, nil); err != nil {
		return err
	}
	g.Run = args[1]
	if err := checkGuard(g); err != nil {
		return err
	}
	if args[0] == "clear" {
		return a.node.ClearGuard(cmd.Context(), g.Run)
	}
	if since != "" {
		at, err := time.Parse(time.RFC3339, since)
		if err != nil {
			return usage("invalid --since %q: use a time like 2026-03-01T12:00:00Z", since)
		}
		at = at.UTC()
		g.Since = &at
	}
	return a.node.SetGuard(cmd.Context(), g)
}

// checkRun holds the ID of a run to what is safe in any message, file name and
// command line.
func checkRun(run string) error {
	const more = "._-"
	strange := strings.IndexFunc(run, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune(more, r)
	})
	if run == "" || len(run) > 64 || strange >= 0 || strings.ContainsAny(run[:1], more) {
		return usage("invalid RUN %q: use letters, digits, dots and dashes, 64 at most", run)
	}
	return nil
}

func checkGuard(g *api.Guard) error {
	for _, text := range []string{g.By, g.Master, g.Reason} {
		if !api.FitsGuard(text) {
			return usage("WHO, HOST and TEXT must be UTF-8 text of %d bytes at most", api.MaxText)
		}
	}
	return checkRun(g.Run)
}
