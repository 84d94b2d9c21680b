package site

import (
	"context"
	"errors"
	"fmt"
	"time"

	"umm/internal/cluster/exit"
	"umm/internal/cluster/report"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/poll"
)

const (
	// followEvery is how often a run that is followed is read.
	followEvery = time.Second
	// commandEvery is how often its host is asked what the command does, commandLimit how long
	// that may take.
	commandEvery = 10 * time.Second
	commandLimit = 5 * time.Second
)

// Follow shows a run until it stands still, or ctx ends: the one that has the cluster, where none
// is named.
func (s *Site) Follow(ctx context.Context, id string) error {
	if st, ok := s.own(ctx); ok && id == "" {
		id = st.Request.ID
	}
	if id == "" {
		return &exit.Error{Code: exit.Refused, Err: errors.New("no run has the cluster lock"), Hint: "umm-cluster history"}
	}
	if st, known := s.stateOf(id); known && st.Phase != run.EndedPhase {
		if why := s.elsewhere(ctx, st.Request); why != "" {
			return &exit.Error{Code: exit.Refused, Err: fmt.Errorf("run %s is of another cluster: %s", id, why), Hint: hintOfElsewhere}
		}
	}
	return s.follow(ctx, id)
}

// follow shows a run until it stands still, or ctx ends.
func (s *Site) follow(ctx context.Context, id string) error {
	tail, err := s.Runs.Tail(id)
	if err != nil {
		return &exit.Error{Code: exit.Usage, Err: err}
	}
	defer tail.Close()
	var state run.State
	var shown report.Multi
	defer func() {
		if err := shown.Close(); err != nil {
			s.warn(err)
		}
	}()
	var asked time.Time
	for range poll.Every(ctx, followEvery) {
		// It is checked before the journal is read: what a process writes that ends in between is read.
		working := s.working(ctx, id)
		entries, err := tail.Next()
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := state.Add(e); err != nil {
				return fmt.Errorf("cannot follow %s: its journal is inconsistent: %w", id, err)
			}
			if shown == nil {
				shown = report.Multi{s.Display.Run(state.Request)}
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
	}
	return nil
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
func (s *Site) doing(ctx context.Context, host, id string) string {
	ctx, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	st, err := s.Cluster.Node.Status(ctx, host)
	return rollout.CommandResult(rollout.HostStatus{Host: host, Status: st, Err: err}, id, false).Text
}

// stood is how a run stands that does not go on: as the command ends that drives it.
func stood(state run.State, id string) error {
	failed := state.CommandFailed()
	switch {
	case state.Request.ID == "":
		return &exit.Error{Code: exit.Refused, Err: fmt.Errorf("run %s did not begin", id)}
	case state.Phase == run.PausedPhase:
		return ErrHeld
	case state.Phase == run.EndedPhase && state.Direction != run.Undo && len(failed) > 0:
		return &exit.Error{Code: exit.CommandFailed, Err: &CommandFailed{failed}, Hint: "umm-cluster show " + id}
	case state.Phase == run.EndedPhase:
		return nil
	case state.Phase == run.StoppedPhase:
		return &exit.Error{Code: exit.CannotDo, Err: fmt.Errorf("run %s has stopped: %s", id, state.Text), Hint: state.Hint}
	}
	return &exit.Error{Code: exit.CannotDo, Err: fmt.Errorf("run %s was killed", id),
		Hint: "umm-cluster resume " + id + " continues it, umm-cluster abort " + id + " brings back what it took out of service"}
}
