// Package upstart implements for Upstart what umm needs of an init system: it starts, stops
// and asks jobs by initctl, and init scripts by service. What is essential it is told. The
// job files in plugin/upstart hold the boot back, and say from what.
package upstart

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"umm/internal/execx"
	"umm/internal/host/jobfile"
	"umm/internal/host/utmp"
	"umm/internal/host/wall"
	"umm/internal/poll"
)

// umm's own jobs; their files come with the package.
const (
	Gate       = "umm"
	enterJob   = "umm-enter"
	commandJob = "umm-command"
	liveJob    = "umm-live"
	resumeJob  = "umm-resume"
	healthyJob = "umm-healthy"
	expireJob  = "umm-expire"
	endJob     = "umm-end"
	consoleJob = "umm-console"
)

// ExpireAfter is the variable by which umm-expire is told how many seconds to wait.
const ExpireAfter = "UMM_AFTER"

const (
	// stopLimit bounds a service that is stopped; actLimit what may start much.
	stopLimit = 3 * time.Minute
	actLimit  = 15 * time.Minute
	often     = 50 * time.Millisecond
	slowPoll  = 250 * time.Millisecond
	// seenLimit is far more than Upstart takes to see a new job file.
	seenLimit = 3 * time.Second
)

// Plan is what maintenance mode keeps on this host.
type Plan struct {
	// Keeps tells of a job, an instance of one or an init script whether it is left
	// alone.
	Keeps func(name string) bool
	// Jobs and Scripts are started where they do not run; scripts in this order.
	Jobs, Scripts []string
	// Service tells of an init script whether it has something to stop.
	Service func(jobfile.Script) bool
}

// Manager is Upstart as PID 1.
type Manager struct {
	Run execx.Runner
	// Root is "/" but for tests.
	Root string
	// Getenv is this process's environment: a job's, perhaps.
	Getenv func(string) string
	// Tree reads the jobs and init scripts as they are now, Plan what is essential of them.
	Tree func() *jobfile.Tree
	Plan func(*jobfile.Tree) Plan
	// Session numbers the maintenance session: each has jobs of its own.
	Session func() int
	// Warn tells what did not work though nothing fails for it.
	Warn func(string)
	// Patience is for how long init is asked again that was not reached; 0: a few minutes.
	Patience time.Duration
}

// act runs a program for its effect.
func (m Manager) act(ctx context.Context, limit time.Duration, argv ...string) error {
	_, err := execx.Do(ctx, m.Run, execx.Cmd{Argv: argv, Limit: limit})
	return err
}

// Reboot implements node.Power. shutdown(8) notes the run level, tells init, and does
// not wait.
func (m Manager) Reboot(ctx context.Context) error {
	err := m.act(ctx, askLimit, "shutdown", "-r", "now")
	if err == nil {
		return nil
	}
	err = fmt.Errorf("cannot reboot: %w", err)
	if pid := strings.TrimSpace(m.read("run/shutdown.pid")); isNumber(pid) && m.exists(filepath.Join("proc", pid)) {
		return hinted{err, "a shutdown is scheduled: shutdown -c cancels it"}
	}
	return err
}

// hinted is an error with what to do about it.
type hinted struct {
	error
	hint string
}

// Hint implements node.Hinter.
func (h hinted) Hint() string  { return h.hint }
func (h hinted) Unwrap() error { return h.error }

// GoingDown implements node.Power. The run level is noted before init is told of it;
// the job that asks at the end of the boot is told by init itself.
func (m Manager) GoingDown(context.Context) (bool, error) {
	level := m.level()
	if m.Getenv("UPSTART_JOB") == endJob {
		level = m.Getenv("RUNLEVEL")
	}
	return level == "0" || level == "6", nil
}

// Kexecs implements node.Power. Upstart does not know: a script of run level 6 does it.
func (m Manager) Kexecs(context.Context) bool { return false }

// level is the run level that the host is in; empty before the first.
func (m Manager) level() string {
	level := utmp.Level(m.Root)
	return level[max(0, len(level)-1):]
}

// Runlevel is what runlevel(8) prints on the host below root.
func Runlevel(root string) string {
	return cmp.Or(utmp.Level(root), "unknown")
}

// Wall implements node.Power.
func (m Manager) Wall(ctx context.Context, text string) {
	if !wall.Send(filepath.Join(m.Root, "proc"), text) {
		_, _ = m.Run.Run(ctx, execx.Cmd{Argv: []string{"wall"}, Stdin: []byte(text + "\n"), Limit: askLimit})
	}
}

