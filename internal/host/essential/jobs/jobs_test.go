package jobs_test

import (
	"slices"
	"testing"

	"umm/internal/host/essential"
	"umm/internal/host/essential/jobs"
	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/jobfile"
)

func job(startOn string, more string) string { return "start on " + startOn + "\n" + more }

// trusty is an OpenStack controller on Ubuntu 14.04, with the start conditions that its
// packages have.
var trusty = hosttree.Tree{
	"etc/init/ssh.conf":                        job("runlevel [2345]", ""),
	"etc/init/rsyslog.conf":                    job("filesystem", ""),
	"etc/init/dbus.conf":                       job("local-filesystems", ""),
	"etc/init/systemd-logind.conf":             job("started dbus", ""),
	"etc/init/udev.conf":                       job("virtual-filesystems", ""),
	"etc/init/upstart-udev-bridge.conf":        job("started udev", ""),
	"etc/init/upstart-socket-bridge.conf":      job("net-device-up IFACE=lo", ""),
	"etc/init/networking.conf":                 job("(local-filesystems and (stopped udevtrigger or container)) or runlevel [2345]", ""),
	"etc/init/network-interface.conf":          job("net-device-added", "instance $INTERFACE\n"),
	"etc/init/network-interface-security.conf": job("(starting network-interface or starting networking)", "instance $JOB\n"),
	"etc/init/openvswitch-switch.conf":         job("local-filesystems", ""),
	"etc/init/ufw.conf":                        job("(starting network-interface or starting networking)", ""),
	"etc/init/tty1.conf":                       job("stopped rc RUNLEVEL=[2345] and (not-container or container CONTAINER=lxc)", ""),
	"etc/init/tty2.conf":                       job("runlevel [23]", "manual\n"),
	"etc/init/tty3.conf":                       job("runlevel [23]", ""),
	"etc/init/ttyS0.conf":                      job("stopped rc RUNLEVEL=[2345]", ""),
	"etc/init/console.conf":                    job("stopped rc RUNLEVEL=[2345] and container CONTAINER=lxc", ""),
	"etc/init/rc.conf":                         job("runlevel [0123456]", "task\n"),
	"etc/init/rc-sysinit.conf":                 job("(filesystem and static-network-up) or failsafe-boot", "task\n"),
	"etc/init/mountall.conf":                   job("startup", "task\n"),
	"etc/init/vendor-early.conf":               job("(virtual-filesystems and mounted MOUNTPOINT=/)", ""),
	"etc/init/vendor-late.conf":                job("(virtual-filesystems and started dbus)", ""),
	"etc/init/umm.conf":                        job("starting rc-sysinit", "task\n"),
	"etc/init/umm-healthy.conf":                job("stopped rc RUNLEVEL=[2345]", ""),
	"etc/init/plymouth-stop.conf":              job("stopped rc RUNLEVEL=[2345]", "task\n"),
	"etc/init/ufw-task.conf":                   job("filesystem", "task\n"),
	"etc/init/cron.conf":                       job("runlevel [2345]", ""),
	"etc/init/mysql.conf":                      job("runlevel [2345]", ""),
	"etc/init/nova-api.conf":                   job("runlevel [2345]", ""),
	"etc/init/disabled.conf":                   job("runlevel [2345]", "manual\n"),
	"etc/init.d/rabbitmq-server":               "#!/bin/sh",
	"etc/init.d/haproxy":                       "#!/bin/sh",
	"etc/init.d/pacemaker":                     "#!/bin/sh",
	"etc/init.d/ntp":                           "#!/bin/sh",
	"etc/init.d/open-iscsi":                    "#!/bin/sh",
	"etc/init.d/ondemand":                      "#!/bin/sh",
	"etc/init.d/rc.local":                      "#!/bin/sh",
	"etc/init.d/grub-common":                   "#!/bin/sh",
	"etc/rcS.d/S45open-iscsi":                  "-> ../init.d/open-iscsi",
	"etc/rc2.d/S20rabbitmq-server":             "-> ../init.d/rabbitmq-server",
	"etc/rc2.d/S20haproxy":                     "-> ../init.d/haproxy",
	"etc/rc2.d/S23ntp":                         "-> ../init.d/ntp",
	"etc/rc2.d/S99ondemand":                    "-> ../init.d/ondemand",
	"etc/rc2.d/S99grub-common":                 "-> ../init.d/grub-common",
	"etc/rc2.d/S99rc.local":                    "-> ../init.d/rc.local",
	"etc/rc6.d/K20rabbitmq-server":             "-> ../init.d/rabbitmq-server",
	"etc/rc6.d/K20haproxy":                     "-> ../init.d/haproxy",
	"etc/rc6.d/K23ntp":                         "-> ../init.d/ntp",
	"etc/rc6.d/K01pacemaker":                   "-> ../init.d/pacemaker",
}

func plan(t *testing.T, keepUnits ...string) jobs.Plan {
	return jobs.New(jobfile.Open(hosttree.Make(t, trusty)), keepUnits)
}

