package rollout

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"umm/internal/api"
	"umm/internal/cluster/run"
)

// enter has a host go into maintenance mode, and wants to see that it did: another
// boot ID, and the mode, by this run.
func (e *Engine) enter(ctx context.Context, st run.Step) (run.Entry, error) {
	before := e.state.Current().Boot
	asked := false
	var last error
	var entry run.Entry
	err := e.poll(ctx, st, e.Limits.Poll, func(ctx context.Context) (Word, string) {
		h := e.sightOf(ctx, st.Host)
		word, text := Entering(h, e.state.Request.ID, before, asked)
		switch {
		case word == There:
			entry.Text, entry.Boot = text, h.Status.BootID
		case word == Ask && e.Cluster.Node.Refused(last):
			return Fail, last.Error()
		case word == Ask:
			// Where it is not known what became of it, it is asked again, which does no
			// harm.
			last = e.Cluster.Node.On(ctx, st.Host, e.state.Request)
			asked = last == nil
			return Wait, "umm on was asked for"
		case word == Wait && h.Err != nil:
			return Gone, text
		}
		return word, text
	})
	if err == nil {
		// For whoever logs in there: the mark went with the reboot.
		err = e.Cluster.Guard.Set(ctx, st.Host, e.state.Request)
	}
	return entry, err
}

// command waits for the command to end and wants it to have succeeded, or to have
// failed where the run goes on after that.
func (e *Engine) command(ctx context.Context, st run.Step) (run.Entry, error) {
	var entry run.Entry
	err := e.poll(ctx, st, e.Limits.Poll, func(ctx context.Context) (Word, string) {
		word, text := CommandResult(e.sightOf(ctx, st.Host), e.state.Request.ID)
		if word == Miss {
			if !e.state.Request.Options.ContinueOnFailure {
				return Fail, text
			}
			entry.Kind, word = run.PassedOver, There
		}
		if word == There {
			entry.Text = text
		}
		return word, text
	})
	return entry, err
}

// leave has a host leave maintenance mode and wants to see it operational. Then the
// mark of the run, which went with the reboot, is set again.
func (e *Engine) leave(ctx context.Context, st run.Step) (run.Entry, error) {
	if e.state.Direction == run.Undo {
		// An umm on of this run that is still on its way is refused from here on.
		_ = e.Cluster.Guard.Clear(ctx, st.Host, e.state.Request.ID)
	}
	asked := false
	var last error
	// before is the host as it was asked.
	var before, after api.Status
	err := e.poll(ctx, st, e.Limits.Poll, func(ctx context.Context) (Word, string) {
		h := e.sightOf(ctx, st.Host)
		anyway := AcceptedRisk(e.state.Request.Risks, api.RiskCommandRunning)
		word, text := Leaving(h, asked, anyway)
		switch {
		case word == Ask && e.Cluster.Node.Refused(last):
			return Fail, last.Error()
		case word == Ask:
			before = h.Status
			last = e.Cluster.Node.Off(ctx, st.Host, run.OffOptions{LeaveCommandRunning: anyway && CommandRunning(h.Status), Reboot: reboots(st.Leave, h.Status)})
			asked = last == nil
			return Wait, "umm off was asked for"
		case word == Wait && h.Err != nil:
			return Gone, text
		}
		after = h.Status
		return word, text
	})
	if err == nil && e.state.Direction != run.Undo {
		err = e.Cluster.Guard.Set(ctx, st.Host, e.state.Request)
	}
	if err != nil {
		return run.Entry{}, err
	}
	return run.Entry{Text: Left(st.Leave, before, after)}, nil
}

// sightOf looks at one host.
func (e *Engine) sightOf(ctx context.Context, host string) HostStatus {
	ctx, cancel := context.WithTimeout(ctx, e.Limits.Ask)
	defer cancel()
	status, err := e.Cluster.Node.Status(ctx, host)
	if lasting(err) {
		e.untrusted = err
	}
	return HostStatus{Host: host, Status: status, Err: err}
}

// SetGuards marks every host of the cluster with the run, all or none.
func (e *Engine) SetGuards(ctx context.Context, except ...string) error {
	return first(e.onHosts(except, func(host string) error {
		return e.Cluster.Guard.Set(ctx, host, e.state.Request)
	}))
}

func (e *Engine) unguard(ctx context.Context) map[string]error {
	return e.onHosts(nil, func(host string) error {
		return e.Cluster.Guard.Clear(context.WithoutCancel(ctx), host, e.state.Request.ID)
	})
}

// onHosts does something on every host at once, but on those in except.
func (e *Engine) onHosts(except []string, do func(host string) error) map[string]error {
	failed := map[string]error{}
	var lock sync.Mutex
	var work sync.WaitGroup
	for _, host := range e.Cluster.Hosts {
		if slices.Contains(except, host) {
			continue
		}
		work.Go(func() {
			if err := do(host); err != nil {
				lock.Lock()
				defer lock.Unlock()
				failed[host] = err
			}
		})
	}
	work.Wait()
	return failed
}

// first is one error of several, that of the first host by name.
func first(failed map[string]error) error {
	for _, host := range slices.Sorted(maps.Keys(failed)) {
		return fmt.Errorf("%s: %w", host, failed[host])
	}
	return nil
}
