package report_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

var update = flag.Bool("update", false, "write the golden files again")

var start = time.Date(2026, 3, 1, 23, 58, 0, 0, time.UTC)

// golden compares with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is\n%s\nwant\n%s%v", name, got, want, err)
	}
}

// tape makes the entries of a run with a clock of its own.
type tape struct {
	now     time.Time
	entries []run.Entry
	turn    []run.Step
	seen    func(run.Entry)
}

func (x *tape) add(e run.Entry) *tape {
	e.At, e.Run = x.now, "20260301-235800-3f2a"
	if e.Kind.Journaled() {
		e.Seq = len(x.entries) + 1
		x.entries = append(x.entries, e)
	}
	if x.seen != nil {
		x.seen(e)
	}
	return x
}

func (x *tape) wait(d time.Duration) *tape {
	x.now = x.now.Add(d)
	return x
}

func begin(seen func(run.Entry), r run.Request) *tape {
	x := &tape{now: start, seen: seen}
	r.ID, r.By, r.Master = "20260301-235800-3f2a", "alice", "fuel"
	r.Probes = []string{"SQL"}
	r.Members = map[string][]string{"galera": r.Hosts}
	x.add(run.Entry{Kind: run.Requested, Request: &r})
	return x.wait(time.Second).add(run.Entry{Kind: run.Baseline, Verdicts: verdicts(service.OK)})
}

func verdicts(quorum service.State) []service.Verdict {
	return []service.Verdict{
		{Service: "galera", Name: "synced", Host: "n1", State: service.OK, Reason: "n1 is in sync", Evidence: "n1: wsrep_local_state_comment=Synced"},
		{Service: "galera", Name: "synced", Host: "n2", State: service.OK, Reason: "n2 is in sync", Evidence: "n2: wsrep_local_state_comment=Synced"},
		{Service: "pacemaker", Name: "quorum", State: quorum, Reason: "the partition has quorum", Evidence: "n1: partition with quorum\nn2: partition with quorum"},
		{Service: "rabbitmq", Name: "mirrored", Host: "n1", State: service.OK, Reason: "every queue has a copy elsewhere", Evidence: "n2: list_queues", Risk: "lose-queue"},
	}
}

func change(host, id, title string) *service.Change {
	return &service.Change{ID: id + "/" + host, Service: id, Target: host, Title: title,
		Do: service.Command{Argv: []string{"do"}, Stdin: "secret"}, Undo: service.Command{Argv: []string{"undo"}}}
}

// forth and back are the steps out and back in.
func forth(host string) []run.Step {
	return []run.Step{
		{Kind: run.Gate, Title: "check that the cluster can do without " + host},
		{Kind: run.Drain, Title: "haproxy: no new connections to " + host, Change: change(host, "haproxy", "no new connections to "+host)},
		{Kind: run.Drain, Title: "set " + host + " to standby", Change: change(host, "pacemaker", "set "+host+" to standby")},
		{Kind: run.Enter, Title: "umm on: reboot into maintenance mode"},
	}
}

func back(host string) []run.Step {
	return []run.Step{
		{Kind: run.Leave, Title: "umm off: back to operational mode"},
		{Kind: run.Restore, Title: "set " + host + " online", Change: change(host, "pacemaker", "set "+host+" to standby")},
		{Kind: run.Restore, Title: "haproxy: connections to " + host + " again", Change: change(host, "haproxy", "no new connections to "+host)},
		{Kind: run.Settle, Title: "wait for 5 consecutive healthy checks"},
	}
}

func allSteps(host string) []run.Step {
	return slices.Concat(forth(host), []run.Step{{Kind: run.Command, Title: "apt-get -y upgrade"}}, back(host))
}

// times are how long the steps take, by their kind.
var times = map[run.StepKind]time.Duration{
	run.Gate: 1200 * time.Millisecond, run.Drain: 6 * time.Second, run.Enter: 52 * time.Second, run.Command: 95 * time.Second, run.Leave: 11 * time.Second,
	run.Restore: 3 * time.Second, run.Settle: 14 * time.Second, run.Start: 8 * time.Second,
}

func (x *tape) choose(host, why string, steps []run.Step) *tape {
	for i := range steps {
		steps[i].N, steps[i].Host, steps[i].Limit = i, host, 10*time.Minute
	}
	x.turn = steps
	return x.wait(100 * time.Millisecond).add(run.Entry{Kind: run.Chosen, Host: host, Text: why, Steps: steps})
}

func (x *tape) begun(n int) *tape {
	s := x.turn[n]
	return x.add(run.Entry{Kind: run.Begun, Host: s.Host, Step: &s, Boot: "0123456789abcdef0123456789abcdef"})
}

func (x *tape) done(n int) *tape {
	s := x.turn[n]
	took := times[s.Kind] * time.Duration(10+len(x.entries)%5) / 10
	e := run.Entry{Kind: run.Done, Host: s.Host, Step: &s, Took: took}
	if s.Kind == run.Gate || s.Kind == run.Settle {
		e.Verdicts = verdicts(service.OK)
	}
	return x.wait(took).add(e)
}

// do has steps end well, from n to m, m not included.
func (x *tape) do(n, m int) *tape {
	for i := n; i < m; i++ {
		x.begun(i).done(i)
	}
	return x
}

