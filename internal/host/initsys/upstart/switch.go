package upstart

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"umm/internal/execx"
	"umm/internal/host/jobfile"
	"umm/internal/poll"
)

// keepLimit is how long something essential may take to start; the network may wait
// for an address.
const keepLimit = 2 * time.Minute

// rounds is how often it is checked whether something has started meanwhile.
const rounds = 10

// own tells whether a job is umm's own.
func own(name string) bool { return name == Gate || strings.HasPrefix(name, Gate+"-") }

// Active implements node.Switch: the instances of jobs that are up, as initctl calls
// them, and the init scripts that maintenance mode would stop and whose services run.
func (m Manager) Active(ctx context.Context) ([]string, error) {
	all, err := m.list(ctx)
	if err != nil {
		return nil, err
	}
	tree := m.Tree()
	names := slices.DeleteFunc(running(all), own)
	return append(names, m.runningScripts(ctx, tree, m.Plan(tree))...), nil
}

// runningScripts are the init scripts whose services run and are not essential, in the order
// in which a shutdown stops them.
func (m Manager) runningScripts(ctx context.Context, tree *jobfile.Tree, plan Plan) []string {
	scripts := slices.DeleteFunc(tree.Scripts(), func(s jobfile.Script) bool { return !plan.Service(s) || plan.Keeps(s.Name) })
	slices.SortStableFunc(scripts, func(a, b jobfile.Script) int { return strings.Compare(a.Stop, b.Stop) })
	runs := make([]bool, len(scripts))
	const atOnce = 8
	turn := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i, s := range scripts {
		all.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			runs[i] = m.scriptRuns(ctx, tree, s)
		})
	}
	all.Wait()
	var names []string
	for i, s := range scripts {
		if runs[i] {
			names = append(names, s.Name)
		}
	}
	return names
}

// scriptRuns asks an init script whether its service runs: the exit status 0 of LSB. Of one
// that cannot say, its process is looked for; and where that cannot be told from the script
// either, what the boot has started runs until umm has stopped it.
func (m Manager) scriptRuns(ctx context.Context, tree *jobfile.Tree, s jobfile.Script) bool {
	if s.AnswersStatus {
		res, err := m.Run.Run(ctx, execx.Cmd{Argv: []string{"service", s.Name, "status"}, Limit: askLimit})
		return err == nil && res.Code == 0
	}
	traces := tree.Traces(s.Name)
	if m.processOf(traces) {
		return true
	}
	if len(traces.PIDFiles) > 0 {
		return false
	}
	level := m.level()
	booted := level != "" && strings.Contains("2345", level)
	return s.Enabled() && booted && !m.isNoted(s.Name)
}

// wayIn is how long ssh and the consoles wait at most for the rest to stop. Who
// comes in by them may start something, and that must not be taken for a leftover.
const wayIn = 10 * time.Second

// Enter implements node.Switch.
func (m Manager) Enter(ctx context.Context) error {
	tree := m.Tree()
	plan := m.Plan(tree)
	stopped, open := make(chan error, 1), make(chan struct{})
	go func() { stopped <- m.stopOthers(ctx, tree, plan, open) }()
	var failed error
	waits := true
	late := time.NewTimer(wayIn)
	defer late.Stop()
	select {
	case failed = <-stopped:
		waits = false
	case <-late.C:
	case <-ctx.Done():
	}
	close(open)
	m.startEssential(ctx, tree, plan)
	if waits {
		failed = <-stopped
	}
	session := "STAY=" + strconv.Itoa(m.Session())
	// A job of its own, for the hooks that it runs: it may be said again.
	if err := m.tell(ctx, actLimit, "start", enterJob, session); err != nil {
		m.Warn(err.Error())
	}
	if err := m.startJob(ctx, askLimit, jobfile.Job{Name: commandJob, Task: true}, session); err != nil {
		m.Warn(err.Error())
	}
	return failed
}

// Settle implements node.Switch: Enter leaves nothing behind.
func (m Manager) Settle(context.Context) error { return nil }

// startEssential starts what is essential and does not run: jobs all at once, as events do, and
// init scripts one after the other, as rc does. It does not ask what runs: init knows, and
// the way in must not depend on an answer.
func (m Manager) startEssential(ctx context.Context, tree *jobfile.Tree, plan Plan) {
	var group sync.WaitGroup
	start := func(name string, vars ...string) {
		job, _ := tree.Job(name)
		job.Name = name
		group.Go(func() {
			if err := m.startJob(ctx, keepLimit, job, vars...); err != nil && ctx.Err() == nil {
				m.Warn(name + " is essential, but did not start: " + err.Error())
			}
		})
	}
	for _, job := range plan.Jobs {
		start(job)
	}
	for _, tty := range m.serialConsoles() {
		if _, has := tree.Job(tty); !has {
			start(consoleJob, "TTY="+tty)
		}
	}
	if _, has := tree.Job("console"); has && m.exists("run/container_type") {
		start("console")
	}
	for _, name := range plan.Scripts {
		if s, known := tree.Script(name); known && m.scriptRuns(ctx, tree, s) {
			continue
		}
		if err := m.startScript(ctx, keepLimit, name); err != nil && ctx.Err() == nil {
			m.Warn(name + " is essential, but did not start: " + err.Error())
		}
	}
	group.Wait()
}

