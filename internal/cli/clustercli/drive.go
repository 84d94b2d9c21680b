package clustercli

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"umm/internal/cli/show"
	"umm/internal/cluster/config"
	"umm/internal/cluster/journal"
	"umm/internal/cluster/lock"
	"umm/internal/cluster/probe"
	"umm/internal/cluster/report"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/silence"
	"umm/internal/execx"
)

// newID names a run by the time and a few random digits.
func newID(now time.Time) string {
	var b [2]byte
	_, _ = rand.Read(b[:])
	return now.UTC().Format("20060102-150405") + "-" + hex.EncodeToString(b[:])
}

// job is what is to be done with a run.
type job struct {
	site *site
	// request is that of the run, new or not.
	request run.Request
	// past is what the journal has of it; none for a new one.
	past []run.Entry
	// start is the first thing that is said to the engine.
	start  func(ctx context.Context, e *rollout.Engine) error
	format string
	// accepted are the risks that go with the operator's word.
	accepted []run.Risk
	// cold: the engine of the lease may be down with everything else.
	cold bool
}

// drive takes the lease, opens the journal, and drives the run as far as it gets.
func (a *app) drive(cmd *cobra.Command, j job) error {
	defer outlive()()
	by, master := a.who()
	claim := lock.Claim{Run: j.request.ID, By: by, Master: master, Reason: j.request.Reason, At: time.Now().UTC()}
	ctx, held, err := a.acquire(cmd.Context(), j, claim)
	if other := heldBy(err); other != nil {
		return &Error{Code: Refused, Err: err, Hint: hintOfHeld(j.site, other)}
	}
	if err != nil {
		return err
	}
	if j.request.Verb == run.Down || j.request.Verb == run.Up {
		// Pacemaker itself goes away with the hosts.
		held.Pause()
	}
	outcome, err := a.engine(ctx, j)
	if outcome != rollout.Ended {
		return errors.Join(a.verdict(j, outcome, err), held.Detach())
	}
	if released := held.Release(context.WithoutCancel(ctx)); released != nil {
		a.log.Warn(released)
	}
	return a.verdict(j, outcome, err)
}

// engine wires a run together and drives it.
func (a *app) engine(ctx context.Context, j job) (rollout.Outcome, error) {
	file := &lazyJournal{dir: j.site.runs, id: j.request.ID}
	defer file.Close()
	if j.past != nil {
		if err := file.open(); err != nil {
			return rollout.Stopped, err
		}
	}
	sinks, done, err := a.sinks(j)
	if err != nil && j.past == nil {
		return rollout.Ended, err // there is no run that could go on
	}
	if err != nil {
		return rollout.Stopped, err
	}
	defer done()
	gaps := &gaps{}
	e := &rollout.Engine{Cluster: j.site.cluster, Journal: file, Emit: sinks.Emit, Limits: j.site.limits, Now: time.Now, Meanwhile: gaps.take, Accepted: j.accepted}
	if err := e.Open(j.past); err != nil {
		return rollout.Stopped, err
	}
	sinks.Recall(j.past)
	watching, stop := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() { probe.Watch(watching, probesOf(j.site), gaps.add) })
	defer func() {
		stop()
		watch.Wait()
		// What was not served to the very end.
		for _, gap := range gaps.take() {
			if e.State().Request.ID == "" {
				continue
			}
			if err := e.Write(gap); err != nil {
				a.log.Warn(err)
			}
		}
	}()
	if err := j.start(ctx, e); err != nil {
		if st := e.State(); st.Request.ID == "" || st.Phase == run.EndedPhase {
			// There is no run, or none any more: nothing holds the cluster.
			return rollout.Ended, err
		}
		return rollout.Stopped, err
	}
	outcome, err := e.Go(ctx)
	st := e.State()
	if failed := st.CommandFailed(); outcome == rollout.Ended && err == nil && st.Direction != run.Undo && len(failed) > 0 {
		err = &commandFailed{failed}
	}
	return outcome, err
}

// commandFailed is the end of a run that went on after the command failed on hosts.
type commandFailed struct{ hosts []string }

func (c *commandFailed) Error() string {
	return "the command failed on " + strings.Join(c.hosts, ", ") + "; these hosts are back in service"
}

// verdict makes an exit code and a hint of how a run ended.
func (a *app) verdict(j job, outcome rollout.Outcome, err error) error {
	var refused *rollout.Refused
	var stop *rollout.Stop
	var failed *commandFailed
	var coded *Error
	switch {
	case errors.As(err, &failed):
		return &Error{Code: CommandFailed, Err: err, Hint: "umm output on " + failed.hosts[0] + " shows what it printed; policy.on_command_failure says to go on"}
	case errors.As(err, &refused):
		if j.format != "json" {
			_ = a.printVerdicts(refused.Bad)
		}
		return &Error{Code: Gated, Err: err, Hint: hintOfRefused(refused)}
	case errors.As(err, &stop) && outcome == rollout.Ended:
		return &Error{Code: Refused, Err: err, Hint: stop.Hint}
	case errors.As(err, &stop):
		return &Error{Code: CannotDo, Err: err, Hint: stop.Hint}
	case errors.As(err, &coded):
		return err
	case err != nil && outcome == rollout.Ended:
		return &Error{Code: CannotDo, Err: err, Hint: hintOf(err)} // there is no run
	case err != nil:
		return &Error{Code: CannotDo, Err: err, Hint: "umm-cluster resume " + j.request.ID + " goes on once the cause is gone"}
	case outcome == rollout.Paused:
		return errHeld
	}
	return nil
}

