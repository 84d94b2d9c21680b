package clustercli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"umm/internal/cluster/lock"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/sanitize"
)

// acquire takes the cluster for a run. Where a run of this master has it that is
// over, or was killed before it began, that is given back first.
func (a *app) acquire(ctx context.Context, j job, c lock.Claim) (context.Context, *lock.Lock, error) {
	keeper := a.keeper(j.site)
	leased, l, err := keeper.Acquire(ctx, c)
	if other := heldBy(err); other != nil && a.giveBack(ctx, j.site, other.Claim) {
		leased, l, err = keeper.Acquire(ctx, c)
	}
	if err != nil && heldBy(err) == nil && j.cold {
		return keeper.AcquireHere(ctx, c)
	}
	return leased, l, err
}

// begun refuses a new run where one of this master has the cluster: that is said
// before anything is asked of hosts, of which that run may have one out.
func (s *site) begun(ctx context.Context) error {
	if s.standing(ctx) == "" {
		return nil
	}
	look := s.keeperHere().Holder(ctx)
	if look.OnMaster == nil {
		return nil
	}
	held := &lock.HeldError{Claim: *look.OnMaster, Where: "this master", Working: look.Working}
	return &Error{Code: Refused, Err: held, Hint: hintOfHeld(s, held)}
}

// heldBy is the refusal where another run has the cluster, nil where err is none.
func heldBy(err error) *lock.HeldError {
	var held *lock.HeldError
	errors.As(err, &held)
	return held
}

// giveBack gives the cluster back for a run that is over, and tells whether it did.
func (a *app) giveBack(ctx context.Context, s *site, c lock.Claim) bool {
	state, known := stateOf(s, c.Run)
	over := known && state.Phase == run.EndedPhase || s.neverBegan(c.Run, s.keeperHere().Holder(ctx))
	return over && a.keeper(s).Break(ctx, c) == nil
}

// neverBegan tells whether a run that has the cluster on this master was killed before its
// first entry was kept: it did nothing until then.
func (s *site) neverBegan(id string, look lock.Holder) bool {
	if look.Working || look.OnMaster == nil || look.OnMaster.Run != id || look.MasterErr != nil {
		return false
	}
	ids, err := s.runs.Runs()
	if err != nil {
		return false
	}
	if !slices.Contains(ids, id) {
		return true
	}
	entries, err := s.runs.Read(id)
	return err == nil && len(entries) == 0
}

// stateOf is how a run of this master stands, by its journal.
func stateOf(s *site, id string) (run.State, bool) {
	entries, err := s.runs.Read(id)
	if err != nil {
		return run.State{}, false
	}
	state, err := run.Fold(entries)
	return state, err == nil && len(entries) > 0
}

// hintOfDamaged says what to do where the journal of a run cannot be read: nothing that needs it.
const hintOfDamaged = "umm-cluster unlock --accept-risk=" + riskBreakLock + " --reason=TEXT takes the cluster away from it; then umm-cluster up brings back what is in maintenance mode"

// damaged is why the journal of a run that is there cannot be read; nil where it can, and where
// there is none.
func (s *site) damaged(id string) error {
	ids, err := s.runs.Runs()
	if err != nil || !slices.Contains(ids, id) {
		return err
	}
	entries, err := s.runs.Read(id)
	if err == nil {
		_, err = run.Fold(entries)
	}
	return err
}

// own is the run of this master that has this cluster, where its journal tells.
func (s *site) own(ctx context.Context) (run.State, bool) {
	look := s.keeperHere().Holder(ctx)
	if look.OnMaster == nil {
		return run.State{}, false
	}
	st, known := stateOf(s, look.OnMaster.Run)
	if !known || st.Phase == run.EndedPhase || st.Request.Elsewhere(s.here()) != "" {
		return run.State{}, false
	}
	return st, true
}

