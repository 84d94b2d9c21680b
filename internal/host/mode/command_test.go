package mode_test

import (
	"testing"

	"umm/internal/host/mode"
)

func TestCommandDue(t *testing.T) {
	for _, c := range []struct {
		state mode.CommandState
		then  mode.Then
		want  bool
	}{
		{mode.CommandPending, mode.ThenStay, true}, {mode.CommandPending, mode.ThenOff, true}, {mode.CommandRunning, mode.ThenOff, false},
		{mode.CommandSucceeded, mode.ThenStay, false}, {mode.CommandSucceeded, mode.ThenOff, true}, {mode.CommandSucceeded, mode.ThenReboot, true},
		{mode.CommandFailed, mode.ThenOff, false}, {mode.CommandInterrupted, mode.ThenReboot, false}, {mode.CommandCancelled, mode.ThenOff, false},
	} {
		if got := (&mode.Session{Then: c.then, Command: &mode.Command{State: c.state}}).CommandDue(); got != c.want {
			t.Errorf("a command that is %s, then %s: due is %v", c.state, c.then, got)
		}
	}
	if (*mode.Session)(nil).CommandDue() || (&mode.Session{}).CommandDue() {
		t.Error("a command is due where there is none")
	}
}
