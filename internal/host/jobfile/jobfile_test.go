package jobfile_test

import (
	"reflect"
	"slices"
	"testing"

	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/jobfile"
)

// host is what Ubuntu 14.04 has of each kind.
var host = hosttree.Tree{
	"etc/init/ssh.conf": "description \"OpenSSH server\"\nstart on runlevel [2345]\nstop on runlevel [!2345]\n\nrespawn\n" +
		"pre-start script\n    start on nothing\n    task\nend script\nexec /usr/sbin/sshd -D\n",
	"etc/init/network-interface.conf": "start on net-device-added\nstop on net-device-removed INTERFACE=$INTERFACE\ninstance $INTERFACE\n",
	"etc/init/tty1.conf": "start on stopped rc RUNLEVEL=[2345] and (\n            not-container or # a comment (\n" +
		"            container CONTAINER=lxc or\n            container CONTAINER=lxc-libvirt)\n\nstop on runlevel [!2345]\nrespawn\n",
	"etc/init/off.conf":                "start on startup\nmanual\n",
	"etc/init/overridden.conf":         "start on startup\n",
	"etc/init/overridden.override":     "manual\n",
	"etc/init/moved.conf":              "start on startup\n",
	"etc/init/moved.override":          "start on filesystem\n",
	"etc/init/orphan.override":         "manual\n",
	"etc/init/sub/deep.conf":           "start on startup\ntask\n",
	"etc/init/continued.conf":          "start on filesystem \\\n   and started dbus\ninstance \"$A/${B:-x}\"\n",
	"etc/init/README":                  "start on nothing\n",
	"etc/init/rsyslog.conf":            "start on filesystem\n",
	"etc/init/agent.conf":              "start on net-device-up IFACE=lo\nenv CONF=/etc/agent.conf\nenv WORDS=\"a b\" # two\nenv NOTHING\nexec agent $CONF ${IFACE}\npost-stop script\n  : $ZONE $RUNLEVEL $IFACE # $JOB\nend script\n",
	"etc/init/bootmisc.sh.conf":        "start on filesystem\n",
	"etc/init.d/bootmisc.sh":           "#!/bin/sh",
	"etc/init.d/agent.sh":              "#!/bin/sh",
	"lib/init/upstart-job":             "#!/bin/sh",
	"etc/init.d/rsyslog":               "-> /lib/init/upstart-job",
	"etc/init.d/gone":                  "-> /lib/init/upstart-job",
	"etc/init.d/haproxy":               "#!/bin/sh\ncase $1 in\nstart)\n;;\nstatus)\n;;\nesac\n",
	"etc/init.d/pacemaker":             "#!/bin/sh\ncase $1 in\n  status|monitor)\n;;\nesac\n",
	"etc/init.d/legacy":                "#!/bin/sh\n# says no status\ncase $1 in\nstart) my_status)\n;;\nesac\n",
	"etc/init.d/apparmor":              "#!/bin/sh",
	"etc/init.d/README":                "no program",
	"etc/init.d/functions/":            "",
	"etc/rcS.d/S37apparmor":            "-> ../init.d/apparmor",
	"etc/rc2.d/S20haproxy":             "-> ../init.d/haproxy",
	"etc/rc2.d/S20rsyslog":             "-> ../init.d/rsyslog",
	"etc/rc2.d/K80legacy":              "-> ../init.d/legacy",
	"etc/rc2.d/README":                 "text",
	"etc/rc2.d/S99nothing":             "-> ../init.d/nothing",
	"etc/rc6.d/K20haproxy":             "-> ../init.d/haproxy",
	"etc/rc0.d/K80legacy":              "-> ../init.d/legacy",
	"etc/rc6.d/S90haproxy.is-not-this": "text",
}

func TestJobs(t *testing.T) {
	tree := jobfile.Open(hosttree.Make(t, host))
	var names []string
	for _, j := range tree.Jobs() {
		names = append(names, j.Name)
	}
	if want := []string{"agent", "bootmisc.sh", "continued", "moved", "network-interface", "off", "overridden", "rsyslog", "ssh", "sub/deep", "tty1"}; !slices.Equal(names, want) {
		t.Errorf("the jobs are %q, want %q", names, want)
	}
	for _, c := range []struct {
		want   jobfile.Job
		events []string
	}{
		{jobfile.Job{Name: "ssh", StartOn: "runlevel [2345]"}, []string{"runlevel"}},
		{jobfile.Job{Name: "network-interface", StartOn: "net-device-added", Instance: "$INTERFACE"}, []string{"net-device-added"}},
		{jobfile.Job{Name: "tty1", StartOn: "stopped rc RUNLEVEL=[2345] and ( not-container or container CONTAINER=lxc or container CONTAINER=lxc-libvirt)"},
			[]string{"stopped", "not-container", "container"}},
		{jobfile.Job{Name: "agent", StartOn: "net-device-up IFACE=lo", Env: []string{"CONF=/etc/agent.conf", "WORDS=a b"}, Refers: []string{"IFACE", "RUNLEVEL"}}, []string{"net-device-up"}},
		{jobfile.Job{Name: "off"}, nil},
		{jobfile.Job{Name: "overridden", Override: true}, nil},
		{jobfile.Job{Name: "moved", Override: true, StartOn: "filesystem"}, []string{"filesystem"}},
		{jobfile.Job{Name: "sub/deep", StartOn: "startup", Task: true}, []string{"startup"}},
		{jobfile.Job{Name: "continued", StartOn: "filesystem and started dbus", Instance: "$A/${B:-x}"}, []string{"filesystem", "started"}},
	} {
		got, known := tree.Job(c.want.Name)
		if !known || !reflect.DeepEqual(got, c.want) || !slices.Equal(got.Events(), c.events) {
			t.Errorf("got %+v, events %q, want %+v, events %q", got, got.Events(), c.want, c.events)
		}
		if got.Enabled() != (c.want.StartOn != "") || tree.Enabled(got.Name) != got.Enabled() {
			t.Errorf("%s is enabled: %v", got.Name, got.Enabled())
		}
	}
	if tree.Exists("orphan") || !tree.Exists("ssh") {
		t.Error("an override file alone makes no job")
	}
}

