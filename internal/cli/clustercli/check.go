package clustercli

import (
	"fmt"

	"github.com/spf13/cobra"

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
		Short: "Tell whether a host may leave, every predicate with its evidence",
		Long: `check looks at the cluster once, from the view of every host, and tells whether it
is whole and, with --without, whether that host may leave. It changes nothing. It
ends with 3 where something stands in the way, as a run that has the cluster; RISK is the name by which that can
be accepted, where it can be at all.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkFormat(format); err != nil {
				return err
			}
			s, err := a.open(cmd, sel, format)
			if err != nil {
				return err
			}
			defer s.Close()
			return a.check(cmd, s, without, format)
		},
	}
	outputFlag(cmd, &format)
	selectionFlags(cmd, &sel)
	cmd.Flags().StringVar(&without, "without", "", "may this `HOST` leave?")
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
		err = &Error{Code: Gated, Err: fmt.Errorf("%d of %d predicates do not hold", len(service.Bad(vs)), len(vs))}
	}
	return err
}

// printVerdicts prints every predicate with its evidence.
func (a *app) printVerdicts(vs []service.Verdict) error {
	_, err := fmt.Fprint(a.stdout, report.Verdicts(vs))
	return err
}
