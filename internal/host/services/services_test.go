package services_test

import (
	"testing"

	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/initsys"
	"umm/internal/host/services"
)

// trusty is a small host that Upstart runs.
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

func TestServicesOnUpstart(t *testing.T) {
	s := services.Of(initsys.Upstart, hosttree.Make(t, trusty), []string{"nova-api"})
	for unit, runs := range map[string]bool{
		"ssh.service": true, "networking.service": true, "nova-api.service": true, "getty.target": true, "home.mount": true,
		"cron.service": false, "rabbitmq-server.service": false, "dropbear.service": false, "NetworkManager.service": false,
	} {
		if s.Runs(unit) != runs {
			t.Errorf("%s runs in maintenance mode: %v", unit, !runs)
		}
	}
	for name, want := range map[string]bool{"ssh": true, "rabbitmq-server": true, "sshd": false, "tty1": true} {
		if exists, enabled := s.Job(name); exists != want || enabled != want {
			t.Errorf("%s: exists %v, enabled %v", name, exists, enabled)
		}
	}
}
