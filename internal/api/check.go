package api

// CheckVersion is the version of the Checks document.
const CheckVersion = 1

// A check's verdict. Unknown is never healthy; a warning is of what maintenance
// mode can do without.
const (
	VerdictOK      = "ok"
	VerdictWarn    = "warn"
	VerdictFail    = "fail"
	VerdictUnknown = "unknown"
)

// RiskLoseSSH is the risk that the operator does not get back in.
const RiskLoseSSH = "lose-ssh"

// RiskCommandRunning is the risk of leaving maintenance mode while its command works.
const RiskCommandRunning = "command-running"

// Checks is the answer of `umm check -o json`.
type Checks struct {
	Version int     `json:"version"`
	OK      bool    `json:"ok"`
	Checks  []Check `json:"checks"`
}

// Check is one thing that must be true for maintenance mode to work and for the
// operator to get back in.
type Check struct {
	Name    string `json:"name"`
	Verdict string `json:"verdict"`
	// Reason is a sentence; Hint says what to do, where there is something.
	Reason   string `json:"reason"`
	Evidence string `json:"evidence,omitempty"`
	Hint     string `json:"hint,omitempty"`
	// Refuses: `umm on` does not go ahead while this is not ok.
	Refuses bool `json:"refuses,omitempty"`
	// Risk is the name by which the operator can accept it all the same; empty
	// where it cannot be accepted. Of a warning it is what umm on warns of.
	Risk string `json:"risk,omitempty"`
}

// Good tells whether the check is ok, or but a warning.
func (c Check) Good() bool { return c.Verdict == VerdictOK || c.Verdict == VerdictWarn }

// Healthy tells whether every check is good.
func Healthy(checks []Check) bool {
	for _, c := range checks {
		if !c.Good() {
			return false
		}
	}
	return true
}
