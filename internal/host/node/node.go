// Package node is umm on one host: it gathers the facts, asks mode what they
// mean, saves, and only then acts. Each command and each step of the boot is one
// file. It knows no init system and no file format: those come in through the
// small interfaces below, from packages that do not know this one.
package node

import (
	"context"
	"errors"
	"time"

	"umm/internal/api"
	"umm/internal/diag"
	"umm/internal/execx"
	"umm/internal/host/mode"
)

// Store keeps the durable record.
type Store interface {
	// Load returns the record, or an error where it cannot be believed or read.
	Load() (mode.Record, error)
	// Save returns nil once r survives a power cut.
	Save(mode.Record) error
	// Check says what is wrong with it on the disk, also where Load gets by.
	Check() error
}

// RunState is what umm keeps for the length of one boot, in /run/umm.
type RunState interface {
	// Note keeps the public part of the record, readable by everybody.
	Note(mode.Record) error
	// Noted returns it; nil when there is none.
	Noted() *mode.Record
	// Banner sets what interactive logins are shown; "" removes it.
	Banner(text string) error
	// Defer notes a service that umm off is to start; Deferred lists them.
	Defer(service string) error
	Deferred() []string
	ForgetDeferred() error
	// NoteBefore notes what ran when the command of a session was started; Before tells it.
	NoteBefore(number int, active []string) error
	Before(number int) (active []string, known bool)
	// Lock holds other umm processes off while the record changes.
	Lock(ctx context.Context) (unlock func(), err error)
}

// History is the log of what happened, for as long as the host lives.
type History interface {
	// Append adds the events it does not have yet.
	Append([]mode.Event) error
	// Read returns all of it, oldest first.
	Read() ([]mode.Event, error)
}

// Power takes the host down.
type Power interface {
	// Reboot returns once the init system has accepted to go down.
	Reboot(ctx context.Context) error
	// GoingDown tells whether a shutdown is under way.
	GoingDown(ctx context.Context) (bool, error)
	// Kexecs tells whether the shutdown ends with kexec, and not at the firmware.
	Kexecs(ctx context.Context) bool
	// Wall tells logged-in people; it is a courtesy and never fails.
	Wall(ctx context.Context, text string)
}

// Switch moves the running host between the modes, without a reboot.
type Switch interface {
	// Active lists the units that run and could be stopped by a switch.
	Active(ctx context.Context) ([]string, error)
	// Enter stops what MM does not keep and returns when that is done.
	Enter(ctx context.Context) error
	// Settle stops what runs in MM though it is not essential and nothing wants it.
	Settle(ctx context.Context) error
	// StopStrays stops and returns what runs, is not in before and not essential, but leaves
	// alone what cannot be enabled, as sessions.
	StopStrays(ctx context.Context, before []string, keeps func(name string) bool) ([]string, error)
	// Resume starts units, or the whole default target where units is nil. failed
	// says what was asked for and did not start; err that not all was asked for.
	Resume(ctx context.Context, units []string) (failed, err error)
}

// Jobs are pieces of umm that the init system runs on their own.
type Jobs interface {
	// Reload lets the init system see what the record says now.
	Reload(ctx context.Context) error
	// GoLive runs FinishLive apart from the caller, whose session may not survive
	// the switch, and waits for it.
	GoLive(ctx context.Context) error
	// Settled waits until a switch between the modes that is under way has come to its
	// end, well or not. It is bounded: the error says what is still at work.
	Settled(ctx context.Context) error
	// Watch starts what a boot with umm has from the beginning: the recorder, and
	// the time until the boot counts as healthy.
	Watch(ctx context.Context) error
}

// Runtime tells what an init system knows of units beyond their names. Not every one
// knows.
type Runtime interface {
	// Transient picks those of the running units that are gone for good once they are
	// stopped.
	Transient(ctx context.Context, units []string) ([]string, error)
	// Survivors names what runs in maintenance mode though nothing keeps it, and what
	// no switch reaches: each a unit with its processes.
	Survivors(ctx context.Context) ([]string, error)
}

// Timer ends maintenance mode by itself.
type Timer interface {
	// Arm lets Expire run after d; Disarm takes that back.
	Arm(ctx context.Context, d time.Duration) error
	Disarm(ctx context.Context) error
}

// Disks are the local file systems.
type Disks interface {
	// Broken names those that should be mounted and are not, each with why.
	Broken(ctx context.Context) ([]string, error)
	// Mount tries them again.
	Mount(ctx context.Context) error
}

