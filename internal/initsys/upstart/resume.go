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

	"umm/internal/jobfile"
)

// stoppedFile lists what Enter has stopped in this boot, a name a line. What events
// started before the gate, such as filesystem, no event will start again. It is apart
// from /run/umm, which can be made anew from the record.
const stoppedFile = "run/umm.stopped"

// standstill is how long the boot may stay where it is, once the gate is open, before
// it is pushed on.
const standstill = 5 * time.Second

// remember adds names to the list.
func (m Manager) remember(names []string) error {
	known := m.stopped()
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(known, name) || own(name) })
	if len(names) == 0 {
		return nil
	}
	path := filepath.Join(m.Root, stoppedFile)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("cannot note what is stopped: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("cannot note what is stopped: %w", err)
	}
	_, err = f.WriteString(strings.Join(names, "\n") + "\n")
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("cannot note what is stopped: %w", err)
	}
	return nil
}

// stopped is the list.
func (m Manager) stopped() []string {
	return slices.DeleteFunc(strings.Split(m.read(stoppedFile), "\n"), func(s string) bool { return s == "" })
}

func (m Manager) read(path string) string {
	data, err := os.ReadFile(filepath.Join(m.Root, path))
	if err != nil {
		return ""
	}
	return string(data)
}

// Resume implements node.Switch. The default target is here what the boot goes on to
// when the gate opens, and what had been stopped before it.
func (m Manager) Resume(ctx context.Context, units []string) (failed, err error) {
	if units == nil {
		if err := m.goOn(ctx); err != nil {
			return nil, err
		}
		units = m.stopped()
	}
	failed = m.startAll(ctx, units)
	if ctx.Err() != nil {
		return failed, ctx.Err()
	}
	if err := m.startJob(ctx, askLimit, healthyJob); err != nil {
		m.Warn("this boot will not count as healthy: " + err.Error())
	}
	if err := os.Remove(filepath.Join(m.Root, stoppedFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		m.Warn(err.Error())
	}
	return failed, nil
}

// goOn opens the gate and waits until the run level is reached.
func (m Manager) goOn(ctx context.Context) error {
	if err := m.stopJob(ctx, Gate); err != nil {
		return fmt.Errorf("cannot open the gate that holds the boot back: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, actLimit)
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	p := push{since: time.Now()}
	for {
		all, err := m.list(ctx)
		if err != nil {
			return fmt.Errorf("cannot tell how far the boot is: %w", err)
		}
		up := running(all)
		level := m.level()
		if level != "" && !slices.Contains(up, "rc") && !slices.Contains(up, "rc-sysinit") {
			return nil
		}
		for _, argv := range p.next(up, level, time.Now()) {
			if err := m.act(ctx, askLimit, argv...); err != nil {
				m.Warn(err.Error())
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the run level is not reached after %s: %w", actLimit, ctx.Err())
		case <-tick.C:
		}
	}
}

// push gets a boot going that stands still with the gate open: one that a caught
// emergency has led to maintenance mode, before any gate.
type push struct {
	since             time.Time
	mountall, sysinit bool
}

// next is what to do now. mountall that waits for a file system waits for one that has
// been taken out of /etc/fstab since, perhaps: started anew it reads that, and emits
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
				todo = append(todo, []string{"initctl", "stop", job})
			}
		}
		return append(todo, []string{"initctl", "start", "--no-wait", "mountall"})
	case !slices.Contains(up, "mountall") && !p.sysinit:
		p.sysinit, p.since = true, now
		return [][]string{{"initctl", "start", "--no-wait", "rc-sysinit"}}
	}
	return nil
}

// startAll starts jobs, all at once as events do, and init scripts in the order of a
// boot, as rc does at the same time. What runs already is left alone.
func (m Manager) startAll(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return nil
	}
	all, err := m.list(ctx)
	if err != nil {
		return err
	}
	up := running(all)
	tree := m.Tree()
	var scripts []jobfile.Script
	errs := make([]error, len(names)) // each job has its own
	var failed []error
	var group sync.WaitGroup
	for i, name := range names {
		if s, isScript := tree.Script(name); isScript {
			scripts = append(scripts, s)
			continue
		}
		if slices.Contains(up, name) {
			continue
		}
		group.Add(1)
		go func() {
			defer group.Done()
			errs[i] = m.startOne(ctx, tree, name)
		}()
	}
	slices.SortStableFunc(scripts, func(a, b jobfile.Script) int { return strings.Compare(a.Start, b.Start) })
	for _, s := range scripts {
		if err := m.startScript(ctx, actLimit, s.Name); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", s.Name, err))
		}
	}
	group.Wait()
	return errors.Join(append(errs, failed...)...)
}

// startOne starts an instance that was stopped.
func (m Manager) startOne(ctx context.Context, tree *jobfile.Tree, name string) error {
	argv, err := words(tree, "start", name)
	if err == nil {
		err = m.act(ctx, actLimit, argv...)
	}
	if err == nil || alreadyRunning(err) {
		return nil
	}
	// An event of another job may have started it meanwhile.
	if all, asked := m.list(ctx); asked == nil && slices.Contains(running(all), name) {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}
