package run

import "slices"

// Out are the stays of the hosts for which something is in force: in maintenance
// mode, or a change not undone. In the order in which they went.
func (s *State) Out() []Stay {
	var out []Stay
	for _, stay := range s.Hosts {
		if stay.Entered || len(stay.Open) > 0 {
			out = append(out, stay)
		}
	}
	return out
}

// InForce names what the run has done to the cluster and not undone.
func (s *State) InForce() []string {
	var all []string
	for _, stay := range s.Out() {
		for _, c := range stay.Open {
			all = append(all, c.Title)
		}
		if stay.Entered {
			all = append(all, stay.Host+" in maintenance mode")
		}
	}
	return all
}

// Current is the stay that is under way; nil when there is none.
func (s *State) Current() *Stay {
	if len(s.Hosts) == 0 {
		return nil
	}
	last := &s.Hosts[len(s.Hosts)-1]
	if last.Finished {
		return nil
	}
	return last
}

// Turns is how many hosts were chosen; one whose turn began anew counts once.
func (s *State) Turns() int {
	chosen := map[string]bool{}
	for _, stay := range s.Hosts {
		chosen[stay.Host] = true
	}
	return len(chosen)
}

// CommandFailed are the hosts whose command failed and after which the run went on,
// in the order in which they went.
func (s *State) CommandFailed() []string {
	var hosts []string
	for _, stay := range s.Hosts {
		for i := range stay.PassedOver {
			if i < len(stay.Steps) && stay.Steps[i].Kind == Command && !slices.Contains(hosts, stay.Host) {
				hosts = append(hosts, stay.Host)
			}
		}
	}
	return hosts
}

// Left are the hosts that were not chosen yet, in the order of the request.
func (s *State) Left() []string {
	chosen := make(map[string]bool, len(s.Hosts))
	for _, stay := range s.Hosts {
		chosen[stay.Host] = true
	}
	var left []string
	for _, h := range s.Request.Hosts {
		if !chosen[h] {
			left = append(left, h)
		}
	}
	return left
}
