package report

import "time"

// SetPatience makes the end of a run wait less.
func (n *Notifier) SetPatience(d time.Duration) { n.patience = d }

// NewLog logs to out.
var NewLog = newLog

// Lines are the picture that t would draw now, and what stands above it.
func (t *Table) Lines(columns int) []string {
	lines := frame(scene{state: &t.state, waiting: t.waiting, estimates: t.Estimates, now: t.Now(), columns: columns})
	return append(lines, t.above...)
}
