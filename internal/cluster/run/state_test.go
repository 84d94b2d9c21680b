package run_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

var start = time.Date(2026, 3, 1, 22, 0, 0, 0, time.UTC)

// tape makes the entries of a run, each a second after the one before it.
type tape struct{ entries []run.Entry }

func begin(verb run.Verb, hosts ...string) *tape {
	t := &tape{}
	return t.add(run.Entry{Kind: run.Requested, Request: &run.Request{ID: "r1", Verb: verb, Hosts: hosts}})
}

func (t *tape) add(es ...run.Entry) *tape {
	for _, e := range es {
		e.Seq, e.Run = len(t.entries)+1, "r1"
		if e.At.IsZero() {
			e.At = start.Add(time.Duration(len(t.entries)) * time.Second)
		}
		t.entries = append(t.entries, e)
	}
	return t
}

func change(host string) *service.Change {
	return &service.Change{ID: "pacemaker/" + host, Service: "pacemaker", Target: host, Title: "set " + host + " to standby",
		Undo: service.Command{Argv: []string{"undo"}}}
}

// steps numbers steps of the kinds for a host.
func steps(host string, kinds ...run.StepKind) []run.Step {
	var out []run.Step
	for i, k := range kinds {
		s := run.Step{N: i, Host: host, Kind: k, Title: string(k), Limit: time.Minute}
		if k == run.Drain || k == run.Restore || k == run.Start {
			s.Change = change(host)
		}
		out = append(out, s)
	}
	return out
}

func (t *tape) choose(host string, kinds ...run.StepKind) *tape {
	return t.add(run.Entry{Kind: run.Chosen, Host: host, Text: "why", Steps: steps(host, kinds...)})
}

// do has the steps of the host's last choice from n to m, m not included, end well.
func (t *tape) do(host string, n, m int) *tape {
	for i := n; i < m; i++ {
		t.add(t.entry(run.Begun, host, i), t.entry(run.Done, host, i))
	}
	return t
}

func (t *tape) entry(kind run.Kind, host string, n int) run.Entry {
	e := run.Entry{Kind: kind, Host: host, Boot: "boot-" + host}
	for _, chosen := range slices.Backward(t.entries) {
		if chosen.Kind == run.Chosen && chosen.Host == host && n < len(chosen.Steps) {
			e.Step = &chosen.Steps[n]
			return e
		}
	}
	return e
}

func (t *tape) finish(host string) *tape { return t.add(run.Entry{Kind: run.Finished, Host: host}) }

var everyKind = []run.StepKind{run.Gate, run.Drain, run.Gate, run.Enter, run.Command, run.Leave, run.Restore, run.Settle}

func fold(t *testing.T, x *tape) run.State {
	t.Helper()
	s, err := run.Fold(x.entries)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func names(stays []run.Turn) string {
	var out []string
	for _, s := range stays {
		out = append(out, s.Host)
	}
	return strings.Join(out, " ")
}

func TestFoldOfWholeRuns(t *testing.T) {
	tests := []struct {
		name  string
		tape  *tape
		phase run.Phase
		// out are the hosts for which something is in force, left those not chosen.
		out, left, current string
	}{
		{"only asked for", begin(run.Roll, "n1", "n2"), run.Active, "", "n1 n2", ""},
		{"one of two through", begin(run.Roll, "n1", "n2").choose("n2", everyKind...).do("n2", 0, 8).finish("n2"), run.Active, "", "n1", ""},
		{"killed between two steps", begin(run.Roll, "n1").choose("n1", everyKind...).do("n1", 0, 4), run.Active, "n1", "", "n1"},
		{"all done, held, continued, over", begin(run.Roll, "n1", "n2").choose("n1", everyKind...).do("n1", 0, 8).finish("n1").
			add(run.Entry{Kind: run.Paused, Text: "canary"}, run.Entry{Kind: run.Continued}).choose("n2", everyKind...).do("n2", 0, 8).finish("n2").
			add(run.Entry{Kind: run.Ended, Text: "all done"}), run.EndedPhase, "", "", ""},
		{"held", begin(run.Roll, "n1").add(run.Entry{Kind: run.Paused}), run.PausedPhase, "", "n1", ""},
		{"a host that stays in maintenance mode", begin(run.On, "n1").choose("n1", everyKind[:4]...).do("n1", 0, 4).finish("n1").
			add(run.Entry{Kind: run.Ended}), run.EndedPhase, "n1", "", ""},
		{"all down", begin(run.Down, "n1", "n2").choose("n1", run.Enter).do("n1", 0, 1).finish("n1").
			choose("n2", run.Enter).do("n2", 0, 1).finish("n2").add(run.Entry{Kind: run.Ended}), run.EndedPhase, "n1 n2", "", ""},
		{"stopped", begin(run.Roll, "n1", "n2").choose("n1", everyKind...).do("n1", 0, 1).add(run.Entry{Kind: run.Stopped, Text: "t", Hint: "h"}),
			run.StoppedPhase, "", "n2", "n1"},
		{"being undone", begin(run.Roll, "n1").choose("n1", everyKind...).do("n1", 0, 4).add(run.Entry{Kind: run.Aborting}),
			run.Active, "n1", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := fold(t, tt.tape)
			current := ""
			if c := s.Current(); c != nil {
				current = c.Host
			}
			if s.Phase != tt.phase || names(s.Out()) != tt.out || strings.Join(s.Left(), " ") != tt.left || current != tt.current {
				t.Errorf("phase %s, out %q, left %q, current %q", s.Phase, names(s.Out()), s.Left(), current)
			}
			if last := tt.tape.entries[len(tt.tape.entries)-1]; s.Last != last.At || s.Started != start {
				t.Errorf("from %v to %v", s.Started, s.Last)
			}
		})
	}
}

