package api

import "time"

// UnitsVersion is the version of the Units document.
const UnitsVersion = 1

// Units is the answer of `umm units -o json`.
type Units struct {
	Version int `json:"version"`
	// Essential run in maintenance mode, Stopped are enabled on this host but do not,
	// Masked are those that a bus call or default.target would start there.
	Essential []Unit   `json:"kept"`
	Stopped   []Unit   `json:"stopped"`
	Masked    []Unit   `json:"masked"`
	Problems  []string `json:"problems,omitempty"`
}

// Unit is one unit and the reason for what maintenance mode does with it.
type Unit struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// HistoryVersion is the version of the History document.
const HistoryVersion = 1

// History is the answer of `umm history -o json`, oldest first.
type History struct {
	Version int     `json:"version"`
	Events  []Event `json:"events"`
}

// Event is one thing that happened.
type Event struct {
	Seq  uint64    `json:"seq"`
	At   time.Time `json:"at"`
	Boot string    `json:"boot_id"`
	Kind string    `json:"kind"`
	Text string    `json:"text"`
}
