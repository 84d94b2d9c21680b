package api

import "time"

// ClusterStatusVersion is the version of the ClusterStatus document.
const ClusterStatusVersion = 1

// ClusterStatus is the answer of `umm-cluster status -o json`.
type ClusterStatus struct {
	Version int       `json:"version"`
	At      time.Time `json:"at"`
	// OK: every host is operational and every service whole.
	OK       bool            `json:"ok"`
	Hosts    []ClusterMember `json:"hosts"`
	Services []ClusterHealth `json:"services"`
	// Run is the run that has the cluster, as this master knows it, or the hosts are marked with.
	Run *Guard `json:"run,omitempty"`
}

// ClusterMember is one host.
type ClusterMember struct {
	Name string `json:"name"`
	// Reachable: umm on the host answered. Error says why it did not.
	Reachable bool    `json:"reachable"`
	Error     string  `json:"error,omitempty"`
	Status    *Status `json:"status,omitempty"`
}

// ClusterHealth is one service.
type ClusterHealth struct {
	Name    string   `json:"name"`
	Members []string `json:"members"`
	// State is the worst of the verdicts: ok, wait, stop or unknown.
	State    string           `json:"state"`
	Verdicts []ClusterVerdict `json:"verdicts"`
}
