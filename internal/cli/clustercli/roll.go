package clustercli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"umm/internal/api"
	"umm/internal/cli/show"
	"umm/internal/cluster/inventory"
	"umm/internal/cluster/report"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/site"
)

const ifNeededHelp = "take only hosts that have to be rebooted (umm status says which)"

// commandAfter wants so many words before --, and the command behind it: a host that is
// typed where the command belongs must not be run on all of them.
func commandAfter(words int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		before := cmd.ArgsLenAtDash()
		if before < 0 {
			before = len(args)
		}
		switch {
		case before < words:
			return usage("no host was named: umm-cluster %s", cmd.Use)
		case before > words:
			return usage("%q is one word too many; a command comes after --: umm-cluster %s", args[words], cmd.Use)
		}
		return nil
	}
}

func (a *app) rollCommand() *cobra.Command {
	var o run.Options
	var risks riskFlags
	var format string
	var which whichHosts
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "roll [flags] [-- COMMAND [ARG...]]",
		Short: "Take hosts through maintenance mode one after another",
		Long: `roll takes each host into maintenance mode by a reboot, runs COMMAND there once,
and brings it back, one host at a time. Before a host goes, the cluster has to be
whole and able to do without it; the host is taken out of its services first, and
put back when they are whole again. The order is decided as the run goes: a host
that holds the virtual IP or is the coordinator goes last.

A host whose COMMAND has installed what wants a reboot, as a kernel, leaves
maintenance mode by one: that is --leave=auto, and umm status there says whether it
is so. The journal and umm-cluster show tell which kernel ran before and after.

The first failure of any kind stops the run, with the other hosts untouched, and
says where everything stands and which command comes next; only after a command
that failed it can go on (policy.on_command_failure). umm-cluster plan shows the
steps beforehand.`,
		Example: `  umm-cluster roll -- apt-get -y dist-upgrade
  umm-cluster roll --hosts n1,n2,n3 --canary --reason "new kernel"
  umm-cluster roll --if-needed --reason "updates"`,
		Args: commandAfter(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			if dryRun {
				return a.plan(cmd, run.Request{Verb: run.Roll, Options: o, Command: args}, which, format)
			}
			return a.roll(cmd, run.Request{Verb: run.Roll, Options: o, Command: args}, which, &risks, format)
		},
	}
	eventFlag(cmd, &format)
	selectionFlags(cmd, &which.Selection)
	risks.add(cmd, risksOfRun...)
	a.yesFlag(cmd)
	f := cmd.Flags()
	f.BoolVar(&dryRun, "dry-run", false, "do nothing but what umm-cluster plan does: show the steps")
	f.BoolVar(&which.ifNeeded, "if-needed", false, ifNeededHelp)
	f.StringVar(&which.prepare, "prepare", "", "run `LINE` of the shell on all hosts at once before any is drained; where it fails on\none nothing is done (default policy.prepare)")
	f.BoolVar(&o.Canary, "canary", false, "hold after the first host")
	f.IntVar(&o.PauseAfter, "pause-after", 0, "hold after every `N` hosts")
	untilFlag(cmd, &which.until)
	leaveFlag(cmd, &o.Leave)
	f.BoolVar(&o.Hold, "hold", false, "keep each host in maintenance mode until umm-cluster continue")
	return cmd
}

// untilFlag adds --until.
func untilFlag(cmd *cobra.Command, until *string) {
	cmd.Flags().StringVar(until, "until", "", "begin no host that would not be back by `HH:MM`, as far as earlier runs tell; the run is\npaused then (default the end of the open window of policy.window)")
}

// leaveFlag adds --leave.
func leaveFlag(cmd *cobra.Command, leave *run.LeaveBy) {
	*leave = run.LeaveAuto
	cmd.Flags().Var((*leaveValue)(leave), "leave", "how a host leaves maintenance mode: `auto|off|reboot`; auto reboots where umm status says\nthat a reboot is needed, as after a new kernel")
}

// leaveValue is --leave as a flag.
type leaveValue run.LeaveBy

func (v *leaveValue) String() string { return string(*v) }
func (*leaveValue) Type() string     { return "string" }

// Set implements pflag.Value.
func (v *leaveValue) Set(text string) error {
	switch how := run.LeaveBy(text); how {
	case run.LeaveAuto, run.LeaveOff, run.LeaveReboot:
		*v = leaveValue(how)
		return nil
	}
	return errors.New("use auto, off or reboot")
}

