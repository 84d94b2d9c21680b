package report_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/report"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

func undone(t *testing.T) run.State {
	x := broken(nil)
	x.wait(time.Minute).add(run.Entry{Kind: run.Aborting, Text: "by bob", Plan: []run.Planned{{Host: "n3", Steps: back("n3")}}})
	return fold(t, x.choose("n3", "it was under way", back("n3")).do(0, 4).finish().add(run.Entry{Kind: run.Ended, Text: "all is as it was"}))
}

func TestSummary(t *testing.T) {
	held := begin(nil, run.Request{Verb: run.Roll, Hosts: hosts(2), Options: run.Options{Canary: true, PauseAfter: 3, Hold: true}})
	held.choose("n1", "why", allSteps("n1")).do(0, 9).finish().add(run.Entry{Kind: run.Paused, Text: "the canary is through", Hint: "umm-cluster continue"})
	active := begin(nil, run.Request{Verb: run.Roll, Hosts: hosts(3)}).choose("n2", "why", allSteps("n2")).do(0, 5).begun(5)
	for name, s := range map[string]run.State{
		"roll": fold(t, roll(nil, 3)), "many": fold(t, roll(nil, 12)), "broken": fold(t, broken(nil)), "down-up": fold(t, downUp(nil)),
		"undone": undone(t), "goes-on": fold(t, goesOn(nil)), "goes-on-active": fold(t, &tape{entries: goesOn(nil).entries[:37]}), "held": fold(t, held), "active": fold(t, active),
		"asked": fold(t, begin(nil, run.Request{Verb: run.On, Hosts: hosts(1)})),
		"down":  fold(t, &tape{entries: downUp(nil).entries[:33]}),
	} {
		golden(t, "summary-"+name+".txt", []byte(report.Summary(s)))
	}
}

func TestSummaryOfHostileTexts(t *testing.T) {
	evil := "a\x1b[31m\r\nb"
	x := begin(nil, run.Request{Verb: run.Roll, Hosts: []string{evil}, Reason: evil, Command: []string{evil}, Risks: []run.Risk{{Name: evil, Reason: evil}}})
	x.choose(evil, evil, []run.Step{{Kind: run.Drain, Title: evil, Change: change(evil, evil, evil)}}).begun(0)
	for _, k := range []run.Kind{run.Failed, run.Warned, run.Gap, run.Stopped} {
		x.add(run.Entry{Kind: k, Host: evil, Step: &x.turn[0], Text: evil, Hint: evil})
	}
	s := fold(t, x)
	got := report.Summary(s) + report.History([]run.State{s}) + report.Plan([]run.Planned{{Host: evil, Why: evil, Steps: x.turn}}, report.Estimates{}) +
		report.Verdicts([]service.Verdict{{Service: evil, Name: evil, Host: evil, State: service.State(evil), Reason: evil, Evidence: evil, Risk: evil}})
	if strings.ContainsAny(got, "\x1b\r") {
		t.Errorf("%q", got)
	}
}

func TestHistory(t *testing.T) {
	golden(t, "history.txt", []byte(report.History([]run.State{fold(t, roll(nil, 3)), fold(t, broken(nil)), fold(t, downUp(nil)), undone(t),
		fold(t, begin(nil, run.Request{Verb: run.On, Hosts: hosts(1)}))})))
	if got := report.History(nil); got != "No run yet.\n" {
		t.Errorf("%q", got)
	}
}

func TestVerdicts(t *testing.T) {
	vs := append(verdicts(service.Stop), service.Verdict{Service: "rabbitmq", Name: "last-copy", Host: "n2", State: service.Unknown,
		Reason: "n2 does not answer", Risk: "lose-queue"},
		service.Verdict{Service: "haproxy", Name: "backends", Host: "n2", State: service.OK, Reason: "all are up"})
	golden(t, "verdicts.txt", []byte(report.Verdicts(vs)))
	golden(t, "verdicts-ok.txt", []byte(report.Verdicts(verdicts(service.OK))))
	if got := report.Verdicts(nil); got != "There are no checks.\n" {
		t.Errorf("%q", got)
	}
}

func TestPlan(t *testing.T) {
	estimates := report.EstimateFrom([]run.State{fold(t, roll(nil, 3))}, run.Request{Verb: run.Roll, Command: []string{"apt-get", "-y", "upgrade"}})
	turns := []run.Planned{{Host: "n2", Why: "holds nothing that moves", Steps: allSteps("n2")}, {Host: "n1", Why: "holds the virtual IP vip", Steps: allSteps("n1")}}
	golden(t, "plan.txt", []byte(report.Plan(turns, estimates)))
	golden(t, "plan-new.txt", []byte(report.Plan(turns[:1], report.Estimates{})))
	asked := run.Request{Verb: run.Roll, Command: []string{"true"}}
	if got := report.Policy(asked); got != "If the command fails, the run stops with that host in maintenance mode.\n" {
		t.Errorf("%q", got)
	}
	if asked.Options.ContinueOnFailure = true; report.Policy(asked) != "If the command fails, the host is brought back and the next one is taken.\n" {
		t.Errorf("%q", report.Policy(asked))
	}
	if asked.Command = nil; report.Policy(asked) != "" {
		t.Errorf("%q", report.Policy(asked))
	}
	if got := report.Plan(nil, estimates); got != "Nothing to do.\n" {
		t.Errorf("%q", got)
	}
}