func names(units []essential.Unit) []string {
	var s []string
	for _, u := range units {
		s = append(s, u.Name)
	}
	return s
}

func TestWhatIsStarted(t *testing.T) {
	started, scripts := plan(t).Start()
	// tty2 is there whatever is enabled; what has instances, and what boots the host,
	// is left to its events.
	if want := []string{"dbus", "networking", "openvswitch-switch", "plymouth-stop", "rsyslog", "ssh", "systemd-logind", "tty1", "tty2", "ttyS0", "ufw"}; !slices.Equal(names(started), want) {
		t.Errorf("jobs: %q, want %q", names(started), want)
	}
	if want := []string{"open-iscsi", "ntp", "grub-common"}; !slices.Equal(names(scripts), want) {
		t.Errorf("init scripts: %q, want %q", names(scripts), want)
	}
}

func TestWhatIsKept(t *testing.T) {
	p := plan(t)
	for name, want := range map[string]string{
		"ssh": "remote login", "dbus": "the system bus", "rsyslog": "the log", "network-interface (eth0)": "the network",
		"network-interface-security (network-interface/eth0)": "the network", "udev": essential.EarlyBoot, "mountall": essential.EarlyBoot,
		"rc-sysinit": essential.EarlyBoot, "vendor-early": essential.EarlyBoot, "tty3": "a login on the console", "umm": "maintenance mode itself",
		"umm-command": "maintenance mode itself", "open-iscsi": "disks that must not vanish under mounted file systems",
	} {
		if why, keeps := p.Keeps(name); !keeps || why != want {
			t.Errorf("%s: kept %v for %q, want for %q", name, keeps, why, want)
		}
	}
	for _, name := range []string{"mysql", "cron", "upstart-socket-bridge", "vendor-late", "umm-healthy", "rabbitmq-server", "haproxy", "pacemaker", "ceph-osd (ceph/1)", "unknown"} {
		if why, keeps := p.Keeps(name); keeps {
			t.Errorf("%s is kept for %q", name, why)
		}
	}
}

func TestWhatIsStopped(t *testing.T) {
	var got []string
	for _, s := range plan(t).Stopped() {
		got = append(got, s.Name)
		if s.Why == "" {
			t.Errorf("%s: there is no reason", s.Name)
		}
	}
	// What nothing starts is not stopped, nor what leaves nothing running.
	want := []string{"cron", "haproxy", "mysql", "nova-api", "rabbitmq-server", "ufw-task", "upstart-socket-bridge", "vendor-late"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestKeepUnits(t *testing.T) {
	p := plan(t, "nova-api", "haproxy.service", "disabled", "rabbit*", "gone", "none*", "ssh")
	started, scripts := p.Start()
	for name, units := range map[string][]essential.Unit{"nova-api": started, "disabled": started, "haproxy": scripts, "rabbitmq-server": scripts} {
		i := slices.IndexFunc(units, func(u essential.Unit) bool { return u.Name == name })
		if i < 0 || units[i].Source != essential.SourceKeepUnits || units[i].Why != "the operator" {
			t.Errorf("%s is not kept as the operator wants it: %+v", name, units)
		}
	}
	if _, keeps := p.Keeps("mysql"); keeps {
		t.Error("mysql is kept")
	}
	want := []essential.Problem{{Name: "gone", Text: "no such job or init script on this host", Absent: true}, {Name: "none*", Text: "no job and no init script on this host matches it", Absent: true}}
	if !slices.Equal(p.Problems, want) {
		t.Errorf("the problems are %+v", p.Problems)
	}
}

func TestCached(t *testing.T) {
	got := names(plan(t).Essential())
	for _, name := range []string{"ssh", "udev", "networking", "tty2", "ntp", "network-interface"} {
		if !slices.Contains(got, name) {
			t.Errorf("%s is not shown: %q", name, got)
		}
	}
	if slices.Contains(got, "mysql") || slices.Contains(got, "umm") || !slices.IsSorted(got) {
		t.Errorf("shown are %q", got)
	}
}

// A host in maintenance mode is never less protected than it is.
func TestWallsByTheirOrder(t *testing.T) {
	p := jobs.New(jobfile.Open(hosttree.Make(t, hosttree.Tree{
		"etc/init/walls.conf":     job("(starting network-interface\n  or starting network-manager\n  or starting networking)", ""),
		"etc/init/walls-off.conf": job("starting networking", "manual\n"),
		"etc/init/after.conf":     job("started networking", ""),
		"etc/init/other.conf":     job("starting mysql or networking", ""),
	})), nil)
	for name, want := range map[string]bool{"walls": true, "walls-off": false, "after": false, "other": false} {
		if _, keeps := p.Keeps(name); keeps != want {
			t.Errorf("%s is kept: %v", name, keeps)
		}
	}
	if started, _ := p.Start(); len(started) != 1 || started[0].Name != "walls" {
		t.Errorf("started is %v", started)
	}
}
