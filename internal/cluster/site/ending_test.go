package site

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"umm/internal/cluster/config"
	"umm/internal/cluster/exit"
	"umm/internal/cluster/report"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
)

// policy.on_command_failure holds for the verb that brings hosts back anyway.
func TestGoesOn(t *testing.T) {
	for _, verb := range []run.Verb{run.Roll, run.On, run.Off, run.Down, run.Up} {
		for _, policy := range []string{"stop", "continue"} {
			want := verb == run.Roll && policy == "continue"
			if got := goesOn(verb, config.Config{Policy: config.Policy{OnCommandFailure: policy}}); got != want {
				t.Errorf("%s with %s: %v", verb, policy, got)
			}
		}
	}
}

// A run that went on after a command that failed is told from one in which all went
// well, and from one that stopped.
func TestTheEndOfARunWhoseCommandFailed(t *testing.T) {
	err := (&Site{}).ending(job{}, rollout.Ended, &CommandFailed{[]string{"n1", "n3"}})
	var coded *exit.Error
	if !errors.As(err, &coded) || coded.Code != exit.CommandFailed || !strings.Contains(err.Error(), "the command failed on n1, n3; these hosts are back in service") {
		t.Errorf("%+v", err)
	}
}

// Who is to be told can be configured for just the moments that there are.
func TestMoments(t *testing.T) {
	if config, known := config.Moments(), report.Moments(); !slices.Equal(config, known) {
		t.Errorf("configured are %q, known %q", config, known)
	}
}
