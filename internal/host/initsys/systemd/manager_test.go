package systemd

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/execx"
)

// call is a program run that a test expects, and what it comes to.
type call struct {
	argv string
	out  string
	code int
	err  error
}

// script is a strict execx.Runner: calls come in this order, and all of them.
type script struct {
	t     *testing.T
	calls []call
}

func (s *script) Run(_ context.Context, c execx.Cmd) (execx.Result, error) {
	argv := strings.Join(c.Argv, " ")
	if c.Limit <= 0 {
		s.t.Errorf("%s has no time limit", argv)
	}
	if len(s.calls) == 0 || s.calls[0].argv != argv {
		s.t.Errorf("unexpected: %s; expected are %+v", argv, s.calls)
		return execx.Result{}, errors.New("unexpected")
	}
	now := s.calls[0]
	s.calls = s.calls[1:]
	return execx.Result{Stdout: []byte(now.out), Stderr: []byte("complaint\n"), Code: now.code}, now.err
}

// manager is one that must make these calls.
func manager(t *testing.T, calls ...call) Manager {
	t.Helper()
	s := &script{t: t, calls: calls}
	t.Cleanup(func() {
		if len(s.calls) > 0 {
			t.Errorf("never called: %+v", s.calls)
		}
	})
	return Manager{Run: s}
}

var (
	ctx     = context.Background()
	errGone = errors.New("no bus")
)

func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, word := range words {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("the error is %v, want it to say %q", err, word)
		}
	}
	if len(words) == 0 && err != nil {
		t.Error(err)
	}
}

func TestReboot(t *testing.T) {
	wantError(t, manager(t, call{argv: "systemctl reboot"}).Reboot(ctx))
	wantError(t, manager(t, call{argv: "systemctl reboot", code: 1}).Reboot(ctx), "cannot reboot", "complaint")
	wantError(t, manager(t, call{argv: "systemctl reboot", err: errGone}).Reboot(ctx), "cannot reboot", "no bus")
}

func TestGoingDownThatCannotBeTold(t *testing.T) {
	const shutdown = "systemctl show --property=Id,ActiveState,Job -- shutdown.target"
	for _, broken := range []call{{err: errGone}, {code: 143}, {out: "\n"}, {out: "Id=shutdown.target\nActiveState=inactive\n"}} {
		broken.argv = shutdown
		_, err := manager(t, broken).GoingDown(ctx)
		wantError(t, err, "cannot tell whether the host is going down")
	}
}

func TestWallNeverFails(t *testing.T) {
	manager(t, call{argv: "wall a text", code: 1}).Wall(ctx, "a text")
	manager(t, call{argv: "wall a text", err: errGone}).Wall(ctx, "a text")
}

const listActive = "systemctl list-units --no-legend --plain --full --all --type=service,socket,timer,path,target"

func TestActive(t *testing.T) {
	units, err := manager(t, call{argv: listActive, out: captured(t, "257", "list-units")}).Active(ctx)
	if err != nil || !slices.Contains(units, "ssh.service") {
		t.Errorf("active are %q (%v)", units, err)
	}
	_, err = manager(t, call{argv: listActive, code: 1}).Active(ctx)
	wantError(t, err, "complaint")
	_, err = manager(t, call{argv: listActive, err: errGone}).Active(ctx)
	wantError(t, err, "no bus")
}

const (
	reload   = "systemctl daemon-reload"
	isolate  = "systemctl isolate umm.target"
	listJobs = "systemctl list-jobs --no-legend --plain --full"
	showAll  = "systemctl show --property=Id," + leftoverProperties + leftoverNewer + " *"
	showOld  = "systemctl show --property=Id," + leftoverProperties + " *"
)

