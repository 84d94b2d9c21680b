package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/layout"
	"umm/internal/sanitize"
)

// scene is all that one picture of the table is made from.
type scene struct {
	state     *run.State
	waiting   string
	printed   []string
	estimates Estimates
	now       time.Time
	// columns and rows are the room there is; 0 rows: as many as it takes.
	columns, rows int
	style         Style

	// all are the hosts as they stand, and nameColumns the room for their names.
	all         []hostState
	nameColumns int
}

// row is one line of the table, before it is cut to its width.
type row struct {
	indent        int
	mark          rune
	text          string
	elapsed, time string
}

var marks = map[class]rune{notTaken: '·', finishedWell: '✓', finishedFailed: '✗', abandoned: '–', outOfService: '■', underWay: '▶', failed: '✗'}

// frame draws the table: lines of at most columns, and at most rows of them.
func frame(v scene) []string {
	if v.columns < 1 {
		v.columns = 80
	}
	v.all, v.nameColumns = hostStates(v.state), 1
	for _, h := range v.state.Request.Hosts {
		v.nameColumns = max(v.nameColumns, min(24, layout.Width(sanitize.Line(h))))
	}
	head, foot := v.head(), v.foot()
	var rows []row
	for level := v.least(); level < levels; level++ {
		rows = v.body(level)
		if v.rows == 0 || len(head)+len(rows)+len(foot) <= v.rows {
			break
		}
	}
	lines := head
	for _, r := range rows {
		lines = append(lines, v.line(r))
	}
	if over := len(lines) + len(foot) - v.rows; v.rows > 0 && over > 0 {
		// What is going on, and what to do, before what it is all about.
		lines = lines[min(over, len(lines)):]
	}
	lines = append(lines, foot...)
	if v.rows > 0 && len(lines) > v.rows {
		lines = lines[:v.rows]
	}
	return v.style.ascii(lines)
}

// head is what is done, and how far it is.
func (v scene) head() []string {
	r := v.state.Request
	what := fmt.Sprintf("%s of %s", r.Verb, sanitize.Line(listed(r.Hosts, "host")))
	first := layout.Fit(joined(" · ", what, sanitize.Line(r.Reason), sanitize.Line(r.ID)), v.columns)
	done, word := v.done(finishedWell)+v.done(finishedFailed), "done"
	switch {
	case v.state.Direction != run.Forward:
		word = "back"
	case r.Verb == run.Down || r.Verb == run.On:
		done, word = v.done(outOfService), "out of service"
	}
	progress := fmt.Sprintf("%d of %d %s", done, len(r.Hosts), word)
	progress = joined(" · ", progress, clock(v.end().Sub(v.state.Started))+" so far", v.left())
	text, labels := v.split()
	second := layout.Pad(progress, text) + v.style.sgr("2", layout.Right("TIME", labels[0])+layout.Right("TYPICAL", labels[1]))
	if labels[1] == 0 {
		second = layout.Fit(progress, v.columns)
	}
	return []string{v.style.sgr("1", first), strings.TrimRight(second, " ")}
}

// end is the time up to which the run lasted.
func (v scene) end() time.Time {
	if v.state.Phase == run.EndedPhase || v.state.Phase == run.StoppedPhase {
		return v.state.Last
	}
	return v.now
}

func (v scene) left() string {
	rest := v.estimates.Rest(v.state, v.now)
	if rest <= 0 || v.state.Phase != run.Active {
		return ""
	}
	if rest < time.Minute {
		return "less than a minute left"
	}
	return fmt.Sprintf("about %d min left", int(rest.Round(time.Minute)/time.Minute))
}

func (v scene) done(as class) int {
	n := 0
	for _, s := range v.all {
		if s.class == as {
			n++
		}
	}
	return n
}

// foot is how the run stands, when it does not go on by itself.
func (v scene) foot() []string {
	if v.state.Phase == run.Active || v.state.Phase == "" {
		return nil
	}
	color := map[run.Phase]string{run.StoppedPhase: "1;31", run.PausedPhase: "1;33", run.EndedPhase: "1;32"}[v.state.Phase]
	var lines []string
	for _, l := range layout.Wrap(string(v.state.Phase)+colon(sanitize.Line(v.state.Text)), v.columns) {
		lines = append(lines, v.style.sgr(color, l))
	}
	if v.state.Hint != "" {
		lines = append(lines, layout.Wrap("next: "+sanitize.Line(v.state.Hint), v.columns)...)
	}
	return lines
}

// least is the first level at which the hosts can have room: those before it need not
// be tried.
func (v scene) least() int {
	if v.rows == 0 || len(v.all) <= v.rows {
		return 0
	}
	if len(v.all)-v.done(finishedWell) <= v.rows {
		return 2
	}
	return 3
}

// levels are how often body can give fewer rows.
const levels = 6

