package node_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/diag"
	"umm/internal/host/mode"
	"umm/internal/host/node"
)

// world is a host in memory: a disk that survives, a /run that does not, an init
// system with its units, and the programs of umm that run on it, one after the
// other or one within another. What a program does to it is an effect, and counted:
// the fault test stops the world at each of them.
type world struct {
	t    testing.TB
	root string
	now  time.Time

	disk
	volatile
	initSystem
	people

	// faults: the effects so far, and the program that each is of.
	effects  []string
	owners   []int
	programs int
	owner    int
	fault    fault
	// why is the cause of the last stop, for messages.
	why string
}

// disk is what survives.
type disk struct {
	record   []byte
	history  []mode.Event
	policy   mode.Policy
	problems []diag.Problem
	// unreadable, unwritable: the record's files are.
	unreadable, unwritable error
	// broken are the file systems that fail; with mendable mounting helps.
	broken   []string
	mendable bool
	// held: package scripts are told what not to start; enabled are services installed since.
	held    bool
	enabled []string
	// remote are file systems of other hosts that a boot waits for.
	remote []string
	bootLoader
}

// people is what operators, hooks and commands did and saw.
type people struct {
	told, warned, walls []string
	checks              []api.Check
	hooks               map[string]hook
	commands            map[string]command
	// ran counts the runs of each command; hooked are the hooks in their order.
	ran    map[string]int
	hooked []string
	// ended is set while a command runs; joined are the limits with which it was waited
	// for by another program than the one that had started it.
	ended  *commandEnd
	joined []time.Duration
}

// fault stops the world at its n-th effect, 1 being the first.
type fault struct {
	at int
	// after the effect, or else before it.
	after bool
	// power: the power goes; or else the program is killed.
	power bool
}

type (
	killed   struct{}
	powerCut struct{}
)

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldAt(t, t.TempDir())
}

