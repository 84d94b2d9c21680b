package upstart

import (
	"context"
	"slices"
	"strings"
	"testing"
)

// What runs on an operational host.
var operational = []string{"ssh", "tty1", "tty2", "networking", "network-interface (eth0)", "mountall", "umm-healthy",
	"mysql", "docker", "ceph-osd (ceph/3)", "script pacemaker", "script haproxy", "script ntp", "script silent"}

func TestActive(t *testing.T) {
	w := newWorld(t, operational...)
	w.level('N', '2')
	got, err := w.manager("docker").Active(ctx)
	// umm's own jobs go by themselves, ntp is kept; silent cannot say, but the boot has
	// started it.
	want := []string{"ceph-osd (ceph/3)", "docker", "mountall", "mysql", "network-interface (eth0)", "networking", "ssh", "tty1", "tty2",
		"pacemaker", "haproxy", "silent"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
	w.fails["initctl list"] = "initctl: Unable to connect to Upstart"
	_, err = w.manager().Active(ctx)
	wantError(t, err, "Unable to connect")
}

func TestEnterStopsAndStarts(t *testing.T) {
	w := newWorld(t, operational...)
	w.level('N', '2')
	delete(w.up, "ssh")
	delete(w.up, "script ntp")
	before, _ := w.manager().Active(ctx)
	wantError(t, w.manager().Enter(ctx))
	w.isUp(map[string]bool{"ssh": true, "script ntp": true, "tty1": true, "networking": true, "network-interface (eth0)": true, "mountall": true,
		"mysql": false, "docker": false, "ceph-osd (ceph/3)": false, "umm-healthy": false, "script pacemaker": false, "script haproxy": false, "script silent": false})
	w.did("stop --no-wait ceph-osd cluster=ceph id=3")
	// In the order of a shutdown; and the hooks once all that is done.
	w.did("service pacemaker stop", "service haproxy stop", "service silent stop", "start umm-enter STAY=3", "start --no-wait umm-command STAY=3")
	w.did("start ssh", "start umm-enter STAY=3")
	// open-iscsi cannot say that it runs, but the boot has started it.
	w.didNot("stop ssh", "stop --no-wait ssh", "service ntp stop", "open-iscsi", "networking", "rc-sysinit")
	if got, want := namesOf(w.manager().stopped()), []string{"ceph-osd (ceph/3)", "docker", "mysql", "pacemaker", "haproxy", "silent"}; !slices.Equal(got, want) {
		t.Errorf("noted as stopped are %q, want %q", got, want)
	}
	after, _ := w.manager().Active(ctx)
	for _, name := range []string{"mysql", "silent", "haproxy"} {
		if !slices.Contains(before, name) || slices.Contains(after, name) {
			t.Errorf("%s was active, and is not any more: %q, %q", name, before, after)
		}
	}
	// Said again it finds nothing to do.
	w.done = nil
	wantError(t, w.manager().Enter(ctx))
	if want := []string{"start umm-enter STAY=3", "start --no-wait umm-command STAY=3"}; !slices.Equal(w.done, want) {
		t.Errorf("done again was %q", w.done)
	}
	if len(w.warned) > 0 {
		t.Errorf("warned was of %q", w.warned)
	}
}

// In the gate no init script has been run: none is asked to stop what does not run.
func TestEnterAtTheGate(t *testing.T) {
	w := newWorld(t, "mountall", "networking", "network-interface (eth0)", "docker", "rc-sysinit")
	wantError(t, w.manager().Enter(ctx))
	w.isUp(map[string]bool{"ssh": true, "tty1": true, "tty2": true, "script ntp": true, "docker": false, "rc-sysinit": true})
	w.did("service open-iscsi start", "service ntp start")
	w.didNot("service pacemaker", "service haproxy", "service silent")
}

func TestEnterFindsWhatStartsMeanwhile(t *testing.T) {
	w := newWorld(t, "docker")
	w.does["initctl stop --no-wait docker"] = func() { w.up["mysql"] = true }
	wantError(t, w.manager().Enter(ctx))
	w.isUp(map[string]bool{"docker": false, "mysql": false})
}

func TestEnterConsoles(t *testing.T) {
	w := newWorld(t)
	w.put("sys/class/tty/console/active", "tty0 ttyS0 hvc0\n")
	w.put("etc/init/hvc0.conf", "start on runlevel [2345]\n")
	w.put("etc/init/console.conf", "start on container\n")
	wantError(t, w.manager().Enter(ctx))
	w.isUp(map[string]bool{"umm-console (ttyS0)": true, "hvc0": true, "umm-console (hvc0)": false, "console": false})
	w.put("run/container_type", "lxc\n")
	wantError(t, w.manager().Enter(ctx))
	w.isUp(map[string]bool{"console": true})
	if len(w.warned) > 0 {
		t.Errorf("warned was of %q", w.warned)
	}
}

// What cannot be stopped or started is told, and the rest is done all the same.
func TestEnterGoesOnPastFailures(t *testing.T) {
	w := newWorld(t, append([]string{"odd (ab)"}, operational...)...)
	w.level('N', '2')
	delete(w.up, "ssh")
	w.fails["initctl start ssh"] = "initctl: Job failed to start"
	w.fails["service pacemaker stop"] = "it does not want to"
	w.fails["initctl start umm-enter STAY=3"] = "a hook"
	w.fails["initctl stop --no-wait mysql"] = "initctl: no"
	err := w.manager().Enter(ctx)
	wantError(t, err, "cannot stop odd (ab)", `"$A$B"`, "cannot stop pacemaker", "it does not want to", "cannot stop mysql")
	w.isUp(map[string]bool{"docker": false, "script haproxy": false})
	w.did("start --no-wait umm-command STAY=3")
	if said := strings.Join(w.warned, "\n"); !strings.Contains(said, "ssh is essential, but did not start") || !strings.Contains(said, "a hook") {
		t.Errorf("warned was of %q", w.warned)
	}
}

// Where init does not tell what runs, nothing can be stopped; the way in is there all the same.
func TestEnterWhereInitDoesNotTell(t *testing.T) {
	w := newWorld(t, "docker", "rc-sysinit")
	w.fails["initctl list"] = "initctl: Unable to connect to Upstart"
	wantError(t, w.manager().Enter(ctx), "cannot tell what to stop for maintenance mode", "Unable to connect")
	w.isUp(map[string]bool{"ssh": true, "tty1": true, "docker": true})
	w.did("start umm-enter STAY=3")
}

// A job that has ended by itself need not be stopped.
func TestEnterWhereAJobEndsByItself(t *testing.T) {
	w := newWorld(t, "docker", "mysql")
	w.does["initctl stop --no-wait docker"] = func() { w.up["mysql"] = false }
	wantError(t, w.manager().Enter(ctx))
}

func TestEnterIsEnded(t *testing.T) {
	w := newWorld(t, operational...)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	wantError(t, w.manager().Enter(ended), "canceled")
	if len(w.done) > 0 {
		t.Errorf("done was %q", w.done)
	}
}

func TestResumeFromLive(t *testing.T) {
	w := newWorld(t, operational...)
	w.level('N', '2')
	m := w.manager()
	wantError(t, m.Enter(ctx))
	w.done = nil
	// mysql was started by hand.
	w.up["mysql"] = true
	failed, err := m.Resume(ctx, []string{"ceph-osd (ceph/3)", "docker", "mysql", "silent", "pacemaker", "haproxy"})
	wantError(t, err)
	wantError(t, failed)
	w.isUp(map[string]bool{"docker": true, "ceph-osd (ceph/3)": true, "mysql": true, "script haproxy": true, "script pacemaker": true, "umm-healthy": true})
	w.did("service haproxy start", "service pacemaker start", "service silent start")
	w.didNot("start mysql", "stop", "rc-sysinit", "mountall")
	if got := m.stopped(); len(got) > 0 {
		t.Errorf("still noted as stopped: %q", got)
	}
}

func TestResumeTellsWhatDoesNotStart(t *testing.T) {
	w := newWorld(t)
	w.fails["initctl start docker"] = "initctl: Job failed to start"
	w.fails["setsid service haproxy start"] = "bad configuration"
	failed, err := w.manager().Resume(ctx, []string{"docker", "mysql", "haproxy", "gone", "odd (ab)"})
	wantError(t, err)
	wantError(t, failed, "docker: initctl start failed", "haproxy: setsid service failed", "bad configuration", "gone: ", "odd (ab): ")
	w.isUp(map[string]bool{"mysql": true, "umm-healthy": true})
}
