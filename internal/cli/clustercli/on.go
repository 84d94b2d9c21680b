package clustercli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"umm/internal/cluster/inventory"
	"umm/internal/cluster/run"
	"umm/internal/cluster/site"
)

func (a *app) onCommand() *cobra.Command {
	var o run.Options
	var risks riskFlags
	var cluster []string
	var format string
	cmd := &cobra.Command{
		Use:   "on [flags] HOST [-- COMMAND [ARG...]]",
		Short: "Take one host into maintenance mode and leave it there",
		Long: `on drains one host and takes it into maintenance mode, with the health checks of roll,
runs COMMAND there, and leaves it there: the run is paused until umm-cluster off HOST.`,
		Args: commandAfter(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.begin(cmd, run.Request{Verb: run.On, Options: o, Command: args[1:]}, &risks, format,
				func() (*site.Site, error) { return a.openFor(cmd, args[0], cluster, format) })
		},
	}
	eventFlag(cmd, &format)
	risks.add(cmd, risksOfRun...)
	enterFlag(cmd, &o.Enter)
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
		Long: `off brings back a host that umm-cluster on took out of service: it leaves maintenance
mode, and once its services are healthy it is undrained. A host in maintenance mode
without a run is brought back too. off is refused while the command still runs there;
--accept-risk=command-running leaves it running.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			isOut := func(st run.State) bool {
				return slices.ContainsFunc(st.Out(), func(turn run.Turn) bool { return turn.Host == args[0] })
			}
			return a.bringBack(cmd, run.Off, "", isOut, &risks,
				func() (*site.Site, error) { return a.openFor(cmd, args[0], cluster, format) })
		},
	}
	eventFlag(cmd, &format)
	risks.add(cmd, risksOfCommand...)
	clusterFlag(cmd, &cluster)
	return cmd
}

func (a *app) downCommand() *cobra.Command {
	var o run.Options
	var sel inventory.Selection
	var risks riskFlags
	var format string
	cmd := &cobra.Command{
		Use:   "down [flags] [-- COMMAND [ARG...]]",
		Short: "Take all hosts into maintenance mode, for work on the whole site",
		Long: `down takes all hosts into maintenance mode, one after another, each leaving the cluster
cleanly. All services of the cluster stop, so it needs --accept-risk=service-stop and a
reason. umm-cluster up brings the hosts back.`,
		Example: `  umm-cluster down --accept-risk=service-stop --reason "new power lines"`,
		Args:    commandAfter(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.roll(cmd, run.Request{Verb: run.Down, Options: o, Command: args}, whichHosts{Selection: sel}, &risks, format)
		},
	}
	eventFlag(cmd, &format)
	selectionFlags(cmd, &sel)
	enterFlag(cmd, &o.Enter)
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
		Long: `up brings back the hosts that umm-cluster down took out of service. If no member of Galera
or RabbitMQ is running, it starts the one with provably the newest data first. It also
works without a run: for hosts found in maintenance mode, after all of them lost power,
and if a run was lost with its master. It undoes a standby in Pacemaker that a run has
set, and leaves one that somebody else has set. A member that cannot be read may be the
newest: up stops there, unless missing-member is accepted, and with it the loss of what
only that member has. What Pacemaker runs is left to Pacemaker.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			isDown := func(st run.State) bool { return st.Request.Verb == run.Down }
			return a.bringBack(cmd, run.Up, strings.Join(args, ""), isDown, &risks,
				func() (*site.Site, error) { return a.open(cmd, sel, format) })
		},
	}
	eventFlag(cmd, &format)
	selectionFlags(cmd, &sel)
	risks.add(cmd, append(risksOfUp, risksOfCommand...)...)
	return cmd
}

// bringBack brings hosts back that a run took out: the run with that ID, or without one the run
// that is it.
func (a *app) bringBack(cmd *cobra.Command, verb run.Verb, id string, is func(run.State) bool, risks *riskFlags, open func() (*site.Site, error)) error {
	accepted, err := risks.risks()
	if err != nil {
		return err
	}
	s, err := open()
	if err != nil {
		return err
	}
	defer s.Close()
	s.Accepted = accepted
	if id == "" {
		id = s.RunOf(cmd.Context(), is)
	}
	return s.BringBack(cmd.Context(), id, verb)
}
