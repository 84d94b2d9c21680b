package report_test

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/report"
	"umm/internal/cluster/run"
)

// terminal is a screen that knows the little that the table uses, and fails at
// anything else.
type terminal struct {
	t             *testing.T
	columns, rows int
	// lines are all that were ever shown; the screen is the last rows of them.
	lines    [][]rune
	row, col int
	noWrap   bool
	writes   int
	bytes    int
}

func newTerminal(t *testing.T, columns, rows int) *terminal {
	return &terminal{t: t, columns: columns, rows: rows, lines: [][]rune{nil}}
}

func (x *terminal) size() (int, int) { return x.columns, x.rows }

func (x *terminal) Write(p []byte) (int, error) {
	x.writes++
	x.bytes += len(p)
	text := []rune(string(p))
	for i := 0; i < len(text); i++ {
		switch r := text[i]; {
		case r == '\r':
			x.col = 0
		case r == '\n':
			x.down()
		case r == '\x1b':
			n := i + 2
			for n < len(text) && strings.ContainsRune("?;0123456789", text[n]) {
				n++
			}
			x.obey(string(text[i+1 : n+1]))
			i = n
		case r < ' ':
			x.t.Errorf("the terminal gets %q", r)
		default:
			x.put(r)
		}
	}
	return len(p), nil
}

func (x *terminal) down() {
	if x.row++; x.row == len(x.lines) {
		x.lines = append(x.lines, nil)
	}
}

func (x *terminal) put(r rune) {
	if x.col == x.columns {
		if x.noWrap {
			x.col--
		} else {
			x.down()
			x.col = 0
		}
	}
	line := x.lines[x.row]
	for len(line) <= x.col {
		line = append(line, ' ')
	}
	line[x.col] = r
	x.lines[x.row], x.col = line, x.col+1
}

func (x *terminal) obey(code string) {
	switch {
	case strings.HasSuffix(code, "m"), strings.HasPrefix(code, "[?2026"):
	case code == "[?7l":
		x.noWrap = true
	case code == "[?7h":
		x.noWrap = false
	case code == "[K":
		x.lines[x.row] = x.lines[x.row][:min(x.col, len(x.lines[x.row]))]
	case code == "[J":
		x.lines = x.lines[:x.row+1]
		x.lines[x.row] = x.lines[x.row][:min(x.col, len(x.lines[x.row]))]
	case strings.HasSuffix(code, "A"):
		n, err := strconv.Atoi(code[1 : len(code)-1])
		if err != nil {
			x.t.Errorf("the terminal gets %q", code)
		}
		x.row = max(0, len(x.lines)-x.rows, x.row-n)
	default:
		x.t.Errorf("the terminal gets %q", code)
	}
}

// shown is the screen, and what has scrolled away above it.
func (x *terminal) shown() string {
	var b strings.Builder
	for i, line := range x.lines {
		if i == len(x.lines)-x.rows && i > 0 {
			b.WriteString("^^^ scrolled away\n")
		}
		b.WriteString(strings.TrimRight(string(line), " ") + "\n")
	}
	return b.String()
}

// resize makes the terminal's lines as long as it is now wide, as most do.
func (x *terminal) resize(columns int) {
	var lines [][]rune
	for i, line := range x.lines {
		if i == x.row {
			x.row = len(lines)
		}
		for len(line) > columns {
			lines, line = append(lines, line[:columns:columns]), line[columns:]
		}
		lines = append(lines, line)
	}
	x.lines, x.columns = lines, columns
}

func table(x *terminal, now *time.Time) *report.Table {
	estimates := report.EstimateFrom([]run.State{fold(x.t, roll(nil, 3))}, run.Request{Verb: run.Roll, Command: []string{"apt-get", "-y", "upgrade"}})
	return &report.Table{Out: x, Size: x.size, Now: func() time.Time { return *now }, Estimates: estimates}
}

