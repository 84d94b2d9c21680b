package upstart

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"umm/internal/execx"
	"umm/internal/host/essential"
	"umm/internal/host/essential/jobs"
	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/jobfile"
)

// world is init and service in memory: a strict execx.Runner. It knows the words that
// init(8) knows, and nothing that a test has not put there.
type world struct {
	t    *testing.T
	root string
	lock sync.Mutex
	// up are the instances of jobs and, by "script NAME", the services of init scripts.
	up map[string]bool
	// does is what else an act brings about; fails makes it fail with a complaint.
	does  map[string]func()
	fails map[string]string
	// says is what a question is answered.
	says map[string]string
	env  map[string]string
	// deaf is for how many words more init is not reached, by how they begin.
	deaf map[string]int
	// pids are the processes of instances that have another than 100; 0: none.
	pids map[string]int
	// patience is for how long it is asked again.
	patience time.Duration
	// done is what was done, and not what was asked.
	done   []string
	warned []string
}

// host is an Ubuntu 14.04 with one of each.
var host = hosttree.Tree{
	"etc/init/ssh.conf":               "start on runlevel [2345]\n",
	"etc/init/tty1.conf":              "start on stopped rc RUNLEVEL=[2345]\n",
	"etc/init/tty2.conf":              "start on runlevel [23]\n",
	"etc/init/networking.conf":        "start on local-filesystems\n",
	"etc/init/network-interface.conf": "start on net-device-added\ninstance $INTERFACE\n",
	"etc/init/rc.conf":                "start on runlevel\ntask\n",
	"etc/init/rc-sysinit.conf":        "start on filesystem\ntask\n",
	"etc/init/mountall.conf":          "start on startup\ntask\n",
	"etc/init/umm.conf":               "start on starting rc-sysinit\ntask\n",
	"etc/init/umm-enter.conf":         "instance $STAY\ntask\n",
	"etc/init/umm-command.conf":       "instance $STAY\ntask\n",
	"etc/init/umm-healthy.conf":       "start on stopped rc\n",
	"etc/init/umm-expire.conf":        "",
	"etc/init/umm-live.conf":          "task\n",
	"etc/init/umm-resume.conf":        "task\n",
	"etc/init/umm-console.conf":       "instance $TTY\n",
	"etc/init/mysql.conf":             "start on runlevel [2345]\n",
	"etc/init/docker.conf":            "start on filesystem\n",
	"etc/init/ceph-osd.conf":          "start on ceph-osd\ninstance ${cluster:-ceph}/$id\n",
	"etc/init/conf-agent.conf":        "start on filesystem\nenv CONF=/etc/agent.conf\nenv HOME=/root\n",
	"etc/init/zone.conf":              "start on net-device-up\npre-start exec zone $IFACE\n",
	"etc/init/state.conf":             "start on filesystem\n",
	"etc/init/migrate.conf":           "start on runlevel [2345]\ntask\n",
	"etc/init/bootmisc.sh.conf":       "start on mounted MOUNTPOINT=/\n",
	"etc/init.d/bootmisc.sh":          "#!/bin/sh\n",
	"etc/init.d/traced":               "#!/bin/sh\nDAEMON=/usr/sbin/traced\nPIDFILE=/var/run/traced.pid\n",
	"usr/sbin/traced":                 "#!/bin/sh\n",
	"etc/rc2.d/S24traced":             "-> ../init.d/traced",
	"etc/rc6.d/K24traced":             "-> ../init.d/traced",
	"etc/init/odd.conf":               "start on filesystem\ninstance $A$B\n",
	"etc/init.d/pacemaker":            "#!/bin/sh\nstatus)\n",
	"etc/init.d/haproxy":              "#!/bin/sh\nstatus)\n",
	"etc/init.d/silent":               "#!/bin/sh\n",
	"etc/init.d/ntp":                  "#!/bin/sh\nstatus)\n",
	"etc/init.d/open-iscsi":           "#!/bin/sh\n",
	"etc/rcS.d/S45open-iscsi":         "-> ../init.d/open-iscsi",
	"etc/rc2.d/S20haproxy":            "-> ../init.d/haproxy",
	"etc/rc2.d/S21pacemaker":          "-> ../init.d/pacemaker",
	"etc/rc2.d/S22silent":             "-> ../init.d/silent",
	"etc/rc2.d/S23ntp":                "-> ../init.d/ntp",
	"etc/rc6.d/K01pacemaker":          "-> ../init.d/pacemaker",
	"etc/rc6.d/K20haproxy":            "-> ../init.d/haproxy",
	"etc/rc6.d/K22silent":             "-> ../init.d/silent",
	"etc/rc6.d/K23ntp":                "-> ../init.d/ntp",
	"run/utmp":                        "",
}