// eventFlag adds -o to a command that drives a run.
func eventFlag(cmd *cobra.Command, format *string) {
	cmd.Flags().StringVarP(format, "output", "o", "text", "how to print: text, or json: one event a line")
}

// roll begins a new run on the hosts that are selected.
func (a *app) roll(cmd *cobra.Command, r run.Request, which whichHosts, risks *riskFlags, format string) error {
	if r.Options.PauseAfter < 0 {
		return usage("--pause-after %d: a number of hosts", r.Options.PauseAfter)
	}
	return a.unlessNoneNeeded(a.begin(cmd, r, risks, format, func() (*site.Site, error) { return a.openWhich(cmd, which, format) }))
}

// whichHosts are the hosts that a run takes, and what is done on them beforehand.
type whichHosts struct {
	inventory.Selection
	// ifNeeded leaves out those that need no reboot.
	ifNeeded bool
	// prepare is a line of the shell; empty: that of the configuration.
	prepare string
	// until is HH:MM; empty: the end of a window of the configuration.
	until string
}

// openWhich is open for those hosts; which of them need a reboot is not asked yet.
func (a *app) openWhich(cmd *cobra.Command, which whichHosts, format string) (*site.Site, error) {
	s, err := a.open(cmd, which.Selection, format)
	if err == nil {
		s.IfNeeded, s.Prepare, s.Until = which.ifNeeded, orElse(which.prepare, s.Conf.Policy.Prepare), which.until
	}
	return s, err
}

// begin begins a new run on the hosts that open says.
func (a *app) begin(cmd *cobra.Command, r run.Request, risks *riskFlags, format string, open func() (*site.Site, error)) error {
	if err := checkFormat(format); err != nil {
		return err
	}
	accepted, err := risks.risks()
	if err != nil {
		return err
	}
	if err := api.CheckRequest(risks.reason, r.Command); err != nil {
		return usage("%v", err)
	}
	if r.Verb == run.Down && !rollout.AcceptedRisk(accepted, rollout.RiskServiceStop) {
		return &Error{Code: Refused, Err: fmt.Errorf("down stops every service of the cluster"),
			Hint: "--accept-risk=" + rollout.RiskServiceStop + " --reason=TEXT, if that is what you want"}
	}
	s, err := open()
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Begin(cmd.Context(), r, accepted, risks.reason)
}

// unlessNoneNeeded says that there is nothing to do, which is no error.
func (a *app) unlessNoneNeeded(err error) error {
	if !errors.Is(err, site.ErrNoneNeeded) {
		return err
	}
	_, err = fmt.Fprintln(a.stderr, site.ErrNoneNeeded)
	return err
}

func (a *app) planCommand() *cobra.Command {
	var which whichHosts
	var o run.Options
	var format string
	cmd := &cobra.Command{
		Use:   "plan [flags] [-- COMMAND [ARG...]]",
		Short: "Show the steps that roll would do, in order, and why in this order",
		Long: `plan looks at the cluster once and prints the very steps that roll would execute,
host by host, and why the hosts go in this order. It changes nothing. The order
can come out differently when the cluster changes on the way.`,
		Args: commandAfter(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.plan(cmd, run.Request{Verb: run.Roll, Options: o, Command: args}, which, format)
		},
	}
	outputFlag(cmd, &format)
	selectionFlags(cmd, &which.Selection)
	cmd.Flags().BoolVar(&o.Hold, "hold", false, "as for roll")
	untilFlag(cmd, &which.until)
	leaveFlag(cmd, &o.Leave)
	cmd.Flags().BoolVar(&which.ifNeeded, "if-needed", false, "as for roll")
	return cmd
}

// plan shows the steps of a run that takes these hosts.
func (a *app) plan(cmd *cobra.Command, r run.Request, which whichHosts, format string) error {
	if err := checkFormat(format); err != nil {
		return err
	}
	if err := api.CheckRequest("", r.Command); err != nil {
		return usage("%v", err)
	}
	s, err := a.openWhich(cmd, which, format)
	if err != nil {
		return err
	}
	defer s.Close()
	r, turns, err := s.Plan(cmd.Context(), r)
	if err != nil {
		return a.unlessNoneNeeded(err)
	}
	if format == "json" {
		return show.JSON(a.stdout, report.PlanDoc(r, turns))
	}
	expected := report.EstimateFrom(s.OwnRuns(), r)
	_, err = fmt.Fprint(a.stdout, report.Plan(turns, expected), report.Policy(r), report.Fits(r, expected, time.Now()))
	return err
}
