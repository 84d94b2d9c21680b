package nodecli

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/execx"
	"umm/internal/host/hostfs/hosttree"
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
	if code := x.umm("units"); code != 0 || !strings.Contains(x.stderr.String(), "KEEP_UNITS: gone: no such job or init script") {
		t.Errorf("it ended with %d and said %q", code, x.stderr)
	}
	golden(t, "units-upstart", x.stdout.String())
}
