package report

import (
	"fmt"
	"strings"
	"time"

	"umm/internal/cluster/run"
)

// Question is what is asked before a run begins that takes hosts out of service: "3 hosts will reboot one after another (n1, n2, n3), about 25 min.
// Go on?"
func Question(r run.Request, hosts []string, expected Estimates) string {
	will := "will reboot"
	if r.Options.Enter == run.EnterLive {
		will = "will enter maintenance mode live"
	}
	what := "1 host " + will + " (" + hosts[0] + ")"
	if len(hosts) > 1 {
		what = fmt.Sprintf("%d hosts %s one after another (%s)", len(hosts), will, strings.Join(hosts, ", "))
	}
	if r.Verb == run.Down {
		what += " and stay in maintenance mode; every service of the cluster stops"
	}
	var all time.Duration
	for _, h := range hosts {
		one := expected.Turn(h)
		if one == 0 {
			return what + ". Go on?"
		}
		all += one
	}
	return what + ", about " + span(all) + ". Go on?"
}

// Fits says whether a run would be through in time, as far as earlier runs tell; empty where
// there is no such time.
func Fits(r run.Request, expected Estimates, now time.Time) string {
	until := r.Options.Until
	if until.IsZero() {
		return ""
	}
	const clock = "15:04"
	end := now
	for i, h := range r.Hosts {
		one := expected.Turn(h)
		if one == 0 {
			return fmt.Sprintf("Begun now, whether it is through by %s is not known: there is no earlier run to tell.\n", until.Format(clock))
		}
		if end = end.Add(one); !end.Before(until) {
			return fmt.Sprintf("Begun now, it would pause after %d of %d hosts: the next one would not be back by %s.\n", i, len(r.Hosts), until.Format(clock))
		}
	}
	return fmt.Sprintf("Begun now, it is through at about %s, and so by %s.\n", end.Format(clock), until.Format(clock))
}
