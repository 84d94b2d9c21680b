package ummclient_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/run"
	"umm/internal/cluster/ummclient"
	"umm/internal/execx"
)

// call is one command that is expected, and what becomes of it.
type call struct {
	argv   []string
	limit  time.Duration
	result execx.Result
	err    error
}

// expect is umm on n1, on which just these commands are run, in this order.
func expect(t *testing.T, calls ...call) ummclient.Client {
	t.Helper()
	r := &strict{t: t, calls: calls}
	t.Cleanup(func() {
		if len(r.calls) > 0 {
			t.Errorf("%q was not run", r.calls[0].argv)
		}
	})
	return ummclient.Client{Limit: limit, Runner: func(host string) execx.Runner {
		if host != "n1" {
			t.Errorf("%s is asked", host)
		}
		return r
	}}
}

const limit = 7 * time.Second

type strict struct {
	t     *testing.T
	calls []call
}

func (r *strict) Run(_ context.Context, c execx.Cmd) (execx.Result, error) {
	r.t.Helper()
	if len(r.calls) == 0 {
		r.t.Errorf("%q is run, and nothing is expected", c.Argv)
		return execx.Result{}, errors.New("unexpected")
	}
	want := r.calls[0]
	r.calls = r.calls[1:]
	if !slices.Equal(c.Argv, want.argv) || c.Limit != want.limit || len(c.Stdin) > 0 || len(c.Env) > 0 {
		r.t.Errorf("%q is run with limit %v, stdin %q, env %q, want %q with %v", c.Argv, c.Limit, c.Stdin, c.Env, want.argv, want.limit)
	}
	return want.result, want.err
}

func words(line string) []string { return strings.Fields(line) }

func out(text string) execx.Result { return execx.Result{Stdout: []byte(text)} }

func failed(code int, stderr string) execx.Result {
	return execx.Result{Code: code, Stderr: []byte(stderr)}
}

func TestStatus(t *testing.T) {
	h := expect(t, call{argv: words("umm status -o json"), limit: limit,
		result: out(`{"version":1,"umm":"1.2","mode":"maintenance","enabled":true,"boot_id":"b2","trigger":{"kind":"operator","run":"r1"},"later":{"x":1}}`)})
	st, err := h.Status(t.Context(), "n1")
	if err != nil || st.Mode != api.ModeMaintenance || st.BootID != "b2" || st.Trigger == nil || st.Trigger.Run != "r1" {
		t.Errorf("%+v, %v", st, err)
	}
}

// What is not a status of a umm that is new enough is a refusal that says what to do,
// and never a mode.
func TestStatusThatIsNone(t *testing.T) {
	lost := errors.New("the connection was lost")
	for name, c := range map[string]struct {
		result  execx.Result
		err     error
		want    string
		refused bool
	}{
		"one word, of a umm of before": {out("operational\n"), nil, `umm on n1 is too old for umm-cluster: umm status -o json there prints "operational"; install the umm package there`, true},
		"nothing":                      {out(""), nil, `umm on n1 is too old for umm-cluster: umm status -o json there prints ""`, true},
		"another document":             {out(`{"mode":"operational"}`), nil, "umm on n1 is too old", true},
		"no mode":                      {out(`{"version":1}`), nil, "umm on n1 is too old", true},
		"no boot ID":                   {out(`{"version":1,"mode":"operational"}`), nil, "umm on n1 is too old", true},
		"half a document":              {out(`{"version":1,"mode":"opera`), nil, "umm on n1 is too old", true},
		"no umm":                       {failed(127, "env: 'umm': No such file or directory\n"), nil, "umm is not installed on n1", true},
		"no such flag":                 {failed(2, "umm: unknown shorthand flag: 'o' in -o\nusage: ...\n"), nil, "umm on n1 is too old for umm-cluster: umm status there: unknown shorthand flag: 'o' in -o; install the umm package there", true},
		"a failure without a word":     {failed(1, ""), nil, "umm on n1 is too old for umm-cluster: umm status there: it failed without a message", true},
		"a failure":                    {failed(4, "umm: cannot read the record: permission denied\n"), nil, "umm status on n1: cannot read the record: permission denied", true},
		"no answer":                    {execx.Result{}, lost, "the connection was lost", false},
		"an answer that was cut short": {out(`{"version":1,"mode":"maintenance"}`), lost, "the connection was lost", false},
	} {
		t.Run(name, func(t *testing.T) {
			h := expect(t, call{argv: words("umm status -o json"), limit: limit, result: c.result, err: c.err})
			st, err := h.Status(t.Context(), "n1")
			if err == nil || !strings.Contains(err.Error(), c.want) || st.Mode != "" {
				t.Errorf("%+v, %v, want %q", st, err, c.want)
			}
			if h.Refused(err) != c.refused {
				t.Errorf("%v: it is refused: %v", err, !c.refused)
			}
		})
	}
}

