package systemd

import (
	"context"
	"slices"
	"testing"
	"time"
)

// A boot that never comes to its end, since a start job is pending, goes down as any other.
func TestGoingDownOnEachVersion(t *testing.T) {
	onEach(t, func(t *testing.T, f *fakeSystemd) {
		f.jobs["late.service"] = "start"
		for _, want := range []bool{false, true} {
			if down, err := f.manager().GoingDown(ctx); down != want || err != nil {
				t.Errorf("going down is %v, want %v (%v)", down, want, err)
			}
			f.jobs["shutdown.target"] = "start"
		}
		delete(f.jobs, "shutdown.target")
		f.units["shutdown.target"].state = "active"
		if down, err := f.manager().GoingDown(ctx); !down || err != nil {
			t.Errorf("at the end of a shutdown going down is %v (%v)", down, err)
		}
	})
}

func TestKexecsOnEachVersion(t *testing.T) {
	onEach(t, func(t *testing.T, f *fakeSystemd) {
		f.add("kexec.target")
		for _, want := range []bool{false, true} {
			if kexecs := f.manager().Kexecs(ctx); kexecs != want {
				t.Errorf("the shutdown ends with kexec: %v, want %v", kexecs, want)
			}
			f.jobs["kexec.target"] = "start"
		}
	})
	if manager(t, call{argv: "systemctl show --property=Id,ActiveState,Job -- kexec.target", err: errGone}).Kexecs(ctx) {
		t.Error("a systemd that does not answer ends with kexec")
	}
}

// liveHost is a host on which a switch has something to do: a kept service with a socket
// that alone wants it, one whose socket is not kept, and a connection.
func liveHost(f *fakeSystemd) {
	f.add("multi-user.service", "wanted-by multi-user.target")
	f.add("dbus.socket", "wanted-by sockets.target")
	f.add("dbus.service", "triggered-by dbus.socket").state = "active"
	f.add("ssh.socket", "wanted-by sockets.target")
	f.add("ssh@7-192.0.2.1.service", "triggered-by ssh.socket").state = "active"
	f.add("mariadb.socket", "wanted-by sockets.target")
	f.add("mariadb.service", "wanted-by multi-user.target", "triggered-by mariadb.socket")
	f.add("apt.timer", "wanted-by timers.target")
	f.add("umm-enter.service")
	f.add("umm-live.service").ignoreOnIsolate = true
	f.boot("multi-user.target")
	plan := Plan(Boot{Enabled: true, Maintenance: true, Keep: []string{"dbus.socket", "ssh.socket"}, LeaveRunning: []string{"dbus.service", "ssh@.service"}}, "/lib/systemd/system")
	f.reload = func() { f.obeys(plan) }
}

// The kept services of sockets stay; what an isolate spares by mistake is stopped, also
// where a version does not know all properties that tell of it.
func TestEnterOnEachVersion(t *testing.T) {
	onEach(t, func(t *testing.T, f *fakeSystemd) {
		liveHost(f)
		// What 252 spared at times, by the order in which it looked.
		f.units["mariadb.service"].ignoreOnIsolate = true
		reload := f.reload
		f.reload = func() { reload(); f.stopping = []string{"slow.service"} }
		spare := f.units["mariadb.service"]
		enter := f.manager()
		enter.Run = runner(func(c []string) {
			if c[1] == "list-jobs" {
				spare.ignoreOnIsolate = false
			}
		}, f)
		if err := enter.Enter(ctx); err != nil {
			t.Fatal(err)
		}
		f.wantActive(true, "umm.target", "dbus.socket", "dbus.service", "ssh.socket", "ssh@7-192.0.2.1.service")
		f.wantActive(false, "multi-user.service", "mariadb.socket", "mariadb.service", "apt.timer", "timers.target")
	})
}

