package rollout

import (
	"context"
	"slices"
	"testing"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// fixed is a service of which every look says the same.
type fixed struct{ name string }

func (f fixed) Name() string                                { return f.name }
func (f fixed) Asks(string, []string) []service.Ask         { return nil }
func (f fixed) Read([]string, service.Answers) service.View { return f }
func (f fixed) Exit(string) service.Exit                    { return service.Exit{} }
func (f fixed) Health([]string) []service.Verdict           { return append(f.bad("whole"), f.bad("flag")...) }
func (f fixed) Leave(string) []service.Verdict              { return f.bad("leave") }
func (f fixed) Settled(service.Change, bool) service.Verdict {
	return service.Verdict{State: service.OK}
}
func (f fixed) bad(name string) []service.Verdict {
	return []service.Verdict{{Service: f.name, Name: name, State: service.Stop, Reason: name}}
}

// While a change is in force its service is checked as if the host were away already, and
// where the change leaves the host in it as before: but for what the change shows as.
func TestServicesUnderChange(t *testing.T) {
	seen := Observation{Views: []NamedView{{"db", fixed{"db"}}, {"store", fixed{"store"}}, {"stopped", fixed{"stopped"}}, {"alone", fixed{"alone"}}},
		members: map[string][]string{"db": {"n1", "n2"}, "store": {"n1", "n2"}, "stopped": {"n1", "n2"}, "alone": {"n1"}}}
	s := run.State{Hosts: []run.Turn{{Host: "n1", Open: []service.Change{
		{Service: "db", Target: "n1", Shows: []string{"flag"}, Stops: []string{"stopped"}},
		{Service: "store", Target: "n1", Effect: service.Keeps, Shows: []string{"flag"}}, {Service: "alone", Target: "n1"}}}}}
	bad, _ := gateVerdicts(seen, s, "n1")
	var got []string
	for _, v := range bad {
		got = append(got, v.Service+" "+v.Name)
	}
	want := []string{"store whole", "db whole", "stopped whole", "stopped flag", "db leave", "store leave", "stopped leave", "alone leave"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// What has nothing to undo is not undone, and not in force once it was made.
func TestChangesWithoutUndo(t *testing.T) {
	once := service.Change{ID: "db/leader/n1", Service: "db", Target: "n1", Title: "hand over", On: []string{"n1"}, Do: service.Command{Argv: []string{"x"}}}
	both := []service.Change{once, {ID: "db/n1", Service: "db", Target: "n1", Title: "drain", On: []string{"n1"},
		Do: service.Command{Argv: []string{"x"}}, Undo: service.Command{Argv: []string{"y"}}}}
	r := request(run.Roll, "n1")
	steps := Steps("n1", r, service.Exit{Changes: both, Starts: []service.Change{{ID: "db/start/n1", Wait: service.Waiting{Limit: 24 * time.Hour}}}}, quick())
	var kinds []run.StepKind
	for _, st := range steps {
		kinds = append(kinds, st.Kind)
	}
	want := []run.StepKind{run.Gate, run.Drain, run.Drain, run.Gate, run.Enter, run.Command, run.Start, run.Leave, run.Restore, run.Settle}
	if !slices.Equal(kinds, want) || steps[6].Change.ID != "db/start/n1" || steps[8].Change.ID != "db/n1" {
		t.Errorf("%v, want %v", kinds, want)
	}
	if got := steps[6].Limit; got != quick().Settle {
		t.Errorf("what is started first may take %s, want %s", got, quick().Settle)
	}
	entries := []run.Entry{{Kind: run.Requested, Request: &r}, {Kind: run.Chosen, Host: "n1", Steps: steps}}
	for i := range 3 {
		for _, kind := range []run.Kind{run.Begun, run.Done} {
			entries = append(entries, run.Entry{Kind: kind, Host: "n1", Step: &steps[i]})
		}
	}
	s, err := run.Fold(entries)
	if err != nil {
		t.Fatal(err)
	}
	if open := s.Hosts[0].Open; len(open) != 1 || open[0].ID != "db/n1" {
		t.Errorf("in force: %+v", open)
	}
}

// What a lost run has left is in no entry of this one; its own service does not hold it back.
func TestRestoresWhatAnotherRunMade(t *testing.T) {
	r, l := &recorder{}, quick()
	l.Settle = time.Second
	e := &Engine{Now: time.Now, Emit: func(run.Entry) {}, Limits: l, Cluster: Cluster{
		Services: []service.Service{fixed{"db"}}, Runner: func(string) execx.Runner { return r }}}
	c := service.Change{ID: "db/n1", Service: "db", Target: "n1", On: []string{"n1"}, Undo: service.Command{Argv: []string{"undo"}}}
	if got := e.restore(t.Context(), run.Step{Kind: run.Restore, Change: &c, Limit: time.Minute}); got.Status != Done || !slices.Equal(r.ran, []string{"undo"}) {
		t.Errorf("ran %q, %+v", r.ran, got)
	}
}

// recorder notes what it is to run, and how long that may take.
type recorder struct {
	ran    []string
	limits []time.Duration
}

func (r *recorder) Run(_ context.Context, c execx.Cmd) (execx.Result, error) {
	r.ran, r.limits = append(r.ran, c.Argv[0]), append(r.limits, c.Limit)
	return execx.Result{}, nil
}

// A change that is there already is not made again, but for one that nothing shows.
// What has a limit of its own has no other.
func TestMakesChanges(t *testing.T) {
	r, l := &recorder{}, quick()
	l.Settle = time.Second
	e := &Engine{Now: time.Now, Emit: func(run.Entry) {}, Limits: l, Cluster: Cluster{
		Services: []service.Service{fixed{"db"}}, Runner: func(string) execx.Runner { return r }}}
	for _, c := range []service.Change{
		{Service: "db", On: []string{"n1"}, Do: service.Command{Argv: []string{"seen"}}},
		{Service: "db", On: []string{"n1"}, Do: service.Command{Argv: []string{"blind"}}, Wait: service.Waiting{Until: service.UntilDone}},
		{Service: "db", On: []string{"n1"}, Do: service.Command{Argv: []string{"slow"}, Limit: time.Hour}, Wait: service.Waiting{Until: service.UntilDone}},
	} {
		if got := e.drain(t.Context(), run.Step{Change: &c}); got.Status != Done {
			t.Fatalf("%+v", got)
		}
	}
	if !slices.Equal(r.ran, []string{"blind", "slow"}) || !slices.Equal(r.limits, []time.Duration{e.Limits.Act, time.Hour}) {
		t.Errorf("ran %q with limits %v", r.ran, r.limits)
	}
	r.limits = nil
	e.Cluster.ask(t.Context(), "n1", service.Ask{Argv: []string{"ask"}}, e.Limits)
	e.Cluster.ask(t.Context(), "n1", service.Ask{Argv: []string{"ask"}, Limit: time.Hour}, e.Limits)
	if !slices.Equal(r.limits, []time.Duration{e.Limits.Ask, time.Hour}) {
		t.Errorf("limits %v", r.limits)
	}
}