// The command's own words are kept apart, however they look, and umm on and off have
// no time limit: they last as long as what they begin.
func TestOn(t *testing.T) {
	for name, c := range map[string]struct {
		request run.Request
		argv    []string
	}{
		"with nothing":     {run.Request{ID: "r1"}, words("umm on --run r1")},
		"with a reason":    {run.Request{ID: "r1", Reason: "new kernel; rm -rf /"}, []string{"umm", "on", "--run", "r1", "--reason", "new kernel; rm -rf /"}},
		"with a command":   {run.Request{ID: "r1", Command: []string{"sh", "-c", "a && b", "--reason", "--"}}, []string{"umm", "on", "--run", "r1", "--", "sh", "-c", "a && b", "--reason", "--"}},
		"with all of them": {run.Request{ID: "r1", Reason: "--", Command: []string{"-x"}}, []string{"umm", "on", "--run", "r1", "--reason", "--", "--", "-x"}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := expect(t, call{argv: c.argv}).On(t.Context(), "n1", c.request); err != nil {
				t.Error(err)
			}
		})
	}
}

// A host's own answer is told from an error that leaves open what became of it: only
// after the first it is known that it does not go down.
func TestWhatIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		result  execx.Result
		err     error
		refused bool
		code    int
		want    string
	}{
		"refused":             {failed(1, "umm: maintenance mode is disabled\numm: hint: umm enable\n"), nil, true, 1, "umm on on n1: maintenance mode is disabled"},
		"without a word":      {failed(1, ""), nil, true, 1, "umm on on n1: it failed without a message"},
		"wrong usage":         {failed(2, "umm: unknown flag: --run\n"), nil, true, 2, "umm on n1 is too old for umm-cluster: umm on there: unknown flag: --run"},
		"not installed":       {failed(127, ""), nil, true, 127, "umm is not installed on n1"},
		"killed by a signal":  {failed(143, "umm: terminated\n"), nil, true, 143, "umm on on n1: terminated"},
		"the connection went": {execx.Result{}, errors.New("interrupted"), false, 0, "interrupted"},
		"it took too long":    {failed(1, "x"), context.DeadlineExceeded, false, 0, "deadline"},
	} {
		t.Run(name, func(t *testing.T) {
			h := expect(t, call{argv: words("umm on --run r1"), result: c.result, err: c.err})
			err := h.On(t.Context(), "n1", run.Request{ID: "r1"})
			if err == nil || !strings.Contains(err.Error(), c.want) || h.Refused(err) != c.refused {
				t.Errorf("%v, refused %v, want %q", err, h.Refused(err), c.want)
			}
			var r *ummclient.Refusal
			if errors.As(fmt.Errorf("wrapped: %w", err), &r) != c.refused || c.refused && (r.Code != c.code || r.Host != "n1") {
				t.Errorf("%+v", r)
			}
		})
	}
	if (ummclient.Client{}).Refused(nil) {
		t.Error("no error is a refusal")
	}
}

func TestOff(t *testing.T) {
	if err := expect(t, call{argv: words("umm off --accept-risk=command-running")}).Off(t.Context(), "n1", run.OffOptions{LeaveCommandRunning: true}); err != nil {
		t.Error(err)
	}
	if err := expect(t, call{argv: words("umm off")}).Off(t.Context(), "n1", run.OffOptions{}); err != nil {
		t.Error(err)
	}
	h := expect(t, call{argv: words("umm off"), result: failed(4, "umm: cannot mount /srv\n")})
	if err := h.Off(t.Context(), "n1", run.OffOptions{}); err == nil || err.Error() != "umm off on n1: cannot mount /srv" || !h.Refused(err) {
		t.Errorf("got %v", err)
	}
}

func TestGuard(t *testing.T) {
	r := run.Request{ID: "r1", By: "alice", Master: "fuel", Reason: "new kernel"}
	set := []string{"umm", "guard", "set", "--by", "alice", "--master", "fuel", "--reason", "new kernel", "r1"}
	if err := expect(t, call{argv: set, limit: limit}).Set(t.Context(), "n1", r); err != nil {
		t.Error(err)
	}
	r.Reason = ""
	h := expect(t, call{argv: words("umm guard set --by alice --master fuel r1"), limit: limit,
		result: failed(1, "umm: run r0 has this host\n")})
	if err := h.Set(t.Context(), "n1", r); err == nil || err.Error() != "umm guard on n1: run r0 has this host" {
		t.Errorf("got %v", err)
	}
	if err := expect(t, call{argv: words("umm guard clear r1"), limit: limit}).Clear(t.Context(), "n1", "r1"); err != nil {
		t.Error(err)
	}
	// A umm that knows no guard cannot keep others off: it is told as that.
	h = expect(t, call{argv: words("umm guard clear r1"), limit: limit, result: failed(2, "umm: unknown command \"guard\"\n")})
	if err := h.Clear(t.Context(), "n1", "r1"); err == nil || !strings.Contains(err.Error(), `umm on n1 is too old for umm-cluster: umm guard there: unknown command "guard"`) {
		t.Errorf("got %v", err)
	}
}

// What a hook puts off is told from what it refuses.
func TestPostponed(t *testing.T) {
	for code, want := range map[int]bool{3: false, 5: true} {
		h := expect(t, call{argv: words("umm on --run r1"), result: failed(code, "umm: postponed: the pre-on hook x asks to try again later")})
		var refusal *ummclient.Refusal
		if err := h.On(t.Context(), "n1", run.Request{ID: "r1"}); !errors.As(err, &refusal) || refusal.Postponed() != want || !h.Refused(err) {
			t.Errorf("%d: %v", code, err)
		}
	}
}
