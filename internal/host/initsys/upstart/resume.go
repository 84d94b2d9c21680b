package upstart

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"umm/internal/host/jobfile"
	"umm/internal/poll"
)

// standstill is how long the boot may stay where it is, once the gate is open, before
// it is pushed on.
const standstill = 5 * time.Second

// Resume implements node.Switch. The default target is here what the boot goes on to
// when the gate opens, and what had been stopped before it.
func (m Manager) Resume(ctx context.Context, units []string) (failed, err error) {
	start := m.stopped()
	if units == nil {
		if err := m.goOn(ctx); err != nil {
			return nil, err
		}
	} else {
		start = withVariables(units, start)
	}
	failed, err = m.startAll(ctx, start)
	if err != nil {
		// The list stays: it is needed when this is said again.
		return failed, err
	}
	switch err := m.startOwn(ctx, healthyJob); {
	case isNotAsked(err):
		return failed, err
	case err != nil:
		m.Warn("this boot will not count as healthy: " + err.Error())
	}
	if err := os.Remove(filepath.Join(m.Root, stoppedFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		m.Warn(err.Error())
	}
	return failed, nil
}

// withVariables are units with what is noted of them.
func withVariables(units []string, known []noted) []noted {
	list := make([]noted, 0, len(units))
	for _, name := range units {
		n := noted{name: name}
		if i := slices.IndexFunc(known, func(k noted) bool { return k.name == name }); i >= 0 {
			n = known[i]
		}
		list = append(list, n)
	}
	return list
}

// goOn opens the gate and waits until the run level is reached.
func (m Manager) goOn(ctx context.Context) error {
	if err := m.stopJob(ctx, Gate); err != nil {
		return fmt.Errorf("cannot let the boot continue: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, actLimit)
	defer cancel()
	p := push{since: time.Now()}
	tree := m.Tree()
	for range poll.Every(ctx, slowPoll) {
		all, err := m.ask(ctx, tree, "rc", "rc-sysinit", "mountall", "mountall-shell")
		if err != nil {
			return fmt.Errorf("cannot tell how far the boot is: %w", err)
		}
		up := running(all)
		level := m.level()
		if level != "" && !slices.Contains(up, "rc") && !slices.Contains(up, "rc-sysinit") {
			return nil
		}
		for _, args := range p.next(up, level, time.Now()) {
			if err := m.tell(ctx, askLimit, args...); err != nil {
				m.Warn(err.Error())
			}
		}
	}
	return fmt.Errorf("the run level is not reached after %s: %w", actLimit, ctx.Err())
}

// push gets a boot going that stands still with the gate open: one that a caught
// emergency has led to maintenance mode, before any gate.
type push struct {
	since             time.Time
	mountall, sysinit bool
}

// next is what to do now. mountall that waits for a file system waits for one that has
// been taken out of /etc/fstab since, perhaps: started again it reads that, and emits
// all its events. It has ended where there is a shell of its, whose end would restart the
// host. Where that is done, or was before, rc-sysinit is due.
func (p *push) next(up []string, level string, now time.Time) [][]string {
	switch {
	case level != "" || slices.Contains(up, "rc-sysinit"):
		p.since = now
	case now.Sub(p.since) < standstill:
	case !p.mountall && (slices.Contains(up, "mountall") || slices.Contains(up, "mountall-shell")):
		p.mountall, p.since = true, now
		var todo [][]string
		for _, job := range []string{"mountall-shell", "mountall"} {
			if slices.Contains(up, job) {
				todo = append(todo, []string{"stop", job})
			}
		}
		return append(todo, []string{"start", "--no-wait", "mountall"})
	case !slices.Contains(up, "mountall") && !p.sysinit:
		p.sysinit, p.since = true, now
		return [][]string{{"start", "--no-wait", "rc-sysinit"}}
	}
	return nil
}

// startAll starts jobs, all at once as events do, and init scripts in the order of a
// boot, as rc does at the same time. What runs already is left alone. err says that init was
// not reached, so that not all was asked for.
func (m Manager) startAll(ctx context.Context, list []noted) (failed, err error) {
	tree := m.Tree()
	var scripts []jobfile.Script
	errs := make([]error, len(list)) // each job has its own
	var ofScripts []error
	var group sync.WaitGroup
	for i, n := range list {
		if s, isScript := tree.Script(n.name); isScript {
			scripts = append(scripts, s)
			continue
		}
		group.Go(func() { errs[i] = m.startOne(ctx, tree, n) })
	}
	slices.SortStableFunc(scripts, func(a, b jobfile.Script) int { return strings.Compare(a.Start, b.Start) })
	for _, s := range scripts {
		if !s.AnswersStatus && len(tree.Traces(s.Name).PIDFiles) == 0 {
			m.Warn(s.Name + " is started as at boot: its init script cannot say whether it ran before")
		}
		if err := m.startScript(ctx, actLimit, s.Name); err != nil {
			ofScripts = append(ofScripts, fmt.Errorf("%s: %w", s.Name, err))
		}
	}
	group.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	failed = errors.Join(append(errs, ofScripts...)...)
	if isNotAsked(failed) {
		return nil, failed
	}
	return failed, nil
}

// startOne starts an instance that was stopped, with the variables that it had.
func (m Manager) startOne(ctx context.Context, tree *jobfile.Tree, n noted) error {
	argv, err := words(tree, "start", n.name, n.vars)
	if err != nil {
		return fmt.Errorf("%s: %w", n.name, err)
	}
	name, _ := jobfile.InstanceOf(n.name)
	job, known := tree.Job(name)
	if !known {
		job.Name = name
	}
	vars := argv[2:]
	for _, kv := range n.vars {
		if !slices.Contains(vars, kv) {
			vars = append(vars, kv)
		}
	}
	if n.lost {
		m.Warn(n.name + " is started without the variables of its earlier start, if any: its process does not show them")
	}
	err = m.tell(ctx, actLimit, startWords(job, vars)...)
	if err == nil || alreadyRunning(err) {
		return nil
	}
	// An event of another job may have started it meanwhile.
	if now, asked := m.ask(ctx, tree, n.name); asked == nil && slices.Contains(running(now), n.name) {
		return nil
	}
	return fmt.Errorf("%s: %w", n.name, err)
}
