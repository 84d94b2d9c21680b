package upstart

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// opens lets the boot go on as it does when the gate opens.
func (w *world) opens() {
	w.does["initctl stop umm"] = func() {
		w.up["rc-sysinit"], w.up["mysql"] = false, true
		w.level('N', '2')
	}
}

func TestResumeOpensTheGate(t *testing.T) {
	w := newWorld(t, "umm", "rc-sysinit", "mountall", "docker")
	wantError(t, w.manager().Enter(ctx))
	w.isUp(map[string]bool{"docker": false})
	w.opens()
	failed, err := w.manager().Resume(ctx, nil)
	wantError(t, err)
	wantError(t, failed)
	// No event starts again what one has started before the gate.
	w.isUp(map[string]bool{"umm": false, "docker": true, "mysql": true, "umm-healthy": true})
	w.did("stop umm", "start docker")
	w.didNot("start mysql", "start --no-wait rc-sysinit", "mountall")
}

func TestResumeWhereTheRunLevelIsReached(t *testing.T) {
	w := newWorld(t)
	w.level('N', '2')
	_, err := w.manager().Resume(ctx, nil)
	wantError(t, err)
	w.didNot("umm ", "rc-sysinit")
}

// What an event has started, and what has ended since, is no failure.
func TestResumeWhereAJobIsQuick(t *testing.T) {
	w := newWorld(t)
	w.level('N', '2')
	w.fails["initctl start docker"] = "initctl: Job is already running: docker"
	w.fails["initctl start umm-healthy"] = "initctl: Job is already running: umm-healthy"
	failed, err := w.manager().Resume(ctx, []string{"docker"})
	wantError(t, errors.Join(err, failed))
	w.fails["initctl start umm-healthy"] = "initctl: Job failed to start"
	failed, err = w.manager().Resume(ctx, []string{})
	wantError(t, errors.Join(err, failed))
	if len(w.warned) != 1 || !strings.Contains(w.warned[0], "will not count as healthy") {
		t.Errorf("warned was of %q", w.warned)
	}
}

func TestResumeWaitsForRc(t *testing.T) {
	w := newWorld(t, "umm", "rc-sysinit")
	polls := 0
	w.does["initctl stop umm"] = func() {
		w.level('N', '2')
		w.up["rc"] = true
		w.up["rc-sysinit"] = false
		w.does["initctl status rc"] = func() {
			if polls++; polls > 3 {
				w.up["rc"] = false
			}
		}
	}
	_, err := w.manager().Resume(ctx, nil)
	wantError(t, err)
	if polls < 3 || w.up["rc"] {
		t.Errorf("it did not wait for rc: it looked %d times", polls)
	}
}

func TestResumeWithoutInit(t *testing.T) {
	w := newWorld(t, "umm")
	w.fails["initctl stop umm"] = "initctl: Unable to connect to Upstart"
	_, err := w.manager().Resume(ctx, nil)
	wantError(t, err, "cannot let the boot continue")
	w = newWorld(t)
	w.deaf["initctl status rc"] = 1000
	_, err = w.manager().Resume(ctx, nil)
	wantError(t, err, "cannot tell how far the boot is")
}

// A boot that stands still is pushed once in each way, and left alone while it moves.
func TestPush(t *testing.T) {
	began := time.Now()
	p := push{since: began}
	at := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
	restart := [][]string{{"stop", "mountall"}, {"start", "--no-wait", "mountall"}}
	sysinit := [][]string{{"start", "--no-wait", "rc-sysinit"}}
	for i, c := range []struct {
		second int
		up     []string
		level  string
		want   [][]string
	}{
		{1, []string{"mountall"}, "", nil},
		{6, []string{"mountall"}, "", restart},
		{8, []string{"mountall"}, "", nil},
		{20, []string{"mountall"}, "", nil}, // a long check of a file system
		{21, []string{"failsafe"}, "", sysinit},
		{22, []string{"rc-sysinit"}, "", nil},
		{40, []string{"rc-sysinit"}, "", nil},
		{41, []string{"rc"}, "2", nil},
		{60, nil, "2", nil},
	} {
		got := p.next(c.up, c.level, at(c.second))
		if !slices.EqualFunc(got, c.want, func(a, b []string) bool { return slices.Equal(a, b) }) {
			t.Errorf("step %d: got %q, want %q", i, got, c.want)
		}
	}
}
