package run

import "slices"

// Out are the turns of the hosts for which something is in force: in maintenance
// mode, or a change not undone. In the order in which they went.
func (s *State) Out() []Turn {
	var out []Turn
	for _, turn := range s.Hosts {
		if turn.Entered || len(turn.Open) > 0 {
			out = append(out, turn)
		}
	}
	return out
}

// InForce names what the run has done to the cluster and not undone.
func (s *State) InForce() []string {
	var all []string
	for _, turn := range s.Out() {
		for _, c := range turn.Open {
			all = append(all, c.Title)
		}
		if turn.Entered {
			all = append(all, turn.Host+" in maintenance mode")
		}
	}
	return all
}

// Current is the turn that is under way; nil when there is none.
func (s *State) Current() *Turn {
	if len(s.Hosts) == 0 {
		return nil
	}
	last := &s.Hosts[len(s.Hosts)-1]
	if last.Finished {
		return nil
	}
	return last
}

// HostsChosen is how many hosts were chosen; one that was chosen twice counts once, and one that
// was put back does not.
func (s *State) HostsChosen() int { return len(s.chosen()) }

func (s *State) chosen() map[string]bool {
	chosen := make(map[string]bool, len(s.Hosts))
	for _, turn := range s.Hosts {
		if chosen[turn.Host] = true; turn.Postponed {
			delete(chosen, turn.Host)
		}
	}
	return chosen
}

// CommandFailed are the hosts whose command failed and after which the run went on,
// in the order in which they went.
func (s *State) CommandFailed() []string {
	var hosts []string
	for _, turn := range s.Hosts {
		for i := range turn.PassedOver {
			if i < len(turn.Steps) && turn.Steps[i].Kind == Command && !slices.Contains(hosts, turn.Host) {
				hosts = append(hosts, turn.Host)
			}
		}
	}
	return hosts
}

// Left are the hosts that were not chosen yet, or were put back, in the order of the request.
func (s *State) Left() []string {
	chosen := s.chosen()
	var left []string
	for _, h := range s.Request.Hosts {
		if !chosen[h] {
			left = append(left, h)
		}
	}
	return left
}