// errHeld ends a command whose run waits for the operator; what for was told.
var errHeld = errors.New("held")

// sinks are those who are told of a run: the terminal, a log file, the notified.
func (a *app) sinks(j job) (report.Multi, func(), error) {
	if err := os.MkdirAll(j.site.runs.Path, 0o700); err != nil {
		return nil, nil, fmt.Errorf("cannot keep what happens: %w", err)
	}
	log, err := report.OpenLog(filepath.Join(j.site.runs.Path, j.request.ID+".log"), "text")
	if err != nil {
		return nil, nil, err
	}
	notifier := report.NewNotifier(hooksOf(j.site.conf), execx.Local{Env: execx.Inherited()}, report.NewHTTP(), func(text string) { a.log.Warn(text) })
	log.Hide(commandsOf(j.site.conf))
	notifier.Hide(commandsOf(j.site.conf))
	m := report.Multi{log, notifier}
	if len(j.site.conf.Silences) > 0 {
		m = append(m, silence.NewKeeper(a.silenced(j.site), func(text string) { a.log.Warn(text) }))
	}
	m = append(m, a.shown(j.site, j.request, j.format))
	return m, func() {
		if err := m.Close(); err != nil {
			a.log.Warn(err)
		}
	}, nil
}

// silenced are the monitoring systems in which hosts are silenced.
func (a *app) silenced(s *site) []silence.Target {
	var targets []silence.Target
	for i, t := range s.conf.Silences {
		targets = append(targets, silence.Alertmanager{
			Place: fmt.Sprintf("silences[%d]", i), URL: t.Alertmanager.Reveal(), Matchers: t.Parsed(),
			Address: func(host string) string { return cmp.Or(s.machines[host].Address, host) }, Client: report.NewHTTP().Client,
		})
	}
	return targets
}

// shown is what shows a run to who called.
func (a *app) shown(s *site, r run.Request, format string) report.Sink {
	switch out, terminal := a.stdout.(*os.File); {
	case format == "json":
		return &report.JSON{Out: a.stdout}
	case terminal && show.Terminal(out):
		return report.Live(out, a.getenv, time.Now, report.EstimateFrom(a.ownRuns(s), r))
	}
	return &report.Lines{Out: a.stdout}
}

// commandsOf are the commands of the configuration.
func commandsOf(conf config.Config) [][]string {
	var all [][]string
	for _, c := range conf.Checks {
		all = append(all, c.Check, c.Drain, c.Undrain)
	}
	for _, p := range conf.Probes {
		all = append(all, p.Command)
	}
	for _, n := range conf.Notify {
		all = append(all, n.Command)
	}
	return all
}

// pastRuns are all runs that can be read; it warns of those that cannot.
func (a *app) pastRuns(s *site) []run.State {
	ids, err := s.runs.Runs()
	if err != nil {
		a.log.Warn(err)
	}
	var states []run.State
	for _, id := range ids {
		entries, err := s.runs.Read(id)
		if err == nil && len(entries) == 0 {
			continue // it was killed before it began
		}
		var state run.State
		if err == nil {
			state, err = run.Fold(entries)
		}
		if err != nil {
			a.log.Warnf("the run %s is left out: %v", id, err)
			continue
		}
		states = append(states, state)
	}
	return states
}

// ownRuns are those of this cluster, as far as that can be told without asking it.
func (a *app) ownRuns(s *site) []run.State {
	return slices.DeleteFunc(a.pastRuns(s), func(st run.State) bool { return st.Request.Elsewhere(s.here()) != "" })
}

func probesOf(s *site) []probe.Probe {
	var all []probe.Probe
	for _, p := range s.conf.Probes {
		try := probe.TCP(p.TCP)
		if p.TCP == "" {
			try = probe.Command(execx.Local{Env: execx.Inherited()}, p.Command)
		}
		all = append(all, probe.Probe{Name: p.Name, Every: p.Every, Limit: p.Timeout, Try: try})
	}
	return all
}

// probed are the names of the probes, and of those that only connect.
func (s *site) probed() (names, connects []string) {
	for _, p := range s.conf.Probes {
		names = append(names, p.Name)
		if p.TCP != "" {
			connects = append(connects, p.Name)
		}
	}
	return names, connects
}

// gaps holds what the probes tell until the run writes it down.
type gaps struct {
	lock    sync.Mutex
	entries []run.Entry
}

func (g *gaps) add(gap probe.Gap) {
	g.lock.Lock()
	defer g.lock.Unlock()
	g.entries = append(g.entries, run.Entry{Kind: run.Gap, Text: gap.Probe, Took: gap.Took})
}

func (g *gaps) take() []run.Entry {
	g.lock.Lock()
	defer g.lock.Unlock()
	taken := g.entries
	g.entries = nil
	return taken
}

// lazyJournal makes the file of a new run with its first entry: a run that was
// refused leaves nothing behind.
type lazyJournal struct {
	dir  journal.Dir
	id   string
	file *journal.File
}

func (l *lazyJournal) open() (err error) {
	l.file, _, err = l.dir.Open(l.id)
	return err
}

// Append implements rollout.Journal.
func (l *lazyJournal) Append(e run.Entry) (run.Entry, error) {
	if l.file == nil {
		var err error
		if l.file, err = l.dir.Create(l.id); err != nil {
			return e, err
		}
	}
	return l.file.Append(e)
}

// Close implements io.Closer.
func (l *lazyJournal) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

var _ io.Closer = (*lazyJournal)(nil)