// Node is umm on this host.
type Node struct {
	// Root is "/" but for tests.
	Root string
	// ReadFile is os.ReadFile where it is nil: that one costs a generator's time.
	ReadFile func(path string) ([]byte, error)
	Store    Store
	RunState RunState
	Guards   Guards
	History  History
	Power    Power
	Switch   Switch
	Jobs     Jobs
	Timer    Timer
	Disks    Disks
	Packages Packages
	Services Services
	// Loader is nil where no boot loader is known.
	Loader Loader
	// LastWords are what a kernel said when it panicked after that time, as far as the firmware
	// has kept it; empty where it has not.
	LastWords func(after time.Time) string
	// Runtime is nil where the init system cannot tell.
	Runtime Runtime
	// Run runs hooks.
	Run execx.Runner
	// Exec runs the operator's command, with CommandEnv added to the environment.
	Exec       Executor
	CommandEnv []string
	// Policy reads the configuration at each call.
	Policy func() (mode.Policy, []diag.Problem)
	// Checks says whether MM would work; a nil Checks refuses nothing.
	Checks func(ctx context.Context, live bool) []api.Check
	Now    func() time.Time
	Advice Advice
	// Tell is for the operator, Warn for the log and the operator.
	Tell func(text string)
	Warn func(text string)
}

// Advice names the init system's own commands that show a person more.
type Advice struct {
	// Jobs shows what it is about to do, Failed what did not work.
	Jobs, Failed string
}

// state is the host as it is now.
type state struct {
	facts  mode.Facts
	policy mode.Policy
	// settings is what is wrong with the configuration.
	settings []diag.Problem
	record   mode.Record
	// problem says why the durable record could not be read; record is then what
	// /run has of it, or zero.
	problem error
	// stored: the durable record has this boot.
	stored bool
}

func (s state) inMaintenance() bool { return mode.InMaintenance(s.record, s.facts) }

// leaving tells whether an earlier `umm off` did not come to its end.
func (s state) leaving() bool {
	b, ok := mode.This(s.record, s.facts)
	return ok && b.Leaving
}

// switching tells whether an earlier `umm on --live` did not come to its end.
func (s state) switching() bool {
	if !s.inMaintenance() || s.record.Session == nil || s.record.Session.Live == nil {
		return false
	}
	live := s.record.Session.Live
	return live.Boot == s.facts.BootID && !live.Done
}

// current gathers the state without changing anything.
func (n *Node) current() state {
	s := state{facts: n.Facts()}
	s.policy, s.settings = n.Policy()
	s.record, s.problem = n.Store.Load()
	s.stored = s.record.Boot.ID == s.facts.BootID
	s.record = mode.Known(s.record, s.facts)
	return s
}

// Decide says which mode this boot is in, as the generator and the recorder do.
func (n *Node) Decide() (mode.Decision, mode.Record, error) {
	s := n.current()
	return mode.Decide(s.record, s.facts, s.policy), s.record, s.problem
}

// SessionNumber is that of the maintenance session that this boot is in, or would be.
func (n *Node) SessionNumber() int {
	d, r, _ := n.Decide()
	return mode.SessionOf(r, d).Number
}

// change is one step of the record's life: what to make of the state, under the
// lock.
type change func(s state) (mode.Record, error)

// update saves what change makes of the record and notes it in /run. Nothing has
// happened when it returns an error.
func (n *Node) update(ctx context.Context, fn change) error {
	_, err := n.commit(ctx, fn, false)
	return err
}

// updateAnyway is for words that must hold for this boot even where the disk
// cannot keep them. unsaved says why it could not.
func (n *Node) updateAnyway(ctx context.Context, fn change) (unsaved, err error) {
	return n.commit(ctx, fn, true)
}

func (n *Node) commit(ctx context.Context, fn change, anyway bool) (unsaved, err error) {
	unlock, err := n.RunState.Lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	s := n.current()
	next, err := fn(s)
	if err != nil {
		return nil, err
	}
	if s.problem != nil {
		next = mode.Note(next, s.facts, mode.EventProblem, "started a new record: "+s.problem.Error(), n.Now())
	}
	if unsaved = n.Store.Save(next); unsaved != nil && !anyway {
		return nil, unsaved
	}
	next.Unsaved = unsaved != nil
	if err := n.RunState.Note(next); err != nil && !errors.Is(err, context.Canceled) {
		n.Warn(err.Error())
	}
	return unsaved, nil
}

// flush moves the record's events to the history, once /var is there. A failure
// loses nothing: they stay in the record.
func (n *Node) flush(ctx context.Context) {
	s := n.current()
	if s.problem != nil || len(s.record.Events) == 0 {
		return
	}
	last := s.record.Events[len(s.record.Events)-1].Seq
	if err := n.History.Append(s.record.Events); err != nil {
		n.Warn(err.Error())
		return
	}
	err := n.update(ctx, func(s state) (mode.Record, error) { return mode.Flushed(s.record, last), nil })
	n.warnIf(err)
}

// warnIf warns of an error that keeps nobody from going on, where there is one.
func (n *Node) warnIf(err error) {
	if err != nil {
		n.Warn(err.Error())
	}
}
