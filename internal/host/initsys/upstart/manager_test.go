package upstart

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReboot(t *testing.T) {
	w := newWorld(t)
	wantError(t, w.manager().Reboot(ctx))
	w.did("shutdown -r now")
	w.fails["shutdown -r now"] = "Need to be root"
	wantError(t, w.manager().Reboot(ctx), "cannot reboot", "Need to be root")
}

func TestRebootWhereAShutdownIsScheduled(t *testing.T) {
	w := newWorld(t)
	w.fails["shutdown -r now"] = "shutdown: Another shutdown is already running"
	hint := func() string {
		err := w.manager().Reboot(ctx)
		wantError(t, err, "cannot reboot", "Another shutdown is already running")
		var h interface{ Hint() string }
		if !errors.As(err, &h) {
			return ""
		}
		return h.Hint()
	}
	if got := hint(); got != "" {
		t.Errorf("without one the hint is %q", got)
	}
	w.put("run/shutdown.pid", "412\n")
	if got := hint(); got != "" {
		t.Errorf("after its end the hint is %q", got)
	}
	w.put("proc/412/stat", "412 (shutdown) S")
	if got := hint(); !strings.Contains(got, "shutdown -c") {
		t.Errorf("the hint is %q", got)
	}
}

func TestFinishApart(t *testing.T) {
	w := newWorld(t)
	m := w.manager()
	wantError(t, m.FinishApart(ctx))
	w.did("start --no-wait umm-resume")
	w.done = nil
	w.level('N', '1') // single user
	wantError(t, m.FinishApart(ctx))
	w.didNot("umm-resume")
	w.level('1', '2')
	w.deaf["initctl start"] = 1000
	wantError(t, m.FinishApart(ctx), "cannot start what maintenance mode stopped")
}

func TestGoingDown(t *testing.T) {
	w := newWorld(t)
	m := w.manager()
	for _, c := range []struct {
		name        string
		before, now byte
		want        bool
	}{
		{"before the first run level", 0, 0, false}, {"operational", 'N', '2', false}, {"rebooting", '2', '6', true},
		{"halting", '2', '0', true}, {"rebooting out of maintenance mode", 'N', '6', true}, {"single user", '2', '1', false},
	} {
		w.level(c.before, c.now)
		if down, err := m.GoingDown(ctx); down != c.want || err != nil {
			t.Errorf("%s: %v (%v)", c.name, down, err)
		}
	}
	// The job that init runs at the end is told by it; what else has the variable is
	// not believed, as somebody's rc script of long ago.
	w.level('N', '2')
	w.env["RUNLEVEL"] = "6"
	if down, _ := m.GoingDown(ctx); down {
		t.Error("a variable of somebody's is believed")
	}
	w.env["UPSTART_JOB"] = "umm-end"
	if down, _ := m.GoingDown(ctx); !down {
		t.Error("init is not believed")
	}
}

func TestRunlevel(t *testing.T) {
	w := newWorld(t)
	if got := Runlevel(w.root); got != "unknown" {
		t.Errorf("before the first run level: %q", got)
	}
	w.level('N', '2')
	if got := Runlevel(w.root); got != "N 2" {
		t.Errorf("got %q", got)
	}
}

func TestTimer(t *testing.T) {
	w := newWorld(t)
	m := w.manager()
	wantError(t, m.Disarm(ctx))
	w.didNot("expire")
	wantError(t, m.Arm(ctx, 90*time.Second))
	w.did("start umm-expire UMM_AFTER=90")
	wantError(t, m.Arm(ctx, time.Millisecond))
	w.did("start umm-expire UMM_AFTER=90", "stop umm-expire", "start umm-expire UMM_AFTER=1")
	wantError(t, m.Disarm(ctx))
	w.isUp(map[string]bool{"umm-expire": false})
	// It is what leaves maintenance mode when its time has come.
	wantError(t, m.Arm(ctx, time.Second))
	w.env["UPSTART_JOB"] = "umm-expire"
	wantError(t, m.Disarm(ctx))
	w.isUp(map[string]bool{"umm-expire": true})
}

