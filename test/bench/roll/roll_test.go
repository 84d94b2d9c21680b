// Package roll takes a thousand simulated hosts through maintenance mode with the
// engine, the journal and the reports that umm-cluster uses, and measures what these
// cost. The hosts take their time by a clock that goes on whenever nobody has
// anything to do: what passes on the real clock is umm-cluster's.
//
// `make bench` runs it with UMM_BENCH_ROLL naming the file for the figures; as a unit
// test it rolls fewer hosts and looks at what does not depend on the machine.
package roll

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"umm/internal/cluster/journal"
	"umm/internal/cluster/report"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
)

// figures is what was measured. Times are in seconds.
type figures struct {
	Hosts int `json:"hosts"`
	// Plan is how long planning took, Busy the real time of the whole run and CPU its
	// processor time.
	Plan, Busy, CPU float64
	// Took is how long the run was by the hosts' clock, Own what the hosts took of it,
	// Samples what the operator wants the cluster to be watched for.
	Took, Own, Samples float64
	// RSS is the largest resident set in bytes; Journal and Log are files.
	RSS, Journal, Log int64
	// Asked is how much the hosts were asked.
	Asked int
}

func request(s *sim) run.Request {
	return run.Request{ID: "20261123-092114-3f2a", Verb: run.Roll, By: "bench", Master: "master", Hosts: s.names,
		Command: []string{"apt-get", "-y", "dist-upgrade"}, Members: s.members()}
}

// roll rolls n hosts with what umm-cluster has when it is not on a terminal.
func roll(t *testing.T, n int) (f figures) {
	dir := t.TempDir()
	r := request(newSim(n))
	synctest.Test(t, func(t *testing.T) {
		s := newSim(n)
		limits := usual()
		f.Hosts, f.Own = n, float64(n)*hostTakes.Seconds()
		f.Samples = float64(n) * (time.Duration(limits.Samples-1) * limits.Interval).Seconds()
		sight := s.cluster().Observe(t.Context(), limits)
		before := clock()
		if turns := rollout.Plan(r, sight, limits); len(turns) != n {
			t.Fatalf("the plan has %d hosts", len(turns))
		}
		f.Plan = clock() - before
		file, err := journal.Dir{Path: dir}.Create(r.ID)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		log, err := report.OpenLog(filepath.Join(dir, "log"), "text")
		if err != nil {
			t.Fatal(err)
		}
		sinks := report.Multi{log, &report.Lines{Out: io.Discard}}
		e := &rollout.Engine{Cluster: s.cluster(), Journal: file, Emit: sinks.Emit, Limits: limits, Now: time.Now}
		began, busy, used := time.Now(), clock(), cpu()
		if err := e.Begin(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		outcome, err := e.Go(t.Context())
		f.Took, f.Busy, f.CPU = time.Since(began).Seconds(), clock()-busy, cpu()-used
		if err != nil || outcome != rollout.Ended {
			t.Fatalf("it came to %s: %v", outcome, err)
		}
		if err := sinks.Close(); err != nil {
			t.Fatal(err)
		}
		f.Asked = s.asked
	})
	f.RSS, f.Log, f.Journal = rss(), size(t, filepath.Join(dir, "log")), size(t, filepath.Join(dir, r.ID+".journal"))
	return f
}

// A run's journal, its log and its memory must not grow with the square of its hosts.
func TestRoll(t *testing.T) {
	if path := os.Getenv("UMM_BENCH_ROLL"); path != "" {
		data, err := json.Marshal(roll(t, 1000))
		if err == nil {
			err = os.WriteFile(path, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	few, many := roll(t, 30), roll(t, 60)
	t.Logf("%+v\n%+v", few, many)
	for what, grew := range map[string]float64{
		"the journal": float64(many.Journal) / float64(few.Journal),
		"the log":     float64(many.Log) / float64(few.Log),
	} {
		if grew > 2.5 {
			t.Errorf("%s grows %.1f times with twice the hosts", what, grew)
		}
	}
}

// usual are the limits of a configuration that says nothing: umm-cluster.yaml(5).
func usual() rollout.Limits {
	l := rollout.DefaultLimits()
	l.Samples, l.Interval, l.Gate = 3, time.Second, 30*time.Minute
	l.Enter, l.Leave, l.Settle, l.Drain = 15*time.Minute, 15*time.Minute, 30*time.Minute, 10*time.Minute
	l.Ask = 15 * time.Second
	return l
}

// A plan of a thousand hosts is made of little memory, and so in little time.
func TestPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(1000)
		limits := usual()
		sight := s.cluster().Observe(t.Context(), limits)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		turns := rollout.Plan(request(s), sight, limits)
		runtime.ReadMemStats(&after)
		if n := after.Mallocs - before.Mallocs; len(turns) != 1000 || n > 100_000 {
			t.Errorf("%d hosts are planned with %d allocations", len(turns), n)
		}
	})
}

// clock is the real time in seconds, whatever the test's own clock says.
func clock() float64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		panic(err)
	}
	return float64(ts.Sec) + float64(ts.Nsec)/1e9
}

func usage() unix.Rusage {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return u
}

func cpu() float64 {
	u := usage()
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func rss() int64 { return usage().Maxrss << 10 }

func size(t *testing.T, path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
