package report

import (
	"fmt"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/layout"
	"umm/internal/sanitize"
)

// gapLines are what clients noticed, by probe, the longest gap of each by itself.
func gapLines(s *run.State) []string {
	if len(s.Hosts) == 0 && len(s.Gaps) == 0 {
		return nil
	}
	switch {
	case len(s.Gaps) > 0:
	case len(s.Request.Probes) == 0:
		return []string{"not measured: no probes were configured"}
	default:
		value, note := unnoticed(s.Request)
		return []string{value + ", " + note}
	}
	var probes []string
	by := map[string][]run.Entry{}
	for _, g := range s.Gaps {
		if _, ok := by[g.Text]; !ok {
			probes = append(probes, g.Text)
		}
		by[g.Text] = append(by[g.Text], g)
	}
	var rows [][]string
	for _, p := range probes {
		var sum time.Duration
		longest := by[p][0]
		for _, g := range by[p] {
			sum += g.Took
			if g.Took > longest.Took {
				longest = g
			}
		}
		text := "not served for " + span(longest.Took)
		if n := len(by[p]); n > 1 {
			text = fmt.Sprintf("not served %d times, for %s in all, the longest %s", n, span(sum), span(longest.Took))
		}
		text += ", until " + longest.At.Format("15:04:05")
		if h := turnAt(s, longest.At.Add(-longest.Took)); h != "" {
			text += ", during the turn of " + sanitize.Line(h)
		}
		rows = append(rows, []string{sanitize.Line(p), text})
	}
	lines := layout.Columns(rows)
	if len(s.Request.Connects) > 0 {
		lines = append(lines, onlyConnects(s.Request.Connects)+": nothing is known of requests")
	}
	return lines
}

// unnoticed is what clients noticed where no probe failed, as far as such probes can tell: one
// that only connects does not know whether a request is answered.
func unnoticed(r run.Request) (value, note string) {
	switch only := onlyConnects(r.Connects); {
	case len(r.Connects) == 0:
		return "nothing", "as far as it was measured"
	case len(r.Connects) == len(r.Probes):
		return "no connection that failed", only + ": whether requests were answered, and when, was not measured"
	default:
		return "nothing", "as far as it was measured: " + only
	}
}

func onlyConnects(probes []string) string {
	return sanitize.Line(listed(probes, "probe")) + " only connect" + map[bool]string{true: "s"}[len(probes) == 1]
}

// turnAt is the host whose turn it was.
func turnAt(s *run.State, at time.Time) string {
	host := ""
	for _, turn := range s.Hosts {
		if !turn.Chosen.After(at) {
			host = turn.Host
		}
	}
	return host
}
