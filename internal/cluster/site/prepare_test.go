package site

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"umm/internal/cluster/exit"
	"umm/internal/cluster/rollout"
	"umm/internal/execx"
)

// prepared answers for a host.
type prepared func(c execx.Cmd) (execx.Result, error)

func (p prepared) Run(_ context.Context, c execx.Cmd) (execx.Result, error) { return p(c) }

func TestPrepare(t *testing.T) {
	var lock sync.Mutex
	var told strings.Builder
	ran := map[string]string{}
	results := map[string]execx.Result{}
	s := &Site{Taken: []string{"n1", "n2", "n3"}}
	s.Display.Info = func(text string) { told.WriteString(text) }
	s.Cluster = rollout.Cluster{Runner: func(host string) execx.Runner {
		return prepared(func(c execx.Cmd) (execx.Result, error) {
			lock.Lock()
			defer lock.Unlock()
			ran[host] = strings.Join(append(c.Env[:1], c.Argv...), " ")
			if host == "n9" {
				return execx.Result{}, errors.New("no route to host")
			}
			return results[host], nil
		})
	}}
	if err := s.prepareHosts(t.Context(), "apt-get update"); err != nil {
		t.Error(err)
	}
	for _, host := range s.Taken {
		if ran[host] != "DEBIAN_FRONTEND=noninteractive /bin/sh -c apt-get update" {
			t.Errorf("on %s was run %q", host, ran[host])
		}
	}
	if !strings.Contains(told.String(), "preparing n1, n2, n3: apt-get update") {
		t.Errorf("it says %s", told.String())
	}
	results["n2"] = execx.Result{Code: 100, Stdout: []byte(strings.Repeat("Get:1\n", 50)), Stderr: []byte("E: \x1b[31mno mirror\n")}
	s.Taken = append(s.Taken, "n9")
	var coded *exit.Error
	err := s.prepareHosts(t.Context(), "apt-get update")
	if !errors.As(err, &coded) || coded.Code != exit.Gated || !strings.Contains(coded.Hint, "fix what fails") {
		t.Fatalf("the error is %v", err)
	}
	for _, want := range []string{"n2: exit status 100\n", "\n  E: [31mno mirror\n", "n9: no route to host"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %q", want, err)
		}
	}
	if n := strings.Count(err.Error(), "Get:1"); n != prepareLines-1 {
		t.Errorf("%d lines are shown", n)
	}
}