// body are the hosts and the steps of the one whose turn it is. With each level
// there are fewer rows.
func (v scene) body(level int) []row {
	var rows []row
	folded := map[class]int{}
	all := slices.Clone(v.all)
	if level == levels-1 {
		all = slices.DeleteFunc(all, func(s hostState) bool { return s.class != underWay && s.class != failed })
	}
	count := map[class]int{}
	for _, s := range all {
		count[s.class]++
	}
	for _, s := range all {
		fold := count[s.class] > 1 && (level > 1 && s.class == finishedWell || level > 2 && s.class == notTaken || level > 3 && s.class <= outOfService)
		if folded[s.class]++; fold && folded[s.class] > 1 {
			continue
		}
		if fold {
			rows = append(rows, row{mark: marks[s.class], text: fmt.Sprintf("%d hosts %s", count[s.class], foldedTexts[s.class])})
			continue
		}
		rows = append(rows, v.host(s, level))
		if s.turn != nil && (s.class == underWay || s.class == failed) {
			rows = append(rows, v.steps(s.turn, level)...)
		}
	}
	return rows
}

var foldedTexts = map[class]string{notTaken: "left", finishedWell: "done", finishedFailed: "done, their command failed", abandoned: "stopped early", outOfService: "out of service"}

func (v scene) host(s hostState, level int) row {
	r := row{mark: marks[s.class], text: layout.Pad(sanitize.Line(s.host), v.nameColumns)}
	switch s.class {
	case underWay, failed:
		r.elapsed = clock(v.end().Sub(s.turn.Chosen))
		r.text += "  " + sanitize.Line(s.turn.Why)
		if level > 0 {
			r.text = layout.Pad(sanitize.Line(s.host), v.nameColumns) + "  " + at(s.turn)
		}
	case finishedWell, finishedFailed:
		if s.class == finishedFailed {
			r.text += "  " + s.commandFailed
		}
		r.elapsed = clock(s.took)
	case outOfService, abandoned:
		r.text += "  " + s.text
		r.elapsed = clock(s.took)
		return r
	}
	if v.state.Direction == run.Forward {
		r.time = short(v.estimates.Turn(s.host))
	}
	return r
}

// short is a typical time; nothing where nobody knows it.
func short(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return clock(d)
}

// steps are the rows of the host whose turn it is.
func (v scene) steps(turn *run.Turn, level int) []row {
	var rows []row
	for i, step := range turn.Steps {
		r := row{indent: 3, mark: '·', text: title(&step), time: short(v.estimates.Step(step))}
		switch {
		case i < turn.Next && turn.PassedOver[i] != "":
			r.mark, r.elapsed = '✗', clock(turn.Took[i])
		case i < turn.Next:
			r.mark, r.elapsed = '✓', clock(turn.Took[i])
		case i == turn.Next && turn.Failed != "":
			r.mark, r.elapsed = '✗', clock(v.end().Sub(turn.BegunAt))
		case i == turn.Next && turn.Begun:
			r.mark, r.elapsed = '▶', clock(v.end().Sub(turn.BegunAt))
		}
		if level == 0 {
			rows = append(rows, r)
		}
		if i == turn.Next && turn.Failed != "" && level < levels-1 {
			rows = append(rows, row{indent: 5, text: sanitize.Line(turn.Failed)})
			rows = append(rows, printed(turn.LastLines, len(turn.LastLines))...)
		}
		if i == turn.Next && level < levels-1 && v.waiting != "" && v.state.Phase == run.Active {
			rows = append(rows, row{indent: 5, text: sanitize.Line(v.waiting)})
			rows = append(rows, printed(v.printed, shownLines)...)
		}
	}
	return rows
}

// shownLines is how many of the command's last lines are shown while it runs.
const shownLines = 3

// printed are the rows of the last of lines.
func printed(lines []string, most int) []row {
	var rows []row
	for _, line := range lines[max(0, len(lines)-most):] {
		rows = append(rows, row{indent: 5, text: "| " + sanitize.Line(line)})
	}
	return rows
}

// split is how the columns are used: for the text, for the elapsed and for the typical
// time. A narrow terminal has no typical times, a very narrow one no times.
func (v scene) split() (text int, times [2]int) {
	switch {
	case v.columns >= 50:
		times = [2]int{9, 9}
	case v.columns >= 30:
		times = [2]int{9, 0}
	}
	return v.columns - times[0] - times[1], times
}

func (v scene) line(r row) string {
	room, times := v.split()
	head := strings.Repeat(" ", r.indent+1)
	body := r.text
	if r.mark != 0 {
		body = string(r.mark) + " " + r.text
	}
	text := layout.Pad(head+body, room)
	elapsed := strings.TrimRight(layout.Right(r.elapsed, times[0]), " ")
	line := v.style.sgr(colors[r.mark], strings.TrimRight(text+elapsed, " "))
	if r.time == "" || times[1] == 0 {
		return line
	}
	filled := layout.Width(text) + times[0]
	gap := filled - layout.Width(strings.TrimRight(text+elapsed, " "))
	return line + strings.Repeat(" ", gap) + v.style.sgr("2", layout.Right(r.time, times[1]))
}
