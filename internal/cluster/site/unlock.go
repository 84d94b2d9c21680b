package site

import (
	"context"
	"errors"
	"fmt"
	"time"

	"umm/internal/cluster/lock"
	"umm/internal/cluster/run"
)

// RiskBreakLock is the risk of taking the cluster away from a run.
const RiskBreakLock = "break-lock"

// Owner is the run that has the cluster, as far as it can be told.
type Owner struct {
	// Claim is nil where no run has it.
	Claim *lock.Claim
	// Working: its process is running on this master.
	Working bool
	// Err is why that is not certain: what is in the way on the master apart from what
	// is on the cluster.
	Err, engineErr error
}

// Owner finds out which run has the cluster: by the lock, or by the guards of the hosts.
func (s *Site) Owner(ctx context.Context) Owner {
	if err := s.detect(ctx); err != nil {
		s.warn(err)
	}
	st := s.keeper().Holder(ctx)
	o := Owner{Claim: st.OnMaster, Working: st.Working, Err: errors.Join(st.MasterErr, st.EngineErr), engineErr: st.EngineErr}
	if st.OnEngine != nil {
		o.Claim = st.OnEngine
	}
	if o.Claim == nil {
		bare := s.Cluster
		bare.Services = nil
		o.Claim = marked(bare.Observe(ctx, s.Limits))
	}
	if o.Err != nil {
		o.Err = fmt.Errorf("cannot tell for certain which run holds the cluster lock%s: %w", asMarked(o.Claim), o.Err)
	}
	return o
}

// Break takes the cluster away from its owner, here, on the cluster and on its hosts; the history
// keeps that.
func (s *Site) Break(ctx context.Context, o Owner, risks []run.Risk, reason string) error {
	claim := *o.Claim
	if err := s.record(claim, risks, reason); err != nil {
		return err
	}
	broken := s.keeper().Break(ctx, lock.Claim{Run: claim.Run, By: claim.By, Master: claim.Master, Reason: claim.Reason, At: claim.At})
	if broken != nil && o.engineErr == nil {
		return broken
	}
	if broken != nil {
		// As after down: Pacemaker is down with the hosts.
		s.warnf("%v; run unlock again once it answers", broken)
	}
	for _, host := range s.Cluster.Hosts {
		if err := s.Cluster.Guard.Clear(ctx, host, claim.Run); err != nil {
			s.warnf("%s keeps the guard of the run: %v", host, err)
		}
	}
	return nil
}

func asMarked(claim *lock.Claim) string {
	if claim == nil {
		return ""
	}
	return " (it looks like run " + claim.String() + ")"
}

// record keeps in the history that the cluster was taken away from a run.
func (s *Site) record(from lock.Claim, risks []run.Risk, reason string) error {
	r := run.Request{ID: newID(time.Now()), Verb: run.Unlock, Hosts: s.Cluster.Hosts, Members: s.Cluster.Members, Risks: risks, Reason: reason}
	r.By, r.Master = s.By, s.Master
	file := &lazyJournal{dir: s.Runs, id: r.ID}
	for _, e := range []run.Entry{
		{Kind: run.Requested, Request: &r},
		{Kind: run.Warned, Text: "the cluster lock was broken; it was held by run " + from.String()},
		{Kind: run.Ended, Text: "done"},
	} {
		e.Run, e.At = r.ID, time.Now()
		if _, err := file.Append(e); err != nil {
			return err
		}
	}
	return file.Close()
}