// What may be in force counts from the moment before it is done, and ends only
// with the end of its undoing.
func TestWhatIsInForceAtEachMoment(t *testing.T) {
	x := begin(run.Roll, "n1").choose("n1", everyKind...)
	tests := []struct {
		step          int
		begun, done   bool // open
		entered, left bool
	}{
		{step: 0}, {step: 1, begun: true, done: true}, {step: 2, begun: true, done: true},
		{step: 3, begun: true, done: true, entered: true, left: true},
		{step: 4, begun: true, done: true, entered: true, left: true},
		{step: 5, begun: true, done: true, entered: true},
		{step: 6, begun: true}, {step: 7},
	}
	for _, tt := range tests {
		for _, now := range []struct {
			kind          run.Kind
			open, entered bool
		}{{run.Begun, tt.begun, tt.entered}, {run.Done, tt.done, tt.left}} {
			s := fold(t, x.add(x.entry(now.kind, "n1", tt.step)))
			c := s.Current()
			if len(c.Open) > 0 != now.open || c.Entered != now.entered {
				t.Errorf("step %d %s: open %v, entered %v", tt.step, now.kind, c.Open, c.Entered)
			}
			if c.Begun != (now.kind == run.Begun) {
				t.Errorf("step %d %s: begun is %v", tt.step, now.kind, c.Begun)
			}
		}
	}
}

func TestAStepThatWasBegunTwiceCountsFromTheFirst(t *testing.T) {
	x := begin(run.Roll, "n1").choose("n1", run.Enter)
	first, again := x.entry(run.Begun, "n1", 0), x.entry(run.Begun, "n1", 0)
	first.Boot, again.Boot = "before", "after"
	failed := x.entry(run.Failed, "n1", 0)
	failed.Text = "too long"
	x.add(first, failed)
	if c := fold(t, x).Hosts[0]; c.Failed != "too long" || !c.Begun || c.Next != 0 {
		t.Errorf("after the failure: %+v", c)
	}
	x.add(again)
	if c := fold(t, x).Hosts[0]; c.Failed != "" || c.BegunBoot != "before" || c.Boot != "before" {
		t.Errorf("begun again: %+v", c)
	}
	x.add(x.entry(run.Done, "n1", 0))
	if c := fold(t, x).Hosts[0]; c.Took[0] != 3*time.Second || c.Begun || c.Next != 1 {
		t.Errorf("done: %+v", c)
	}
}

func TestAClockThatIsSetBackMakesNoNegativeTimes(t *testing.T) {
	x := begin(run.Roll, "n1").choose("n1", run.Gate)
	done := x.entry(run.Done, "n1", 0)
	done.At = start.Add(-time.Hour)
	if took := fold(t, x.add(x.entry(run.Begun, "n1", 0), done)).Hosts[0].Took[0]; took != 0 {
		t.Errorf("it took %v", took)
	}
}

func TestAHostChosenTwiceCarriesOverWhatIsOpen(t *testing.T) {
	x := begin(run.Roll, "n1", "n2").choose("n1", everyKind...).do("n1", 0, 3)
	x.add(x.entry(run.Begun, "n1", 3), run.Entry{Kind: run.Stopped}, run.Entry{Kind: run.Aborting})
	x.choose("n1", run.Leave, run.Restore)
	s := fold(t, x)
	if c := s.Current(); len(s.Hosts) != 2 || !c.Entered || c.Boot != "boot-n1" || len(c.Open) != 1 {
		t.Fatalf("chosen again: %+v", s.Hosts)
	}
	if old := s.Hosts[0]; !old.Finished || old.Begun || old.Entered || len(old.Open) > 0 {
		t.Errorf("the earlier stay is %+v", old)
	}
	if names(s.Out()) != "n1" || strings.Join(s.Left(), " ") != "n2" {
		t.Errorf("out %s, left %s", names(s.Out()), s.Left())
	}
	// And a third time, after another failure.
	x.do("n1", 0, 1).add(run.Entry{Kind: run.Stopped}, run.Entry{Kind: run.Resumed}).choose("n1", run.Restore)
	s = fold(t, x)
	if c := s.Current(); c.Entered || len(c.Open) != 1 || names(s.Out()) != "n1" {
		t.Fatalf("chosen a third time: %+v", s.Hosts)
	}
	if s.Direction != run.Undo || s.Phase != run.Active {
		t.Errorf("direction %q, phase %s: a resumed run that was told to undo still has to", s.Direction, s.Phase)
	}
	if s = fold(t, x.do("n1", 0, 1).finish("n1")); len(s.Out()) > 0 {
		t.Errorf("at the end: %+v", s.Out())
	}
}

