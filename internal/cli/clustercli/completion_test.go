package clustercli

import (
	"bytes"
	"strings"
	"testing"
)

// What a shell offers: values where there are some, files where one is meant, no marks of
// the help.
func TestCompletion(t *testing.T) {
	for words, want := range map[string]string{"status -o ": "text json :4", "roll --reason ": ":4", "show --html ": ":0", "unlock --accept-risk ": "break-lock the run may be running, or have a host in maintenance mode :4", "status --config ": ":0"} {
		var out, complaints bytes.Buffer
		code := newApp(&out, &complaints).run(t.Context(), append([]string{"__complete"}, strings.Split(words, " ")...))
		if got := strings.Join(strings.Fields(out.String()), " "); code != 0 || got != want {
			t.Errorf("umm-cluster %s offers %q (%d), want %q", words, got, code, want)
		}
	}
	var out, complaints bytes.Buffer
	newApp(&out, &complaints).run(t.Context(), []string{"__complete", "roll", "--"})
	if !strings.Contains(out.String(), "--zone\tonly hosts in this ZONE") || strings.Contains(out.String(), "`") {
		t.Errorf("the flags are offered as %s", out.String())
	}
}
