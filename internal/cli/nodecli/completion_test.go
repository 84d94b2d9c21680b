package nodecli

import (
	"strings"
	"testing"
)

// What a shell offers: values where there are some, no files where none is meant, no marks
// of the help, and nothing that reboots by a key.
func TestCompletion(t *testing.T) {
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"off", ""}, ":4"},
		{[]string{"off", "r"}, "reboot :4"},
		{[]string{"off", "reboot", ""}, ":4"},
		{[]string{"off", "--accept-risk", ""}, "command-running :4"},
		{[]string{"on", "--then", ""}, "stay off reboot :4"},
		{[]string{"on", "--accept-risk", ""}, "lose-ssh cluster-run :4"},
		{[]string{"on", "--reason", ""}, ":4"},
		{[]string{"on", "--for", ""}, ":4"},
		{[]string{"status", "-o", ""}, "text json :4"},
		{[]string{"history", "-n", ""}, ":4"},
		{[]string{"check", ""}, ":4"},
		{[]string{"on", ""}, ":0"}, // a command may be a file
	} {
		x := try(t, operational())
		code := x.umm(append([]string{"__complete"}, c.words...)...)
		if got := strings.Join(strings.Fields(x.stdout.String()), " "); code != 0 || got != c.want {
			t.Errorf("umm %q offers %q (%d), want %q", c.words, got, code, c.want)
		}
	}
	x := try(t, operational())
	if code := x.umm("__complete", "on", "--"); code != 0 || !strings.Contains(x.stdout.String(), "--timeout\tstop COMMAND after DURATION") || strings.Contains(x.stdout.String(), "`") {
		t.Errorf("the flags are offered as %s", x.stdout.String())
	}
}