func TestTableFrames(t *testing.T) {
	tests := []struct {
		name          string
		columns, rows int
		tape          func(func(run.Entry)) *tape
		// at are the numbers of the entries after which a frame is looked at.
		at []int
	}{
		{"wide", 100, 40, func(see func(run.Entry)) *tape { return roll(see, 3) }, []int{1, 9, 24, 36}},
		{"narrow", 44, 40, func(see func(run.Entry)) *tape { return roll(see, 3) }, []int{9, 36}},
		{"very-narrow", 24, 40, broken, []int{36}},
		{"low", 80, 7, func(see func(run.Entry)) *tape { return roll(see, 12) }, []int{9, 60, 200}},
		{"lowest", 80, 3, broken, []int{9, 30}},
		{"broken", 80, 40, broken, nil},
		{"down-up", 80, 40, downUp, []int{20, 36, 44}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := newTerminal(t, tt.columns, tt.rows)
			var now time.Time
			shown, n := "", 0
			live := table(x, &now)
			tt.tape(func(e run.Entry) {
				now = e.At
				live.Emit(e)
				live.Draw()
				for _, i := range tt.at {
					if i == n {
						now = now.Add(2 * time.Second)
						live.Draw()
						shown += fmt.Sprintf("--- after entry %d\n%s", n, x.shown())
					}
				}
				n++
			})
			if err := live.Close(); err != nil {
				t.Fatal(err)
			}
			golden(t, "table-"+tt.name+".txt", []byte(shown+"--- at the end\n"+x.shown()))
		})
	}
}

// What the command prints is seen while it runs, the last three lines of it, and is gone from the
// screen with its end.
func TestTableShowsWhatTheCommandPrints(t *testing.T) {
	x := newTerminal(t, 80, 40)
	now := time.Date(2026, 3, 1, 23, 58, 0, 0, time.UTC)
	table := table(x, &now)
	tape := begin(table.Emit, run.Request{Verb: run.Roll, Hosts: hosts(3), Command: []string{"apt-get", "-y", "upgrade"}})
	tape.choose("n1", "holds nothing that moves", allSteps("n1")).do(0, 4).begun(4)
	tape.add(run.Entry{Kind: run.Waiting, Host: "n1", Step: &tape.turn[4], Text: "the command is running",
		LastLines: []string{"one", "two", "three", "\x1b[2Jfour"}})
	now = tape.now
	table.Draw()
	if shown := x.shown(); strings.Contains(shown, "| one") || !strings.Contains(shown, "| two") || !strings.Contains(shown, "| [2Jfour") {
		t.Errorf("it shows\n%s", shown)
	}
	tape.done(4)
	table.Draw()
	if shown := x.shown(); strings.Contains(shown, "| two") {
		t.Errorf("it shows\n%s", shown)
	}
}

func TestTableIsDrawnOnlyWhereItChanged(t *testing.T) {
	x := newTerminal(t, 100, 40)
	var now time.Time
	live := table(x, &now)
	tape := begin(live.Emit, run.Request{Verb: run.Roll, Hosts: hosts(10)}).choose("n1", "why", allSteps("n1")).begun(0)
	now = tape.now
	live.Draw()
	whole, writes := x.bytes, x.writes
	live.Draw()
	if x.writes != writes {
		t.Error("nothing has changed, and it is drawn")
	}
	now = now.Add(time.Second)
	live.Draw()
	if x.writes != writes+1 || x.bytes-whole > whole/2 {
		t.Errorf("a second more takes %d writes and %d bytes, the whole %d", x.writes-writes, x.bytes-whole, whole)
	}
}

func TestTableInATerminalThatChangesItsSize(t *testing.T) {
	x := newTerminal(t, 100, 40)
	var now time.Time
	live := table(x, &now)
	live.Emit(run.Entry{})
	live.Draw()
	if x.writes != 0 {
		t.Error("there is no run, and a table")
	}
	tape := begin(live.Emit, run.Request{Verb: run.Roll, Hosts: hosts(3), Reason: strings.Repeat("long ", 12)}).choose("n1", "why", allSteps("n1")).begun(0)
	for _, columns := range []int{100, 60, 33, 20, 100, 1} {
		x.resize(columns)
		now = tape.now
		live.Draw()
		if got := strings.Count(strings.Join(strings.Fields(x.shown()), ""), "rollof"); columns > 1 && got != 1 {
			t.Errorf("at %d columns the table is there %d times:\n%s", columns, got, x.shown())
		}
	}
}

