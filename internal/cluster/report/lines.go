package report

import (
	"cmp"
	"io"
	"sync"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/layout"
	"umm/internal/sanitize"
)

const (
	// newsEvery is how often at most a changed reason for waiting is told, sameEvery
	// how often an unchanged one.
	newsEvery = 10 * time.Second
	sameEvery = 5 * time.Minute
	stamp     = "2006-01-02 15:04:05"
)

// Lines writes one line for each thing that happens: when, on which host, what. It
// is meant for pipes and files.
type Lines struct {
	Out io.Writer

	mu    sync.Mutex
	state run.State
	quiet quiet
	// columns is the room for a host's name.
	columns int
}

// Recall tells what happened before.
func (l *Lines) Recall(past []run.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range past {
		follow(&l.state, e)
	}
	l.measure()
}

// measure makes room for the longest name.
func (l *Lines) measure() {
	l.columns = 1
	for _, h := range l.state.Request.Hosts {
		l.columns = max(l.columns, layout.Width(sanitize.Line(h)))
	}
}

// Emit implements Sink.
func (l *Lines) Emit(e run.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	follow(&l.state, e)
	if !l.quiet.news(e) {
		return
	}
	if e.Kind == run.Requested {
		l.measure()
	}
	host := cmp.Or(sanitize.Line(e.Host), "-")
	head := e.At.Format(stamp) + "  " + layout.Pad(host, l.columns) + "  "
	text := head + sentence(&l.state, e) + "\n"
	if e.Hint != "" {
		text += head + "next: " + sanitize.Line(e.Hint) + "\n"
	}
	if e.Kind == run.Failed || e.Kind == run.PassedOver {
		for _, line := range e.LastLines {
			text += head + "| " + sanitize.Line(line) + "\n"
		}
	}
	// Nobody may be left to read it; the run goes on.
	_, _ = io.WriteString(l.Out, text)
}

// quiet holds back what is waited for where it was told not long ago.
type quiet struct {
	host, text string
	step       int
	told       time.Time
}

// news tells whether an entry is worth a line.
func (q *quiet) news(e run.Entry) bool {
	if e.Kind != run.Waiting {
		if e.Kind == run.Begun {
			*q = quiet{}
		}
		return true
	}
	step := -1
	if e.Step != nil {
		step = e.Step.N
	}
	every := newsEvery
	if q.text == e.Text {
		every = sameEvery
	}
	if q.host == e.Host && q.step == step && !q.told.IsZero() && e.At.Sub(q.told) < every {
		return false
	}
	*q = quiet{host: e.Host, text: e.Text, step: step, told: e.At}
	return true
}
