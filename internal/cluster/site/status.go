package site

import (
	"cmp"
	"context"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/report"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// Status is how the cluster stands.
type Status struct {
	Doc api.ClusterStatus
	// Standing says how the run stands that has it; empty where none has.
	Standing string
	// LookedFor says what was looked for where no service was found; else it is empty.
	LookedFor string
}

// Status asks the whole cluster once; again: it will be asked again.
func (s *Site) Status(ctx context.Context, again bool) (Status, error) {
	seen, err := s.observe(ctx, again, "")
	if err != nil {
		return Status{}, err
	}
	own, _ := s.own(ctx)
	return Status{Doc: statusDoc(seen, s.Cluster.Members, own), Standing: cmp.Or(s.standing(ctx), elsewhere(seen)), LookedFor: s.LookedFor()}, nil
}

// Check asks the whole cluster once: the verdicts on its health and, where a host is named, on
// whether that may leave.
func (s *Site) Check(ctx context.Context, without string) ([]service.Verdict, error) {
	seen, err := s.observe(ctx, false, without)
	if err != nil {
		return nil, err
	}
	own, _ := s.own(ctx)
	return checks(seen, own, without), nil
}

// statusDoc is what was seen as a document.
func statusDoc(seen rollout.Observation, members map[string][]string, own run.State) api.ClusterStatus {
	doc := api.ClusterStatus{Version: api.ClusterStatusVersion, At: time.Now().UTC(), OK: true}
	if r := own.Request; r.ID != "" {
		doc.Run = &api.Guard{Run: r.ID, By: r.By, Master: r.Master, Reason: r.Reason, Since: &own.Started}
	} else if c := marked(seen); c != nil {
		doc.Run = &api.Guard{Run: c.Run, By: c.By, Master: c.Master, Reason: c.Reason}
		if !c.At.IsZero() {
			doc.Run.Since = &c.At
		}
	}
	for _, h := range seen.Hosts {
		m := api.ClusterMember{Name: h.Host, Reachable: h.Err == nil}
		if h.Err != nil {
			m.Error = h.Err.Error()
		} else {
			st := h.Status
			m.Status = &st
		}
		doc.OK = doc.OK && h.Err == nil && (h.Status.Mode == api.ModeOperational || h.Status.Mode == api.ModeDisabled)
		doc.Hosts = append(doc.Hosts, m)
	}
	for _, v := range seen.Views {
		vs := seen.ServiceDuring(v, own)
		doc.OK = doc.OK && service.Good(vs)
		doc.Services = append(doc.Services, api.ClusterHealth{Name: v.Name, Members: members[v.Name], State: string(service.Worst(vs)),
			Verdicts: report.ChecksDoc(vs).Verdicts})
	}
	return doc
}

// checks are the health checks of the cluster, and those of a host's leaving if one is named. own
// is the run of this master that has the cluster.
func checks(seen rollout.Observation, own run.State, without string) []service.Verdict {
	vs := seen.HealthDuring(own)
	if other := marked(seen); other != nil && own.Request.ID == "" {
		vs = append(vs, rollout.OtherRun(other.String()))
	}
	if without != "" {
		vs = append(vs, seen.Leaving(without)...)
	}
	return vs
}
