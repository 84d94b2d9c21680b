package clustercli

import (
	"slices"

	"github.com/spf13/cobra"

	"umm/internal/cluster/inventory"
	"umm/internal/cluster/run"
	"umm/internal/cluster/site"
)

func (a *app) onCommand() *cobra.Command {
	var risks riskFlags
	var cluster []string
	var format string
	cmd := &cobra.Command{
		Use:   "on [flags] HOST [-- COMMAND [ARG...]]",
		Short: "Take one host into maintenance mode, by the same gates",
		Long: `on takes one host out of its services and into maintenance mode, as roll does, runs
COMMAND there, and leaves it there: the run is held until umm-cluster off HOST.`,
		Args: commandAfter(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.begin(cmd, run.Request{Verb: run.On, Command: args[1:]}, &risks, format,
				func() (*site.Site, error) { return a.openFor(cmd, args[0], cluster, format) })
		},
	}
	eventFlag(cmd, &format)
	risks.add(cmd, risksOfRun...)
	clusterFlag(cmd, &cluster)
	return cmd
}

func (a *app) offCommand() *cobra.Command {
	var cluster []string
	var risks riskFlags
	var format string
	cmd := &cobra.Command{
		Use:   "off [flags] HOST",
		Short: "Bring one host back from maintenance mode",
		Long: `off brings back a host that umm-cluster on took out: out of maintenance mode, and
what was changed for it undone, once its services are whole. A host in maintenance
mode without a run is brought back too. While the command still runs there off is
refused; --accept-risk=command-running leaves it running.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkFormat(format); err != nil {
				return err
			}
			accepted, err := risks.risks()
			if err != nil {
				return err
			}
			s, err := a.openFor(cmd, args[0], cluster, format)
			if err != nil {
				return err
			}
			defer s.Close()
			s.Accepted = accepted
			id := s.RunOf(cmd.Context(), func(st run.State) bool {
				return slices.ContainsFunc(st.Out(), func(stay run.Turn) bool { return stay.Host == args[0] })
			})
			return s.BringBack(cmd.Context(), id, run.Off)
		},
	}
	eventFlag(cmd, &format)
	risks.add(cmd, risksOfCommand...)
	clusterFlag(cmd, &cluster)
	return cmd
}

func (a *app) downCommand() *cobra.Command {
	var sel inventory.Selection
	var risks riskFlags
	var format string
	cmd := &cobra.Command{
		Use:   "down [flags] [-- COMMAND [ARG...]]",
		Short: "Take all hosts into maintenance mode, for work on the whole site",
		Long: `down takes the hosts into maintenance mode one after another, each leaving the
cluster cleanly. Service stops, so it goes ahead only with --accept-risk=service-stop
and a reason. umm-cluster up brings them back.`,
		Example: `  umm-cluster down --accept-risk=service-stop --reason "new power lines"`,
		Args:    commandAfter(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.roll(cmd, run.Request{Verb: run.Down, Command: args}, whichHosts{Selection: sel}, &risks, format)
		},
	}
	eventFlag(cmd, &format)
	selectionFlags(cmd, &sel)
	risks.add(cmd, append(risksOfDown, risksOfRun...)...)
	a.yesFlag(cmd)
	return cmd
}

func (a *app) upCommand() *cobra.Command {
	var sel inventory.Selection
	var risks riskFlags
	var format string
	cmd := &cobra.Command{
		Use:   "up [flags] [RUN]",
		Short: "Bring all hosts back, last in, first out",
		Long: `up brings back what umm-cluster down took out. Where no member of Galera or RabbitMQ
runs any more, the one whose data is provably newest is started first. It works
without a run too: for hosts that are found in maintenance mode, after all of them lost
power, and where a run is lost with its master: a standby in Pacemaker that a run has
set is undone, somebody's own is not. A member of which nothing can be read may be the newest: it stops the
start, unless missing-member is accepted, and with it the loss of what only it has.
What Pacemaker runs is left to Pacemaker.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkFormat(format); err != nil {
				return err
			}
			accepted, err := risks.risks()
			if err != nil {
				return err
			}
			s, err := a.open(cmd, sel, format)
			if err != nil {
				return err
			}
			defer s.Close()
			s.Accepted = accepted
			id := ""
			if len(args) == 1 {
				id = args[0]
			} else {
				id = s.RunOf(cmd.Context(), func(st run.State) bool { return st.Request.Verb == run.Down })
			}
			return s.BringBack(cmd.Context(), id, run.Up)
		},
	}
	eventFlag(cmd, &format)
	selectionFlags(cmd, &sel)
	risks.add(cmd, append(risksOfUp, risksOfCommand...)...)
	return cmd
}
