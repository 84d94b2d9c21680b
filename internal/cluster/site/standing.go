package site

import (
	"context"
	"fmt"
	"strings"

	"umm/internal/cluster/exit"
	"umm/internal/cluster/lock"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/sanitize"
)

// begun refuses a new run where one of this master has the cluster: that is said
// before anything is asked of hosts, of which that run may have one out.
func (s *Site) begun(ctx context.Context) error {
	if s.standing(ctx) == "" {
		return nil
	}
	look := s.keeperHere().Holder(ctx)
	if look.OnMaster == nil {
		return nil
	}
	held := &lock.HeldError{Claim: *look.OnMaster, Where: "this master", Working: look.Working}
	return &exit.Error{Code: exit.Refused, Err: held, Hint: s.hintOfHeld(held)}
}

// standing says how the run of this master stands that has the cluster, and what
// comes next; empty where none has.
func (s *Site) standing(ctx context.Context) string {
	look := s.keeperHere().Holder(ctx)
	if look.OnMaster == nil {
		return ""
	}
	id := look.OnMaster.Run
	text := "run " + look.OnMaster.String()
	state, known := s.stateOf(id)
	switch {
	case !known && s.damaged(id) != nil:
		return fmt.Sprintf("%s; its journal cannot be read: %v\n  %s", text, s.damaged(id), hintOfDamaged)
	case known && state.Phase != run.EndedPhase && state.Request.Elsewhere(s.here()) != "":
		return text + ", is of another cluster, which has hosts of this one\n  " + hintOfElsewhere
	case look.Working:
		return text + ", is running" + step(state) + inForce(state)
	case known && state.Phase == run.EndedPhase, s.neverBegan(id, look):
		return ""
	case known && state.Phase != run.Active:
		return fmt.Sprintf("%s, is %s: %s\n  %s", text, state.Phase, state.Text, state.Hint) + inForce(state)
	}
	return fmt.Sprintf("%s, was killed\n  umm-cluster resume %s continues it, umm-cluster abort %s brings back what it took out of service", text, id, id) + inForce(state)
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
	return "\n  in force: " + strings.Join(all, "; ")
}

// hintOfDamaged says what to do where the journal of a run cannot be read: nothing that needs it.
const hintOfDamaged = "umm-cluster unlock --accept-risk=" + RiskBreakLock + " --reason=TEXT breaks its lock; then umm-cluster up brings back what is in maintenance mode"

// hintOfHeld says what to do where another run has the cluster.
func (s *Site) hintOfHeld(held *lock.HeldError) string {
	id := held.Claim.Run
	if !run.ValidID(id) {
		return "that is no run of umm-cluster; umm-cluster unlock shows how to break its lock"
	}
	switch state, ours := s.stateOf(id); {
	case ours && state.Request.Elsewhere(s.here()) != "":
		return "that run is of another cluster; " + hintOfElsewhere
	case held.Working:
		return "umm-cluster follow " + id + " shows its progress"
	case !ours && s.damaged(id) != nil:
		return hintOfDamaged
	case ours:
		return "umm-cluster resume " + id + " continues it, umm-cluster abort " + id + " brings back what it took out of service; umm-cluster show " + id + " shows its state"
	case held.Claim.Master != "":
		return "umm-cluster show " + id + " on " + held.Claim.Master + " shows its state; umm-cluster unlock shows how to break its lock"
	}
	return "umm-cluster unlock shows how to break its lock"
}

// marked is the run that hosts are marked with, nil where there is none.
func marked(seen rollout.Observation) *lock.Claim {
	for _, h := range seen.Hosts {
		if g := h.Status.Guard; h.Err == nil && g != nil {
			c := lock.Claim{Run: g.Run, By: g.By, Master: g.Master, Reason: g.Reason}
			if g.Since != nil {
				c.At = *g.Since
			}
			return &c
		}
	}
	return nil
}

// elsewhere tells of a run that this master does not know, by the marks on the hosts; empty where
// there are none.
func elsewhere(seen rollout.Observation) string {
	c := marked(seen)
	if c == nil {
		return ""
	}
	return "run " + c.String() + ", holds the cluster lock: what is out of service may be its doing"
}
