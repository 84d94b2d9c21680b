package mode

import (
	"time"

	"umm/internal/sanitize"
)

// EventKind names what happened.
type EventKind string

// What the history tells of.
const (
	EventBoot      EventKind = "boot"
	EventUnclean   EventKind = "unclean-boot"
	EventHealthy   EventKind = "healthy"
	EventUnhealthy EventKind = "not-healthy"
	EventRequested EventKind = "requested"
	EventCancelled EventKind = "cancelled"
	EventEntered   EventKind = "entered"
	EventCommand   EventKind = "command"
	EventLeft      EventKind = "left"
	EventShutdown  EventKind = "shutdown"
	EventProblem   EventKind = "problem"
	EventTrial     EventKind = "kernel-trial"
)

// Event is one line of the history.
type Event struct {
	// Seq grows by one with each event; it makes writing the history idempotent.
	Seq  uint64    `json:"seq"`
	At   time.Time `json:"at"`
	Boot string    `json:"boot"`
	Kind EventKind `json:"kind"`
	Text string    `json:"text"`
}

// maxEvents bounds what waits in the record for /var to be there: the oldest go
// first, so that a host that crashes for weeks does not fill its record.
const maxEvents = 24

// maxText bounds a phrase in the record, and maxDetail a trigger's, in bytes: a
// record has room for no more.
const (
	maxText   = 300
	maxDetail = 500
)

func (r Record) event(now time.Time, boot string, kind EventKind, what string) Record {
	e := Event{Seq: r.NextEvent, At: now, Boot: boot, Kind: kind, Text: sanitize.Phrase(what, maxText)}
	r.NextEvent++
	r.Events = append(append(make([]Event, 0, len(r.Events)+1), r.Events...), e)
	if over := len(r.Events) - maxEvents; over > 0 {
		r.Events = r.Events[over:]
	}
	return r
}

// Same tells whether e and o are one event: a record that was started afresh
// numbers its events from 0 again, later.
func (e Event) Same(o Event) bool {
	return e.Seq == o.Seq && e.Kind == o.Kind && e.Boot == o.Boot && e.At.Equal(o.At)
}

// Note adds an event of its own to the record: a problem worth telling.
func Note(r Record, f Facts, kind EventKind, what string, now time.Time) Record {
	return r.event(now, f.BootID, kind, what)
}

// Flushed drops the events up to and including seq: they are in the history.
func Flushed(r Record, seq uint64) Record {
	rest := r.Events
	for len(rest) > 0 && rest[0].Seq <= seq {
		rest = rest[1:]
	}
	r.Events = append([]Event(nil), rest...)
	return r
}

func (t Trigger) bounded() Trigger {
	t.Detail, t.By, t.Run = sanitize.Phrase(t.Detail, maxDetail), sanitize.Phrase(t.By, maxText), sanitize.Phrase(t.Run, maxText)
	return t
}
