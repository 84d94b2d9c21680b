package custom

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/service"
	"umm/internal/execx"
)

var hosts = []string{"n1", "n2"}

func shop() Service {
	return Service{Label: "shop", Check: []string{"shop-check", "--fast"}, Timeout: 1500 * time.Millisecond}
}

func TestCheck(t *testing.T) {
	long := strings.Repeat("ä", 300)
	for name, c := range map[string]struct {
		answer   service.Answer
		state    service.State
		reason   string
		evidence string
	}{
		"well":        {service.Answer{}, service.OK, "shop is healthy on n1", "the check of shop on n1: status 0"},
		"and says so": {service.Answer{Result: execx.Result{Stdout: []byte("3 carts\n0 lost\x1b[1m\n")}}, service.OK, "shop is healthy on n1", "the check of shop on n1: status 0: 3 carts 0 lost [1m"},
		"not well":    {service.Answer{Result: execx.Result{Code: 1, Stdout: []byte("a"), Stderr: []byte("b\xff\n")}}, service.Wait, "shop is not healthy on n1", "the check of shop on n1: status 1: a b?"},
		"says a lot":  {service.Answer{Result: execx.Result{Code: 3, Stderr: []byte(long)}}, service.Wait, "shop is not healthy on n1", "the check of shop on n1: status 3: " + strings.Repeat("ä", 200) + "..."},
		"too long":    {service.Answer{Result: execx.Result{Code: 124}}, service.Unknown, "the check of shop on n1 took longer than 1.5s", "the check of shop on n1: status 124"},
		"killed":      {service.Answer{Result: execx.Result{Code: 137}}, service.Unknown, "the check of shop on n1 took longer than 1.5s", "the check of shop on n1: status 137"},
		"not there":   {service.Answer{Result: execx.Result{Code: 127, Stderr: []byte("no such file")}}, service.Unknown, "the check of shop cannot be run on n1", "the check of shop on n1: status 127: no such file"},
		"no program":  {service.Answer{Result: execx.Result{Code: 126}}, service.Unknown, "the check of shop cannot be run on n1", "the check of shop on n1: status 126"},
		"no answer":   {service.Answer{Err: errors.New("cannot reach n1")}, service.Unknown, "shop cannot be checked on n1", "n1: cannot reach n1"},
	} {
		t.Run(name, func(t *testing.T) {
			v := shop().Read(hosts, service.Answers{"n1": {askCheck: c.answer}})
			want := service.Verdict{Service: "shop", Name: "check", Host: "n1", State: c.state, Reason: c.reason, Evidence: c.evidence}
			if c.state != service.OK {
				want.Risk = "check-shop"
			}
			if got := v.Health([]string{"n2"}); len(got) != 1 || got[0] != want {
				t.Errorf("%+v\nwant %+v", got, want)
			}
		})
	}
	v := shop().Read(hosts, service.Answers{"n1": {askCheck: {}}})
	if got := v.Health(nil); len(got) != 2 || got[1].State != service.Unknown {
		t.Errorf("n2 was not asked: %+v", got)
	}
	if got := v.Health(hosts); service.Worst(got) != service.Unknown {
		t.Errorf("no host is left: %+v", got)
	}
}

// The commands come to an end on a real machine, with the statuses that are read.
func TestCommandsEnd(t *testing.T) {
	file := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		argv  []string
		state service.State
	}{
		"well":      {[]string{"true"}, service.OK},
		"not well":  {[]string{"false"}, service.Wait},
		"hangs":     {[]string{"sleep", "60"}, service.Unknown},
		"will stay": {[]string{"sh", "-c", "trap '' TERM; while :; do sleep 1; done"}, service.Unknown},
		"not there": {[]string{"/nonexistent"}, service.Unknown},
		"a text":    {[]string{file}, service.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := Service{Label: "own", Check: c.argv, Timeout: 200 * time.Millisecond}
			ask := s.Asks("n1", hosts)[0]
			res, err := execx.Local{}.Run(context.Background(), execx.Cmd{Argv: ask.Argv, Limit: ask.Limit})
			got := s.Read([]string{"n1"}, service.Answers{"n1": {ask.ID: {Result: res, Err: err}}}).Health(nil)[0]
			if got.State != c.state || strings.Contains(got.Reason, "cannot be checked") {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestDrain(t *testing.T) {
	v := shop().Read(hosts, nil)
	if e := v.Exit("n1"); len(e.Changes) != 0 {
		t.Errorf("there is no drain: %+v", e)
	}
	s := shop()
	s.Drain, s.Undrain = []string{"shop", "drain"}, []string{"shop", "undrain"}
	v = s.Read(hosts, nil)
	if e := v.Exit("n3"); len(e.Changes) != 0 {
		t.Errorf("n3 has no shop: %+v", e)
	}
	e := v.Exit("n2")
	if len(e.Changes) != 1 {
		t.Fatalf("%+v", e)
	}
	c := e.Changes[0]
	if c.ID != "shop/n2" || c.Wait.Until != service.UntilDone || c.Effect != service.Removes || !slices.Equal(c.On, []string{"n2"}) || c.Wait.Limit < s.Timeout ||
		strings.Join(c.Do.Argv, " ") != "timeout -k 2s 1.5s shop drain" || strings.Join(c.Undo.Argv, " ") != "timeout -k 2s 1.5s shop undrain" ||
		c.Do.Limit <= s.Timeout || c.Undo.Limit <= s.Timeout {
		t.Errorf("%+v", c)
	}
	for _, done := range []bool{true, false} {
		if got := v.Settled(c, done); got.State != service.OK || got.Evidence == "" {
			t.Errorf("%+v", got)
		}
	}
	if got := v.Leave("n1"); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
