package ummclient

import (
	"regexp"

	"umm/internal/api"
	"umm/internal/sanitize"
)

// Bounds, in bytes: of what a command of umm may print, of one text of it, of its words in an
// error, and how many texts of a kind are kept; and how many of the last lines of a command, of
// what length each.
const (
	mostOutput = 256 << 10
	mostText   = 4 << 10
	mostSaid   = 500
	mostTexts  = 100
	mostLines  = 10
	mostLine   = 200
)

// runID is what umm on a host takes for the ID of a run.
var runID = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$`)

// sanitized is a status whose texts can be shown and kept, whatever the host says. A guard whose
// run has no name that a run can have is none of umm-cluster's: it is told as a problem, and
// stands in nobody's way.
func sanitized(st api.Status) api.Status {
	text := func(of ...*string) {
		for _, s := range of {
			*s = sanitize.Phrase(*s, mostText)
		}
	}
	list := func(of []string) []string {
		of = of[:min(len(of), mostTexts)]
		for i := range of {
			text(&of[i])
		}
		return of
	}
	text(&st.Mode, &st.BootID, &st.Umm, &st.Kernel)
	st.FailedUnits, st.Problems = list(st.FailedUnits), list(st.Problems)
	if t := st.Trigger; t != nil {
		text(&t.Kind, &t.Detail, &t.Reason, &t.By, &t.Run)
	}
	if c := st.Command; c != nil {
		text(&c.State, &c.Error)
		c.Argv = list(c.Argv)
		c.LastLines = c.LastLines[max(0, len(c.LastLines)-mostLines):]
		for i, line := range c.LastLines {
			c.LastLines[i] = sanitize.Phrase(line, mostLine)
		}
	}
	if r := st.Reboot; r != nil {
		text(&r.Needed)
		r.Reasons, r.Unknown = list(r.Reasons), list(r.Unknown)
	}
	if t := st.Trial; t != nil {
		text(&t.State, &t.Kernel, &t.Kept, &t.Why, &t.Panic, &t.ReturnedBoot)
	}
	if g := st.Guard; g != nil {
		if !runID.MatchString(g.Run) {
			st.Guard = nil
			st.Problems = append(st.Problems, sanitize.Phrase("its guard names no run: "+g.Run, mostSaid))
			return st
		}
		text(&g.By, &g.Master, &g.Reason)
	}
	return st
}
