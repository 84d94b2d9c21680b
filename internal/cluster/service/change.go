package service

import (
	"encoding/json"
	"fmt"
	"time"
)

// Change is something done to a service so that a host can leave, and how it is
// undone. It is data, kept in the journal before it is done: a later umm-cluster
// undoes it without having made it. Do and Undo can be run any number of times.
type Change struct {
	// ID tells it apart within the stay of one host: "haproxy/n2/mysql/n1".
	ID      string `json:"id"`
	Service string `json:"service"`
	// Target is the host that leaves.
	Target string `json:"target"`
	// Title says it as a step: "set n1 to standby".
	Title string `json:"title"`
	// About is what its service has to know of it later, which alone decodes it.
	About json.RawMessage `json:"about,omitempty"`
	// On are the hosts where it can be done and undone, the best first; the first that answers
	// is taken.
	On []string `json:"on"`
	// Do without a program makes nothing: what was made before is waited for.
	// Undo is empty where there is nothing to undo: the change is over when it is made.
	Do   Command `json:"do"`
	Undo Command `json:"undo"`
	// Wait is how long its effect is waited for, and what ends that.
	Wait Waiting `json:"wait"`
	// Effect is what it makes of the target as long as it is in force.
	Effect Effect `json:"effect,omitempty"`
	// Carries is what the target did for the service, in the service's own words, and
	// others have to do before the target goes.
	Carries []string `json:"carries,omitempty"`
	// Shows are checks, about the target or about all, that are not OK because of it.
	Shows []string `json:"shows,omitempty"`
	// Stops are services that are stopped on the target for as long as the change
	// is in force, as those that Pacemaker runs.
	Stops []string `json:"stops,omitempty"`
}

// Waiting is how long the effect of a change is waited for, and what ends that.
type Waiting struct {
	Limit time.Duration `json:"limit"`
	// Until: absent, until the service shows the effect, and the run stops where that takes
	// too long; limit: the run goes on then; done: until Do has succeeded; later: a change
	// after it waits.
	Until Until `json:"until,omitempty"`
}

// Until is what ends the wait for the effect of a change.
type Until string

// What ends it.
const (
	// UntilSettled: the service shows the effect. A run stops where that takes too long.
	UntilSettled Until = ""
	// UntilLimit: the service shows the effect, or the limit is over; the run goes on then, too.
	// Connections that never end must not hold up a night's work.
	UntilLimit Until = "limit"
	// UntilDone: Do has succeeded: nothing else is certain to show it. So Do is run without
	// asking the service first whether the effect is there.
	UntilDone Until = "done"
	// UntilLater: nothing is waited for here. A change after it does.
	UntilLater Until = "later"
)

// Effect is what a change makes of its target as long as it is in force.
type Effect string

// The effects.
const (
	// Removes: the target is out of the service, which is checked as without it.
	Removes Effect = ""
	// Keeps: the target still is all that it was to the service, which is checked as with it.
	Keeps Effect = "keeps"
)

// Undoable tells whether there is anything to undo.
func (c Change) Undoable() bool { return len(c.Undo.Argv) > 0 }

// Decode reads what the change is about, and tells whether that is there: changes in journals of
// before November 2026 are without.
func (c Change) Decode(about any) bool {
	return len(c.About) > 0 && json.Unmarshal(c.About, about) == nil
}

// About encodes what a change is about.
func About(what any) json.RawMessage {
	text, err := json.Marshal(what)
	if err != nil {
		panic(fmt.Sprintf("cannot encode what a change is about: %v", err)) // a type of ours that is no data
	}
	return text
}

// UnmarshalJSON implements json.Unmarshaler: it reads changes of before November 2026 as well,
// which had a flag each for what Wait and Effect are for.
func (c *Change) UnmarshalJSON(data []byte) error {
	type plain Change
	before := struct {
		*plain
		Patience           time.Duration
		Soft, Blind, Later bool
		Keeps              bool
	}{plain: (*plain)(c)}
	if err := json.Unmarshal(data, &before); err != nil {
		return err
	}
	if before.Patience > 0 {
		c.Wait.Limit = before.Patience
	}
	switch {
	case before.Later:
		c.Wait.Until = UntilLater
	case before.Blind:
		c.Wait.Until = UntilDone
	case before.Soft:
		c.Wait.Until = UntilLimit
	}
	if before.Keeps {
		c.Effect = Keeps
	}
	return nil
}

// Command is an argument vector with its input.
type Command struct {
	Argv  []string `json:"argv"`
	Stdin string   `json:"stdin,omitempty"`
	// Limit is how long it may take; 0 is as long as any.
	Limit time.Duration `json:"limit,omitempty"`
}
