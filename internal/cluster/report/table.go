package report

import (
	"io"
	"sync"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/layout"
	"umm/internal/sanitize"
)

// redraw is how often the table is drawn at most.
const redraw = 100 * time.Millisecond

// Table shows a run on a terminal: hosts and phases, with the time that each takes
// and typically took, redrawn in place. Warnings and gaps scroll away above it.
type Table struct {
	// Out is the terminal; Size says how big it is now.
	Out  io.Writer
	Size func() (columns, rows int)
	Now  func() time.Time
	// Estimates are what to expect; its zero value expects nothing.
	Estimates Estimates
	Style     Style

	mu      sync.Mutex
	screen  screen
	state   run.State
	waiting string
	// printed are the command's last lines.
	printed []string
	above   []string
	// fresh: nothing happened since the picture of this second was drawn, in a
	// terminal of this size.
	fresh   bool
	second  int64
	size    [2]int
	closed  bool
	stop    chan struct{}
	stopped chan struct{}
}

// Start begins to draw. Close ends it.
func (t *Table) Start() {
	t.stop, t.stopped = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(t.stopped)
		tick := time.NewTicker(redraw)
		defer tick.Stop()
		for {
			select {
			case <-t.stop:
				return
			case <-tick.C:
				t.Draw()
			}
		}
	}()
}

// Recall tells what happened before.
func (t *Table) Recall(past []run.Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range past {
		follow(&t.state, e)
	}
}

// Emit implements Sink.
func (t *Table) Emit(e run.Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	follow(&t.state, e)
	t.fresh = false
	switch e.Kind {
	case run.Waiting:
		t.waiting, t.printed = e.Text, e.LastLines
	case run.Begun, run.Done, run.Failed, run.PassedOver, run.Chosen, run.Returning, run.Aborting:
		t.waiting, t.printed = "", nil
	case run.Warned, run.Gap:
		text := e.At.Format("15:04:05") + "  " + joined("  ", sanitize.Line(e.Host), sentence(&t.state, e))
		if e.Hint != "" {
			text += " (" + sanitize.Line(e.Hint) + ")"
		}
		t.above = append(t.above, text)
	}
}

// Draw draws what has changed since it was last called.
func (t *Table) Draw() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state.Phase == "" || t.closed {
		return
	}
	columns, rows := t.Size()
	second, size := t.Now().Unix(), [2]int{columns, rows}
	if t.fresh && t.second == second && t.size == size {
		return
	}
	t.fresh, t.second, t.size = true, second, size
	// One row is the cursor's.
	t.draw(columns, max(1, rows-1))
}

func (t *Table) draw(columns, rows int) {
	t.screen.out = t.Out
	var above []string
	for _, text := range t.above {
		for _, line := range layout.Wrap(text, columns) {
			above = append(above, t.Style.sgr("33", line))
		}
	}
	t.screen.paint(t.Style.ascii(above), frame(scene{state: &t.state, waiting: t.waiting, printed: t.printed, estimates: t.Estimates, now: t.Now(),
		columns: columns, rows: rows, style: t.Style}), columns)
	t.above = nil
}

// Close draws the table once more, in full, and leaves it there.
func (t *Table) Close() error {
	if t.stop != nil {
		close(t.stop)
		<-t.stopped
		t.stop = nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state.Phase != "" && !t.closed {
		columns, _ := t.Size()
		t.draw(columns, 0)
	}
	t.closed = true
	return nil
}
