package site

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"umm/internal/cluster/exit"
	"umm/internal/cluster/journal"
	"umm/internal/cluster/lock"
	"umm/internal/cluster/run"
)

// newID names a run by the time and a few random digits.
func newID(now time.Time) string {
	var b [2]byte
	_, _ = rand.Read(b[:])
	return now.UTC().Format("20060102-150405") + "-" + hex.EncodeToString(b[:])
}

// PastRuns are all runs that can be read; it warns of those that cannot.
func (s *Site) PastRuns() []run.State {
	ids, err := s.Runs.Runs()
	if err != nil {
		s.warn(err)
	}
	var states []run.State
	for _, id := range ids {
		entries, err := s.Runs.Read(id)
		if err == nil && len(entries) == 0 {
			continue // it was killed before it began
		}
		var state run.State
		if err == nil {
			state, err = run.Fold(entries)
		}
		if err != nil {
			s.warnf("the run %s is left out: %v", id, err)
			continue
		}
		states = append(states, state)
	}
	return states
}

// OwnRuns are those of this cluster, as far as that can be told without asking it.
func (s *Site) OwnRuns() []run.State {
	return slices.DeleteFunc(s.PastRuns(), func(st run.State) bool { return st.Request.Elsewhere(s.here()) != "" })
}

// stateOf is how a run of this master stands, by its journal.
func (s *Site) stateOf(id string) (run.State, bool) {
	entries, err := s.Runs.Read(id)
	if err != nil {
		return run.State{}, false
	}
	state, err := run.Fold(entries)
	return state, err == nil && len(entries) > 0
}

// damaged is why the journal of a run that is there cannot be read; nil where it can, and where
// there is none.
func (s *Site) damaged(id string) error {
	ids, err := s.Runs.Runs()
	if err != nil || !slices.Contains(ids, id) {
		return err
	}
	entries, err := s.Runs.Read(id)
	if err == nil {
		_, err = run.Fold(entries)
	}
	return err
}

// own is the run of this master that has this cluster, where its journal tells.
func (s *Site) own(ctx context.Context) (run.State, bool) {
	look := s.keeperHere().Holder(ctx)
	if look.OnMaster == nil {
		return run.State{}, false
	}
	st, known := s.stateOf(look.OnMaster.Run)
	if !known || st.Phase == run.EndedPhase || st.Request.Elsewhere(s.here()) != "" {
		return run.State{}, false
	}
	return st, true
}

// RunOf is the last run that is not over and is like that; empty if there is none.
func (s *Site) RunOf(ctx context.Context, like func(run.State) bool) string {
	id := ""
	for _, st := range s.PastRuns() {
		if st.Phase != run.EndedPhase && like(st) && s.elsewhere(ctx, st.Request) == "" {
			id = st.Request.ID
		}
	}
	return id
}

// Named is the run that args name, or the last one.
func (s *Site) Named(args []string) (string, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	ids, err := s.Runs.Runs()
	if err == nil && len(ids) == 0 {
		err = fmt.Errorf("there is no run in %s yet", s.Runs.Path)
	}
	if err != nil {
		return "", &exit.Error{Code: exit.Usage, Err: err}
	}
	return ids[len(ids)-1], nil
}

// takeUp reads a run that is not over, and takes its services up.
func (s *Site) takeUp(ctx context.Context, id string) ([]run.Entry, run.State, error) {
	past, err := s.Runs.Read(id)
	if err != nil {
		return nil, run.State{}, &exit.Error{Code: exit.Usage, Err: err}
	}
	if len(past) == 0 {
		return nil, run.State{}, &exit.Error{Code: exit.Refused, Err: fmt.Errorf("run %s never began: nothing was done", id), Hint: "the next run takes the lock"}
	}
	state, err := run.Fold(past)
	if err != nil {
		return nil, state, fmt.Errorf("cannot go on with %s: its journal is inconsistent: %w", id, err)
	}
	if why := s.elsewhere(ctx, state.Request); why != "" {
		return nil, state, &exit.Error{Code: exit.Refused, Err: fmt.Errorf("run %s is of another cluster: %s", id, why), Hint: hintOfElsewhere}
	}
	s.Cluster.Members, s.addresses = state.Request.Members, state.Request.Addresses
	s.useMembers()
	if state.Phase == run.EndedPhase {
		s.giveBack(ctx, lock.Claim{Run: id})
		return nil, state, &exit.Error{Code: exit.Refused, Err: fmt.Errorf("run %s has ended", id), Hint: "umm-cluster show " + id}
	}
	return past, state, nil
}

// lazyJournal makes the file of a new run with its first entry: a run that was
// refused leaves nothing behind.
type lazyJournal struct {
	dir  journal.Dir
	id   string
	file *journal.File
}

func (l *lazyJournal) open() (err error) {
	l.file, _, err = l.dir.Open(l.id)
	return err
}

// Append implements rollout.Journal.
func (l *lazyJournal) Append(e run.Entry) (run.Entry, error) {
	if l.file == nil {
		var err error
		if l.file, err = l.dir.Create(l.id); err != nil {
			return e, err
		}
	}
	return l.file.Append(e)
}

// Close implements io.Closer.
func (l *lazyJournal) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