// Reload implements node.Jobs: there is nothing to do. Jobs go by what umm decides when
// they run, and Upstart sees new job files by itself. `initctl reload-configuration`
// is not said: all jobs are read again then, and up to Upstart 1.8 they forget which
// events they have seen, so that one which waits for two may never start.
func (m Manager) Reload(context.Context) error { return nil }

// GoLive implements node.Jobs.
func (m Manager) GoLive(ctx context.Context) error {
	if err := m.tell(ctx, actLimit, "start", liveJob); err != nil {
		return fmt.Errorf("cannot switch to maintenance mode: %w; see /var/log/upstart/%s.log", err, liveJob)
	}
	return nil
}

// FinishApart implements node.Finisher. In single-user mode nothing is started.
func (m Manager) FinishApart(ctx context.Context) error {
	if level := m.level(); level != "" && strings.Contains("1Ss", level) {
		return nil
	}
	if err := m.startJob(ctx, askLimit, jobfile.Job{Name: resumeJob, Task: true}); err != nil {
		return fmt.Errorf("cannot start what maintenance mode stopped: %w", err)
	}
	return nil
}

// Watch implements node.Jobs. The recorder needs nothing: its jobs go by events. A job
// that was installed just now Upstart sees within half a second.
func (m Manager) Watch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, seenLimit)
	defer cancel()
	var err error
	for range poll.Every(ctx, often) {
		if err = m.startOwn(ctx, healthyJob); err == nil {
			return nil
		}
	}
	return fmt.Errorf("cannot watch this boot: %w", err)
}

// Arm implements node.Timer, by a job that waits.
func (m Manager) Arm(ctx context.Context, d time.Duration) error {
	if err := m.Disarm(ctx); err != nil {
		return err
	}
	seconds := strconv.Itoa(max(1, int(d.Seconds())))
	return m.tell(ctx, askLimit, "start", expireJob, ExpireAfter+"="+seconds)
}

// Disarm implements node.Timer. The job itself, when its time has come, is not stopped:
// it is what leaves maintenance mode.
func (m Manager) Disarm(ctx context.Context) error {
	if m.Getenv("UPSTART_JOB") == expireJob {
		return nil
	}
	return m.stopJob(ctx, expireJob)
}

// Failed is not known: Upstart forgets how a job has ended.
func (m Manager) Failed(context.Context) ([]string, error) {
	return nil, fmt.Errorf("failed jobs are not listed by Upstart")
}

// Version is that of the Upstart that runs, or the error that none answers.
func (m Manager) Version(ctx context.Context) (string, error) {
	res, err := m.Run.Run(ctx, execx.Cmd{Argv: []string{"initctl", "version"}, Limit: askLimit})
	if err != nil {
		return "", err
	}
	if version := versionOf(string(res.Stdout)); res.Code == 0 && version != "" {
		return version, nil
	}
	said := strings.TrimSpace(string(res.Stdout) + string(res.Stderr))
	return "", fmt.Errorf("initctl version does not say that Upstart runs: %q", said)
}

// GateInPlace tells why the gate would not hold the next boot back; nil where it would.
func (m Manager) GateInPlace(ctx context.Context) error {
	job, known := m.Tree().Job(Gate)
	switch {
	case !known:
		return fmt.Errorf("no /etc/init/%s.conf", Gate)
	case !slices.Contains(job.Events(), "starting") && job.Override:
		return fmt.Errorf("/etc/init/%s.override changes what the gate starts on", Gate)
	}
	if sysinit, _ := m.Tree().Job("rc-sysinit"); sysinit.Override && slices.Contains(sysinit.Events(), Gate) {
		return errors.New("/etc/init/rc-sysinit.override, as fuel-umm had it, makes the boot wait for an event that nothing emits")
	}
	res, err := m.Run.Run(ctx, execx.Cmd{Argv: []string{"initctl", "show-config", Gate}, Limit: askLimit})
	if err != nil {
		return err
	}
	if res.Code != 0 {
		return fmt.Errorf("the gate is unknown to Upstart: %w", &execx.ExitError{Argv: []string{"initctl", "show-config"}, Result: res})
	}
	if !startsOn(string(res.Stdout), "starting", "rc-sysinit") {
		return fmt.Errorf("the gate does not start on starting rc-sysinit, says Upstart: %s", strings.Join(strings.Fields(string(res.Stdout)), " "))
	}
	return nil
}

// exists tells whether a path is there on the host.
func (m Manager) exists(path string) bool {
	_, err := os.Stat(filepath.Join(m.Root, path))
	return err == nil
}
