package clustercli

import (
	"bytes"
	"testing"

	"umm/internal/rollout"
	"umm/internal/run"
)

// status knows the run of its own master, and asks its members.
func TestStatusKnowsItsRun(t *testing.T) {
	_, s := killed(t, run.Requested, run.Stopped)
	st, ok := s.own(t.Context())
	if doc := statusDoc(rollout.Sight{}, nil, st); !ok || doc.Run == nil || doc.Run.Run != lastRun {
		t.Errorf("%v, %+v", ok, doc)
	}
	_, s = killed(t, run.Requested, run.Ended)
	if st, ok := s.own(t.Context()); ok || statusDoc(rollout.Sight{}, nil, st).Run != nil {
		t.Error("a run that is over has nothing")
	}
}

// What is shown again takes the place of the old at once, and not before it is there.
func TestTheScreenIsNotBlankWhileHostsAreAsked(t *testing.T) {
	x := try(t)
	x.showAgain(true, func(a *app) {
		if x.stdout.Len() > 0 {
			t.Errorf("before it has looked the screen gets %q", x.stdout)
		}
		a.stdout.(*bytes.Buffer).WriteString("seen")
	})
	if x.stdout.String() != "\x1b[H\x1b[2Jseen" {
		t.Errorf("%q", x.stdout)
	}
}