// A live switch that is under way is waited for, but not by a hook, which is a part of it.
func TestSettled(t *testing.T) {
	w := newWorld(t, "umm-live")
	short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	wantError(t, w.manager().Settled(short), "umm-live is still running")
	w.env["UPSTART_JOB"] = "umm-enter"
	wantError(t, w.manager().Settled(ctx))
	w.env, w.up["umm-live"] = map[string]string{}, false
	wantError(t, w.manager().Settled(ctx))
}

func TestJobs(t *testing.T) {
	w := newWorld(t)
	m := w.manager()
	// Not even reload-configuration: up to 1.8 jobs would forget the events that they have seen.
	wantError(t, m.Reload(ctx))
	if len(w.done) > 0 {
		t.Errorf("done was %q", w.done)
	}
	// Upstart has not seen the new files yet, at first.
	conf := filepath.Join(w.root, "etc/init/umm-healthy.conf")
	if err := os.Rename(conf, conf+".new"); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, func() {
		if err := os.Rename(conf+".new", conf); err != nil {
			t.Error(err)
		}
	})
	wantError(t, m.Watch(ctx))
	wantError(t, m.Watch(ctx))
	w.isUp(map[string]bool{"umm-healthy": true})
	w.does["initctl start umm-live"] = func() {}
	wantError(t, m.GoLive(ctx))
	w.fails["initctl start umm-live"] = "initctl: Job failed to start"
	wantError(t, m.GoLive(ctx), "cannot switch to maintenance mode", "Job failed to start", "/var/log/upstart/umm-live.log")
	w.fails["initctl start umm-healthy"] = "no"
	w.up["umm-healthy"] = false
	wantError(t, m.Watch(ctx), "cannot watch this boot")
	m.Wall(ctx, "a text")
}

func TestVersion(t *testing.T) {
	w := newWorld(t)
	w.says["initctl version"] = "init (upstart 1.12.1)\n"
	if version, err := w.manager().Version(ctx); version != "1.12.1" || err != nil {
		t.Errorf("got %q (%v)", version, err)
	}
	w.fails["initctl version"] = "initctl: Unable to connect to Upstart"
	_, err := w.manager().Version(ctx)
	wantError(t, err, "does not say that Upstart runs", "Unable to connect")
	gone, cancel := context.WithCancel(ctx)
	cancel()
	_, err = w.manager().Version(gone)
	wantError(t, err, "canceled")
}

func TestGateInPlace(t *testing.T) {
	const show = "initctl show-config umm"
	w := newWorld(t)
	m := w.manager()
	w.says[show] = "umm\n  start on starting rc-sysinit\n  stop on runlevel\n"
	wantError(t, m.GateInPlace(ctx))
	w.says[show] = "umm\n"
	wantError(t, m.GateInPlace(ctx), "does not start on starting rc-sysinit, says Upstart: umm")
	delete(w.says, show)
	w.fails[show] = "initctl: Unknown job: umm"
	wantError(t, m.GateInPlace(ctx), "the gate is unknown to Upstart", "Unknown job")
	old := filepath.Join(w.root, "etc/init/rc-sysinit.override")
	if err := os.WriteFile(old, []byte("start on umm\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	wantError(t, m.GateInPlace(ctx), "/etc/init/rc-sysinit.override, as fuel-umm had it")
	if err := os.Remove(old); err != nil {
		t.Fatal(err)
	}
	override := filepath.Join(w.root, "etc/init/umm.override")
	if err := os.WriteFile(override, []byte("manual\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	wantError(t, m.GateInPlace(ctx), "/etc/init/umm.override changes what the gate starts on")
	if err := os.Remove(filepath.Join(w.root, "etc/init/umm.conf")); err != nil {
		t.Fatal(err)
	}
	wantError(t, m.GateInPlace(ctx), "no /etc/init/umm.conf")
}
