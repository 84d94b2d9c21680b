package site

import (
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/config"
	"umm/internal/cluster/run"
)

func TestDueBy(t *testing.T) {
	now := time.Date(2026, 11, 30, 2, 30, 0, 0, time.UTC) // a Monday
	clock := func(hour int) time.Time { return time.Date(2026, 11, 30, hour, 0, 0, 0, time.UTC) }
	for name, c := range map[string]struct {
		windows []string
		until   time.Time
		due     bool
		want    time.Time
		says    string
	}{
		"no time at all, as a hook postpones":      {due: true},
		"the operator's own end is to come":        {until: clock(4), due: true, want: clock(4)},
		"the operator's own end is past":           {until: clock(2), want: clock(2), says: "waits for a maintenance window, and the configuration has none"},
		"a window is open":                         {windows: []string{"Mon 01:00-05:00 UTC"}, due: true, want: clock(5)},
		"a window is open, whatever was said then": {windows: []string{"Mon 01:00-05:00 UTC"}, until: clock(2), due: true, want: clock(5)},
		"none is open":                             {windows: []string{"Tue 01:00-05:00 UTC"}, until: clock(5)},
	} {
		t.Run(name, func(t *testing.T) {
			st := run.State{Request: run.Request{ID: lastRun, Options: run.Options{Until: c.until}}}
			until, due, err := dueBy(st, config.Policy{Window: c.windows}.Windows(), now)
			if due != c.due || !until.Equal(c.want) || (err != nil) != (c.says != "") {
				t.Errorf("%v until %s, %v", due, until, err)
			}
			if err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v", err)
			}
		})
	}
}

// A timer continues what waits for its time, and nothing that waits for a person or that stopped.
func TestTheTimerLeavesAlone(t *testing.T) {
	for name, last := range map[string]run.Entry{
		"a run that waits for a person": {Kind: run.Paused},
		"a run that stopped":            {Kind: run.Stopped},
		"a run that is over":            {Kind: run.Ended},
		"a run that was killed":         {Kind: run.Continued},
	} {
		t.Run(name, func(t *testing.T) {
			s := killed(t, run.Requested)
			file, _, err := s.Runs.Open(lastRun)
			if err != nil {
				t.Fatal(err)
			}
			last.Run, last.At = lastRun, time.Now()
			if _, err := file.Append(last); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			// It would ask a host that there is not.
			if err := s.ContinueScheduled(t.Context(), Order{}); err != nil {
				t.Error(err)
			}
			if st, _ := s.stateOf(lastRun); !st.Last.Equal(last.At) {
				t.Errorf("the journal goes on: %+v", st)
			}
		})
	}
}
