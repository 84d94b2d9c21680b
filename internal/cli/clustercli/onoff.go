package clustercli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"umm/internal/api"
	"umm/internal/cluster/inventory"
	"umm/internal/cluster/lock"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
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
				func() (*site, error) { return a.openFor(cmd, args[0], cluster) })
		},
	}
	eventFlag(cmd, &format)
	risks.add(cmd, risksOfRun...)
	cmd.Flags().StringSliceVar(&cluster, "hosts", nil, "the `HOSTS` of the cluster, where none are configured")
	return cmd
}

// openFor opens the whole cluster, of which one host is meant.
func (a *app) openFor(cmd *cobra.Command, host string, named []string) (*site, error) {
	s, err := a.open(cmd, inventory.Selection{Hosts: named})
	if err != nil {
		return nil, err
	}
	if !slices.Contains(s.cluster.Hosts, host) {
		s.pool.Close()
		return nil, usage("there is no host %s%s", host, inventory.Suggestion(host, s.cluster.Hosts))
	}
	s.taken = []string{host}
	return s, nil
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
			accepted, err := risks.risks()
			if err != nil {
				return err
			}
			s, err := a.openFor(cmd, args[0], cluster)
			if err != nil {
				return err
			}
			defer s.pool.Close()
			s.accepted = accepted
			id := a.runOf(cmd.Context(), s, func(st run.State) bool {
				return slices.ContainsFunc(st.Out(), func(stay run.Turn) bool { return stay.Host == args[0] })
			})
			return a.bringBack(cmd, s, id, run.Off, format)
		},
	}
	eventFlag(cmd, &format)
	risks.add(cmd, risksOfCommand...)
	cmd.Flags().StringSliceVar(&cluster, "hosts", nil, "the `HOSTS` of the cluster, where none are configured")
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
			accepted, err := risks.risks()
			if err != nil {
				return err
			}
			s, err := a.open(cmd, sel)
			if err != nil {
				return err
			}
			defer s.pool.Close()
			s.accepted = accepted
			id := ""
			if len(args) == 1 {
				id = args[0]
			} else {
				id = a.runOf(cmd.Context(), s, func(st run.State) bool { return st.Request.Verb == run.Down })
			}
			return a.bringBack(cmd, s, id, run.Up, format)
		},
	}
	eventFlag(cmd, &format)
	selectionFlags(cmd, &sel)
	risks.add(cmd, append(risksOfUp, risksOfCommand...)...)
	return cmd
}

// runOf is the last run that is not over and is like that; empty if there is none.
func (a *app) runOf(ctx context.Context, s *site, like func(run.State) bool) string {
	id := ""
	for _, st := range a.pastRuns(s) {
		if st.Phase != run.EndedPhase && like(st) && s.elsewhere(ctx, st.Request) == "" {
			id = st.Request.ID
		}
	}
	return id
}

// bringBack brings back what a run has out, or the hosts that are found in
// maintenance mode where there is no run.
func (a *app) bringBack(cmd *cobra.Command, s *site, id string, verb run.Verb, format string) error {
	if err := checkFormat(format); err != nil {
		return err
	}
	by, master := a.who()
	if id == "" {
		return a.bringBackFound(cmd, s, verb, format)
	}
	past, state, err := a.takeUp(cmd.Context(), s, id)
	if err != nil {
		return err
	}
	if err := s.idle(cmd.Context(), entered(state), s.accepted); err != nil {
		return err
	}
	return a.drive(cmd, job{site: s, request: state.Request, past: past, format: format, cold: verb == run.Up, accepted: s.accepted,
		start: func(ctx context.Context, e *rollout.Engine) error {
			if state.Direction != run.Forward {
				return e.Resume(ctx, by+" on "+master)
			}
			starts, err := a.coldStart(ctx, s)
			if err != nil {
				return &rollout.Stop{Err: err, Hint: fmt.Sprintf("umm-cluster up %s tries again, once the cause is gone", id)}
			}
			return e.Return(ctx, by+" on "+master, starts, nil)
		}})
}

