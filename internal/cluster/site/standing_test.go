package site

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/config"
	"umm/internal/cluster/exit"
	"umm/internal/cluster/journal"
	"umm/internal/cluster/lock"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

const lastRun = "20261123-092114-3f2a"

// killed is a master on which the run was killed after its journal said so much,
// before it gave the cluster back.
func killed(t *testing.T, kinds ...run.Kind) *Site {
	t.Helper()
	dir := t.TempDir()
	s := &Site{Conf: config.Config{StateDir: dir, Lock: config.Lock{Engine: "none"}}, Runs: journal.Dir{Path: filepath.Join(dir, "runs")}}
	file, err := s.Runs.Create(lastRun)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		e := run.Entry{Kind: k, Run: lastRun, At: time.Now()}
		if k == run.Requested {
			e.Request = &run.Request{ID: lastRun, Verb: run.Roll, Hosts: []string{"n1"}}
		}
		if _, err := file.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	_, l, err := s.keeper().Acquire(t.Context(), lock.Claim{Run: lastRun})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Detach(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAcquireAfterARunThatIsOver(t *testing.T) {
	s := killed(t, run.Requested, run.Ended)
	_, l, err := s.acquire(t.Context(), job{}, lock.Claim{Run: "20261124-000000-0000"})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Release(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestAcquireAfterARunThatIsNotOver(t *testing.T) {
	s := killed(t, run.Requested, run.Stopped)
	for _, cold := range []bool{false, true} {
		_, _, err := s.acquire(t.Context(), job{cold: cold}, lock.Claim{Run: "20261124-000000-0000"})
		held := heldBy(err)
		if held == nil || held.Claim.Run != lastRun {
			t.Fatalf("got %v", err)
		}
		if hint := s.hintOfHeld(held); !strings.Contains(hint, "umm-cluster resume "+lastRun) || !strings.Contains(hint, "umm-cluster abort "+lastRun) {
			t.Errorf("the hint is %q", hint)
		}
	}
}

// A run that was killed before its first entry did nothing: it keeps no other from the cluster,
// and nobody is told to resume it.
func TestAcquireAfterARunThatNeverBegan(t *testing.T) {
	for name, spoil := range map[string]func(s *Site) error{
		"its journal is empty": func(*Site) error { return nil },
		"it has no journal":    func(s *Site) error { return os.Remove(filepath.Join(s.Runs.Path, lastRun+".journal")) },
		"no run ever had one":  func(s *Site) error { return os.RemoveAll(s.Runs.Path) },
	} {
		t.Run(name, func(t *testing.T) {
			s := killed(t)
			if err := spoil(s); err != nil {
				t.Fatal(err)
			}
			if got := s.standing(t.Context()); got != "" {
				t.Errorf("it stands: %q", got)
			}
			if err := s.begun(t.Context()); err != nil {
				t.Errorf("a new run is refused: %v", err)
			}
			var coded *exit.Error
			if _, _, err := s.takeUp(t.Context(), lastRun); !errors.As(err, &coded) {
				t.Errorf("it is taken up: %v", err)
			}
			// While its process is running it has the cluster.
			_, at, err := s.keeper().Acquire(t.Context(), lock.Claim{Run: lastRun})
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := s.acquire(t.Context(), job{}, lock.Claim{Run: "20261124-000000-0000"}); heldBy(err) == nil {
				t.Errorf("the cluster is taken away from a run that is at work: %v", err)
			}
			if err := at.Detach(); err != nil {
				t.Fatal(err)
			}
			_, l, err := s.acquire(t.Context(), job{}, lock.Claim{Run: "20261124-000000-0000"})
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Release(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
}

// What another master's run is called is in no journal of this one, and that run has the cluster.
func TestARunOfAnotherMasterIsNotTakenForOneThatNeverBegan(t *testing.T) {
	s := killed(t, run.Requested)
	const other = "20261124-000000-0000"
	if s.neverBegan(other, s.keeperHere().Holder(t.Context())) || s.neverBegan(other, lock.Holder{OnEngine: &lock.Claim{Run: other}}) {
		t.Error("it is")
	}
}

func TestTakeUpARunThatIsOver(t *testing.T) {
	s := killed(t, run.Requested, run.Ended)
	if _, _, err := s.takeUp(t.Context(), lastRun); err == nil || !strings.Contains(err.Error(), "has ended") {
		t.Errorf("got %v", err)
	}
	if st := s.keeper().Holder(t.Context()); st.OnMaster != nil {
		t.Errorf("it still has the cluster: %v", st.OnMaster)
	}
}

func TestHintOfAnothersRun(t *testing.T) {
	s := killed(t, run.Requested)
	held := &lock.HeldError{Claim: lock.Claim{Run: "20261124-000000-0000", Master: "fuel"}}
	if hint := s.hintOfHeld(held); !strings.Contains(hint, "on fuel shows") || !strings.Contains(hint, "umm-cluster unlock") {
		t.Errorf("the hint is %q", hint)
	}
}

// Where the journal is damaged no command is offered that needs it.
func TestStandingOfADamagedJournal(t *testing.T) {
	s := killed(t, run.Requested, run.Stopped)
	path := filepath.Join(s.Runs.Path, lastRun+".journal")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append([]byte("torn\n"), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{s.standing(t.Context()), s.hintOfHeld(&lock.HeldError{Claim: lock.Claim{Run: lastRun, Master: "fuel"}})} {
		if strings.Contains(got, "resume") || strings.Contains(got, "abort") || strings.Contains(got, "umm-cluster show") || !strings.Contains(got, "unlock --accept-risk=break-lock") {
			t.Errorf("it says %q", got)
		}
	}
	if got := s.standing(t.Context()); !strings.Contains(got, "its journal cannot be read") {
		t.Errorf("it says %q", got)
	}
}

// What a host or an engine calls a run does not get into a command that is to be typed.
func TestHintOfWhatIsNoRun(t *testing.T) {
	s := killed(t, run.Requested)
	for _, held := range []*lock.HeldError{{Claim: lock.Claim{Run: "x; curl a | sh"}}, {Claim: lock.Claim{Run: "x; curl a | sh", Master: "fuel"}}} {
		if hint := s.hintOfHeld(held); strings.Contains(hint, "curl") {
			t.Errorf("the hint is %q", hint)
		}
	}
}

func TestUnlockIsOnRecord(t *testing.T) {
	s := killed(t, run.Requested)
	risks := []run.Risk{{Name: RiskBreakLock, Reason: "it burnt down"}}
	if err := s.record(lock.Claim{Run: lastRun, By: "alice"}, risks, "it burnt down"); err != nil {
		t.Fatal(err)
	}
	for _, st := range s.PastRuns() {
		if st.Request.Verb == run.Unlock {
			if st.Phase != run.EndedPhase || st.Request.Reason != "it burnt down" || len(st.Warnings) != 1 || !strings.Contains(st.Warnings[0].Text, lastRun+", by alice") {
				t.Errorf("got %+v", st)
			}
			return
		}
	}
	t.Error("the history does not have it")
}

func TestVerdictWhereThereIsNoRun(t *testing.T) {
	s, j := &Site{}, job{request: run.Request{ID: lastRun}}
	var coded *exit.Error
	if err := s.ending(j, rollout.Ended, errors.New("no space left on device")); !errors.As(err, &coded) || coded.Code != exit.CannotDo || coded.Hint != "" {
		t.Errorf("got %+v", err)
	}
	if err := s.ending(j, rollout.Stopped, errors.New("no space left on device")); !errors.As(err, &coded) || !strings.Contains(coded.Hint, "umm-cluster resume "+lastRun) {
		t.Errorf("got %+v", err)
	}
	if err := s.ending(j, rollout.Ended, &exit.Error{Code: exit.Refused, Err: errors.New("n2 is not in maintenance mode")}); !errors.As(err, &coded) || coded.Code != exit.Refused {
		t.Errorf("got %+v", err)
	}
}

func TestStanding(t *testing.T) {
	for _, c := range []struct {
		kinds []run.Kind
		want  string
	}{
		{[]run.Kind{run.Requested}, "was killed\n  umm-cluster resume " + lastRun},
		{[]run.Kind{run.Requested, run.Stopped}, "is stopped"},
		{[]run.Kind{run.Requested, run.Ended}, ""},
	} {
		s := killed(t, c.kinds...)
		if err := s.begun(t.Context()); (err == nil) != (c.want == "") {
			t.Errorf("after %v a new run is refused with %v", c.kinds, err)
		}
		if got := s.standing(t.Context()); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("after %v it is %q", c.kinds, got)
		}
	}
	if got := (&Site{Conf: config.Config{StateDir: t.TempDir()}}).standing(t.Context()); got != "" {
		t.Errorf("where nothing ever ran it is %q", got)
	}
}

func TestHintOfRefused(t *testing.T) {
	r := &rollout.Refused{Bad: []service.Verdict{{Name: "a"}}}
	if got := hintOfRefused(r); strings.Contains(got, "risk") {
		t.Errorf("got %q", got)
	}
	r.Bad = append(r.Bad, service.Verdict{Name: "b", Risk: "only-copy"}, service.Verdict{Name: "c", Risk: "only-copy"})
	if got := hintOfRefused(r); strings.Count(got, "--accept-risk=only-copy") != 1 {
		t.Errorf("got %q", got)
	}
}

func TestMarked(t *testing.T) {
	at := time.Now()
	seen := rollout.Observation{Hosts: []rollout.HostStatus{{Host: "n1"}, {Host: "n2", Status: api.Status{Guard: &api.Guard{Run: lastRun, Master: "fuel", Since: &at}}}}}
	if c := marked(seen); c == nil || c.Run != lastRun || c.Master != "fuel" || !c.At.Equal(at) {
		t.Errorf("got %v", c)
	}
	if c := marked(rollout.Observation{Hosts: seen.Hosts[:1]}); c != nil {
		t.Errorf("got %v", c)
	}
}

// What the services say that somebody did is told to be the run's.
func TestStandingTellsWhatIsTheRunsOwn(t *testing.T) {
	stay := run.Turn{Host: "n1", Entered: true, Open: []service.Change{{Title: "set n1 to standby in Pacemaker"}}}
	got := inForce(run.State{Hosts: []run.Turn{stay, {Host: "n2", Finished: true}}})
	if want := "\n  in force: set n1 to standby in Pacemaker; n1 in maintenance mode"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := inForce(run.State{}); got != "" {
		t.Errorf("nothing is in force: %q", got)
	}
}

// From another terminal it is seen what a run is at.
func TestStepOfARun(t *testing.T) {
	st := run.State{Hosts: []run.Turn{{Host: "n2", Next: 1, Steps: []run.Step{{Title: "a"}, {Title: "umm on: reboot"}, {Title: "c"}}}}}
	if got := step(st); got != "\n  at step 2 of 3 of n2: umm on: reboot" {
		t.Errorf("%q", got)
	}
	if got := step(run.State{}); got != "" {
		t.Errorf("%q", got)
	}
}