func TestTheTurn(t *testing.T) {
	x := begin(run.Down, "n1", "n2")
	for _, h := range []string{"n1", "n2"} {
		x.choose(h, run.Enter).do(h, 0, 1).finish(h)
	}
	back := []run.Planned{{Host: "n2", Steps: steps("n2", run.Leave)}, {Host: "n1", Steps: steps("n1", run.Leave)}}
	s := fold(t, x.add(run.Entry{Kind: run.Paused}, run.Entry{Kind: run.Returning, Plan: back}))
	if s.Direction != run.Back || len(s.Todo) != 2 || s.Phase != run.Active {
		t.Errorf("at the turn: %+v", s)
	}
	s = fold(t, x.choose("n2", run.Leave).do("n2", 0, 1).add(run.Entry{Kind: run.Resumed}))
	if s.Direction != run.Back || len(s.Todo) != 1 || s.Todo[0].Host != "n1" || names(s.Out()) != "n1" {
		t.Errorf("one is back: %+v", s)
	}
	s = fold(t, x.add(run.Entry{Kind: run.Aborting, Plan: back[1:]}, run.Entry{Kind: run.Returning, Plan: back[1:]}))
	if s.Direction != run.Undo || s.Current() != nil || len(s.Todo) != 1 {
		t.Errorf("given up: %+v", s)
	}
}

func TestContinuedSaysHowFarItWas(t *testing.T) {
	x := begin(run.Roll, "n1", "n2").choose("n1", run.Gate).do("n1", 0, 1).finish("n1").add(run.Entry{Kind: run.Paused})
	if s := fold(t, x); s.ContinuedAfter != 0 {
		t.Errorf("held: %d", s.ContinuedAfter)
	}
	if s := fold(t, x.add(run.Entry{Kind: run.Continued})); s.ContinuedAfter != 1 {
		t.Errorf("continued: %d", s.ContinuedAfter)
	}
}

// A host goes back after others went out, as up does, and takes what is open with it.
func TestAFinishedHostGoesBackLater(t *testing.T) {
	x := begin(run.Down, "n1", "n2")
	for _, h := range []string{"n1", "n2"} {
		x.choose(h, run.Drain, run.Enter).do(h, 0, 2).finish(h)
	}
	s := fold(t, x.add(run.Entry{Kind: run.Aborting}).choose("n1", run.Leave, run.Restore).do("n1", 0, 2).finish("n1"))
	if names(s.Out()) != "n2" {
		t.Errorf("out: %s", names(s.Out()))
	}
}

