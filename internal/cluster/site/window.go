package site

import (
	"fmt"
	"time"

	"umm/internal/cluster/exit"
	"umm/internal/cluster/report"
	"umm/internal/cluster/run"
	"umm/internal/cluster/window"
)

// until is when a run has to be through with the host under way: what the operator says as HH:MM,
// or the end of the window of the configuration that is open. Zero where there is neither.
func (s *Site) until(said string, now time.Time) (time.Time, error) {
	if said != "" {
		until, err := window.Until(said, now)
		if err != nil {
			return time.Time{}, &exit.Error{Code: exit.Usage, Err: fmt.Errorf("invalid --until: %w", err)}
		}
		return until, nil
	}
	windows := s.Conf.Policy.Windows()
	if len(windows) == 0 {
		return time.Time{}, nil
	}
	until, open := window.Open(windows, now)
	if !open {
		return time.Time{}, &exit.Error{Code: exit.Refused, Hint: "--until HH:MM sets another end, and policy.window in the configuration the windows",
			Err: fmt.Errorf("no maintenance window is open; the next one opens on %s", window.Next(windows, now).In(now.Location()).Format("Mon 2006-01-02 15:04"))}
	}
	return until, nil
}

// fits refuses a run in which not even one host would be back in time.
func (s *Site) fits(r run.Request, now time.Time) error {
	until, expected := r.Options.Until, s.estimates(r)
	if until.IsZero() {
		return nil
	}
	for _, h := range s.Taken {
		if now.Add(expected.Turn(h)).Before(until) {
			return nil
		}
	}
	return &exit.Error{Code: exit.Refused, Err: fmt.Errorf("no host would be back by %s", until.Format("15:04")), Hint: "umm-cluster plan --until shows how long hosts took before"}
}

// estimates are what earlier runs let expect of a run.
func (s *Site) estimates(r run.Request) report.Estimates { return report.EstimateFrom(s.OwnRuns(), r) }
