package rollout

import "umm/internal/cluster/run"

// hold leaves the host in maintenance mode for work by hand, until umm-cluster continue.
func hold(st run.Step) Result {
	return Result{Status: OnHold, Text: st.Host + " is in maintenance mode for work by hand"}
}
