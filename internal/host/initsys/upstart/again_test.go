package upstart

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// live is a host after a switch without a reboot, and what that has stopped.
func live(t *testing.T) (w *world, stopped []string) {
	t.Helper()
	w = newWorld(t, operational...)
	w.level('N', '2')
	wantError(t, w.manager().Enter(ctx))
	w.done = nil
	return w, []string{"ceph-osd (ceph/3)", "docker", "mysql", "pacemaker", "haproxy"}
}

// Where init was not reached, nothing has come of it that could not be said again.
func TestResumeAgainWhereInitWasNotReached(t *testing.T) {
	for _, words := range []string{"initctl start docker", "initctl start", "initctl start umm-healthy", "initctl"} {
		w, stopped := live(t)
		w.deaf[words] = 1000
		failed, err := w.manager().Resume(ctx, stopped)
		if err == nil || failed != nil || !isNotAsked(err) {
			t.Errorf("%s: failed is %v, the error %v", words, failed, err)
		}
		if got := namesOf(w.manager().stopped()); !slices.Contains(got, "docker") {
			t.Errorf("%s: noted as stopped are %q", words, got)
		}
		w.deaf = nil
		failed, err = w.manager().Resume(ctx, stopped)
		wantError(t, err)
		wantError(t, failed)
		w.isUp(map[string]bool{"docker": true, "mysql": true, "ceph-osd (ceph/3)": true, "script haproxy": true, "umm-healthy": true})
		if left := w.manager().stopped(); len(left) > 0 {
			t.Errorf("still noted are %+v", left)
		}
	}
}

// The list of all jobs takes long on a busy host, and is not asked for where a few are meant.
func TestResumeAsksForTheJobsInQuestionAlone(t *testing.T) {
	w, stopped := live(t)
	w.deaf["initctl list"] = 1000
	failed, err := w.manager().Resume(ctx, stopped)
	wantError(t, err)
	wantError(t, failed)
	w.isUp(map[string]bool{"docker": true})

	w = newWorld(t, "umm", "rc-sysinit", "mountall")
	w.deaf["initctl list"] = 1000
	w.opens()
	_, err = w.manager().Resume(ctx, nil)
	wantError(t, err)
}

func TestInitIsAskedAgain(t *testing.T) {
	w, stopped := live(t)
	w.patience = 20 * time.Second
	w.deaf["initctl start docker"], w.deaf["initctl start umm-healthy"] = 3, 1
	failed, err := w.manager().Resume(ctx, stopped)
	wantError(t, err)
	wantError(t, failed)
	w.isUp(map[string]bool{"docker": true, "umm-healthy": true})

	w = newWorld(t, operational...)
	w.level('N', '2')
	w.patience = 20 * time.Second
	w.deaf["initctl list"], w.deaf["initctl stop"], w.deaf["initctl status"] = 2, 1, 1
	wantError(t, w.manager().Enter(ctx))
	w.isUp(map[string]bool{"docker": false})
}

// A job is started with what it was started with: by events, and by people.
func TestVariablesAreKept(t *testing.T) {
	for name, way := range map[string]func(w *world) []string{
		"live": func(*world) []string {
			return []string{"ceph-osd (ceph/3)", "conf-agent", "docker", "odd (ab)", "state", "zone"}
		},
		"gate": func(w *world) []string { w.opens(); w.up["umm"] = true; return nil },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "rc-sysinit")
			units := way(w)
			w.runsWith("conf-agent", 201, "PATH=/bin", "TERM=linux", "CONF=/etc/special.conf", "HOME=/root", "UPSTART_JOB=conf-agent", "UPSTART_INSTANCE=",
				"UPSTART_EVENTS=runlevel", "RUNLEVEL=2", "TEXT=two\nlines and\ttabs", "ZONE=a b", "PWD=/", "BASH_FUNC_x%%=() {")
			w.runsWith("ceph-osd (ceph/3)", 202, "UPSTART_JOB=ceph-osd", "cluster=ceph", "id=3", "IFACE=eth0")
			w.runsWith("odd (ab)", 203, "UPSTART_JOB=odd", "A=a", "B=b")
			w.runsWith("docker", 204, "docker: a title that the process has written over it")
			w.up["zone"], w.pids["zone"] = true, 0
			w.up["state"], w.pids["state"] = true, 0
			wantError(t, w.manager().Enter(ctx))
			w.isUp(map[string]bool{"conf-agent": false, "odd (ab)": false})
			info, err := os.Stat(filepath.Join(w.root, stoppedFile))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("variables may be secrets, and everybody can read them: %v (%v)", info.Mode(), err)
			}
			w.done = nil
			failed, err := w.manager().Resume(ctx, units)
			wantError(t, err)
			wantError(t, failed)
			for _, act := range []string{
				"start conf-agent CONF=/etc/special.conf UPSTART_EVENTS=runlevel RUNLEVEL=2 TEXT=two\nlines and\ttabs ZONE=a b",
				"start ceph-osd cluster=ceph id=3 IFACE=eth0", "start odd A=a B=b", "start docker", "start zone", "start state",
			} {
				w.did(act)
			}
			// What could not be told is said; state takes nothing from its events.
			said := strings.Join(w.warned, "\n")
			if !strings.Contains(said, "docker is started without") || !strings.Contains(said, "zone is started without") || len(w.warned) != 2 {
				t.Errorf("warned was of %q", w.warned)
			}
		})
	}
}