// The isolate of old versions cancels the job that carries it out: GoLive says so, and
// returns when the switch has come to its end all the same.
func TestGoLiveOnEachVersion(t *testing.T) {
	onEach(t, func(t *testing.T, f *fakeSystemd) {
		liveHost(f)
		ended := false
		f.live = func() {
			if err := f.manager().Enter(ctx); err != nil {
				t.Error(err)
			}
			ended = true
		}
		err := f.manager().GoLive(ctx)
		if (err != nil) != f.isolateCancels {
			t.Errorf("the error is %v", err)
		}
		if !ended {
			t.Error("it did not wait for the end of the switch")
		}
		f.wantActive(true, "umm.target")
		// Where the switch fails it says so.
		f.units[liveService].fails, f.units[liveService].state, f.live = true, "inactive", func() {}
		wantError(t, f.manager().GoLive(ctx), "cannot switch to maintenance mode", "see journalctl -u umm-live.service")
	})
}

// Exactly what was stopped comes back, and nothing is asked of what systemd cannot start.
func TestLiveAndBackOnEachVersion(t *testing.T) {
	onEach(t, func(t *testing.T, f *fakeSystemd) {
		liveHost(f)
		f.add("run-r7.timer").state = "active"
		f.units["run-r7.timer"].transient = true
		m := f.manager()
		before, err := m.Active(ctx)
		wantError(t, err)
		lost, err := m.Transient(ctx, before)
		wantError(t, err)
		if want := []string{"run-r7.timer", "ssh@7-192.0.2.1.service"}; !slices.Equal(lost, want) {
			t.Errorf("transient are %q, want %q", lost, want)
		}
		wantError(t, m.Enter(ctx))
		delete(f.units, "run-r7.timer")
		after, err := m.Active(ctx)
		wantError(t, err)
		var stopped []string
		for _, unit := range before {
			if !slices.Contains(after, unit) && !slices.Contains(lost, unit) {
				stopped = append(stopped, unit)
			}
		}
		for _, u := range f.units {
			u.load = "loaded"
		}
		failed, err := m.Resume(ctx, stopped)
		wantError(t, failed)
		wantError(t, err)
		f.wantActive(true, stopped...)
		f.wantActive(true, "multi-user.service", "mariadb.service", "apt.timer")
	})
}

// The timer's name is free where there is no such timer.
func TestDisarmOnEachVersion(t *testing.T) {
	onEach(t, func(t *testing.T, f *fakeSystemd) {
		wantError(t, f.manager().Disarm(ctx))
		f.add("umm-expire.timer").state = "active"
		f.add("umm-expire.service").state = "failed"
		wantError(t, f.manager().Disarm(ctx))
		f.wantActive(false, "umm-expire.timer")
	})
}

// What is up is read whatever stands around it.
func TestActiveOnEachVersion(t *testing.T) {
	onEach(t, func(t *testing.T, f *fakeSystemd) {
		f.boot("multi-user.target")
		f.jobs["late.service"] = "start"
		f.add("late.service")
		f.add("bad.service").state = "failed"
		f.add("new.service").state = "refreshing"
		want := []string{"basic.target", "multi-user.target", "new.service", "paths.target", "sockets.target", "sysinit.target", "timers.target"}
		if got, err := f.manager().Active(ctx); err != nil || !slices.Equal(got, want) {
			t.Errorf("active are %q (%v), want %q", got, err, want)
		}
	})
}

// What umm has under way is waited for, but not by a part of it.
func TestSettledOnEachVersion(t *testing.T) {
	onEach(t, func(t *testing.T, f *fakeSystemd) {
		wantError(t, f.manager().Settled(ctx))
		f.add(emergencyService)
		f.jobs[emergencyService] = "start"
		short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
		defer cancel()
		wantError(t, f.manager().Settled(short), "umm-emergency.service is still running")
		f.add(liveService).state = "activating"
		delete(f.jobs, emergencyService)
		wantError(t, f.manager().Settled(ctx)) // it ends when it was looked at for some time
		if f.looked < 3 {
			t.Errorf("looked %d times", f.looked)
		}
	})
	wantError(t, Manager{Run: always{}}.Settled(ctx), "cannot tell whether umm-emergency.service or umm-live.service has ended")
}
