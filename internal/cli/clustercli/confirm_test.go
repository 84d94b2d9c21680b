package clustercli

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/run"
)

func TestAsk(t *testing.T) {
	for answer, yes := range map[string]bool{"y\n": true, "Yes\r\n": true, "n\n": false, "\n": false, "": false, "y": true, "yn\n": false} {
		x := try(t)
		x.stdin = strings.NewReader(answer)
		if err := x.ask(t.Context(), "3 hosts will reboot. Go on?"); (err == nil) != yes {
			t.Errorf("%q is %v", answer, err)
		}
		if got := x.stdout.String(); got != "3 hosts will reboot. Go on? [y/N] " {
			t.Errorf("it asks %q", got)
		}
	}
}

// Ctrl-C while it asks is no.
func TestAskIsInterrupted(t *testing.T) {
	x := try(t)
	r, w := io.Pipe()
	defer w.Close()
	x.stdin = r
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := x.ask(ctx, "Go on?"); err == nil {
		t.Error("it goes on")
	}
}

// Without a terminal, and with --yes, nobody is asked.
func TestNobodyIsAsked(t *testing.T) {
	x := try(t)
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	x.stdin = null
	if err := x.confirm(t.Context(), run.Request{Verb: run.Roll}, []string{"n1"}, nil); err != nil || x.stdout.Len() > 0 {
		t.Errorf("%v, %s", err, x.stdout)
	}
}
