package site

import (
	"errors"
	"slices"

	"umm/internal/cluster/exit"
	"umm/internal/cluster/rollout"
)

// ending makes an exit code and a hint of how a run ended.
func (s *Site) ending(j job, outcome rollout.Outcome, err error) error {
	var refused *rollout.Refused
	var stop *rollout.Stop
	var failed *CommandFailed
	var coded *exit.Error
	switch {
	case errors.As(err, &failed):
		return &exit.Error{Code: exit.CommandFailed, Err: err, Hint: "umm output on " + failed.Hosts[0] + " shows what it printed; policy.on_command_failure says to go on"}
	case errors.As(err, &refused):
		if s.Display.Refused != nil {
			s.Display.Refused(refused.Bad)
		}
		return &exit.Error{Code: exit.Gated, Err: err, Hint: hintOfRefused(refused)}
	case errors.As(err, &stop) && outcome == rollout.Ended:
		return &exit.Error{Code: exit.Refused, Err: err, Hint: stop.Hint}
	case errors.As(err, &stop):
		return &exit.Error{Code: exit.CannotDo, Err: err, Hint: stop.Hint}
	case errors.As(err, &coded):
		return err
	case err != nil && outcome == rollout.Ended:
		return &exit.Error{Code: exit.CannotDo, Err: err, Hint: HintOf(err)} // there is no run
	case err != nil:
		return &exit.Error{Code: exit.CannotDo, Err: err, Hint: "umm-cluster resume " + j.request.ID + " continues once the cause is fixed"}
	case outcome == rollout.Paused:
		return ErrHeld
	}
	return nil
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
		hint += "; --accept-risk=" + risk + " --reason=TEXT accepts it"
	}
	return hint
}

// HintOf is what an error itself says to do.
func HintOf(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}
