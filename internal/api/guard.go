package api

import "time"

// GuardVersion is the version of the Guarded document.
const GuardVersion = 1

// RiskClusterRun is the risk of taking a second host out while a run of
// umm-cluster has another one out.
const RiskClusterRun = "cluster-run"

// Guarded is the answer of `umm guard -o json`.
type Guarded struct {
	Version int `json:"version"`
	// Guard is null where no run has this host.
	Guard *Guard `json:"guard"`
}

// Guard is the run of umm-cluster that has this host: nobody else takes it into
// maintenance mode. It is lost with the boot, and umm-cluster sets it again.
type Guard struct {
	// Run is the ID of the run.
	Run string `json:"run"`
	// By is who asked for the run, Master the host that umm-cluster runs on.
	By     string     `json:"by,omitempty"`
	Master string     `json:"master,omitempty"`
	Reason string     `json:"reason,omitempty"`
	Since  *time.Time `json:"since,omitempty"`
}

// String says whose run it is, as a phrase: "20261123-092114-3f2a, by alice on
// fuel, since 2026-11-23 09:21:14 UTC (new kernel)".
func (g *Guard) String() string {
	text := g.Run
	if g.By != "" {
		text += ", by " + g.By
	}
	if g.Master != "" {
		text += " on " + g.Master
	}
	if g.Since != nil {
		text += ", since " + g.Since.Format("2006-01-02 15:04:05 MST")
	}
	if g.Reason != "" {
		text += " (" + g.Reason + ")"
	}
	return text
}
