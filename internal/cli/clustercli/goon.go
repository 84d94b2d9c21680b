package clustercli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"umm/internal/cluster/inventory"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
)

func (a *app) resumeCommand() *cobra.Command {
	var retry bool
	cmd := a.goOnCommand("resume", "Go on with a run that was killed or stopped",
		`resume compares the journal of a run with the hosts as they are, and goes on with
the step that was under way. A command that failed is not run again, unless --retry
says so: the host then goes out of maintenance mode and in again.`, nil,
		func(ctx context.Context, s *site, e *rollout.Engine, o order) error {
			if !retry {
				return e.Resume(ctx, o.by)
			}
			if err := s.idle(ctx, entered(e.State()), nil); err != nil {
				return err
			}
			err := e.Retry(ctx, o.by)
			if errors.Is(err, rollout.ErrNothingToRetry) {
				return &Error{Code: Refused, Err: err, Hint: "umm-cluster show " + e.State().Request.ID}
			}
			return err
		})
	cmd.Flags().BoolVar(&retry, "retry", false, "run the command again that failed")
	return cmd
}

func (a *app) continueCommand() *cobra.Command {
	return a.goOnCommand("continue", "Go on with a run that is held",
		`continue goes on after a hold. Where the command failed on a host it is taken as
done: its work was finished by hand. While it still runs continue is refused;
--accept-risk=command-running leaves it running.`, risksOfCommand,
		func(ctx context.Context, _ *site, e *rollout.Engine, o order) error {
			return e.Continue(ctx, o.by, time.Time{})
		})
}

func (a *app) abortCommand() *cobra.Command {
	return a.goOnCommand("abort", "Give a run up, and bring back what it has out",
		`abort undoes what a run has in force, last in, first out: no host is left drained,
in standby or in maintenance mode by it. It does not wait for the cluster to be
whole; what needs a host that does not answer comes last. What cannot be undone keeps
nothing else from being undone; abort again tries it again, and with
--accept-risk=left-in-force closes the run with that in force. While the command still
runs on a host abort is refused; --accept-risk=command-running leaves it running.`, risksOfAbort,
		func(ctx context.Context, s *site, e *rollout.Engine, o order) error {
			st := e.State()
			how, err := howToAbort(st, rollout.AcceptedRisk(o.risks, rollout.RiskLeftInForce))
			switch {
			case err != nil:
				return err
			case how == closes:
				return e.Close(o.by, o.reason)
			case how == resumes:
				return e.Resume(ctx, o.by)
			}
			var starts []rollout.ColdStart
			if st.Request.Verb == run.Down {
				var err error
				if starts, err = a.coldStart(ctx, s); err != nil {
					a.log.Warn(err) // the hosts come back all the same
				}
			}
			return e.Abort(ctx, o.by, starts)
		})
}

// What abort does with a run.
const (
	undoes  = "undoes"
	resumes = "resumes"
	closes  = "closes"
)

// howToAbort is what abort does with a run: it is undone, the undoing goes on, or it is
// closed as it is, where the operator says so and undoing was tried.
func howToAbort(st run.State, leave bool) (string, error) {
	switch {
	case leave && st.Direction != run.Undo:
		return "", &Error{Code: Refused, Err: errors.New("nothing of the run was undone yet"), Hint: "umm-cluster abort " + st.Request.ID + " does, and then says what is left"}
	case leave:
		return closes, nil
	case st.Direction == run.Undo && (st.Current() != nil || len(st.Todo) > 0):
		return resumes, nil
	}
	return undoes, nil
}

// order is what the operator says to a run: who, and which risks are accepted for what reason.
type order struct {
	by     string
	risks  []run.Risk
	reason string
}

// goOnCommand is one of the operator's words on a run that exists. With known risks it may bring
// hosts back, and is refused while the command runs on one of them.
func (a *app) goOnCommand(name, short, long string, known []namedRisk, say func(context.Context, *site, *rollout.Engine, order) error) *cobra.Command {
	var format string
	var cluster []string
	var risks riskFlags
	cmd := &cobra.Command{
		Use:   name + " [flags] [RUN]",
		Short: short,
		Long:  long + "\n\nWithout RUN it is the last one that is not over.",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkFormat(format); err != nil {
				return err
			}
			accepted, err := risks.risks()
			if err != nil {
				return err
			}
			s, err := a.open(cmd, inventory.Selection{Hosts: cluster})
			if err != nil {
				return err
			}
			defer s.pool.Close()
			id := a.runOf(cmd.Context(), s, func(run.State) bool { return true })
			if len(args) == 1 {
				id = args[0]
			}
			if id == "" {
				return &Error{Code: Refused, Err: errors.New("there is no run that is not over"), Hint: "umm-cluster history"}
			}
			past, state, err := a.takeUp(cmd.Context(), s, id)
			if err != nil {
				return err
			}
			if known != nil {
				if err := s.idle(cmd.Context(), entered(state), accepted); err != nil {
					return err
				}
			}
			by, master := a.who()
			return a.drive(cmd, job{site: s, request: state.Request, past: past, accepted: accepted, format: format, cold: wentCold(state),
				start: func(ctx context.Context, e *rollout.Engine) error {
					return say(ctx, s, e, order{by: by + " on " + master, risks: accepted, reason: risks.reason})
				}})
		},
	}
	eventFlag(cmd, &format)
	if known != nil {
		risks.add(cmd, known...)
	}
	cmd.Flags().StringSliceVar(&cluster, "hosts", nil, "the `HOSTS` of the cluster, where none are configured")
	return cmd
}

// wentCold tells whether the engine of the lease may be down with the hosts of a
// run.
func wentCold(s run.State) bool {
	return s.Direction != run.Forward || s.Request.Verb == run.Down || s.Request.Verb == run.Up
}
