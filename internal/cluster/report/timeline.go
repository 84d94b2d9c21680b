package report

import (
	"math"
	"slices"
	"strings"
	"time"

	"umm/internal/cluster/run"
)

// timeline is a run laid out from left to right, in percent of its width.
type timeline struct {
	from, to time.Time
	Ticks    []mark
	Tracks   []track
	Gaps     []gapTrack
}

// mark is a time, or a span of it.
type mark struct {
	Left, Width float64
	Label       string
}

// track is one host.
type track struct {
	Host, State, Total string
	Bars               []bar
	// Maintenance are the times in maintenance mode.
	Maintenance []mark
}

// bar is one step.
type bar struct {
	mark
	Kind string
	// Short is what stands in the bar, where there is room.
	Short string
	// Result is ok, failed, cut (umm-cluster ended in the middle of it) or open.
	Result string
}

// gapTrack is one probe of a client.
type gapTrack struct {
	Probe, Total string
	Marks        []mark
}

// attempt is one try of a step: from its Begun to its end.
type attempt struct {
	step     run.Step
	from, to time.Time
	result   string
	end      run.Entry
}

// attempts are the tries of all steps, in order.
func attempts(entries []run.Entry) []attempt {
	var out []attempt
	open := -1
	var last time.Time
	for _, e := range entries {
		if e.At.After(last) {
			last = e.At
		}
		switch e.Kind {
		case run.Begun, run.Chosen, run.Returning, run.Aborting:
			if open >= 0 {
				out[open].to, out[open].result = max2(out[open].from, latest(entries, out[open], e)), "cut"
			}
			open = -1
			if e.Kind == run.Begun && e.Step != nil {
				open = len(out)
				out = append(out, attempt{step: *e.Step, from: e.At, result: "open"})
			}
		case run.Done, run.Failed, run.PassedOver:
			if open < 0 {
				continue
			}
			out[open].to, out[open].end, out[open].result = max2(out[open].from, e.At), e, "ok"
			if e.Kind != run.Done {
				out[open].result = "failed"
			}
			open = -1
		}
	}
	if open >= 0 {
		out[open].to = max2(out[open].from, last)
	}
	return out
}

// latest is the time of the last word before e of the umm-cluster that made the
// attempt.
func latest(entries []run.Entry, a attempt, e run.Entry) time.Time {
	at := a.from
	for _, other := range entries {
		if other.At.Before(a.from) || !other.At.Before(e.At) || other.Kind == run.Resumed {
			continue
		}
		at = max2(at, other.At)
	}
	return at
}

func max2(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// layOut makes the timeline of a run.
func layOut(s *run.State, entries []run.Entry) timeline {
	t := timeline{from: s.Started, to: s.Last}
	for _, e := range entries {
		t.to = max2(t.to, e.At)
	}
	if !t.to.After(t.from) {
		t.to = t.from.Add(time.Second)
	}
	t.ticks()
	tries := attempts(entries)
	all := hostStates(s)
	slices.SortStableFunc(all, func(a, b hostState) int { return firstTurn(s, a.host) - firstTurn(s, b.host) })
	for _, st := range all {
		tr := track{Host: st.host, State: classNames[st.class]}
		if st.turn != nil {
			tr.Total = clock(st.took)
		}
		for _, a := range tries {
			if a.step.Host == st.host {
				tr.Bars = append(tr.Bars, t.bar(a))
			}
		}
		tr.Maintenance = t.maintenance(s, st.host, tries)
		t.Tracks = append(t.Tracks, tr)
	}
	t.gaps(s.Gaps)
	return t
}

// firstTurn is when a host's first turn came, counted in turns.
func firstTurn(s *run.State, host string) int {
	if i := slices.IndexFunc(s.Hosts, func(turn run.Turn) bool { return turn.Host == host }); i >= 0 {
		return i
	}
	return len(s.Hosts)
}

func (t *timeline) bar(a attempt) bar {
	label := joined(" · ", title(&a.step), span(a.to.Sub(a.from)), map[string]string{"failed": "failed", "cut": "cut off", "open": "not over"}[a.result])
	b := bar{mark: t.mark(a.from, a.to, label), Kind: string(a.step.Kind), Result: a.result}
	if b.Width >= 7 {
		b.Short = string(a.step.Kind)
	}
	return b
}

// maintenance are the times between the end of an Enter and that of a Leave.
func (t *timeline) maintenance(s *run.State, host string, tries []attempt) []mark {
	var out []mark
	var since time.Time
	in := s.Request.Verb == run.Off
	if in {
		since = t.from
	}
	for _, a := range tries {
		if a.step.Host != host || a.result != "ok" {
			continue
		}
		switch {
		case a.step.Kind == run.Enter && !in:
			since, in = a.to, true
		case a.step.Kind == run.Leave && in:
			out, in = append(out, t.mark(since, a.to, "in maintenance mode")), false
		}
	}
	if in {
		out = append(out, t.mark(since, t.to, "in maintenance mode"))
	}
	return out
}

// mark places a span; what is out of the timeline is cut.
func (t *timeline) mark(from, to time.Time, label string) mark {
	total := float64(t.to.Sub(t.from))
	left := min(1, max(0, float64(from.Sub(t.from))/total))
	right := min(1, max(left, float64(to.Sub(t.from))/total))
	return mark{Left: percent(left), Width: percent(right - left), Label: label}
}

func percent(part float64) float64 { return math.Round(part*1e5) / 1e3 }

// ticks puts six to a dozen round times on the scale.
func (t *timeline) ticks() {
	every := []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute,
		5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 24 * time.Hour}
	total := t.to.Sub(t.from)
	step := total/6 + 1
	if i := slices.IndexFunc(every, func(d time.Duration) bool { return total/d < 9 }); i >= 0 {
		step = every[i]
	}
	layout := "15:04"
	if step < time.Minute {
		layout = "15:04:05"
	}
	for at := t.from.Truncate(step); !at.After(t.to); at = at.Add(step) {
		if at.Before(t.from) {
			continue
		}
		t.Ticks = append(t.Ticks, t.mark(at, at, at.Format(layout)))
	}
}

func (t *timeline) gaps(gaps []run.Entry) {
	for _, g := range gaps {
		i := slices.IndexFunc(t.Gaps, func(other gapTrack) bool { return other.Probe == g.Text })
		if i < 0 {
			i = len(t.Gaps)
			t.Gaps = append(t.Gaps, gapTrack{Probe: g.Text})
		}
		label := strings.Join([]string{g.Text, "not served for " + span(g.Took), "until " + g.At.Format("15:04:05")}, " · ")
		t.Gaps[i].Marks = append(t.Gaps[i].Marks, t.mark(g.At.Add(-g.Took), g.At, label))
	}
	for i := range t.Gaps {
		var sum time.Duration
		for _, g := range gaps {
			if g.Text == t.Gaps[i].Probe {
				sum += g.Took
			}
		}
		t.Gaps[i].Total = span(sum)
	}
}
