package site

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/exit"
	"umm/internal/cluster/lock"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// BringBack brings back what a run has out, or the hosts that are found in
// maintenance mode where there is no run.
func (s *Site) BringBack(ctx context.Context, id string, verb run.Verb) error {
	if id == "" {
		return s.bringBackFound(ctx, verb)
	}
	past, state, err := s.takeUp(ctx, id)
	if err != nil {
		return err
	}
	if err := s.idle(ctx, entered(state), s.Accepted); err != nil {
		return err
	}
	return s.drive(ctx, job{request: state.Request, past: past, cold: verb == run.Up, accepted: s.Accepted,
		start: func(ctx context.Context, e *rollout.Engine) error {
			if state.Direction != run.Forward {
				return e.Resume(ctx, s.By+" on "+s.Master)
			}
			starts, err := s.coldStart(ctx)
			if err != nil {
				return &rollout.Stop{Err: err, Hint: fmt.Sprintf("umm-cluster up %s tries again once the cause is fixed", id)}
			}
			return e.Return(ctx, s.By+" on "+s.Master, starts, nil)
		}})
}

// bringBackFound brings back hosts that are in maintenance mode without a run, the
// one that went last first, and starts what does not run after a blackout.
func (s *Site) bringBackFound(ctx context.Context, verb run.Verb) error {
	if err := s.detect(ctx); err != nil {
		return err
	}
	seen := s.Cluster.Observe(ctx, s.Limits)
	if other := marked(seen); other != nil {
		return &exit.Error{Code: exit.Refused, Err: &lock.HeldError{Claim: *other, Where: "the guards of hosts"},
			Hint: s.hintOfHeld(&lock.HeldError{Claim: *other}) + "; where its master is gone for good: umm-cluster unlock --accept-risk=" + RiskBreakLock + " --reason=TEXT, then this again"}
	}
	extra := inMaintenance(seen, s.Taken)
	if err := s.idle(ctx, extra, s.Accepted); err != nil {
		return err
	}
	r := run.Request{ID: newID(time.Now()), Verb: verb, Hosts: s.Cluster.Hosts, Members: s.Cluster.Members, Addresses: s.addresses, Risks: s.Accepted, Reason: "found so"}
	r.By, r.Master = s.By, s.Master
	r.Probes, r.Connects = s.probed()
	r.Machines, r.IDs = s.here().Machines, s.ids
	return s.drive(ctx, job{request: r, cold: true,
		start: func(ctx context.Context, e *rollout.Engine) error {
			starts, err := s.coldStart(ctx)
			if err != nil {
				return err
			}
			abandoned, err := s.abandoned(ctx)
			if err != nil {
				return err
			}
			extra := withChanges(extra, abandoned)
			if len(extra) == 0 && len(starts) == 0 {
				return &exit.Error{Code: exit.Refused, Err: errors.New(nothingOut(verb, s.Taken)), Hint: "umm-cluster status"}
			}
			return e.BeginReturn(ctx, r, starts, extra)
		}})
}

// withChanges are hosts that are out: in maintenance mode, or by changes that nobody undid.
func withChanges(in []string, open []service.Change) []run.Turn {
	var out []run.Turn
	for _, host := range in {
		out = append(out, run.Turn{Host: host, Entered: true})
	}
	for _, c := range open {
		at := slices.IndexFunc(out, func(s run.Turn) bool { return s.Host == c.Target })
		if at < 0 {
			out, at = append(out, run.Turn{Host: c.Target}), len(out)
		}
		out[at].Open = append(out[at].Open, c)
	}
	return out
}

// nothingOut says that there is nothing to bring back.
func nothingOut(verb run.Verb, taken []string) string {
	if verb == run.Off {
		return strings.Join(taken, ", ") + " is not in maintenance mode"
	}
	return "nothing is in maintenance mode, and nothing has to be started"
}

// inMaintenance are the hosts in maintenance mode, the one that went first first.
func inMaintenance(seen rollout.Observation, taken []string) []string {
	var in []rollout.HostStatus
	for _, h := range seen.Hosts {
		if h.Err == nil && h.Status.Mode == api.ModeMaintenance && slices.Contains(taken, h.Host) {
			in = append(in, h)
		}
	}
	slices.SortStableFunc(in, func(x, y rollout.HostStatus) int {
		if x.Status.Since == nil || y.Status.Since == nil {
			return 0
		}
		return x.Status.Since.Compare(*y.Status.Since)
	})
	var hosts []string
	for _, h := range in {
		hosts = append(hosts, h.Host)
	}
	return hosts
}