// bringBackFound brings back hosts that are in maintenance mode without a run, the
// one that went last first, and starts what does not run after a blackout.
func (a *app) bringBackFound(cmd *cobra.Command, s *site, verb run.Verb, format string) error {
	if err := s.detect(cmd.Context()); err != nil {
		return err
	}
	sight := s.cluster.Observe(cmd.Context(), s.limits)
	if other := marked(sight); other != nil {
		return &Error{Code: Refused, Err: &lock.HeldError{Claim: *other, Where: "hosts are marked with it"},
			Hint: hintOfHeld(s, &lock.HeldError{Claim: *other}) + "; where its master is gone for good: umm-cluster unlock --accept-risk=" + riskBreakLock + " --reason=TEXT, and then this again"}
	}
	extra := inMaintenance(sight, s.taken)
	if err := s.idle(cmd.Context(), extra, s.accepted); err != nil {
		return err
	}
	r := run.Request{ID: newID(time.Now()), Verb: verb, Hosts: s.cluster.Hosts, Members: s.cluster.Members, Addresses: s.addresses, Risks: s.accepted, Reason: "found so"}
	r.By, r.Master = a.who()
	r.Probes, r.Connects = s.probed()
	r.Machines, r.IDs = s.here().Machines, s.ids
	return a.drive(cmd, job{site: s, request: r, format: format, cold: true,
		start: func(ctx context.Context, e *rollout.Engine) error {
			starts, err := a.coldStart(ctx, s)
			if err != nil {
				return err
			}
			abandoned, err := s.abandoned(ctx)
			if err != nil {
				return err
			}
			extra := withChanges(extra, abandoned)
			if len(extra) == 0 && len(starts) == 0 {
				return &Error{Code: Refused, Err: errors.New(nothingOut(verb, s.taken)), Hint: "umm-cluster status"}
			}
			return e.BeginReturn(ctx, r, starts, extra)
		}})
}

// withChanges are hosts that are out: in maintenance mode, or by changes that nobody undid.
func withChanges(in []string, open []service.Change) []run.Turn {
	var out []run.Turn
	for _, host := range in {
		out = append(out, run.Turn{Host: host, Entered: true})
	}
	for _, c := range open {
		at := slices.IndexFunc(out, func(s run.Turn) bool { return s.Host == c.Target })
		if at < 0 {
			out, at = append(out, run.Turn{Host: c.Target}), len(out)
		}
		out[at].Open = append(out[at].Open, c)
	}
	return out
}

// nothingOut says that there is nothing to bring back.
func nothingOut(verb run.Verb, taken []string) string {
	if verb == run.Off {
		return strings.Join(taken, ", ") + " is not in maintenance mode"
	}
	return "nothing is in maintenance mode, and nothing has to be started"
}

// inMaintenance are the hosts in maintenance mode, the one that went first first.
func inMaintenance(sight rollout.Observation, taken []string) []string {
	var in []rollout.HostStatus
	for _, h := range sight.Hosts {
		if h.Err == nil && h.Status.Mode == api.ModeMaintenance && slices.Contains(taken, h.Host) {
			in = append(in, h)
		}
	}
	slices.SortStableFunc(in, func(x, y rollout.HostStatus) int {
		if x.Status.Since == nil || y.Status.Since == nil {
			return 0
		}
		return x.Status.Since.Compare(*y.Status.Since)
	})
	var hosts []string
	for _, h := range in {
		hosts = append(hosts, h.Host)
	}
	return hosts
}

// takeUp reads a run that is not over, and takes its services up.
func (a *app) takeUp(ctx context.Context, s *site, id string) ([]run.Entry, run.State, error) {
	past, err := s.runs.Read(id)
	if err != nil {
		return nil, run.State{}, &Error{Code: Usage, Err: err}
	}
	if len(past) == 0 {
		return nil, run.State{}, &Error{Code: Refused, Err: fmt.Errorf("run %s never began: nothing was done", id), Hint: "the next run takes the cluster"}
	}
	state, err := run.Fold(past)
	if err != nil {
		return nil, state, fmt.Errorf("cannot go on with %s: its journal makes no sense: %w", id, err)
	}
	if why := s.elsewhere(ctx, state.Request); why != "" {
		return nil, state, &Error{Code: Refused, Err: fmt.Errorf("run %s is of another cluster: %s", id, why), Hint: hintOfElsewhere}
	}
	s.cluster.Members, s.addresses = state.Request.Members, state.Request.Addresses
	s.useMembers()
	if state.Phase == run.EndedPhase {
		a.giveBack(ctx, s, lock.Claim{Run: id})
		return nil, state, &Error{Code: Refused, Err: fmt.Errorf("run %s is over", id), Hint: "umm-cluster show " + id}
	}
	return past, state, nil
}
