package clustercli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"umm/internal/api"
	"umm/internal/cli/command"
	"umm/internal/cli/show"
	"umm/internal/cluster/inventory"
	"umm/internal/cluster/report"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/site"
)

const ifNeededHelp = "take only hosts that need a reboot, according to umm status"

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
			return usage("no host given: umm-cluster %s", cmd.Use)
		case before > words:
			return usage("unexpected argument %q: put the command after --: umm-cluster %s", args[words], cmd.Use)
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
		Long: `roll takes the hosts through maintenance mode, one at a time: it drains a host, reboots it
into maintenance mode, runs COMMAND there once, and brings it back. A host is taken only if
the cluster is healthy and can do without it, and the next one only when all services are
healthy again. The order is decided as the run goes: a host that holds the virtual IP or is
the coordinator goes last.

A host that needs a reboot after COMMAND, for example because of a new kernel, leaves
maintenance mode by a reboot (--leave=auto). umm-cluster show tells which kernel ran before
and after. By default a host also enters maintenance mode by a reboot: one that no longer
boots is found before COMMAND has changed anything. --enter=live saves that reboot.

Any failure stops the run; the other hosts are not touched, and the message says what state
the run is in and which command comes next. Only after a failed command can it be told to go
on (policy.on_command_failure). umm-cluster plan shows the steps in advance.`,
		Example: `  umm-cluster roll -- apt-get -y dist-upgrade
  umm-cluster roll --hosts n1,n2,n3 --canary --reason "new kernel"
  umm-cluster roll --if-needed --reason "updates"
  umm-cluster roll --enter=live --reason "updates" -- apt-get -y dist-upgrade`,
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
	f.BoolVar(&dryRun, "dry-run", false, "show the steps and change nothing, as umm-cluster plan does")
	f.BoolVar(&which.ifNeeded, "if-needed", false, ifNeededHelp)
	f.StringVar(&which.prepare, "prepare", "", "run `LINE` of the shell on all hosts at once before any is drained; if it fails on one,\nnothing is done (default policy.prepare)")
	f.BoolVar(&o.Canary, "canary", false, "pause after the first host")
	f.IntVar(&o.PauseAfter, "pause-after", 0, "pause after every `N` hosts")
	untilFlag(cmd, &which.until)
	enterFlag(cmd, &o.Enter)
	leaveFlag(cmd, &o.Leave)
	f.BoolVar(&o.Hold, "hold", false, "keep each host in maintenance mode until umm-cluster continue")
	return cmd
}

// untilFlag adds --until.
func untilFlag(cmd *cobra.Command, until *string) {
	cmd.Flags().StringVar(until, "until", "", "pause instead of taking a host that would not be back by `HH:MM`, judging by earlier runs\n(default the end of the current policy.window)")
}

// enterFlag adds --enter.
func enterFlag(cmd *cobra.Command, enter *run.EnterBy) {
	*enter = run.EnterReboot
	cmd.Flags().Var(choice[run.EnterBy]{enter, []string{"reboot", "live"}}, "enter",
		"how a host enters maintenance mode: `reboot|live`; live stops its services without a reboot")
}

// leaveFlag adds --leave.
func leaveFlag(cmd *cobra.Command, leave *run.LeaveBy) {
	*leave = run.LeaveAuto
	cmd.Flags().Var(choice[run.LeaveBy]{leave, []string{"auto", "off", "reboot"}}, "leave",
		"how a host leaves maintenance mode: `auto|off|reboot`; auto reboots if umm status says that\na reboot is needed")
}

// choice is a flag whose value is one of a few words.
type choice[T ~string] struct {
	value *T
	words []string
}

func (c choice[T]) String() string { return string(*c.value) }
func (choice[T]) Type() string     { return "string" }

// Set implements pflag.Value.
func (c choice[T]) Set(text string) error {
	if !slices.Contains(c.words, text) {
		return errors.New("use " + anyOf(c.words))
	}
	*c.value = T(text)
	return nil
}

// eventFlag adds -o to a command that drives a run.
func eventFlag(cmd *cobra.Command, format *string) {
	command.OutputFlag(cmd, format, "how to print: text, or json: one event a line")
}

// roll begins a new run on the hosts that are selected.
func (a *app) roll(cmd *cobra.Command, r run.Request, which whichHosts, risks *riskFlags, format string) error {
	if r.Options.PauseAfter < 0 {
		return usage("invalid --pause-after %d: use a number of hosts, or 0", r.Options.PauseAfter)
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
		s.IfNeeded, s.Prepare, s.Until = which.ifNeeded, cmp.Or(which.prepare, s.Conf.Policy.Prepare), which.until
	}
	return s, err
}

// begin begins a new run on the hosts that open says.
func (a *app) begin(cmd *cobra.Command, r run.Request, risks *riskFlags, format string, open func() (*site.Site, error)) error {
	accepted, err := risks.risks()
	if err != nil {
		return err
	}
	if err := api.CheckRequest(risks.reason, r.Command); err != nil {
		return usage("%v", err)
	}
	if r.Verb == run.Down && !rollout.AcceptedRisk(accepted, rollout.RiskServiceStop) {
		return &Error{Code: Refused, Err: fmt.Errorf("down stops all services of the cluster"),
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
		Short: "Show the steps that roll would execute, and why in this order",
		Long: `plan checks the cluster once and prints the steps that roll would execute, host by host,
and why the hosts go in this order. It changes nothing. If the cluster changes during the
run, roll may take the hosts in another order.`,
		Args: commandAfter(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.plan(cmd, run.Request{Verb: run.Roll, Options: o, Command: args}, which, format)
		},
	}
	command.OutputFlag(cmd, &format, outputHelp)
	selectionFlags(cmd, &which.Selection)
	cmd.Flags().BoolVar(&o.Hold, "hold", false, "as for roll")
	untilFlag(cmd, &which.until)
	enterFlag(cmd, &o.Enter)
	leaveFlag(cmd, &o.Leave)
	cmd.Flags().BoolVar(&which.ifNeeded, "if-needed", false, "as for roll")
	return cmd
}

// plan shows the steps of a run that takes these hosts.
func (a *app) plan(cmd *cobra.Command, r run.Request, which whichHosts, format string) error {
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