func (x *tape) finish() *tape { return x.add(run.Entry{Kind: run.Finished, Host: x.turn[0].Host}) }

func hosts(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("n%d", i+1))
	}
	return out
}

// roll is one that goes well.
func roll(seen func(run.Entry), n int) *tape {
	x := begin(seen, run.Request{Verb: run.Roll, Hosts: hosts(n), Reason: "kernel upgrade", Command: []string{"apt-get", "-y", "upgrade"},
		Risks: []run.Risk{{Name: "no-agent", Reason: "it's known <b>not</b> to run"}}})
	for i, h := range hosts(n) {
		x.choose(h, "holds nothing that moves", allSteps(h))
		x.do(0, 3).begun(3)
		x.wait(5 * time.Second).add(run.Entry{Kind: run.Waiting, Host: h, Step: &x.turn[3], Text: "ssh of " + h + " does not answer"})
		x.wait(5 * time.Second).add(run.Entry{Kind: run.Waiting, Host: h, Step: &x.turn[3], Text: "ssh of " + h + " does not answer"})
		if i == 1 {
			x.add(run.Entry{Kind: run.Gap, Took: 840 * time.Millisecond, Text: "sql"})
			x.add(run.Entry{Kind: run.Gap, Took: 310 * time.Millisecond, Text: "amqp"})
			x.add(run.Entry{Kind: run.Warned, Host: h, Text: "the clock of n2 is 3 s off", Hint: "look at chrony on n2"})
		}
		x.done(3).do(4, 9).finish()
	}
	return x.add(run.Entry{Kind: run.Ended, Text: fmt.Sprintf("all of %d hosts are through", n)})
}

// broken is one that stops at its second host.
func broken(seen func(run.Entry)) *tape {
	x := begin(seen, run.Request{Verb: run.Roll, Hosts: hosts(4), Reason: "kernel upgrade", Command: []string{"apt-get", "-y", "upgrade"}})
	x.choose("n1", "holds nothing that moves", allSteps("n1")).do(0, 9).finish()
	x.choose("n3", "holds nothing that moves", allSteps("n3")).do(0, 3).begun(3)
	s := x.turn[3]
	x.wait(70 * time.Second).add(run.Entry{Kind: run.Gap, Took: 1800 * time.Millisecond, Text: "sql"})
	x.wait(530 * time.Second).add(run.Entry{Kind: run.Failed, Host: "n3", Step: &s, Took: 10 * time.Minute,
		Text: "n3 did not come back within 10m0s: ssh: connect to host n3 port 22: No route to host"})
	return x.add(run.Entry{Kind: run.Stopped, Text: "n3 did not come back within 10 minutes; the other hosts are untouched",
		Hint: "look at the console of n3, then umm-cluster resume"})
}

// goesOn is one that goes on after a command that failed on its second host.
func goesOn(seen func(run.Entry)) *tape {
	x := begin(seen, run.Request{Verb: run.Roll, Hosts: hosts(3), Command: []string{"apt-get", "-y", "upgrade"}, Options: run.Options{ContinueOnFailure: true}})
	for _, h := range hosts(3) {
		x.choose(h, "holds nothing that moves", allSteps(h)).do(0, 4)
		if h != "n2" {
			x.do(4, 9).finish()
			continue
		}
		x.begun(4).wait(time.Minute).add(run.Entry{Kind: run.PassedOver, Host: h, Step: &x.turn[4], Took: time.Minute,
			LastLines: []string{"Setting up linux-image-amd64", "E: no space left on device"},
			Text:      "the command failed with status 100: umm output on n2 shows what it printed"})
		x.do(5, 9).finish()
	}
	return x.add(run.Entry{Kind: run.Ended, Text: "done; the command failed on n2", Hint: "umm output on n2 shows what it printed"})
}

// downUp takes all hosts out and brings them back.
func downUp(seen func(run.Entry)) *tape {
	x := begin(seen, run.Request{Verb: run.Down, Hosts: hosts(3), Reason: "work on the power supply",
		Risks: []run.Risk{{Name: "all-down", Reason: "the site has no power tonight"}}})
	for _, h := range hosts(3) {
		x.choose(h, "holds the least", forth(h)).do(0, 4).finish()
	}
	x.add(run.Entry{Kind: run.Paused, Text: "all hosts are in maintenance mode", Hint: "umm-cluster up"})
	var plan []run.Planned
	for _, h := range []string{"n3", "n2", "n1"} {
		plan = append(plan, run.Planned{Host: h, Why: "last out, first in", Steps: back(h)})
	}
	x.wait(12 * time.Minute).add(run.Entry{Kind: run.Gap, Took: 14 * time.Minute, Text: "sql"})
	x.add(run.Entry{Kind: run.Returning, Text: "by alice", Plan: plan})
	for _, p := range plan {
		x.choose(p.Host, p.Why, p.Steps).do(0, 4).finish()
	}
	return x.add(run.Entry{Kind: run.Ended, Text: "all hosts are back"})
}

func fold(t *testing.T, x *tape) run.State {
	t.Helper()
	s, err := run.Fold(x.entries)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
