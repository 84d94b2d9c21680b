package rollout

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/run"
)

// One undo that cannot be made keeps no other from being made, and no run from being
// closed.
func TestAbortWithAnUndoThatFails(t *testing.T) {
	const title = "set n2 to standby"
	for name, closed := range map[string]bool{"tried again": false, "closed": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "n1", "n2", "n3")
			j, l := &memory{}, quick()
			l.Drain = 50 * time.Millisecond
			r := request(run.Down, w.names...)
			r.Risks = []run.Risk{{Name: RiskServiceStop, Reason: "site work"}}
			if outcome, err := begin(w, j, r, l); outcome != Paused {
				t.Fatalf("%s, %v", outcome, err)
			}
			w.stuck = "n2"
			outcome, err := abort(w, j, l)
			if outcome != Stopped || !strings.Contains(fmt.Sprint(err), "in force by this run: "+title) {
				t.Fatalf("%s, %v", outcome, err)
			}
			for _, h := range w.hosts {
				if h.standby != (h.name == "n2") || h.mode != "operational" {
					t.Errorf("%s is %s, standby %v", h.name, h.mode, h.standby)
				}
			}
			e := w.engine(j, l)
			if hint := Hint(e.State()); !strings.Contains(hint, "--accept-risk="+RiskLeftInForce) {
				t.Errorf("the hint is %q", hint)
			}
			if !closed {
				w.stuck = ""
				if outcome, err = abort(w, j, l); outcome != Ended {
					t.Fatalf("%s, %v", outcome, err)
				}
				w.most = 0
				w.clean(name)
				return
			}
			if err := e.Close("test", "its server is gone"); err != nil {
				t.Fatal(err)
			}
			if outcome, err = e.Go(t.Context()); outcome != Ended {
				t.Fatalf("%s, %v", outcome, err)
			}
			if st := e.State(); st.Text != "aborted; left in force: "+title+", but the cluster is not healthy yet: db: n2 operational true" {
				t.Errorf("%q", st.Text)
			}
			for _, h := range w.hosts {
				if h.guard != "" {
					t.Errorf("%s has the mark still", h.name)
				}
			}
		})
	}
}
