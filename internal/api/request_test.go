package api_test

import (
	"strings"
	"testing"

	"umm/internal/api"
)

func TestCheckRequest(t *testing.T) {
	for _, c := range []struct {
		reason  string
		command []string
		want    string
	}{
		{"", nil, ""},
		{"new kernel", []string{"sh", "-c", "true"}, ""},
		{"", []string{" "}, "COMMAND is empty"},
		{"", []string{"A=1", "B=2"}, "COMMAND is missing after B=2"},
		{"\xff", nil, "UTF-8"},
		{"", []string{"echo", "a\x00b"}, "UTF-8"},
		{"", []string{"echo", "\xff"}, "UTF-8"},
		{"", []string{"echo", strings.Repeat("x", 17<<10)}, "16384 fit"},
	} {
		err := api.CheckRequest(c.reason, c.command)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.20q, %.40q: %v, want %q", c.reason, c.command, err, c.want)
		}
	}
	if !api.FitsGuard(strings.Repeat("x", 2000)) || api.FitsGuard(strings.Repeat("x", 2001)) || api.FitsGuard("\xff") {
		t.Error("what fits into a guard")
	}
}
