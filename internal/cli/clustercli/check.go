package clustercli

import (
	"fmt"

	"github.com/spf13/cobra"

	"umm/internal/cli/show"
	"umm/internal/cluster/inventory"
	"umm/internal/cluster/report"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
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
			s, err := a.open(cmd, sel)
			if err != nil {
				return err
			}
			defer s.pool.Close()
			return a.check(cmd, s, without, format)
		},
	}
	outputFlag(cmd, &format)
	selectionFlags(cmd, &sel)
	cmd.Flags().StringVar(&without, "without", "", "may this `HOST` leave?")
	return cmd
}

func (a *app) check(cmd *cobra.Command, s *site, without, format string) error {
	if _, ok := s.hosts[without]; without != "" && !ok {
		return usage("there is no host %s%s", without, inventory.Suggestion(without, s.cluster.Hosts))
	}
	sight, err := a.look(cmd, s, false, without)
	if err != nil {
		return err
	}
	own, _ := s.own(cmd.Context())
	vs := checks(sight, own, without)
	if format == "json" {
		err = show.JSON(a.stdout, report.ChecksDoc(vs))
	} else {
		err = a.printVerdicts(vs)
		if text := s.lookedFor(); err == nil && text != "" {
			_, err = fmt.Fprint(a.stdout, "\n"+text+"\n")
		}
	}
	if err == nil && !service.Good(vs) {
		err = &Error{Code: Gated, Err: fmt.Errorf("%d of %d predicates do not hold", len(service.Bad(vs)), len(vs))}
	}
	return err
}

// checks are the predicates of the cluster, and those of a host's leaving where one is named. own
// is the run of this master that has the cluster.
func checks(sight rollout.Observation, own run.State, without string) []service.Verdict {
	vs := sight.HealthDuring(own)
	if other := marked(sight); other != nil && own.Request.ID == "" {
		vs = append(vs, rollout.OtherRun(other.String()))
	}
	if without != "" {
		vs = append(vs, sight.Leaving(without)...)
	}
	return vs
}

// printVerdicts prints every predicate with its evidence.
func (a *app) printVerdicts(vs []service.Verdict) error {
	_, err := fmt.Fprint(a.stdout, report.Verdicts(vs))
	return err
}