// startScript starts the service of an init script. In a session of its own: what it
// leaves running without one would end with this job.
func (m Manager) startScript(ctx context.Context, limit time.Duration, name string) error {
	return m.act(ctx, limit, "setsid", "service", name, "start")
}

// stopOthers stops what runs and is not essential, and checks again until nothing is left:
// something may have been about to start. Once the way in is open it looks no more.
func (m Manager) stopOthers(ctx context.Context, tree *jobfile.Tree, plan Plan, open <-chan struct{}) error {
	scripts := m.runningScripts(ctx, tree, plan)
	var errs []error
	given := map[string]bool{} // up: it cannot be told to stop
	for range rounds {
		all, err := m.list(ctx)
		if err != nil {
			return errors.Join(append(errs, fmt.Errorf("cannot tell what to stop for maintenance mode: %w", err))...)
		}
		others := slices.DeleteFunc(running(all), func(name string) bool { return plan.Keeps(name) || given[name] })
		if len(others)+len(scripts) == 0 {
			return errors.Join(errs...)
		}
		var stops, services []noted
		for _, i := range all {
			if slices.Contains(others, i.name) {
				stops = append(stops, m.startedWith(tree, i))
			}
		}
		slices.SortFunc(stops, func(a, b noted) int { return strings.Compare(a.name, b.name) })
		for _, name := range scripts {
			services = append(services, noted{name: name})
		}
		// Before it is done, so that it can be undone whatever happens.
		if err := m.remember(slices.Concat(stops, services)); err != nil {
			errs = append(errs, err)
		}
		for _, n := range stops {
			if err := m.tellToStop(ctx, tree, n); err != nil {
				given[n.name] = true
				errs = append(errs, fmt.Errorf("cannot stop %s: %w", n.name, err))
			}
		}
		for _, name := range scripts {
			if err := m.act(ctx, stopLimit, "service", name, "stop"); err != nil {
				errs = append(errs, fmt.Errorf("cannot stop %s: %w", name, err))
			}
		}
		scripts = nil
		if err := m.untilStopped(ctx, tree, slices.DeleteFunc(others, func(name string) bool { return given[name] })); err != nil {
			return errors.Join(append(errs, err)...)
		}
		select {
		case <-open:
			return errors.Join(errs...)
		default:
		}
	}
	return errors.Join(append(errs, errors.New("something that is not essential keeps restarting"))...)
}

// tellToStop does not wait: jobs that go together stop together.
func (m Manager) tellToStop(ctx context.Context, tree *jobfile.Tree, n noted) error {
	argv, err := words(tree, "stop", n.name, n.vars)
	if err != nil {
		return err
	}
	err = m.tell(ctx, askLimit, argv...)
	if err == nil {
		return nil
	}
	// It may have ended by itself, as what goes with another job does.
	if now, asked := m.ask(ctx, tree, n.name); asked == nil && !slices.Contains(running(now), n.name) {
		return nil
	}
	return err
}

// untilStopped waits for jobs that were told to stop, one after the other, since asking for
// each costs init something.
func (m Manager) untilStopped(ctx context.Context, tree *jobfile.Tree, names []string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, stopLimit, fmt.Errorf("not finished after %s", stopLimit))
	defer cancel()
	for range poll.Every(ctx, often) {
		for len(names) > 0 {
			all, err := m.ask(ctx, tree, names[0])
			if err != nil && ctx.Err() == nil {
				return fmt.Errorf("cannot tell whether everything has stopped: %w", err)
			}
			// What is on its way down has another goal, but is not down.
			if err != nil || slices.ContainsFunc(all, func(i instance) bool { return i.state != "waiting" }) {
				break
			}
			names = names[1:]
		}
		if len(names) == 0 {
			return nil
		}
	}
	return fmt.Errorf("cannot stop %s: %w", strings.Join(names, ", "), context.Cause(ctx))
}

// serialConsoles are the kernel's consoles that are no screen.
func (m Manager) serialConsoles() []string {
	return slices.DeleteFunc(strings.Fields(m.read("sys/class/tty/console/active")), func(tty string) bool {
		name, isTTY := strings.CutPrefix(tty, "tty")
		return isTTY && (name == "" || name[0] >= '0' && name[0] <= '9')
	})
}
