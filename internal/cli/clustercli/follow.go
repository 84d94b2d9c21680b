package clustercli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"umm/internal/cluster/inventory"
	"umm/internal/cluster/report"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
)

const (
	// followEvery is how often a run is looked at that is followed.
	followEvery = time.Second
	// commandEvery is how often its host is asked what the command does, commandLimit how long
	// that may take.
	commandEvery = 10 * time.Second
	commandLimit = 5 * time.Second
)

func (a *app) followCommand() *cobra.Command {
	var format string
	var cluster []string
	cmd := &cobra.Command{
		Use:   "follow [flags] [RUN]",
		Short: "Show a run as it goes on, from another terminal",
		Long: `follow shows what a run of this master has done and what it does, as the terminal does
that it was begun in, until the run ends, stops or is held: it ends with the exit code
that the run has then. It changes nothing; Ctrl-C ends follow, and the run goes on.

Without RUN it is the one that has the cluster.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkFormat(format); err != nil {
				return err
			}
			s, err := a.open(cmd, inventory.Selection{Hosts: cluster})
			if err != nil {
				return err
			}
			defer s.pool.Close()
			id := ""
			if st, ok := s.own(cmd.Context()); ok {
				id = st.Request.ID
			}
			if len(args) == 1 {
				id = args[0]
			}
			if id == "" {
				return &Error{Code: Refused, Err: errors.New("no run has this cluster"), Hint: "umm-cluster history"}
			}
			if st, known := stateOf(s, id); known && st.Phase != run.EndedPhase {
				if why := s.elsewhere(cmd.Context(), st.Request); why != "" {
					return &Error{Code: Refused, Err: fmt.Errorf("run %s is of another cluster: %s", id, why), Hint: hintOfElsewhere}
				}
			}
			return a.follow(cmd.Context(), s, id, format)
		},
	}
	eventFlag(cmd, &format)
	cmd.Flags().StringSliceVar(&cluster, "hosts", nil, "the `HOSTS` of the cluster, where none are configured")
	return cmd
}

// follow shows a run until it stands still, or ctx ends.
func (a *app) follow(ctx context.Context, s *site, id, format string) error {
	tail, err := s.runs.Tail(id)
	if err != nil {
		return &Error{Code: Usage, Err: err}
	}
	defer tail.Close()
	var state run.State
	var shown report.Multi
	defer func() {
		if err := shown.Close(); err != nil {
			a.log.Warn(err)
		}
	}()
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for asked := (time.Time{}); ; {
		// It is looked at before the journal is read: what a process writes that ends in between is read.
		working := s.working(ctx, id)
		entries, err := tail.Next()
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := state.Add(e); err != nil {
				return fmt.Errorf("cannot follow %s: its journal makes no sense: %w", id, err)
			}
			if shown == nil {
				shown = report.Multi{a.shown(s, state.Request, format)}
			}
			shown.Emit(e)
		}
		if state.Phase != run.Active || !working {
			return stood(state, id)
		}
		if step := commandOf(state); step != nil && time.Since(asked) >= commandEvery {
			asked = time.Now()
			shown.Emit(run.Entry{At: asked, Run: id, Kind: run.Waiting, Host: step.Host, Step: step, Text: s.doing(ctx, step.Host, id)})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// working tells whether the process of a run is at work on this master.
func (s *site) working(ctx context.Context, id string) bool {
	look := s.keeperHere().Holder(ctx)
	return look.Working && look.OnMaster != nil && look.OnMaster.Run == id
}

// commandOf is the step in which the command runs; nil where it does not.
func commandOf(state run.State) *run.Step {
	c := state.Current()
	if c == nil || !c.Begun || c.Next >= len(c.Steps) || c.Steps[c.Next].Kind != run.Command {
		return nil
	}
	return &c.Steps[c.Next]
}

// doing is what a host says of the command.
func (s *site) doing(ctx context.Context, host, id string) string {
	ctx, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	st, err := s.cluster.Node.Status(ctx, host)
	text := rollout.CommandResult(rollout.HostStatus{Host: host, Status: st, Err: err}, id, false).Text
	return text
}

// stood is how a run stands that does not go on: as the command ends that drives it.
func stood(state run.State, id string) error {
	failed := state.CommandFailed()
	switch {
	case state.Request.ID == "":
		return &Error{Code: Refused, Err: fmt.Errorf("run %s did not begin", id)}
	case state.Phase == run.PausedPhase:
		return errHeld
	case state.Phase == run.EndedPhase && state.Direction != run.Undo && len(failed) > 0:
		return &Error{Code: CommandFailed, Err: &commandFailed{failed}, Hint: "umm-cluster show " + id}
	case state.Phase == run.EndedPhase:
		return nil
	case state.Phase == run.StoppedPhase:
		return &Error{Code: CannotDo, Err: fmt.Errorf("run %s has stopped: %s", id, state.Text), Hint: state.Hint}
	}
	return &Error{Code: CannotDo, Err: fmt.Errorf("run %s was killed", id),
		Hint: "umm-cluster resume " + id + " goes on with it, umm-cluster abort " + id + " brings back what it has out"}
}