// standing says how the run of this master stands that has the cluster, and what
// comes next; empty where none has.
func (s *site) standing(ctx context.Context) string {
	look := s.keeperHere().Holder(ctx)
	if look.OnMaster == nil {
		return ""
	}
	id := look.OnMaster.Run
	text := "run " + look.OnMaster.String()
	state, known := stateOf(s, id)
	switch {
	case !known && s.damaged(id) != nil:
		return fmt.Sprintf("%s; its journal cannot be read: %v\n  %s", text, s.damaged(id), hintOfDamaged)
	case known && state.Phase != run.EndedPhase && state.Request.Elsewhere(s.here()) != "":
		return text + ", is of another cluster, which has hosts of this one\n  " + hintOfElsewhere
	case look.Working:
		return text + ", is at work" + step(state) + inForce(state)
	case known && state.Phase == run.EndedPhase, s.neverBegan(id, look):
		return ""
	case known && state.Phase != run.Active:
		return fmt.Sprintf("%s, is %s: %s\n  %s", text, state.Phase, state.Text, state.Hint) + inForce(state)
	}
	return fmt.Sprintf("%s, was killed\n  umm-cluster resume %s goes on with it, umm-cluster abort %s brings back what it has out", text, id, id) + inForce(state)
}

// step tells what a run is at.
func step(state run.State) string {
	c := state.Current()
	if c == nil || c.Next >= len(c.Steps) {
		return ""
	}
	return fmt.Sprintf("\n  at step %d of %d of %s: %s", c.Next+1, len(c.Steps), c.Host, sanitize.Line(c.Steps[c.Next].Title))
}

// inForce tells what of the cluster's state is the run's own doing: a service cannot know.
func inForce(state run.State) string {
	all := state.InForce()
	for i := range all {
		all[i] = sanitize.Line(all[i])
	}
	if len(all) == 0 {
		return ""
	}
	return "\n  in force by it: " + strings.Join(all, "; ")
}

// hintOfHeld says what to do where another run has the cluster.
func hintOfHeld(s *site, held *lock.HeldError) string {
	id := held.Claim.Run
	if !run.ValidID(id) {
		return "that is no run of umm-cluster; umm-cluster unlock shows how to take the cluster away from it"
	}
	switch state, ours := stateOf(s, id); {
	case ours && state.Request.Elsewhere(s.here()) != "":
		return "that run is of another cluster; " + hintOfElsewhere
	case held.Working:
		return "umm-cluster follow " + id + " shows it as it goes on"
	case !ours && s.damaged(id) != nil:
		return hintOfDamaged
	case ours:
		return "umm-cluster resume " + id + " goes on with it, umm-cluster abort " + id + " brings back what it has out; umm-cluster show " + id + " tells how it stands"
	case held.Claim.Master != "":
		return "umm-cluster show " + id + " on " + held.Claim.Master + " tells how it stands; umm-cluster unlock shows how to take the cluster away from it"
	}
	return "umm-cluster unlock shows how to take the cluster away from it"
}

// hintOfRefused says what to do where nothing was begun.
func hintOfRefused(r *rollout.Refused) string {
	var risks []string
	for _, v := range r.Bad {
		if v.Risk != "" && !slices.Contains(risks, v.Risk) {
			risks = append(risks, v.Risk)
		}
	}
	hint := "nothing was done; umm-cluster check shows everything"
	for _, risk := range risks {
		hint += "; --accept-risk=" + risk + " --reason=TEXT accepts what has that RISK"
	}
	return hint
}

// record keeps in the history that the cluster was taken away from a run.
func (a *app) record(s *site, from lock.Claim, risks []run.Risk, reason string) error {
	r := run.Request{ID: newID(time.Now()), Verb: run.Unlock, Hosts: s.cluster.Hosts, Members: s.cluster.Members, Risks: risks, Reason: reason}
	r.By, r.Master = a.who()
	file := &lazyJournal{dir: s.runs, id: r.ID}
	for _, e := range []run.Entry{
		{Kind: run.Requested, Request: &r},
		{Kind: run.Warned, Text: "the cluster is taken away from run " + from.String()},
		{Kind: run.Ended, Text: "done"},
	} {
		e.Run, e.At = r.ID, time.Now()
		if _, err := file.Append(e); err != nil {
			return err
		}
	}
	return file.Close()
}