// As an older umm has left it, for everybody.
func TestNoted(t *testing.T) {
	w := newWorld(t)
	w.put(stoppedFile, "docker\nceph-osd (ceph/3)\nbroken\t\"x\n")
	m := w.manager()
	wantError(t, m.remember([]noted{{name: "docker", vars: []string{"A=b"}}, {name: "umm-enter"}, {name: "mysql", vars: []string{"A=\t\"\n"}}, {name: "web", lost: true}}))
	got := m.stopped()
	want := []noted{{name: "docker"}, {name: "ceph-osd (ceph/3)"}, {name: "broken", lost: true}, {name: "mysql", vars: []string{"A=\t\"\n"}}, {name: "web", lost: true}}
	if !slices.EqualFunc(got, want, func(a, b noted) bool { return a.name == b.name && a.lost == b.lost && slices.Equal(a.vars, b.vars) }) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if info, err := os.Stat(filepath.Join(w.root, stoppedFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("it is %v (%v)", info.Mode(), err)
	}
}

// After a switch that broke off, all that ran before is said to be started: mountall's own
// jobs too, which have an init script of the same name.
func TestResumeAfterABrokenSwitch(t *testing.T) {
	w := newWorld(t, append([]string{"bootmisc.sh"}, operational...)...)
	w.level('N', '2')
	before, err := w.manager().Active(ctx)
	wantError(t, err)
	if !slices.Contains(before, "bootmisc.sh") {
		t.Fatalf("active are %q", before)
	}
	w.up["mysql"] = false
	failed, err := w.manager().Resume(ctx, before)
	wantError(t, err)
	wantError(t, failed)
	w.did("start mysql")
	w.didNot("bootmisc.sh")
}

// A task may take for ever: the world complains where one is waited for.
func TestNoTaskIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	w.level('N', '2')
	failed, err := w.manager().Resume(ctx, []string{"migrate", "docker"})
	wantError(t, err)
	wantError(t, failed)
	w.did("start --no-wait migrate")
	wantError(t, w.manager("migrate").Enter(ctx))
	w.did("start --no-wait migrate", "start --no-wait migrate")
}

// Of an init script that cannot say whether its service runs, its process is looked for.
func TestTheProcessTellsThatAServiceRuns(t *testing.T) {
	for name, c := range map[string]struct {
		put  map[string]string
		runs bool
	}{
		"stopped by hand":            {nil, false},
		"its process has ended":      {map[string]string{"var/run/traced.pid": "301\n"}, false},
		"its process":                {map[string]string{"var/run/traced.pid": "301\n", "proc/301/stat": "301 (traced) S"}, true},
		"no number":                  {map[string]string{"var/run/traced.pid": "../self\n", "proc/self": ""}, false},
		"by an interpreter":          {map[string]string{"proc/302/cmdline": "perl\x00/usr/sbin/traced\x00-d\x00"}, true},
		"somebody else's":            {map[string]string{"proc/302/cmdline": "perl\x00/usr/sbin/other\x00"}, false},
		"the program, without an ID": {map[string]string{"proc/303/exe": "-> ../../usr/sbin/traced"}, true},
		"replaced since":             {map[string]string{"proc/304/exe": "-> /usr/sbin/traced (deleted)"}, true},
	} {
		w := newWorld(t)
		w.level('N', '2')
		for path, text := range c.put {
			if to, isLink := strings.CutPrefix(text, "-> "); isLink {
				w.put(filepath.Join(filepath.Dir(path), "x"), "")
				if err := os.Symlink(to, filepath.Join(w.root, path)); err != nil {
					t.Fatal(err)
				}
				continue
			}
			w.put(path, text)
		}
		active, err := w.manager().Active(ctx)
		if runs := slices.Contains(active, "traced"); runs != c.runs || err != nil {
			t.Errorf("%s: it runs: %v (%v)", name, runs, err)
		}
	}
	// Of silent nothing is known: it is taken for what the boot made of it, and that is said.
	w := newWorld(t)
	w.level('N', '2')
	if active, _ := w.manager().Active(ctx); !slices.Contains(active, "silent") {
		t.Errorf("active are %q", active)
	}
	_, err := w.manager().Resume(ctx, []string{"silent", "haproxy"})
	wantError(t, err)
	if len(w.warned) != 1 || !strings.Contains(w.warned[0], "silent is started as at boot") {
		t.Errorf("warned was of %q", w.warned)
	}
}