func TestWarningsAndGapsAreKept(t *testing.T) {
	x := begin(run.Roll, "n1").add(run.Entry{Kind: run.Warned, Text: "w"}, run.Entry{Kind: run.Gap, Text: "sql", Took: time.Second},
		run.Entry{Kind: run.Waiting}, run.Entry{Kind: run.Ended}, run.Entry{Kind: run.Warned}, run.Entry{Kind: run.Gap})
	if s := fold(t, x); len(s.Warnings) != 2 || len(s.Gaps) != 2 || s.Phase != run.EndedPhase {
		t.Errorf("%+v", s)
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	roll := func() *tape { return begin(run.Roll, "n1", "n2") }
	chosen := func() *tape { return roll().choose("n1", everyKind...) }
	with := func(x *tape, e run.Entry) *tape { return x.add(e) }
	stray := steps("n1", run.Gate, run.Drain)
	stray[1].Change = nil
	tests := []struct {
		name string
		tape *tape
		says string
	}{
		{"it does not begin with what was asked for", &tape{entries: []run.Entry{{Kind: run.Paused}}}, "entry 1 (held): the request must be the first entry"},
		{"it is asked for twice", with(roll(), roll().entries[0]), "entry 2 (requested): the request must be the first entry"},
		{"nothing is asked for", (&tape{}).add(run.Entry{Kind: run.Requested}), "it has no request"},
		{"a kind of a later version", with(roll(), run.Entry{Kind: "danced"}), "does not know"},
		{"a host that nobody asked for", roll().choose("n9", run.Gate), `"n9" is not a host of this run`},
		{"another host while one is under way", chosen().choose("n2", run.Gate), "n1 is not finished"},
		{"a step of a host before any was chosen", with(roll(), run.Entry{Kind: run.Begun, Host: "n1", Step: &stray[0]}), "it is not the turn of n1"},
		{"a step of another host", with(chosen(), run.Entry{Kind: run.Begun, Host: "n2", Step: &stray[0]}), "it is not the turn of n2"},
		{"no step", with(chosen(), run.Entry{Kind: run.Begun, Host: "n1"}), "the current step of n1"},
		{"a step too early", with(chosen(), chosen().entry(run.Begun, "n1", 1)), "the current step of n1"},
		{"a step too many", with(chosen().do("n1", 0, 8), run.Entry{Kind: run.Begun, Host: "n1", Step: &run.Step{N: 8}}), "the current step"},
		{"the end of what was not begun", with(chosen(), chosen().entry(run.Done, "n1", 0)), "step 0 of n1 was not begun"},
		{"the failure of what was not begun", with(chosen(), chosen().entry(run.Failed, "n1", 0)), "step 0 of n1 was not begun"},
		{"through before the last step", chosen().do("n1", 0, 7).finish("n1"), "step 7 of n1 is not done"},
		{"through twice", chosen().do("n1", 0, 8).finish("n1").finish("n1"), "not the turn of n1"},
		{"a drain that changes nothing", with(roll(), run.Entry{Kind: run.Chosen, Host: "n1", Steps: stray}), "step 1: it has no change"},
		{"steps that are not counted", with(roll(), run.Entry{Kind: run.Chosen, Host: "n1", Steps: stray[1:]}), "it is numbered as step 1 of n1"},
		{"steps of another host", with(roll(), run.Entry{Kind: run.Chosen, Host: "n2", Steps: stray}), "it is numbered as step 0 of n1"},
		{"a step of a later version", roll().choose("n1", "dance"), `"dance" has a kind`},
		{"passed over where nobody said so", with(chosen().do("n1", 0, 4).add(run.Entry{Kind: run.Begun, Host: "n1", Step: &steps("n1", everyKind...)[4]}),
			run.Entry{Kind: run.PassedOver, Host: "n1", Step: &steps("n1", everyKind...)[4]}), "does not go on after a failure"},
		{"a gate that is passed over", goOn(with(chosen(), chosen().entry(run.Begun, "n1", 0)).add(chosen().entry(run.PassedOver, "n1", 0))), "does not go on after a failure"},
		{"more after the end", with(roll(), run.Entry{Kind: run.Ended}).choose("n1", run.Gate), "the run is over"},
		{"resumed after the end", with(with(roll(), run.Entry{Kind: run.Ended}), run.Entry{Kind: run.Resumed}), "the run is over"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := run.Fold(tt.tape.entries); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want %q", err, tt.says)
			}
		})
	}
}

// goOn has the run go on after a command that failed.
func goOn(x *tape) *tape {
	x.entries[0].Request.Options.ContinueOnFailure = true
	return x
}

// A command that failed and was passed over: the host goes on, and it stays known.
func TestPassedOver(t *testing.T) {
	x := goOn(begin(run.Roll, "n1", "n2").choose("n1", everyKind...).do("n1", 0, 4))
	over := x.entry(run.PassedOver, "n1", 4)
	over.Text = "status 3"
	s := fold(t, x.add(x.entry(run.Begun, "n1", 4), over))
	if c := s.Current(); c.Next != 5 || c.Begun || c.Failed != "" || c.PassedOver[4] != "status 3" || c.Took[4] != time.Second || !c.Entered {
		t.Errorf("passed over: %+v", c)
	}
	s = fold(t, x.do("n1", 5, 8).finish("n1"))
	if got := s.CommandFailed(); !slices.Equal(got, []string{"n1"}) || len(s.Out()) > 0 {
		t.Errorf("it failed on %v, out %v", got, names(s.Out()))
	}
}

func TestAddingOneByOneIsFolding(t *testing.T) {
	x := begin(run.Roll, "n1", "n2").choose("n1", everyKind...).do("n1", 0, 8).finish("n1").choose("n2", everyKind...).do("n2", 0, 3)
	var s run.State
	for i, e := range x.entries {
		if err := s.Add(e); err != nil {
			t.Fatal(err)
		}
		if want, err := run.Fold(x.entries[:i+1]); err != nil || !reflect.DeepEqual(s, want) {
			t.Fatalf("after %d entries: %+v, want %+v (%v)", i+1, s, want, err)
		}
	}
}

func TestKept(t *testing.T) {
	if run.Waiting.Journaled() || !run.Warned.Journaled() || !run.Begun.Journaled() {
		t.Error("only what is waited for is not kept")
	}
}
