package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/report"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	j := &report.JSON{Out: &b}
	roll(j.Emit, 1)
	downUp(j.Emit)
	golden(t, "events.jsonl", b.Bytes())
	if strings.Contains(b.String(), "secret") {
		t.Error("it has the commands that change services")
	}
	for line := range strings.Lines(b.String()) {
		var e api.ClusterEvent
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Version != api.ClusterVersion || e.Kind == "" {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestDocuments(t *testing.T) {
	req := run.Request{Verb: run.Roll, Hosts: hosts(1)}
	for name, document := range map[string]any{
		"checks.json":      report.ChecksDoc(verdicts(service.Stop)),
		"checks-none.json": report.ChecksDoc(nil),
		"plan.json":        report.PlanDoc(req, []run.Planned{{Host: "n1", Why: "w", Steps: forth("n1")}}),
		"plan-none.json":   report.PlanDoc(run.Request{}, nil),
		"goes-on.json":     report.RunsDoc(fold(t, goesOn(nil))),
		"runs.json":        report.RunsDoc(fold(t, broken(nil)), fold(t, downUp(nil))),
	} {
		data, err := json.MarshalIndent(document, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, append(data, '\n'))
	}
}

func TestLog(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		path := filepath.Join(t.TempDir(), "log", "run.log")
		l, err := report.OpenLog(path, format)
		if err != nil {
			t.Fatal(err)
		}
		x := broken(l.Emit)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "log."+format, got)
		for _, secret := range []string{"apt-get", "secret"} {
			if bytes.Contains(got, []byte(secret)) {
				t.Errorf("the %s log has %q", format, secret)
			}
		}
		// A run that goes on is logged in the same file, which is nobody else's.
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		if l, err = report.OpenLog(path, format); err != nil {
			t.Fatal(err)
		}
		report.Multi{l}.Recall(x.entries)
		x.seen = l.Emit
		x.add(run.Entry{Kind: run.Resumed, Text: "by bob"}).begun(3)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		more, err := os.ReadFile(path)
		if err != nil || !bytes.HasPrefix(more, got) || !bytes.Contains(more, []byte("4/9 umm on")) {
			t.Errorf("%v %s", err, more)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", info.Mode(), err)
		}
	}
}

func TestLogThatCannotBeKept(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for path, format := range map[string]string{dir: "text", filepath.Join(dir, "a"): "yaml", filepath.Join(dir, "link"): "text", "/dev/null": "text", "/dev/null/x": "json"} {
		if l, err := report.OpenLog(path, format); err == nil {
			t.Errorf("%s as %s: no error, %v", path, format, l.Close())
		}
	}
}

type full struct{ written, closed int }

func (f *full) Write([]byte) (int, error) {
	f.written++
	return 0, errors.New("no space left on device")
}

func (f *full) Close() error {
	f.closed++
	return nil
}

func TestALogThatIsFullIsToldAtTheEnd(t *testing.T) {
	var f full
	l, err := report.NewLog(&f, "json")
	if err != nil {
		t.Fatal(err)
	}
	roll(l.Emit, 1)
	if err := l.Close(); err == nil || !strings.Contains(err.Error(), "cannot complete the log: no space left") || f.written != 1 || f.closed != 1 {
		t.Errorf("%v, %+v", err, f)
	}
}

func TestUsualTimes(t *testing.T) {
	apt := []string{"apt-get"}
	past := func(host string, gate, command time.Duration, argv ...string) run.State {
		return run.State{Request: run.Request{Verb: run.Roll, Command: argv}, Hosts: []run.Turn{{
			Host: host, Steps: []run.Step{{Kind: run.Gate}, {Kind: run.Command}, {Kind: run.Hold}}, Next: 3,
			Took: map[int]time.Duration{0: gate, 1: command, 2: 9 * time.Hour}}}}
	}
	u := report.EstimateFrom([]run.State{past("n1", 1, 100, "apt-get"), past("n1", 5, 300, "apt-get"), past("n1", 90, 9000, "other"), past("n2", 9, 500, "apt-get")},
		run.Request{Verb: run.Roll, Command: apt})
	for _, tt := range []struct {
		host string
		kind run.StepKind
		want time.Duration
	}{{"n1", run.Gate, 5}, {"n2", run.Gate, 9}, {"n3", run.Gate, 7}, {"n1", run.Command, 200}, {"n1", run.Hold, 0}, {"n3", run.Settle, 0}} {
		if got := u.Step(run.Step{Host: tt.host, Kind: tt.kind}); got != tt.want {
			t.Errorf("%s %s: %d, want %d", tt.host, tt.kind, got, tt.want)
		}
	}
	if u.Turn("n1") != 203 || u.Turn("n9") != 305 {
		t.Errorf("turns: %d, %d", u.Turn("n1"), u.Turn("n9"))
	}
	s := run.State{Request: run.Request{Hosts: []string{"n1", "n2"}}, Hosts: []run.Turn{{Host: "n1", Next: 1, Begun: true, BegunAt: start,
		Steps: []run.Step{{Host: "n1", Kind: run.Gate}, {Host: "n1", Kind: run.Command}, {Host: "n1", Kind: run.Gate}}}}}
	if got := u.Rest(&s, start.Add(50)); got != 150+5+509 {
		t.Errorf("the rest is %d", got)
	}
	if got := u.Rest(&s, start.Add(time.Hour)); got != 5+509 {
		t.Errorf("a step that takes longer than usual: the rest is %d", got)
	}
	if got := (report.Estimates{}).Rest(&s, start); got != 0 {
		t.Errorf("nobody knows: %d", got)
	}
}
