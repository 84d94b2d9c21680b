package nodecli

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/execx"
	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/sshcheck"
)

// trusty makes the small host one that Upstart runs.
var trusty = hosttree.Tree{
	"sbin/initctl":                 "#!",
	"etc/umm.conf":                 "UMM=yes\nKEEP_UNITS=\"nova-api gone\"\n",
	"etc/init/umm.conf":            "start on starting rc-sysinit\n",
	"etc/init/rc-sysinit.conf":     "start on filesystem\ntask\n",
	"etc/init/ssh.conf":            "start on runlevel [2345]\n",
	"etc/init/tty1.conf":           "start on stopped rc RUNLEVEL=[2345]\n",
	"etc/init/networking.conf":     "start on local-filesystems\n",
	"etc/init/udev.conf":           "start on virtual-filesystems\n",
	"etc/init/cron.conf":           "start on runlevel [2345]\n",
	"etc/init/nova-api.conf":       "start on runlevel [2345]\n",
	"etc/init.d/rabbitmq-server":   "#!/bin/sh\n",
	"etc/rc2.d/S20rabbitmq-server": "-> ../init.d/rabbitmq-server",
	"etc/rc6.d/K20rabbitmq-server": "-> ../init.d/rabbitmq-server",
	"run/utmp":                     string(append([]byte{1, 0, 0, 0, '2', 'N'}, make([]byte, 1000)...)),
}

// answers is a Runner that knows these questions.
type answers struct {
	t    *testing.T
	says map[string]execx.Result
}

func (a answers) Run(_ context.Context, c execx.Cmd) (execx.Result, error) {
	res, known := a.says[strings.Join(c.Argv, " ")]
	if !known {
		a.t.Errorf("a program is run that nobody knows: %q", c.Argv)
		return execx.Result{}, errors.New("unknown")
	}
	return res, nil
}

func TestStatusOnUpstart(t *testing.T) {
	x := try(t, operational(), trusty)
	if code := x.umm("status"); code != 0 || x.stdout.String() != "runlevel N 2\n" {
		t.Errorf("it ended with %d and printed %q", code, x.stdout)
	}
	x = try(t, operational(), trusty, hosttree.Tree{"run/utmp": ""})
	if code := x.umm("status"); code != 0 || x.stdout.String() != "runlevel unknown\n" {
		t.Errorf("before the run level it ended with %d and printed %q", code, x.stdout)
	}
	// Nothing is run for it: Upstart keeps no list of what failed.
	var s api.Status
	x.node.Run = answers{t: t}
	if code := x.umm("status", "-o", "json"); code != 0 || json.Unmarshal(x.stdout.Bytes(), &s) != nil || s.FailedUnits != nil {
		t.Errorf("it ended with %d and printed %s", code, x.stdout)
	}
}

func TestUnitsOnUpstart(t *testing.T) {
	x := try(t, operational(), trusty)
	if code := x.umm("units"); code != 0 || !strings.Contains(x.stderr.String(), "KEEP_UNITS: gone: there is no such job or init script") {
		t.Errorf("it ended with %d and said %q", code, x.stderr)
	}
	golden(t, "units-upstart", x.stdout.String())
}

func TestServicesOnUpstart(t *testing.T) {
	x := try(t, operational(), trusty)
	s := servicesOf(x.root, []string{"nova-api"})
	for unit, runs := range map[string]bool{
		"ssh.service": true, "networking.service": true, "nova-api.service": true, "getty.target": true, "home.mount": true,
		"cron.service": false, "rabbitmq-server.service": false, "dropbear.service": false, "NetworkManager.service": false,
	} {
		if s.runs(unit) != runs {
			t.Errorf("%s runs in maintenance mode: %v", unit, !runs)
		}
	}
	for name, want := range map[string]sshcheck.Unit{
		"ssh": {Exists: true, Enabled: true}, "rabbitmq-server": {Exists: true, Enabled: true}, "sshd": {}, "tty1": {Exists: true, Enabled: true},
	} {
		if got := s.job(name); got != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

const (
	showGate = "initctl show-config umm"
	bootTry  = "/lib/umm/umm-boot"
)

func TestChecksOfTheInitSystem(t *testing.T) {
	whole := map[string]execx.Result{
		"initctl version": {Stdout: []byte("init (upstart 1.12.1)\n")},
		showGate:          {Stdout: []byte("umm\n  start on starting rc-sysinit\n  stop on runlevel\n")},
		bootTry:           {Code: 2},
	}
	with := func(question string, answer execx.Result) map[string]execx.Result {
		says := map[string]execx.Result{}
		for q, a := range whole {
			says[q] = a
		}
		says[question] = answer
		return says
	}
	for _, c := range []struct {
		name       string
		trees      []hosttree.Tree
		says       map[string]execx.Result
		init, boot string // words of the reasons
		fails      []string
	}{
		{"Upstart, and all in place", []hosttree.Tree{trusty}, whole, "Upstart 1.12.1 runs this host", "holds the next boot back", nil},
		{"Upstart is installed, and does not run", []hosttree.Tree{trusty}, with("initctl version", execx.Result{Code: 1, Stderr: []byte("initctl: Unable to connect")}),
			"Unable to connect", "holds", []string{"init"}},
		{"the gate is overridden", []hosttree.Tree{trusty, {"etc/init/umm.override": "manual\n"}}, whole, "", "umm.override changes", []string{"gate"}},
		{"Upstart reads the gate otherwise", []hosttree.Tree{trusty}, with(showGate, execx.Result{Stdout: []byte("umm\n")}), "", "the gate is not started", []string{"gate"}},
		{"the program is broken", []hosttree.Tree{trusty}, with(bootTry, execx.Result{Code: 139}), "", "does not work", []string{"gate"}},
		{"an explicit run level keeps umm out, but may not next time", []hosttree.Tree{trusty, {"proc/cmdline": "ro 3\n"}}, whole, "", "holds", nil},
		{"systemd", []hosttree.Tree{{"run/systemd/system/": ""}}, nil, "systemd runs this host", "", []string{"generator"}},
		{"neither", nil, nil, "does not know what runs this host: there is no /run/systemd/system, so systemd is not PID 1; there is no /sbin/initctl", "", []string{"init", "generator"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := try(t, operational(), c.trees...)
			if c.says != nil {
				x.node.Run = answers{t: t, says: c.says}
			}
			checks := []api.Check{x.checkInit(t.Context()), x.checkBoot(t.Context())}
			var failed []string
			for i, word := range []string{c.init, c.boot} {
				if !strings.Contains(checks[i].Reason, word) {
					t.Errorf("the check says %+v, want %q", checks[i], word)
				}
				if checks[i].Verdict != api.VerdictOK {
					failed = append(failed, checks[i].Name)
				}
				if checks[i].Refuses != (checks[i].Verdict != api.VerdictOK) {
					t.Errorf("%s: refuses %v", checks[i].Name, checks[i].Refuses)
				}
			}
			if !slices.Equal(failed, c.fails) {
				t.Errorf("failed are %q, want %q: %+v", failed, c.fails, checks)
			}
		})
	}
}
