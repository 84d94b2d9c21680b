package run

import (
	"slices"
	"time"

	"umm/internal/cluster/service"
)

// Turn is one host's way through a run: its steps, how far they are, and what is in force for it.
type Turn struct {
	Host  string
	Why   string
	Steps []Step
	// Next is the index in Steps of the first step that is not done.
	Next int
	// Begun is set while step Next was begun and did not end, since when and in which
	// boot.
	Begun     bool
	BegunAt   time.Time
	BegunBoot string
	// Failed says why step Next failed, as long as it was not begun again.
	Failed string
	// LastLines are what the command printed last, where it failed.
	LastLines []string
	// PassedOver says of steps that failed, by their index, what failed: the run went
	// on without them.
	PassedOver map[int]string
	// Finished: the host is through.
	Finished bool
	// Postponed: it did not go, and was put back: it is taken later.
	Postponed bool
	// Open are the changes in force, in the order in which they were made: also one
	// that was begun and perhaps not made.
	Open []service.Change
	// Entered: umm on was begun, and umm off did not end yet. The host may be in
	// maintenance mode by this run.
	Entered bool
	// Boot is the boot ID that the host had before umm on.
	Boot   string
	Chosen time.Time
	// Left says how the host left maintenance mode, where there is more to say than that it
	// did: by a reboot, and on which kernel.
	Left string
	// Took is how long each step took that is done, by its index.
	Took map[int]time.Duration
}

// begin notes what may be in force from now on, whether it comes about or not.
func (c *Turn) begin(step Step, e Entry) {
	switch step.Kind {
	case Drain:
		known := slices.ContainsFunc(c.Open, func(o service.Change) bool { return o.ID == step.Change.ID })
		if step.Change.Undoable() && !known {
			c.Open = append(c.Open, *step.Change)
		}
	case Enter:
		if !c.Entered {
			c.Entered, c.Boot = true, e.Boot
		}
	}
}

// end notes what is not in force any more.
func (c *Turn) end(step Step) {
	switch step.Kind {
	case Leave:
		c.Entered, c.Boot = false, ""
	case Restore:
		c.Open = slices.DeleteFunc(slices.Clone(c.Open), func(o service.Change) bool { return o.ID == step.Change.ID })
	}
}
