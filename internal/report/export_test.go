package report

import "time"

// SetPatience makes the end of a run wait less.
func (n *Notifier) SetPatience(d time.Duration) { n.patience = d }

// NewLog logs to out.
var NewLog = newLog
