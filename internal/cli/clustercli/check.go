package clustercli

import (
	"fmt"

	"github.com/spf13/cobra"

	"umm/internal/cli/command"
	"umm/internal/cli/show"
	"umm/internal/cluster/inventory"
	"umm/internal/cluster/report"
	"umm/internal/cluster/service"
	"umm/internal/cluster/site"
)

func (a *app) checkCommand() *cobra.Command {
	var format, without string
	var sel inventory.Selection
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check the health of the cluster, and whether a host may leave",
		Long: `check runs every health check of the cluster once, from every host, and shows each with
the reason and the evidence. With --without it also tells whether the cluster can do
without that host. It changes nothing. The exit code is 3 if a check fails or its result
is unknown, or if another run has the cluster. A failed check that can be accepted shows
the --accept-risk for it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd, sel, format, func(s *site.Site) error { return a.check(cmd, s, without, format) })
		},
	}
	command.OutputFlag(cmd, &format, outputHelp)
	selectionFlags(cmd, &sel)
	cmd.Flags().StringVar(&without, "without", "", "also check whether the cluster can do without `HOST`")
	return cmd
}

func (a *app) check(cmd *cobra.Command, s *site.Site, without, format string) error {
	if without != "" && s.Host(without) == nil {
		return usage("there is no host %s%s", without, inventory.Suggestion(without, s.Cluster.Hosts))
	}
	vs, err := s.Check(cmd.Context(), without)
	if err != nil {
		return err
	}
	if format == "json" {
		err = show.JSON(a.stdout, report.ChecksDoc(vs))
	} else {
		err = a.printVerdicts(vs)
		if text := s.LookedFor(); err == nil && text != "" {
			_, err = fmt.Fprint(a.stdout, "\n"+text+"\n")
		}
	}
	if err == nil && !service.Good(vs) {
		err = &Error{Code: Gated, Err: fmt.Errorf("%d of %d health checks failed", len(service.Bad(vs)), len(vs))}
	}
	return err
}

// printVerdicts prints every health check with its evidence.
func (a *app) printVerdicts(vs []service.Verdict) error {
	_, err := fmt.Fprint(a.stdout, report.Verdicts(vs))
	return err
}
