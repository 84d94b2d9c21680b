package rollout

import (
	"errors"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/run"
)

// A command that failed is run again on the host whose turn it is, once, and the run goes on;
// also when umm-cluster is killed at any entry of it.
func TestRetry(t *testing.T) {
	for kill := range 30 {
		w := newWorld(t, "n1", "n2", "n3")
		fails := true
		w.command = func(string) bool { return !fails }
		r := request(run.Roll, w.names...)
		r.Options.PauseAfter = 2
		j := &memory{}
		if outcome, err := begin(w, j, r, quick()); outcome != Stopped {
			t.Fatalf("%s, %v", outcome, err)
		}
		fails = false
		j.durable = kill%2 == 0
		if kill > 0 {
			j.killAt = len(j.entries) + 1 + kill/2
		}
		e := w.engine(j, quick())
		err := e.Retry(t.Context(), "bob")
		outcome := Stopped
		if err == nil {
			outcome, err = e.Go(t.Context())
		}
		if errors.Is(err, errKilled) {
			e = w.engine(j, quick())
			if err = e.Retry(t.Context(), "bob"); errors.Is(err, ErrNothingToRetry) {
				err = e.Resume(t.Context(), "bob")
			}
			if err == nil {
				outcome, err = e.Go(t.Context())
			}
		}
		// One turn that began again is one host, for --pause-after.
		if outcome != Paused || !strings.Contains(e.State().Text, "2 of 3 hosts are done") {
			t.Fatalf("killed at %d: %s, %v, %s", kill, outcome, err, e.State().Text)
		}
		if w.on["n1"] != 2 || w.on["n2"] != 1 {
			t.Errorf("killed at %d: umm on was accepted %v times", kill, w.on)
		}
		if err := e.Continue(t.Context(), "bob", time.Time{}); err != nil {
			t.Fatal(err)
		}
		if outcome, err := e.Go(t.Context()); outcome != Ended {
			t.Fatalf("killed at %d: %s, %v", kill, outcome, err)
		}
		w.clean("after a retry")
	}
}

func TestNothingToRetry(t *testing.T) {
	w := newWorld(t, "n1", "n2", "n3")
	j := &memory{}
	r := request(run.On, "n1")
	e := w.engine(j, quick())
	if err := e.Begin(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if err := e.Retry(t.Context(), "bob"); !errors.Is(err, ErrNothingToRetry) {
		t.Error(err)
	}
}

// While the command runs its host is not brought back, whatever word is said, unless that was
// accepted, which the run remembers.
func TestTheCommandStillRuns(t *testing.T) {
	for _, accepted := range []bool{false, true} {
		w := newWorld(t, "n1", "n2", "n3")
		w.hang = true
		l := quick()
		l.Command, l.Leave = 50*time.Millisecond, 50*time.Millisecond
		j := &memory{}
		if outcome, err := begin(w, j, request(run.Roll, w.names...), l); outcome != Stopped {
			t.Fatalf("%s, %v", outcome, err)
		}
		e := w.engine(j, l)
		if accepted {
			e.Accepted = []run.Risk{{Name: api.RiskCommandRunning, Reason: "it hangs"}}
		}
		if err := e.Abort(t.Context(), "bob", nil); err != nil {
			t.Fatal(err)
		}
		// It is in the entries, and not with the program.
		outcome, err := w.engine(j, l).Go(t.Context())
		if accepted && outcome != Ended || !accepted && (outcome != Stopped || !strings.Contains(err.Error(), "the command still runs on n1")) {
			t.Errorf("accepted %v: %s, %v", accepted, outcome, err)
		}
	}
}
