package mode_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"umm/internal/host/mode"
)

func TestEventsWaitForTheHistory(t *testing.T) {
	r := mode.Record{}
	for i := range 40 {
		r = mode.Note(r, here, mode.EventProblem, strings.Repeat("x", i), now)
	}
	if len(r.Events) > 30 || r.NextEvent != 40 || r.Events[len(r.Events)-1].Seq != 39 {
		t.Fatalf("%d events wait, the next has number %d", len(r.Events), r.NextEvent)
	}
	first := r.Events[0].Seq
	if left := mode.Flushed(r, first+2); left.Events[0].Seq != first+3 || r.Events[0].Seq != first {
		t.Errorf("after the history has %d, %d is the first that waits", first+2, left.Events[0].Seq)
	}
	if left := mode.Flushed(r, 1000); len(left.Events) != 0 || left.NextEvent != 40 {
		t.Errorf("all are in the history, and %d wait", len(left.Events))
	}
}

// What people and programs said goes into the record as one short line.
func TestTextIsBounded(t *testing.T) {
	long := strings.Repeat("ä\n", 9000)
	s := *requested()
	s.Trigger.Detail, s.Trigger.By, s.Reason = long, long, long
	r := mode.Request(mode.Record{}, here, s, now)
	r = mode.Enter(r, here, *r.Pending, now)
	texts := []string{r.Session.Trigger.Detail, r.Session.Trigger.By, r.Events[0].Text, r.Events[1].Text}
	r.Session.Command = &mode.Command{Argv: []string{"a"}, State: mode.CommandRunning}
	r = mode.EndCommand(r, here, numberOf(r), mode.Command{State: mode.CommandFailed, Error: long}, now)
	for _, text := range append(texts, r.Session.Command.Error, r.Events[2].Text) {
		if len(text) > 500 || len(text) < 200 || strings.Contains(text, "\n") || !utf8.ValidString(text) || !strings.HasSuffix(text, "...") {
			t.Errorf("the record holds %d bytes: %.20q...", len(text), text)
		}
	}
	if s := mode.Note(mode.Record{}, here, mode.EventProblem, "a short one", now); s.Events[0].Text != "a short one" {
		t.Errorf("a short text became %q", s.Events[0].Text)
	}
}

func TestSameEvent(t *testing.T) {
	e := mode.Event{Seq: 3, At: now, Boot: current, Kind: mode.EventBoot, Text: "a"}
	if !e.Same(mode.Event{Seq: 3, At: now.In(time.FixedZone("there", 3600)), Boot: current, Kind: mode.EventBoot}) {
		t.Error("an event is not itself in another time zone")
	}
	for _, o := range []mode.Event{{Seq: 4, At: now, Boot: current, Kind: mode.EventBoot}, {Seq: 3, At: now.Add(1), Boot: current, Kind: mode.EventBoot},
		{Seq: 3, At: now, Boot: earlier, Kind: mode.EventBoot}, {Seq: 3, At: now, Boot: current, Kind: mode.EventLeft}} {
		if e.Same(o) {
			t.Errorf("%+v is taken for %+v", o, e)
		}
	}
}