// Enter returns once nothing stops any more, and what an isolate spared is stopped.
func TestEnter(t *testing.T) {
	unit := func(name, state, trigger string) string {
		return "Id=" + name + "\nActiveState=" + state + "\nTriggeredBy=" + trigger + "\nIgnoreOnIsolate=no\nRequiredBy=\nWantedBy=\nBoundBy=\n\n"
	}
	spared := unit("a.service", "active", "a.socket") + unit("a.socket", "inactive", "")
	wantError(t, manager(t, call{argv: reload}, call{argv: isolate},
		call{argv: listJobs, out: captured(t, "252", "jobs")}, call{argv: listJobs, out: "1 late.service start running\n"},
		call{argv: showAll, out: spared}, call{argv: "systemctl stop -- a.service"}).Enter(ctx))
	wantError(t, manager(t, call{argv: reload, code: 1}).Enter(ctx), "cannot reload systemd", "complaint")
	wantError(t, manager(t, call{argv: reload}, call{argv: isolate, code: 4}).Enter(ctx), "cannot switch to maintenance mode")
	wantError(t, manager(t, call{argv: reload}, call{argv: isolate}, call{argv: listJobs, code: 1}).Enter(ctx), "whether everything has stopped", "list-jobs failed")
	wantError(t, manager(t, call{argv: reload}, call{argv: isolate}, call{argv: listJobs, err: errGone}).Enter(ctx), "whether everything has stopped")
	wantError(t, manager(t, call{argv: reload}, call{argv: isolate}, call{argv: listJobs}, call{argv: showAll, err: errGone}).Enter(ctx), "no bus")
	wantError(t, manager(t, call{argv: reload}, call{argv: isolate}, call{argv: listJobs}, call{argv: showAll, code: 1}, call{argv: showOld, code: 1}).Enter(ctx), "whether everything has stopped", "complaint")
	wantError(t, manager(t, call{argv: reload}, call{argv: isolate}, call{argv: listJobs}, call{argv: showAll, code: 1, out: unit("b.service", "active", "")},
		call{argv: showOld, out: spared}, call{argv: "systemctl stop -- a.service", code: 1}).Enter(ctx), "cannot stop a.service")
}

func TestEnterWaitsNoLongerThanItsContext(t *testing.T) {
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	m := Manager{Run: always{execx.Result{Stdout: []byte("1 slow.service stop running\n")}}}
	wantError(t, m.untilStopped(short), "cannot stop slow.service")
}

// always is a runner that has one answer.
type always struct{ res execx.Result }

func (a always) Run(context.Context, execx.Cmd) (execx.Result, error) { return a.res, nil }

func TestGoLiveAndWatch(t *testing.T) {
	wantError(t, manager(t, call{argv: "systemctl start umm-live.service"}).GoLive(ctx))
	wantError(t, manager(t, call{argv: "systemctl start umm-live.service", code: 1}, call{argv: "systemctl show --property=Id,ActiveState,Job -- umm-live.service", err: errGone}).GoLive(ctx),
		"see journalctl -u umm-live.service", "no bus")
	wantError(t, manager(t, call{argv: "systemctl start umm-record.service umm-healthy.timer"}).Watch(ctx))
	wantError(t, manager(t, call{argv: "systemctl start umm-record.service umm-healthy.timer", code: 1}).Watch(ctx), "cannot watch this boot")
}

const (
	stopTimer = "systemctl stop umm-expire.timer"
	reset     = "systemctl reset-failed umm-expire.service"
	armed     = "systemd-run --unit=umm-expire --on-active=%d --timer-property=AccuracySec=1s /lib/umm/umm-boot expire"
)

// A service that failed keeps its name taken until it is reset, on all versions.
func TestArmAndDisarm(t *testing.T) {
	arm := func(seconds string) string { return strings.Replace(armed, "%d", seconds, 1) }
	wantError(t, manager(t, call{argv: stopTimer}, call{argv: reset, code: 1}).Disarm(ctx))
	wantError(t, manager(t, call{argv: stopTimer, code: 5}, call{argv: reset, code: 1}).Disarm(ctx))
	wantError(t, manager(t, call{argv: stopTimer, code: 1}).Disarm(ctx), "complaint")
	wantError(t, manager(t, call{argv: stopTimer, code: 5}, call{argv: reset}, call{argv: arm("7200")}).Arm(ctx, 2*time.Hour))
	wantError(t, manager(t, call{argv: stopTimer, code: 5}, call{argv: reset}, call{argv: arm("1")}).Arm(ctx, 0))
	wantError(t, manager(t, call{argv: stopTimer, code: 5}, call{argv: reset}, call{argv: arm("1"), code: 1}).Arm(ctx, 0), "complaint")
	wantError(t, manager(t, call{argv: stopTimer, err: errGone}).Arm(ctx, 0), "no bus")
}

func TestFailed(t *testing.T) {
	const list = "systemctl list-units --no-legend --plain --full --state=failed"
	for _, v := range versions {
		got, err := manager(t, call{argv: list, out: captured(t, v, "failed")}).Failed(ctx)
		if err != nil || !slices.Equal(got, []string{"bad.service", "systemd-fsck@dev-sdb1.service"}) {
			t.Errorf("systemd %s: failed are %q (%v)", v, got, err)
		}
		got, err = manager(t, call{argv: list, out: captured(t, v, "failed-none")}).Failed(ctx)
		if err != nil || got == nil || len(got) > 0 {
			t.Errorf("systemd %s: where none failed there are %q (%v)", v, got, err)
		}
	}
	for _, broken := range []call{{argv: list, err: errGone}, {argv: list, code: 1}} {
		if got, err := manager(t, broken).Failed(ctx); err == nil || got != nil {
			t.Errorf("what cannot be asked is %q (%v)", got, err)
		}
	}
}
