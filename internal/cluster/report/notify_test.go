package report_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/report"
	"umm/internal/cluster/run"
	"umm/internal/execx"
)

// told is a hook's command that keeps what it was told.
type told struct {
	mu     sync.Mutex
	events []string
	stdin  []byte
	run    func(context.Context, execx.Cmd) (execx.Result, error)
}

func (x *told) Run(ctx context.Context, c execx.Cmd) (execx.Result, error) {
	x.mu.Lock()
	var words []string
	for _, name := range []string{"EVENT", "VERB", "HOST", "HINT"} {
		for _, env := range c.Env {
			if v, ok := strings.CutPrefix(env, "UMM_CLUSTER_"+name+"="); ok && v != "" {
				words = append(words, v)
			}
		}
	}
	x.events = append(x.events, c.Argv[0]+": "+strings.Join(words, " "))
	x.stdin = append(x.stdin, c.Stdin...)
	x.mu.Unlock()
	if x.run != nil {
		return x.run(ctx, c)
	}
	return execx.Result{}, nil
}

type warnings struct {
	mu    sync.Mutex
	texts []string
}

func (w *warnings) warn(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts = append(w.texts, text)
}

func (w *warnings) all() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.texts, "\n")
}

// A hook is told of just the moments that it asked for.
func TestWhoIsTold(t *testing.T) {
	want := map[string][]string{
		"start":   {"start", "start", "start", "start"},
		"failure": {"failure n3", "failure n2"},
		"stop":    {"stop look at the console of n3, then umm-cluster resume"},
		"hold":    {"hold umm-cluster up"},
		"end":     {"end", "end umm output on n2 shows what it printed"},
		"host": {"host-start n1", "host-end n1", "host-start n3",
			"host-start n1", "host-end n1", "host-start n2", "host-end n2", "host-start n3", "host-end n3",
			"host-start n3", "host-end n3", "host-start n2", "host-end n2", "host-start n1", "host-end n1",
			"host-start n1", "host-end n1", "host-start n2", "host-end n2", "host-start n3", "host-end n3"},
		"nothing": nil,
	}
	if len(want) != len(report.Moments())+1 {
		t.Errorf("there are the moments %v", report.Moments())
	}
	for moment, events := range want {
		t.Run(moment, func(t *testing.T) {
			h := report.Hook{Name: "a", Argv: []string{"a"}, On: []string{moment}}
			if moment == "nothing" {
				h.On = nil
			}
			var x told
			var w warnings
			n := report.NewNotifier([]report.Hook{h}, &x, nil, w.warn)
			for _, of := range []func(func(run.Entry)) *tape{broken, downUp, goesOn} {
				of(n.Emit)
			}
			if err := n.Close(); err != nil || w.all() != "" {
				t.Fatal(err, w.all())
			}
			n.Emit(run.Entry{Kind: run.Ended})
			var got []string
			for _, e := range x.events {
				// The verb is that of the run that it was told of last.
				got = append(got, strings.NewReplacer("a: ", "", " roll", "", " down", "").Replace(e))
			}
			if !slices.Equal(got, events) {
				t.Errorf("it was told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(events, "\n"))
			}
			for _, secret := range []string{"apt-get", "secret"} {
				if bytes.Contains(x.stdin, []byte(secret)) {
					t.Errorf("they are told %q", secret)
				}
			}
		})
	}
}

// Two hooks that want other moments do not get each other's.
func TestEachHookGetsItsOwn(t *testing.T) {
	var x told
	n := report.NewNotifier([]report.Hook{{Name: "a", Argv: []string{"a"}, On: []string{"start"}}, {Name: "b", Argv: []string{"b"}, On: []string{"end", "hold"}}}, &x, nil, nil)
	downUp(n.Emit)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(x.events, func(a, b string) int { return int(a[0]) - int(b[0]) })
	if got := strings.Join(x.events, ", "); got != "a: start down, a: start down, b: hold down umm-cluster up, b: end down" {
		t.Error(got)
	}
	var e api.ClusterEvent
	if err := json.NewDecoder(bytes.NewReader(x.stdin)).Decode(&e); err != nil || e.Version != api.ClusterVersion {
		t.Errorf("%+v %v", e, err)
	}
}

func TestAResumedRunIsTold(t *testing.T) {
	var x told
	n := report.NewNotifier([]report.Hook{{Name: "a", Argv: []string{"a"}, On: report.Moments()}}, &x, nil, nil)
	past := broken(nil)
	report.Multi{n}.Recall(past.entries)
	past.seen = n.Emit
	past.add(run.Entry{Kind: run.Resumed})
	if err := n.Close(); err != nil || len(x.events) != 1 || x.events[0] != "a: start roll" {
		t.Errorf("%q %v", x.events, err)
	}
}

func TestHooksThatFailAreWarningsAndNothingElse(t *testing.T) {
	tests := []struct {
		name string
		run  func(context.Context, execx.Cmd) (execx.Result, error)
		says string
	}{
		{"status", func(context.Context, execx.Cmd) (execx.Result, error) { return execx.Result{Code: 3}, nil }, "cannot notify pager: it exited with status 3"},
		{"error", func(context.Context, execx.Cmd) (execx.Result, error) {
			return execx.Result{}, errors.New("no such program")
		}, "no such program"},
		{"too long", func(ctx context.Context, _ execx.Cmd) (execx.Result, error) {
			<-ctx.Done()
			return execx.Result{}, ctx.Err()
		}, "timed out after 20ms"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var w warnings
			var m report.Multi
			n := report.NewNotifier([]report.Hook{{Name: "pager", Argv: []string{"x"}, On: report.Moments(), Limit: 20 * time.Millisecond}}, &told{run: tt.run}, nil,
				func(text string) {
					w.warn(text)
					m.Emit(run.Entry{Kind: run.Warned, Text: text})
				})
			m = report.Multi{n}
			begin(m.Emit, run.Request{Verb: run.Roll, Hosts: hosts(1)})
			if err := m.Close(); err != nil {
				t.Error(err)
			}
			if !strings.Contains(w.all(), tt.says) || strings.Contains(w.all(), "\n") {
				t.Errorf("%q, want %q", w.all(), tt.says)
			}
		})
	}
}

