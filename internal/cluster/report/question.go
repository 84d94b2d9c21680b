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
	what := "1 host will reboot (" + hosts[0] + ")"
	if len(hosts) > 1 {
		what = fmt.Sprintf("%d hosts will reboot one after another (%s)", len(hosts), strings.Join(hosts, ", "))
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