func TestOutcomeOfVerbsThatDoNotTakeEachHost(t *testing.T) {
	for verb, want := range map[run.Verb]string{run.Unlock: "done", run.Off: "done", run.Up: "done", run.Roll: "ended early"} {
		text := report.History([]run.State{{Request: run.Request{ID: "x", Verb: verb, Hosts: []string{"n1"}}, Phase: run.EndedPhase}})
		if !strings.Contains(text, want) {
			t.Errorf("%s: %s", verb, text)
		}
	}
}

// A command is shown as it can be typed, and whole; where nothing was measured, nothing is said
// of clients.
func TestSummaryOfACommandAndNoProbes(t *testing.T) {
	r := run.Request{Verb: run.Roll, Hosts: []string{"n1"}, Command: []string{"sh", "-c", "a; b", "c d"}}
	x := begin(nil, r)
	x.choose("n1", "why", []run.Step{{Host: "n1", Kind: run.Command, Title: "run sh -c 'a; b' 'c d'"}}).begun(0)
	s := fold(t, x)
	for _, want := range []string{"command  sh -c 'a; b' 'c d'", "at 1/1 run sh -c 'a; b' 'c d'"} {
		if got := report.Summary(s); !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	s.Request.Probes = nil
	var page strings.Builder
	if err := report.HTML(&page, s, x.entries); err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{report.Summary(s), page.String()} {
		if !strings.Contains(got, "not measured") || strings.Contains(got, "as far as it was measured") {
			t.Errorf("%s", got)
		}
	}
}

// Probes that only connect are not made to say more than they see, in words and on the page.
func TestWhatProbesCanSee(t *testing.T) {
	for name, c := range map[string]struct {
		probes, connects []string
		gaps             []run.Entry
		want, not        string
	}{
		"commands": {[]string{"shop"}, nil, nil, "nothing, as far as it was measured\n", "connect"},
		"connections alone": {[]string{"vip", "amqp"}, []string{"vip", "amqp"}, nil,
			"no connection that failed, vip, amqp only connect: whether requests were answered, and when, was not measured", "nothing"},
		"one of each":        {[]string{"vip", "shop"}, []string{"vip"}, nil, "nothing, as far as it was measured: vip only connects\n", ""},
		"a gap in one":       {[]string{"vip"}, []string{"vip"}, []run.Entry{{Kind: run.Gap, Text: "vip", Took: time.Second}}, "vip only connects: nothing is known of requests", "as far as"},
		"an earlier journal": {[]string{"vip"}, nil, nil, "nothing, as far as it was measured\n", "connect"},
	} {
		s := run.State{Request: run.Request{ID: "x", Verb: run.Roll, Hosts: []string{"n1"}, Probes: c.probes, Connects: c.connects}, Hosts: []run.Turn{{Host: "n1"}}, Gaps: c.gaps}
		got := report.Summary(s)
		_, got, _ = strings.Cut(got, "What clients noticed")
		if !strings.Contains(got, c.want) || c.not != "" && strings.Contains(got, c.not) {
			t.Errorf("%s: %s", name, got)
		}
		var page strings.Builder
		if err := report.HTML(&page, s, nil); err != nil {
			t.Fatal(err)
		}
		if len(c.gaps) == 0 && !strings.Contains(page.String(), strings.TrimSpace(strings.SplitN(c.want, ", ", 2)[1])) {
			t.Errorf("%s: the page does not say so", name)
		}
	}
}

// Which kernel a host came back on is in the report.
func TestSummaryOfHostsThatWereRebooted(t *testing.T) {
	x := begin(nil, run.Request{Verb: run.Roll, Hosts: hosts(2), Options: run.Options{Leave: run.LeaveAuto}})
	for _, h := range hosts(2) {
		steps := allSteps(h)
		at := slices.IndexFunc(steps, func(s run.Step) bool { return s.Kind == run.Leave })
		x.choose(h, "why", steps).do(0, at).begun(at)
		e := run.Entry{Kind: run.Done, Host: h, Step: &x.turn[at]}
		if h == "n2" {
			e.Text = "rebooted: boot b2 after b1, kernel 6.1.0-40-amd64 -> 6.1.0-41-amd64"
		}
		x.add(e).do(at+1, len(steps)).finish()
	}
	s := fold(t, x.add(run.Entry{Kind: run.Ended, Text: "done"}))
	if got := report.Summary(s); !strings.Contains(got, "\nHow hosts came back\n  n2  rebooted: boot b2 after b1, kernel 6.1.0-40-amd64 -> 6.1.0-41-amd64\n\n") {
		t.Errorf("the summary is\n%s", got)
	}
	doc := report.RunsDoc(s).Runs[0]
	if doc.Hosts[0].Left != "" || !strings.HasPrefix(doc.Hosts[1].Left, "rebooted: ") || doc.Request.Leave != "auto" {
		t.Errorf("the document is %+v", doc)
	}
	if got := report.Summary(fold(t, roll(nil, 3))); strings.Contains(got, "How hosts came back") {
		t.Errorf("nothing was rebooted:\n%s", got)
	}
}
