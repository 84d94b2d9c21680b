package site

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/cluster/service/galera"
	"umm/internal/cluster/service/pacemaker"
	"umm/internal/cluster/service/rabbitmq"
	"umm/internal/execx"
)

// script answers what hosts are asked, by the command's words; it knows no others.
type script struct {
	t     *testing.T
	lock  sync.Mutex
	asked map[string]int
	says  func(host, command string, times int) (execx.Result, error)
}

func (s *script) runner(host string) execx.Runner {
	return running(func(_ context.Context, c execx.Cmd) (execx.Result, error) {
		s.lock.Lock()
		defer s.lock.Unlock()
		if c.Limit == 0 {
			s.t.Errorf("%s is asked without a limit", host)
		}
		command := strings.Join(c.Argv, " ")
		s.asked[host+" "+command]++
		return s.says(host, command, s.asked[host+" "+command])
	})
}

type running func(context.Context, execx.Cmd) (execx.Result, error)

func (f running) Run(ctx context.Context, c execx.Cmd) (execx.Result, error) { return f(ctx, c) }

var three = []string{"n1", "n2", "n3"}

func scripted(t *testing.T, members map[string][]string, says func(host, command string, times int) (execx.Result, error)) *Site {
	x := &script{t: t, asked: map[string]int{}, says: says}
	return &Site{Limits: rollout.DefaultLimits(), Cluster: rollout.Cluster{Hosts: three, Members: members, Runner: x.runner}}
}

const (
	cibOf    = `<cib admin_epoch="0" epoch="7" num_updates="0"><configuration><resources>%s</resources></configuration></cib>`
	aGalera  = `<clone id="c"><primitive id="p_mysql" class="ocf" provider="fuel" type="mysql-wss"/></clone>`
	aRabbit  = `<master id="m"><primitive id="p_rabbitmq-server" class="ocf" provider="rabbitmq" type="rabbitmq-server-ha"/></master>`
	anIPOnly = `<primitive id="vip" class="ocf" provider="heartbeat" type="IPaddr2"/>`
)

// What Pacemaker runs is not started by umm-cluster, nor even asked about, and who
// waits for it is told so.
func TestTheStartOfWhatPacemakerRunsIsLeftToIt(t *testing.T) {
	config := pacemaker.ColdAsks("")[0].Argv
	s := scripted(t, map[string][]string{"pacemaker": three, "galera": three, "rabbitmq": three},
		func(host, command string, _ int) (execx.Result, error) {
			if command != strings.Join(config, " ") {
				t.Errorf("%s is asked %s", host, command)
			}
			return execx.Result{Stdout: fmt.Appendf(nil, cibOf, anIPOnly+aGalera+aRabbit)}, nil
		})
	var told strings.Builder
	s.Display.Info = func(text string) { told.WriteString(text) }
	starts, err := s.coldStart(t.Context())
	if err != nil || len(starts) > 0 {
		t.Fatalf("%v, %v", starts, err)
	}
	for _, name := range []string{"galera", "rabbitmq"} {
		if want := name + " is a resource of Pacemaker, which starts it once the hosts are back and it has quorum"; !strings.Contains(told.String(), want) {
			t.Errorf("it says %q, want %q", told.String(), want)
		}
	}
}

// Where it cannot be told whether Pacemaker runs them, nothing is started.
func TestNothingIsStartedWhereItIsNotKnownWhoseItIs(t *testing.T) {
	s := scripted(t, map[string][]string{"pacemaker": three, "galera": three}, func(string, string, int) (execx.Result, error) {
		return execx.Result{}, errors.New("no route to host")
	})
	starts, err := s.coldStart(t.Context())
	if err == nil || len(starts) > 0 || !strings.Contains(err.Error(), "cannot read what Pacemaker runs: n1: no route to host") {
		t.Errorf("%v, %v", starts, err)
	}
}

// Without Pacemaker, and with one that runs something else, it is decided.
func TestWhatPacemakerDoesNotRunIsDecided(t *testing.T) {
	for name, members := range map[string]map[string][]string{
		"no Pacemaker":                         {"galera": three},
		"a Pacemaker that runs something else": {"pacemaker": three, "galera": three},
	} {
		t.Run(name, func(t *testing.T) {
			asked := false
			s := scripted(t, members, func(_, command string, _ int) (execx.Result, error) {
				if command == strings.Join(pacemaker.ColdAsks("")[0].Argv, " ") {
					return execx.Result{Stdout: fmt.Appendf(nil, cibOf, anIPOnly)}, nil
				}
				asked = asked || slices.ContainsFunc(galera.ColdAsks(""), func(a service.Ask) bool { return strings.Join(a.Argv, " ") == command })
				return execx.Result{}, errors.New("no route to host")
			})
			s.Limits.Unclear = 0
			if _, err := s.coldStart(t.Context()); err == nil || !strings.Contains(err.Error(), "cannot tell how to start galera") || !asked {
				t.Errorf("%v, asked %v", err, asked)
			}
		})
	}
}

// What cannot be read is asked again for a while, what is on its way for longer, and
// neither is ever taken for well.
func TestDecideAsksAgain(t *testing.T) {
	ready := service.Start{Groups: [][]service.Change{{{ID: "x"}}}}
	for name, c := range map[string]struct {
		says  []service.State
		clear time.Duration
		want  string
	}{
		"unknown at first":   {[]service.State{service.Unknown, service.OK}, time.Minute, ""},
		"unknown for good":   {[]service.State{service.Unknown, service.Unknown, service.Unknown}, 0, "because"},
		"on its way":         {[]service.State{service.Wait, service.OK}, 0, ""},
		"it is not to be":    {[]service.State{service.Stop, service.OK}, time.Minute, "because"},
		"nothing to be done": {[]service.State{service.OK}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := scripted(t, nil, func(string, string, int) (execx.Result, error) { return execx.Result{}, nil })
			s.Limits.Unclear = c.clear
			times := 0
			_, err := s.decide(t.Context(), three, nil, func([]string, service.Answers, []string) (service.Start, []service.Verdict) {
				state := c.says[times]
				times++
				if state == service.OK && times > 1 {
					return ready, nil
				}
				return service.Start{}, []service.Verdict{{State: state, Reason: "because"}}
			})
			if (c.want == "") != (err == nil) || err != nil && err.Error() != c.want {
				t.Errorf("after %d times: %v, want %q", times, err, c.want)
			}
		})
	}
}

// What the operator accepts reaches the decision, which alone knows what can be.
func TestAcceptedRisksReachTheDecision(t *testing.T) {
	s := scripted(t, nil, func(string, string, int) (execx.Result, error) { return execx.Result{}, nil })
	s.Accepted = []run.Risk{{Name: "missing-member", Reason: "its disk is gone"}}
	_, err := s.decide(t.Context(), three, nil, func(_ []string, _ service.Answers, accepted []string) (service.Start, []service.Verdict) {
		if !slices.Equal(accepted, []string{galera.RiskMissing}) || galera.RiskMissing != rabbitmq.RiskMissing {
			t.Errorf("accepted is %q", accepted)
		}
		return service.Start{}, nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A wait ends with the command.
func TestDecideEndsWithTheCommand(t *testing.T) {
	s := scripted(t, nil, func(string, string, int) (execx.Result, error) { return execx.Result{}, nil })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.decide(ctx, three, nil, func([]string, service.Answers, []string) (service.Start, []service.Verdict) {
		return service.Start{}, []service.Verdict{{State: service.Wait, Reason: "they are starting"}}
	})
	if err == nil || err.Error() != "they are starting" {
		t.Error(err)
	}
}