func newWorldAt(t testing.TB, root string) *world {
	t.Helper()
	w := &world{t: t, root: root, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	w.policy = mode.Policy{Enabled: true, RebootCount: 2, HealthyAfter: 10 * time.Minute, CatchEmergency: true}
	w.fails, w.ran, w.hooks, w.commands = map[string]error{}, map[string]int{}, map[string]hook{}, map[string]command{}
	w.put("proc/cmdline", "ro quiet\n")
	return w
}

// booted is a world whose host runs operationally.
func booted(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	w.boot()
	w.wantOperational()
	return w
}

// inMaintenance is one whose host was rebooted into MM by `umm on`.
func inMaintenance(t testing.TB, o node.OnOptions) *world {
	t.Helper()
	w := booted(t)
	w.must(w.on(o))
	w.wantMaintenance()
	return w
}

// put writes a file below the root, which facts are read from.
func (w *world) put(path, content string) {
	w.t.Helper()
	file := filepath.Join(w.root, path)
	err := os.WriteFile(file, []byte(content), 0o644)
	if errors.Is(err, os.ErrNotExist) {
		err = errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(content), 0o644))
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// effect is one step that changes the world. It does not happen where it is made
// to fail, and the fault may strike before and after it.
func (w *world) effect(name string, happens func()) error {
	w.effects, w.owners = append(w.effects, name), append(w.owners, w.owner)
	strikes := len(w.effects) == w.fault.at
	if strikes && !w.fault.after {
		w.strike("before " + name)
	}
	if err := w.fails[name]; err != nil {
		return err
	}
	if happens != nil {
		happens()
	}
	if strikes {
		w.strike("after " + name)
	}
	return nil
}

func (w *world) strike(where string) {
	if w.fault.power {
		w.why = "the power went " + where
		panic(powerCut{})
	}
	w.why = "killed " + where
	panic(killed{})
}

// node is umm as one program of this host has it.
func (w *world) node() *node.Node {
	return &node.Node{
		Root: w.root, Store: (*store)(w), RunState: (*runFolder)(w), Guards: (*guards)(w), History: (*log)(w), Power: (*power)(w), Switch: (*units)(w),
		Jobs: (*jobs)(w), Timer: (*timer)(w), Disks: (*disks)(w), Packages: (*packages)(w), Services: (*services)(w), Loader: (*loader)(w), LastWords: func(time.Time) string { return w.lastWords }, Runtime: (*runtime)(w), Run: (*runner)(w), Exec: (*executor)(w), CommandEnv: commandEnv,
		Policy: func() (mode.Policy, []diag.Problem) { return w.policy, w.problems },
		Checks: func(context.Context, bool) []api.Check { return w.checks },
		Now:    func() time.Time { w.now = w.now.Add(time.Second); return w.now },
		Tell:   func(text string) { w.told = append(w.told, text) },
		Warn:   func(text string) { w.warned = append(w.warned, text) },
	}
}

// errKilled is how a program ends that the fault has struck.
var errKilled = errors.New("killed")

// program runs one program of umm to its end. The kernel frees its lock.
func (w *world) program(run func(ctx context.Context, n *node.Node) error) (err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	outer, locked, owner := w.endProgram, w.locked, w.owner
	w.programs++
	w.endProgram, w.owner = cancel, w.programs
	defer func() {
		w.endProgram, w.locked, w.owner = outer, locked, owner
		if p := recover(); p != nil {
			if _, isKill := p.(killed); !isKill {
				panic(p)
			}
			err = errKilled
		}
	}()
	return run(ctx, w.node())
}

// operator runs a program by hand, and lets the host do what follows from it. A
// power cut ends it all; the host is booted again by the caller.
func (w *world) operator(run func(ctx context.Context, n *node.Node) error) error {
	err := w.program(run)
	w.settle()
	return err
}

func (w *world) on(o node.OnOptions) error {
	if o.By == "" {
		o.By = "alice"
	}
	return w.operator(func(ctx context.Context, n *node.Node) error { return n.On(ctx, o) })
}

func (w *world) off(o node.OffOptions) error {
	if o.By == "" {
		o.By = "alice"
	}
	return w.operator(func(ctx context.Context, n *node.Node) error { return n.Off(ctx, o) })
}

func (w *world) status() api.Status {
	return w.node().Status(context.Background(), "1.0")
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// wantCode checks the exit code that an error stands for, and what it says.
func (w *world) wantCode(err error, want node.Code, words ...string) {
	w.t.Helper()
	var coded *node.Error
	code := node.CannotDo
	if err == nil {
		code = node.Done
	} else if errors.As(err, &coded) {
		code = coded.Code
	}
	if code != want {
		w.t.Errorf("the exit code is %d, want %d: %v", code, want, err)
	}
	for _, word := range words {
		if err == nil || !strings.Contains(err.Error(), word) {
			w.t.Errorf("the error is %v, want it to say %q", err, word)
		}
	}
}

// problem says how the host is not as it should be in a mode, "" where it is.
func (w *world) problem(want mode.Mode) string {
	word, kept := api.ModeOperational, operationalUnits
	if want == mode.Maintenance {
		word, kept = api.ModeMaintenance, essentialUnits
	}
	switch s := w.status(); {
	case s.Mode != word:
		return fmt.Sprintf("umm status says %s (%v)", s.Mode, s.Problems)
	case w.phase != string(want):
		return "the init system is in " + w.phase
	case w.banner != "" != (want == mode.Maintenance):
		return fmt.Sprintf("the banner is %q", w.banner)
	}
	if w.gated && want == mode.Operational && !w.gateOff {
		kept = append(slices.Clone(kept), earlyUnits...)
	}
	for _, unit := range kept {
		if !w.up[unit] {
			return unit + " is not up"
		}
	}
	if want == mode.Maintenance && slices.ContainsFunc(operationalUnits, func(u string) bool { return w.up[u] && !slices.Contains(essentialUnits, u) }) {
		return fmt.Sprintf("too much is up: %v", w.up)
	}
	return ""
}

func (w *world) wantOperational() { w.t.Helper(); w.want(mode.Operational) }
func (w *world) wantMaintenance() { w.t.Helper(); w.want(mode.Maintenance) }

func (w *world) want(m mode.Mode) {
	w.t.Helper()
	if p := w.problem(m); p != "" {
		w.t.Errorf("the host is not in %s: %s", m, p)
	}
}

// said tells whether one of the lines holds the word.
func said(lines []string, word string) bool {
	return slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, word) })
}