func TestAHookThatHangsHoldsUpNobody(t *testing.T) {
	var w warnings
	gone := make(chan struct{})
	var once sync.Once
	x := &told{run: func(ctx context.Context, _ execx.Cmd) (execx.Result, error) {
		<-ctx.Done()
		once.Do(func() { close(gone) })
		return execx.Result{}, ctx.Err()
	}}
	n := report.NewNotifier([]report.Hook{{Name: "pager", Argv: []string{"x"}, On: report.Moments(), Limit: time.Hour}}, x, nil, w.warn)
	n.SetPatience(50 * time.Millisecond)
	for range 200 {
		n.Emit(run.Entry{Kind: run.Stopped})
	}
	err := n.Close()
	if err == nil || !strings.Contains(err.Error(), "did not finish") || !strings.Contains(err.Error(), "notifications to pager were dropped") {
		t.Errorf("%v", err)
	}
	<-gone
}

func TestWebhook(t *testing.T) {
	const token = "hunter2"
	var got []byte
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || r.URL.Path != "/"+token {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		got, _ = io.ReadAll(r.Body)
		if status == http.StatusFound {
			w.Header().Set("Location", "/"+token+"/elsewhere")
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	send := func(url string) string {
		var w warnings
		n := report.NewNotifier([]report.Hook{{Name: "chat", URL: report.NewSecret(url), On: report.Moments(), Limit: 5 * time.Second}}, nil, report.NewHTTP(), w.warn)
		x := begin(n.Emit, run.Request{Verb: run.Roll, Hosts: hosts(1), Command: []string{"x"}})
		_ = x
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		if strings.Contains(w.all(), token) {
			t.Errorf("the secret is told: %s", w.all())
		}
		return w.all()
	}
	if says := send(server.URL + "/" + token); says != "" {
		t.Error(says)
	}
	var e api.ClusterEvent
	if err := json.Unmarshal(got, &e); err != nil || e.Kind != "requested" || len(e.Request.Command) > 0 {
		t.Errorf("%s %v", got, err)
	}
	for _, status = range []int{http.StatusInternalServerError, http.StatusFound} {
		if says := send(server.URL + "/" + token); says != fmt.Sprintf("cannot notify chat: the webhook answered with status %d", status) {
			t.Error(says)
		}
	}
	server.Close()
	for _, url := range []string{server.URL + "/" + token, "ftp://host/" + token, "http://ho st/" + token, token, "http://host:port/" + token, ""} {
		if says := send(url); !strings.HasPrefix(says, "cannot notify chat: ") {
			t.Errorf("%q: %s", url, says)
		}
	}
}

func TestASecretIsNotShown(t *testing.T) {
	h := report.Hook{Name: "chat", URL: report.NewSecret("hunter2")}
	data, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprint(h), fmt.Sprintf("%+v", h), fmt.Sprintf("%#v", h), fmt.Sprintf("%q %d %x", h.URL, h.URL, h.URL), h.URL.String(), string(data)} {
		if strings.Contains(shown, "hunter") || strings.Contains(shown, "68756e") {
			t.Errorf("%s", shown)
		}
	}
}

// Chat systems show the text of what is posted: it is a line that says all.
func TestTheTextIsALine(t *testing.T) {
	var x told
	n := report.NewNotifier([]report.Hook{{Name: "a", Argv: []string{"a"}, On: report.Moments()}}, &x, nil, nil)
	broken(n.Emit)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for d := json.NewDecoder(bytes.NewReader(x.stdin)); d.More(); {
		var e api.ClusterEvent
		if err := d.Decode(&e); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, e.Text)
	}
	golden(t, "notify.txt", []byte(strings.Join(lines, "\n")+"\n"))
}
