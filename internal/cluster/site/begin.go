package site

import (
	"context"
	"time"

	"umm/internal/cluster/config"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
)

// Begin begins a new run on the hosts taken, with these risks accepted for that reason.
func (s *Site) Begin(ctx context.Context, r run.Request, accepted []run.Risk, reason string) error {
	if err := s.ofChecks(accepted); err != nil {
		return err
	}
	if err := s.begun(ctx); err != nil {
		return err
	}
	if err := s.onlyNeeded(ctx); err != nil {
		return err
	}
	if err := s.detect(ctx); err != nil {
		return err
	}
	s.warnOfNothing()
	if err := s.apart(ctx); err != nil {
		return err
	}
	var err error
	if r.Verb == run.Roll {
		if r.Options.Until, err = s.until(s.Until, time.Now()); err != nil {
			return err
		}
	}
	if err := s.fits(r, time.Now()); err != nil {
		return err
	}
	if s.Display.Confirm != nil {
		if err := s.Display.Confirm(ctx, r, s.Taken); err != nil {
			return err
		}
	}
	if r.Verb == run.Roll && s.Prepare != "" {
		if err := s.prepareHosts(ctx, s.Prepare); err != nil {
			return err
		}
	}
	r.ID, r.Hosts, r.Members, r.Risks, r.Reason = newID(time.Now()), s.Taken, s.Cluster.Members, accepted, reason
	r.Addresses = s.addresses
	r.By, r.Master = s.By, s.Master
	r.Options.ContinueOnFailure = goesOn(r.Verb, s.Conf)
	r.Probes, r.Connects = s.probed()
	r.Machines, r.IDs = s.here().Machines, s.ids
	return s.drive(ctx, job{request: r,
		start: func(ctx context.Context, e *rollout.Engine) error { return e.Begin(ctx, r) }})
}

// goesOn tells whether a run goes on after a command that failed: where hosts are
// brought back anyway.
func goesOn(verb run.Verb, conf config.Config) bool {
	return verb == run.Roll && conf.Policy.OnCommandFailure == "continue"
}

// warnOfNothing tells what was looked for where no service was found.
func (s *Site) warnOfNothing() {
	if text := s.LookedFor(); text != "" {
		s.warn(text)
	}
}

// Plan is what a roll would do, host by host. What would keep it from that is warned of.
func (s *Site) Plan(ctx context.Context, r run.Request) (run.Request, []run.Planned, error) {
	if err := s.onlyNeeded(ctx); err != nil {
		return r, nil, err
	}
	if err := s.detect(ctx); err != nil {
		return r, nil, err
	}
	s.warnOfNothing()
	var err error
	if r.Options.Until, err = s.until(s.Until, time.Now()); err != nil {
		s.warn(err) // the plan is wanted by day
	}
	r.Hosts, r.Members, r.By, r.Master = s.Taken, s.Cluster.Members, s.By, s.Master
	r.Options.ContinueOnFailure = goesOn(r.Verb, s.Conf)
	seen := s.Cluster.Observe(ctx, s.Limits)
	if unread := rollout.Unknowns(seen, run.State{Request: r}); len(unread) > 0 {
		s.warn("roll would take no host now, and the steps may be others then: " + reasons(unread))
	}
	if never := seen.NeverLeaving(r); len(never) > 0 {
		s.warn("roll would not begin: " + reasons(never))
	}
	var turns []run.Planned
	for _, turn := range rollout.Plan(r, seen, s.Limits) {
		turns = append(turns, run.Planned{Host: turn.Host, Why: turn.Why, Steps: turn.Steps})
	}
	return r, turns, nil
}