func TestTableHasColorsAndASCII(t *testing.T) {
	var b bytes.Buffer
	live := &report.Table{Out: &b, Size: func() (int, int) { return 100, 30 }, Now: func() time.Time { return start }, Style: report.Style{Color: true, ASCII: true}}
	broken(live.Emit)
	if err := live.Close(); err != nil {
		t.Fatal(err)
	}
	live.Draw()
	if err := live.Close(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\x1b[32m + n1", "\x1b[1;31m x n3", "\x1b[2m - n2", "\x1b[1;31mstopped: "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in %q", want, b.String())
		}
	}
	if i := strings.IndexFunc(b.String(), func(r rune) bool { return r > 127 }); i >= 0 {
		t.Errorf("not ASCII: %q", b.String()[i:])
	}
	if strings.Count(b.String(), "stopped: ") != 1 {
		t.Error("it is drawn after it was closed")
	}
}

func TestTableGoesOnByItself(t *testing.T) {
	seen := make(chan string, 100)
	live := &report.Table{Out: writer(func(p []byte) { seen <- string(p) }), Size: func() (int, int) { return 80, 24 }, Now: time.Now}
	live.Start()
	roll(live.Emit, 1)
	select {
	case got := <-seen:
		if !strings.Contains(got, "roll of n1") {
			t.Errorf("%q", got)
		}
	case <-time.After(10 * time.Second):
		t.Error("nothing is drawn")
	}
	if err := live.Close(); err != nil {
		t.Fatal(err)
	}
}

type writer func([]byte)

func (w writer) Write(p []byte) (int, error) {
	w(p)
	return len(p), nil
}

func BenchmarkFrameOfAThousandHosts(b *testing.B) {
	now := start
	live := &report.Table{Out: io.Discard, Size: func() (int, int) { return 120, 50 }, Now: func() time.Time { return now }}
	x := begin(live.Emit, run.Request{Verb: run.Roll, Hosts: hosts(1000)})
	for _, h := range hosts(600) {
		x.choose(h, "why", allSteps(h)).do(0, 9).finish()
	}
	x.choose("n700", "why", allSteps("n700")).do(0, 3).begun(3)
	for b.Loop() {
		now = now.Add(time.Second)
		live.Draw()
	}
}

func BenchmarkEmitOfAThousandHosts(b *testing.B) {
	for b.Loop() {
		live := &report.Table{Out: io.Discard, Size: func() (int, int) { return 120, 50 }, Now: time.Now}
		roll(report.Multi{live, &report.Lines{Out: io.Discard}, &report.JSON{Out: io.Discard}}.Emit, 1000)
	}
}

// What is no UTF-8, and what a terminal would obey, is shown as well as can be, and ends nothing.
func TestTableWithWhatIsNoText(t *testing.T) {
	evil := "\xff\xfe\x1b[2J\u202e\a" + strings.Repeat("\xff", 300)
	x := newTerminal(t, 20, 30)
	now := start
	live := table(x, &now)
	for _, e := range []run.Entry{
		{Kind: run.Requested, Request: &run.Request{ID: evil, Verb: run.Roll, Hosts: []string{evil}, Reason: evil}},
		{Kind: run.Chosen, Host: evil, Text: evil, Steps: []run.Step{{Host: evil, Kind: run.Gate, Title: evil}}},
		{Kind: run.Begun, Host: evil, Step: &run.Step{Host: evil, Kind: run.Gate, Title: evil}},
		{Kind: run.Waiting, Host: evil, Text: evil},
		{Kind: run.Failed, Host: evil, Step: &run.Step{Host: evil, Kind: run.Gate, Title: evil}, Text: evil},
		{Kind: run.Stopped, Text: evil, Hint: evil},
	} {
		e.At = start
		live.Emit(e)
		live.Draw()
	}
	if err := live.Close(); err != nil {
		t.Error(err)
	}
}
