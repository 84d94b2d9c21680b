package site

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/config"
	"umm/internal/cluster/exit"
	"umm/internal/cluster/journal"
	"umm/internal/cluster/lock"
	"umm/internal/cluster/report"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/test/terminal"
)

// saying is umm on hosts that all say the same.
type saying struct {
	rollout.Node
	status api.Status
}

func (s saying) Status(context.Context, string) (api.Status, error) { return s.status, nil }

// driven is a run at work on this master, with one host and a command, and its journal.
type driven struct {
	t    *testing.T
	file *journal.File
	now  time.Time
	gate *run.Step
	cmd  *run.Step
}

func (d *driven) write(es ...run.Entry) {
	d.t.Helper()
	for _, e := range es {
		d.now = d.now.Add(time.Second)
		e.Run, e.At, e.Host = lastRun, d.now, "n1"
		if _, err := d.file.Append(e); err != nil {
			d.t.Fatal(err)
		}
	}
}

// From another terminal a run is seen to its end: its steps, those of before too, and what the
// command does; and what follows ends as the run does.
func TestFollow(t *testing.T) {
	for name, c := range map[string]struct {
		last []run.Entry
		// code is that of an error; killed and interrupted end it otherwise.
		code                exit.Code
		says, hint          string
		killed, interrupted bool
	}{
		"ended":       {last: []run.Entry{{Kind: run.Ended, Text: "all done"}}},
		"stopped":     {last: []run.Entry{{Kind: run.Stopped, Text: "n1 is lost", Hint: "look there"}}, code: exit.CannotDo, says: "has stopped: n1 is lost", hint: "look there"},
		"held":        {last: []run.Entry{{Kind: run.Paused, Text: "the canary is through"}}, says: "held"},
		"killed":      {killed: true, code: exit.CannotDo, says: "was killed", hint: "umm-cluster resume " + lastRun},
		"interrupted": {interrupted: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := &Site{Conf: config.Config{StateDir: dir, Lock: config.Lock{Engine: "none"}}, Runs: journal.Dir{Path: filepath.Join(dir, "runs")}}
			s.Cluster.Node = saying{status: api.Status{Mode: api.ModeMaintenance, Trigger: &api.Trigger{Run: lastRun}, Command: &api.Command{State: "running"}}}
			out := &terminal.Screen{}
			s.Display.Run = func(run.Request) report.Sink { return &report.Lines{Out: out} }
			_, l, err := s.keeper().Acquire(t.Context(), lock.Claim{Run: lastRun})
			if err != nil {
				t.Fatal(err)
			}
			d := &driven{t: t, now: time.Now(), gate: &run.Step{N: 0, Host: "n1", Kind: run.Gate, Title: "look at the cluster"}, cmd: &run.Step{N: 1, Host: "n1", Kind: run.Command, Title: "run the upgrade"}}
			if d.file, err = s.Runs.Create(lastRun); err != nil {
				t.Fatal(err)
			}
			d.write(run.Entry{Kind: run.Requested, Request: &run.Request{ID: lastRun, Verb: run.Roll, Hosts: []string{"n1"}, By: "alice", Master: "fuel"}},
				run.Entry{Kind: run.Chosen, Steps: []run.Step{*d.gate, *d.cmd}}, run.Entry{Kind: run.Begun, Step: d.gate})
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			followed := make(chan error, 1)
			go func() { followed <- s.follow(ctx, lastRun) }()
			out.Shows(t, "roll of n1, run "+lastRun+", requested by alice on fuel", "1/2 look at the cluster")
			d.write(run.Entry{Kind: run.Done, Step: d.gate}, run.Entry{Kind: run.Begun, Step: d.cmd})
			out.Shows(t, "1/2 done in 1.0 s", "2/2 run the upgrade", "waiting: the command is running")
			select {
			case err := <-followed:
				t.Fatalf("it ended early: %v", err)
			default:
			}
			switch {
			case c.interrupted:
				interrupt()
			case c.killed:
				if err := l.Detach(); err != nil {
					t.Fatal(err)
				}
			default:
				d.write(run.Entry{Kind: run.Done, Step: d.cmd}, run.Entry{Kind: run.Finished})
				d.write(c.last...)
				out.Shows(t, "2/2 done", c.last[0].Text)
			}
			var coded *exit.Error
			switch err := <-followed; {
			case c.says == "" && err != nil, c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
				t.Errorf("it ended with %v, want %q", err, c.says)
			case c.code != 0 && (!errors.As(err, &coded) || coded.Code != c.code || !strings.Contains(coded.Hint, c.hint)):
				t.Errorf("it ended with %+v", coded)
			}
			if c.interrupted {
				// The run has all that it had.
				if st, ok := s.own(t.Context()); !ok || st.Phase != run.Active {
					t.Errorf("it stands %+v", st)
				}
			}
			if err := errors.Join(d.file.Close(), l.Detach()); err != nil && !c.killed {
				t.Fatal(err)
			}
		})
	}
}

// What has come to its end before is shown whole; what never began is said.
func TestFollowWhatIsOver(t *testing.T) {
	s := killed(t, run.Requested, run.Ended)
	out := &terminal.Screen{}
	s.Display.Run = func(run.Request) report.Sink { return &report.JSON{Out: out} }
	if err := s.follow(t.Context(), lastRun); err != nil || strings.Count(out.String(), "\n") != 2 || !strings.Contains(out.String(), `"kind":"ended"`) {
		t.Errorf("%v, %s", err, out)
	}
	var coded *exit.Error
	if err := s.follow(t.Context(), "20261123-092114-0000"); !errors.As(err, &coded) || coded.Code != exit.Usage {
		t.Errorf("%v", err)
	}
	s = killed(t)
	if err := s.follow(t.Context(), lastRun); !errors.As(err, &coded) || coded.Code != exit.Refused {
		t.Errorf("%v", err)
	}
}