func TestScripts(t *testing.T) {
	tree := jobfile.Open(hosttree.Make(t, host))
	want := []jobfile.Script{
		{Name: "apparmor", Early: "S37apparmor"},
		{Name: "haproxy", Start: "S20haproxy", Stop: "K20haproxy", AnswersStatus: true},
		{Name: "legacy", Stop: "K80legacy"},
		{Name: "pacemaker", AnswersStatus: true},
	}
	if got := tree.Scripts(); !slices.Equal(got, want) {
		t.Errorf("the scripts are\n%+v, want\n%+v", got, want)
	}
	for name, enabled := range map[string]bool{"apparmor": true, "haproxy": true, "legacy": false, "pacemaker": false, "nothing": false} {
		if tree.Enabled(name) != enabled {
			t.Errorf("%s is enabled: %v", name, !enabled)
		}
	}
}

// What tells that a service runs whose script cannot.
func TestTraces(t *testing.T) {
	const skeleton = "#!/bin/sh\nNAME=exim4\nDAEMON=/usr/sbin/$NAME\nexport PIDFILE=\"/var/run/${NAME}.pid\"\nSCRIPT=$(basename $0)\nOPTIONS=\"-x $DAEMON\"\n" +
		"start-stop-daemon --start --pidfile $PIDFILE --exec $DAEMON\n"
	tree := jobfile.Open(hosttree.Make(t, hosttree.Tree{
		"etc/init.d/exim4":   skeleton,
		"etc/default/exim4":  "PIDFILE=/run/exim4/exim.pid\n#DAEMON=/usr/sbin/none\n",
		"usr/sbin/exim4":     "#!/bin/sh",
		"etc/init.d/literal": "#!/bin/sh\n  start) start-stop-daemon -S -p /var/run/literal.pid -x /usr/sbin/literal;;\n  stop) kill `cat /run/other.pid`;;\n",
		"etc/init.d/unknown": "#!/bin/sh\nPIDFILE=$RUNDIR/x.pid\nDAEMON=/usr/sbin/is-not-there\nPIDFILE=/run/*.pid\n",
	}))
	for name, want := range map[string]jobfile.Traces{
		"exim4":   {PIDFiles: []string{"/var/run/exim4.pid", "/run/exim4/exim.pid"}, Programs: []string{"/usr/sbin/exim4"}},
		"literal": {PIDFiles: []string{"/var/run/literal.pid", "/run/other.pid"}},
		"unknown": {},
		"none":    {},
	} {
		if got := tree.Traces(name); !reflect.DeepEqual(got, want) {
			t.Errorf("%s leaves %+v, want %+v", name, got, want)
		}
	}
}

func TestAHostWithoutAny(t *testing.T) {
	tree := jobfile.Open(t.TempDir())
	if len(tree.Jobs())+len(tree.Scripts()) > 0 || tree.Enabled("ssh") {
		t.Error("there is something")
	}
}

func TestInstances(t *testing.T) {
	for name, want := range map[string][2]string{
		"ssh": {"ssh", ""}, "network-interface (eth0)": {"network-interface", "eth0"},
		"network-interface-security (network-interface/eth0)": {"network-interface-security", "network-interface/eth0"},
		"odd (a": {"odd (a", ""},
	} {
		if job, instance := jobfile.InstanceOf(name); job != want[0] || instance != want[1] {
			t.Errorf("%s is %q of %q", name, instance, job)
		}
	}
	for _, c := range []struct {
		pattern, instance string
		want              []string
	}{
		{"", "", nil},
		{"$INTERFACE", "eth0", []string{"INTERFACE=eth0"}},
		{"${DEV}", "ttyS0", []string{"DEV=ttyS0"}},
		{"${cluster:-ceph}/$id", "ceph/12", []string{"cluster=ceph", "id=12"}},
		{"$A-x", "1-x", []string{"A=1"}},
		{"at $A", "at home", []string{"A=home"}},
		{"$UPSTART_JOB.$N", "a.b.c", []string{"UPSTART_JOB=a", "N=b.c"}},
	} {
		if vars, ok := (jobfile.Job{Instance: c.pattern}).Variables(c.instance); !ok || !slices.Equal(vars, c.want) {
			t.Errorf("%q of %q: %q, %v", c.instance, c.pattern, vars, ok)
		}
	}
	for pattern, instance := range map[string]string{"": "eth0", "$A$B": "ab", "x$A": "y", "$A/$B": "a", "fixed": "fixed", "$A-x": "1-y"} {
		if vars, ok := (jobfile.Job{Instance: pattern}).Variables(instance); ok {
			t.Errorf("%q of %q is told by %q", instance, pattern, vars)
		}
	}
}
