package site

import (
	"context"
	"errors"
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/cluster/exit"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
)

// commands are hosts in maintenance mode whose command stands so; an empty word is no answer.
type commands struct {
	untouched
	state map[string]string
}

func (c commands) Status(_ context.Context, host string) (api.Status, error) {
	if c.state[host] == "" {
		return api.Status{}, errors.New("no route to host")
	}
	return api.Status{Version: 1, Mode: api.ModeMaintenance, BootID: "b", Command: &api.Command{State: c.state[host]}}, nil
}

// No host is brought back on which the command runs, unless that is accepted by its name.
func TestIdle(t *testing.T) {
	s := &Site{Cluster: rollout.Cluster{Node: commands{state: map[string]string{"n1": "succeeded", "n2": "running", "n3": "", "n4": "failed"}}}}
	if err := s.idle(t.Context(), []string{"n1", "n3", "n4"}, nil); err != nil {
		t.Error(err)
	}
	var coded *exit.Error
	err := s.idle(t.Context(), []string{"n1", "n2"}, nil)
	if !errors.As(err, &coded) || coded.Code != exit.Gated || !strings.Contains(err.Error(), "still runs on n2") || !strings.Contains(coded.Hint, "--accept-risk=command-running") {
		t.Errorf("%+v", err)
	}
	if err := s.idle(t.Context(), []string{"n2"}, []run.Risk{{Name: api.RiskCommandRunning, Reason: "it hangs"}}); err != nil {
		t.Error(err)
	}
	out := entered(run.State{Hosts: []run.Turn{{Host: "n1", Entered: true}, {Host: "n2"}}})
	if len(out) != 1 || out[0] != "n1" {
		t.Errorf("%q", out)
	}
}
