package site

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/config"
	"umm/internal/cluster/journal"
	"umm/internal/cluster/report"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// status knows the run of its own master, and asks its members.
func TestStatusKnowsItsRun(t *testing.T) {
	s := killed(t, run.Requested, run.Stopped)
	st, ok := s.own(t.Context())
	if doc := statusDoc(rollout.Observation{}, nil, st); !ok || doc.Run == nil || doc.Run.Run != lastRun {
		t.Errorf("%v, %+v", ok, doc)
	}
	s = killed(t, run.Requested, run.Ended)
	if st, ok := s.own(t.Context()); ok || statusDoc(rollout.Observation{}, nil, st).Run != nil {
		t.Error("a run that is over has nothing")
	}
}

// drained is a service of which a host is said to be drained by somebody, unless it is out.
type drained struct{ service.View }

func (drained) Health(out []string) []service.Verdict {
	if slices.Contains(out, "n1") {
		return nil
	}
	return []service.Verdict{{Service: "db", Name: "drained", Host: "n1", State: service.Stop, Reason: "n1 is being drained, set by hand"}}
}

// What a run did itself is told as its own, by status and by check.
func TestWhatARunDidIsItsOwn(t *testing.T) {
	seen := rollout.Observation{Views: []rollout.NamedView{{Name: "db", View: drained{}}}}
	own := run.State{Request: run.Request{ID: lastRun}, Hosts: []run.Turn{{Host: "n1", Open: []service.Change{{Service: "db", Target: "n1", Title: "drain n1"}}}}}
	want := "run " + lastRun + " has in force: drain n1"
	if doc := statusDoc(seen, nil, own); len(doc.Services[0].Verdicts) != 1 || doc.Services[0].Verdicts[0].Reason != want {
		t.Errorf("status says %+v", doc.Services)
	}
	if vs := checks(seen, own, ""); len(vs) != 1 || vs[0].Reason != want {
		t.Errorf("check says %+v", vs)
	}
}

// A run of another master is known by the marks on the hosts: check and status tell it.
func TestARunOfAnotherMaster(t *testing.T) {
	at := time.Now()
	seen := rollout.Observation{Hosts: []rollout.HostStatus{{Host: "n1", Status: api.Status{Mode: api.ModeOperational, Enabled: true,
		Guard: &api.Guard{Run: lastRun, By: "alice", Master: "fuel2", Since: &at}}}}}
	vs := checks(seen, run.State{}, "n1")
	if text := report.Verdicts(vs); !strings.Contains(text, "run "+lastRun+", by alice on fuel2") || service.Worst(vs) != service.Wait {
		t.Errorf("check says %s", text)
	}
	if doc := statusDoc(seen, nil, run.State{}); doc.Run == nil || doc.Run.Run != lastRun || doc.Run.Master != "fuel2" || !doc.Run.Since.Equal(at) {
		t.Errorf("status says %+v", doc.Run)
	}
	if text := elsewhere(seen); !strings.Contains(text, "run "+lastRun+", by alice on fuel2") {
		t.Errorf("status says %q", text)
	}
	// Its own master tells it as its own.
	own := run.State{Request: run.Request{ID: lastRun}, Hosts: []run.Turn{{Host: "n1", Entered: true}}}
	seen.Hosts[0].Status.Mode = api.ModeMaintenance
	if vs := checks(seen, own, ""); len(vs) != 1 || vs[0].Reason != "n1 is out of service by run "+lastRun {
		t.Errorf("check says %+v", vs)
	}
	if vs := checks(rollout.Observation{}, run.State{}, ""); len(vs) != 0 || elsewhere(rollout.Observation{}) != "" {
		t.Errorf("without a run check says %+v", vs)
	}
}

// A host that is away shows none of its services: the run knows which it has, and they are asked
// after as those of a member.
func TestTheMembersOfARunStayMembers(t *testing.T) {
	s, servers := reachable(t, 2)
	dir := t.TempDir()
	s.Conf, s.Runs = config.Config{StateDir: dir, Lock: config.Lock{Engine: "none"}}, journal.Dir{Path: filepath.Join(dir, "runs")}
	stopped(t, s, lastRun, func(r *run.Request) { r.Members = map[string][]string{config.HAProxy: {"n1", "n2"}} })
	servers[1].Down()
	if _, err := s.observe(t.Context(), false, ""); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(s.Cluster.Members); got != "map[haproxy:[n1 n2]]" {
		t.Errorf("the members are %s", got)
	}
}
