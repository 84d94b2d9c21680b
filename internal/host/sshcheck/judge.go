// Package sshcheck answers one question: would the operator still get into this host
// by ssh if only the essential units ran? Gather reads the host, Judge
// is a pure function of what was read and of what runs in maintenance mode. Neither changes
// anything, and neither asks systemd.
package sshcheck

// Verdict is how a question was answered.
type Verdict string

// Verdicts. Unknown is not healthy: it could not be told.
const (
	OK      Verdict = "ok"
	Warn    Verdict = "warn" // to be known, and no reason to refuse
	Fail    Verdict = "fail"
	Unknown Verdict = "unknown"
)

// Finding is one answer.
type Finding struct {
	Name    string
	Verdict Verdict
	// Reason is a sentence without a full stop.
	Reason string
	// Evidence is where that was read; may be empty.
	Evidence string
	// Hint is what to do; may be empty.
	Hint string
	// LosesSSH: unless the verdict is OK, nobody may get in by ssh any more.
	LosesSSH bool
}

// Judge answers, finding by finding, in the order in which they matter. runs
// tells whether a unit runs, or may be started by its socket, in maintenance
// mode.
func Judge(f Facts, runs func(unit string) bool) []Finding {
	j := judge{Facts: f, runs: runs}
	findings := []Finding{
		j.ssh(),
		j.sshdConfig(),
		j.path(),
		j.listen(),
		j.networkConfig(),
		j.login(),
		j.accounts(),
		j.home(),
		j.keys(),
		j.firewall(),
		j.watchdog(),
		j.console(),
	}
	if f.Upstart {
		for i := range findings {
			findings[i] = inJobs(findings[i])
		}
	}
	return findings
}

// judge is one run of Judge.
type judge struct {
	Facts
	runs func(unit string) bool
}

// missing tells why a unit would not run in maintenance mode; empty if it would.
func (j judge) missing(unit string) (why, hint string) {
	u := j.Units[unit]
	switch {
	case !u.Exists:
		return unit + " does not exist", "install the package that provides " + unit
	case u.Masked:
		return unit + " is masked", "systemctl unmask " + unit
	case j.runs(unit):
		return "", ""
	case !u.Enabled:
		return unit + " is not enabled, so nothing starts it at boot", j.enable(unit)
	default:
		return unit + " does not run in maintenance mode", "add " + unit + " to KEEP_UNITS in /etc/umm.conf"
	}
}