func newWorld(t *testing.T, up ...string) *world {
	t.Helper()
	w := &world{t: t, root: hosttree.Make(t, host), up: map[string]bool{}, does: map[string]func(){}, fails: map[string]string{}, says: map[string]string{}, env: map[string]string{}, deaf: map[string]int{}, pids: map[string]int{}, patience: time.Millisecond}
	for _, name := range up {
		w.up[name] = true
	}
	return w
}

func (w *world) manager(keepUnits ...string) Manager {
	return Manager{
		Session: func() int { return 3 },
		Run:     w, Root: w.root,
		Getenv: func(key string) string { return w.env[key] },
		Tree:   func() *jobfile.Tree { return jobfile.Open(w.root) },
		Plan: func(t *jobfile.Tree) Plan {
			p := jobs.New(t, keepUnits)
			started, scripts := p.Start()
			return Plan{Keeps: func(name string) bool { _, keeps := p.Keeps(name); return keeps },
				Jobs: unitNames(started), Scripts: unitNames(scripts), Service: jobs.IsService}
		},
		Warn:     func(text string) { w.lock.Lock(); defer w.lock.Unlock(); w.warned = append(w.warned, text) },
		Patience: w.patience,
	}
}

func unitNames(units []essential.Unit) []string {
	var names []string
	for _, u := range units {
		names = append(names, u.Name)
	}
	return names
}

// put writes a file on the host.
func (w *world) put(path, text string) {
	w.t.Helper()
	file := filepath.Join(w.root, path)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// runsWith makes an instance run, with a process that has this environment.
func (w *world) runsWith(name string, pid int, env ...string) {
	w.t.Helper()
	w.up[name], w.pids[name] = true, pid
	w.put(fmt.Sprintf("proc/%d/environ", pid), strings.Join(env, "\x00")+"\x00")
}

// level notes a run level in utmp, as telinit(8) and shutdown(8) do.
func (w *world) level(before, now byte) {
	entry := make([]byte, 400*384) // whole records, whatever their size
	entry[0], entry[4], entry[5] = 1, now, before
	if now == 0 {
		entry[0] = 0
	}
	if err := os.WriteFile(filepath.Join(w.root, "run/utmp"), entry, 0o644); err != nil {
		w.t.Error(err)
	}
}

func (w *world) Run(ctx context.Context, c execx.Cmd) (execx.Result, error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	argv := strings.Join(c.Argv, " ")
	if c.Limit <= 0 {
		w.t.Errorf("%s has no time limit", argv)
	}
	if err := ctx.Err(); err != nil {
		return execx.Result{}, err
	}
	for words, left := range w.deaf {
		if left > 0 && strings.HasPrefix(argv, words) {
			w.deaf[words]--
			if left%2 == 0 && c.Limit <= listLimit {
				return execx.Result{}, fmt.Errorf("cannot finish %s: %w", argv, context.DeadlineExceeded)
			}
			return execx.Result{Stderr: []byte("initctl: Unable to connect to Upstart: Failed to connect to socket\n"), Code: 1}, nil
		}
	}
	if complaint, fails := w.fails[argv]; fails {
		return execx.Result{Stderr: []byte(complaint + "\n"), Code: 1}, nil
	}
	if out, known := w.says[argv]; known {
		return execx.Result{Stdout: []byte(out)}, nil
	}
	out, ok := w.obey(c.Argv)
	if then := w.does[argv]; then != nil {
		then()
		ok = true
	}
	if !ok {
		complaint := "initctl: no\n"
		if c.Argv[0] == "initctl" {
			complaint = map[string]string{"start": "initctl: Job is already running: ", "stop": "initctl: Unknown instance: ", "status": "initctl: Unknown job: "}[c.Argv[1]] + c.Argv[2] + "\n"
		}
		if strings.HasPrefix(argv, "initctl start ") && !strings.Contains(argv, "--no-wait") {
			if _, known := w.instance(c.Argv[2], c.Argv[3:]); !known {
				complaint = "initctl: Unknown job: " + c.Argv[2] + "\n"
			}
		}
		return execx.Result{Stdout: []byte(out), Stderr: []byte(complaint), Code: 1}, nil
	}
	return execx.Result{Stdout: []byte(out)}, nil
}

// did tells whether an act was done, in this order among those named.
func (w *world) did(acts ...string) {
	w.t.Helper()
	at := -1
	for _, act := range acts {
		next := slices.Index(w.done[at+1:], act)
		if next < 0 {
			w.t.Errorf("%q was not done, or not after %q; done was %q", act, acts, w.done)
			return
		}
		at += next + 1
	}
}

func (w *world) didNot(words ...string) {
	w.t.Helper()
	for _, act := range w.done {
		for _, word := range words {
			if strings.Contains(act, word) {
				w.t.Errorf("%q was done", act)
			}
		}
	}
}

func (w *world) isUp(want map[string]bool) {
	w.t.Helper()
	for name, up := range want {
		if w.up[name] != up {
			w.t.Errorf("%s is up: %v", name, w.up[name])
		}
	}
}

var ctx = context.Background()

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
